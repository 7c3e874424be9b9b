"""Days at the edge: the embedded town with few couriers or many, booked until it is nearly full.

Decides which days there are and what customers ask for.  In process, a store in memory; the
clock stands still, so nothing is handed out yet and every order may still move.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from benchmarks.common.resolve import request_of
from dispatch.core.errors import NoLongerFeasible
from dispatch.core.ids import CourierId
from dispatch.operations.book import BookRequest, book
from dispatch.operations.parameters import ServiceTimes
from dispatch.operations.ports import Ports, Rearranger
from dispatch.operations.quote import quote
from dispatch.slots.service_levels import Mode, service_levels
from tests.fakes.house import CUSTOMER, SHOP, house
from tests.fakes.town import express_shops

#: Customers in a row who are refused, after whom a day counts as full.
_ENOUGH: Final = 8
#: VROOM's shipments have no setup, so it is in the service times.
_USUAL: Final = ServiceTimes(150, 210, 0)
_QUICK: Final = ServiceTimes(40, 60, 0)


@dataclass(frozen=True, slots=True)
class FullDay:
    """So many *couriers*, and *orders* booked at most, from *clock* on.

    quick    : 100 seconds an order at the doors, not six minutes
    lead_min : express is promised by so many minutes from now
    """

    clock: str
    couriers: int
    orders: int
    quick: bool = False
    lead_min: int = 240


#: Two couriers to six, 15 to 200 orders, most of them nearly full.
DAYS: Final[Sequence[FullDay]] = (
    FullDay("2026-11-26T09:35+01:00", 6, 90),
    FullDay("2026-11-24T08:20+01:00", 2, 15),
    FullDay("2026-11-25T10:35+01:00", 4, 60),
    FullDay("2026-11-24T08:20+01:00", 2, 22),
    FullDay("2026-11-24T13:35+01:00", 3, 50),
    FullDay("2026-11-26T13:35+01:00", 6, 110),
    FullDay("2026-11-24T10:05+01:00", 2, 40),
    FullDay("2026-11-25T09:05+01:00", 5, 90),
    FullDay("2026-11-24T08:20+01:00", 2, 60, quick=True),
    FullDay("2026-11-24T09:35+01:00", 3, 55),
    FullDay("2026-11-25T10:35+01:00", 4, 90),
    FullDay("2026-11-26T13:35+01:00", 6, 140),
    FullDay("2026-11-26T07:30+01:00", 6, 200, quick=True, lead_min=600),
)


def open_day(day: FullDay, rearranger: Rearranger, dice: random.Random) -> tuple[Ports, int]:
    """Return the house of *day*, booked, and how many orders it became."""
    ports = house(day.clock)
    own = list(ports.territory.couriers.values())
    crew = {}
    for n in range(day.couriers):
        name = CourierId(f"{own[n % len(own)].courier_id}_{n}")
        crew[name] = replace(own[n % len(own)], courier_id=name)
    parameters = replace(
        ports.parameters,
        service_times=_QUICK if day.quick else _USUAL,
        levels=service_levels("within_4h", {"express": {"max_lead_min": day.lead_min}}),
    )
    territory = replace(ports.territory, couriers=crew)
    ports = replace(ports, territory=territory, parameters=parameters, rearranger=rearranger)
    made = refused = 0
    while made < day.orders and refused < _ENOUGH:
        offer = quote(request_of(enquiry(ports, dice)), SHOP, ports, hold=False)
        some = [o for o in offer.options if o.offered and o.mode is Mode.EXPRESS]
        if not some:
            refused += 1
            continue
        offer = quote(offer.request, SHOP, ports)
        option = dice.choice([o for o in offer.options if o.offered and o.mode is Mode.EXPRESS])
        try:
            book(BookRequest(offer.quote_id, option.option_id, CUSTOMER), SHOP, ports)
        except NoLongerFeasible:  # a window beside the one that is held
            refused += 1
        else:
            made, refused = made + 1, 0
    return ports, made


def enquiry(ports: Ports, dice: random.Random) -> dict[str, Any]:
    """The body of a quote: one shop, to a door within 400 m of another."""
    shops = express_shops(ports)
    quarter = ports.territory.merchant(dice.choice(shops)).place
    line = {
        "merchant_id": dice.choice(shops),
        "items_value": 3000,
        "weight_g": 800,
        "volume_cm3": 6000,
    }
    door = {
        "lat": round(quarter.lat_deg + dice.uniform(-0.004, 0.004), 6),
        "lon": round(quarter.lon_deg + dice.uniform(-0.004, 0.004), 6),
    }
    return {"merchants": [line], "deliver_to": {"location": door}}
