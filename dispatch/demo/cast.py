"""Who takes part in the demonstration, what opens their doors, and where a newcomer can look.

Decides which pages are shown first.  What each person does is in ``day``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Final

import httpx

from dispatch.app import House, create_app
from dispatch.core.errors import Broken
from dispatch.demo.day import DemoDay, Doors
from dispatch.demo.diary import Diary
from dispatch.demo.orders import DAY, DemoOrder
from dispatch.demo.storefront import Answer, Storefront, Tally
from dispatch.jobs.ending import Ending
from dispatch.operations.access import PageKind, create_key, create_link
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports
from dispatch.orders.bookings import Booking
from dispatch.orders.shipments import Shipment, State
from dispatch.slots.service_levels import Mode
from dispatch.web.home import HomeLink

STOREFRONT: Final = "demo"
#: Merchants with a link on the front page: the day's busiest.
MERCHANTS_SHOWN: Final = 8
#: Customers with a link on the front page.
CUSTOMERS_SHOWN: Final = 4
_NEAREST_FIRST: Final = (
    {State.TO_DROPOFF, State.AT_DROPOFF},
    {State.PICKED_UP, State.AT_PICKUP, State.TO_PICKUP},
    {State.ASSIGNED},
    {State.BOOKED, State.PREPARING, State.READY},
    {State.DELIVERED},
)
_TIMEOUT_S: Final = 30.0


class Cast:
    """Everybody who takes part, and what opens their doors."""

    def __init__(self, house: House, orders: Sequence[DemoOrder], seed: int) -> None:
        self.house, self.orders, self.tally = house, orders, Tally()
        self._seed = seed
        ports = house.ports
        self._key = create_key(STOREFRONT, ("quotes", "bookings"), ports)
        self._planner = _link(PageKind.PLANNER, "", ports)
        self._couriers: dict[str, str] = {
            c: _link(PageKind.COURIER, c, ports) for c in ports.territory.couriers
        }
        self._merchants: dict[str, str] = {
            m: _link(PageKind.MERCHANT, m, ports) for m in ports.territory.merchants
        }

    def serve_first(self) -> Answer:
        """Place the day's first order before the doors open.

        It goes through the same interface as all others, without the network; so the
        front page can show, from the start, what a customer sees.
        """
        transport = httpx.WSGITransport(create_app(self.house))
        with httpx.Client(transport=transport, base_url="http://127.0.0.1") as http:
            answer = self._storefront(http, lambda _: False).order(self.orders[0])
        if answer.booking is None:
            raise Broken(f"the day's first order was refused: {answer.why or 'no reason'}")
        return answer

    def home_links(self) -> list[HomeLink]:
        """The front page's doors: everybody's page, and the customers who wait just now."""
        territory = self.house.ports.territory
        busy = Counter(line.merchant_id for order in self.orders for line in order.lines)
        return [
            HomeLink("planner", "", self._planner),
            *(
                HomeLink("merchant", territory.merchant(m).name, self._merchants[m])
                for m, _ in busy.most_common(MERCHANTS_SHOWN)
            ),
            *(
                HomeLink("courier", territory.courier(c).name, path)
                for c, path in self._couriers.items()
            ),
            *self._customers(),
            HomeLink("api", "API", "/docs"),
        ]

    def _customers(self) -> list[HomeLink]:
        """The customers whose page has most to show: nearest to their doorbell first."""
        ports = self.house.ports
        with ports.store.reading() as tx:
            express = [b for b in tx.bookings(DAY) if b.mode is Mode.EXPRESS]
            waiting = [(_nearness(tx.shipments_of(b.booking_id)), b) for b in reversed(express)]
        waiting.sort(key=lambda pair: pair[0])
        return customer_doors([b for _, b in waiting[:CUSTOMERS_SHOWN]])

    def heading(self, address: str, first: Answer) -> str:
        """What a newcomer reads first."""
        territory = self.house.ports.territory
        courier, merchant = next(iter(self._couriers)), self.orders[0].lines[0].merchant_id
        pace = self.house.ports.clock.pace
        rows = (
            ("Start here", "/"),
            ("Planner", self._planner),
            (f"Courier {territory.courier(courier).name}", self._couriers[courier]),
            (territory.merchant(merchant).name, self._merchants[merchant]),
            (f"Customer {self.orders[0].first_name}", _tracking_path(first)),
        )
        width = max(len(name) for name, _ in rows)
        return "\n".join(
            [
                f"A day in {territory.title}, {pace:g} times as fast as a real one.",
                f"{len(self.orders)} simulated customers ask how they can get their order. Each "
                "express window offered",
                "has a place in a courier's tour already; whatever happens, the tours are made "
                "better, and each",
                "leaves when it has to. Shops pack, couriers ride, all through the pages you can "
                "open.",
                "What rides and stays really take is made up, a little off the plan: the "
                "planner's page",
                "of learnt times finds out by how much.",
                *(f"  {name:{width}}  {address}{path}" for name, path in rows),
            ]
        )

    def day(self, address: str, diary: Diary, ending: Ending, stack: ExitStack) -> DemoDay:
        """The day of everybody but the first customer, who was served already.

        stack : closes everybody's connections
        """

        def client() -> httpx.Client:
            return stack.enter_context(httpx.Client(base_url=address, timeout=_TIMEOUT_S))

        doors = Doors(client, self._couriers | self._merchants, ending.wait)
        storefront = self._storefront(client(), ending.wait)
        return DemoDay(self.house.ports, self.orders[1:], storefront, doors, diary, self._seed)

    def _storefront(self, http: httpx.Client, wait: Callable[[float], bool]) -> Storefront:
        return Storefront(http, self._key, wait, self.tally)


def customer_doors(bookings: Sequence[Booking]) -> list[HomeLink]:
    """One door per booking, by first name; namesakes are told apart by their order's code."""
    first_names = [b.customer.name.split()[0] for b in bookings]
    namesakes = {name for name, times in Counter(first_names).items() if times > 1}
    return [
        HomeLink(
            "tracking",
            f"{name} · {short_ref(b.quote_id)}" if name in namesakes else name,
            f"/suivi/{b.tracking_token}",
        )
        for name, b in zip(first_names, bookings, strict=True)
    ]


def _nearness(shipments: Sequence[Shipment]) -> int:
    """0: the courier is on the way to the door; the more, the less there is to see."""
    states = {shipment.state for shipment in shipments}
    return next((n for n, those in enumerate(_NEAREST_FIRST) if states & those), 9)


def _link(kind: PageKind, subject: str, ports: Ports) -> str:
    return f"/l/{create_link(kind, subject, ports)}"


def _tracking_path(answer: Answer) -> str:
    """The path of the customer's page, which does not depend on who asked for the booking."""
    booking: Mapping[str, str] = answer.booking or {}
    return httpx.URL(booking["tracking_url"]).path
