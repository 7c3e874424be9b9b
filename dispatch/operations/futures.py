"""What may still be ordered today: futures drawn from the town's past, as orders like any other.

Decides what is drawn, and that it is the same for the same day and tick whatever comes later: the
past, the clock and the settings are all it reads.  What a future is good for is ``consensus``'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from dispatch.core.civil import day_window, instant_at, local_day
from dispatch.core.ids import QuoteId
from dispatch.core.places import Place
from dispatch.core.reasons import Refusal
from dispatch.core.windows import seconds_between
from dispatch.operations.closures import closed_from
from dispatch.operations.express import stops_of
from dispatch.operations.foreseen import Fetch
from dispatch.operations.past_orders import Past, PastOrder, Shops, kind_of_day
from dispatch.operations.ports import Ports
from dispatch.orders.quotes import Doorstep, Line, OrderRequest
from dispatch.slots.express import express_envelope
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import Stop

#: What an order that nobody made yet weighs and fills.  It takes room, and little.
_WEIGHT_G: Final = 1_000
_VOLUME_CM3: Final = 6_000


@dataclass(frozen=True, slots=True)
class Order:
    """An order that nobody made yet.  ``stops``: pickups first, the door last."""

    asked_at: datetime
    stops: tuple[Stop, ...]

    @property
    def fetches(self) -> tuple[Fetch, ...]:
        """What is to be fetched for it."""
        return tuple(
            Fetch(
                stop.merchant_id,
                stop.place,
                max(0, seconds_between(self.asked_at, stop.windows[0].opens_at)),
            )
            for stop in self.stops
            if stop.merchant_id is not None
        )


def futures(now: datetime, ports: Ports) -> tuple[tuple[Order, ...], ...]:
    """Return what may be ordered from *now* on, in each of the rules' ``futures``.

    Each looks ``futures_ahead_s`` ahead, not beyond today, and has its orders in order of asking.
    ``()`` where there is no past, or none speaks for an order.
    """
    rules = ports.parameters.dispatching
    if ports.history is None or not rules.futures:
        return ()
    day = local_day(now)
    past = ports.history.before(day)
    with ports.store.reading() as tx:
        ports = closed_from(tx, ports)
    until = min(now + timedelta(seconds=rules.futures_ahead_s), day_window(day).closes_at)
    likely = _Likely.of(past, now, until, ports)
    if likely is None:
        return ()
    seed = [ports.parameters.waves.seed, int(now.timestamp())]
    drawn = []
    for k in range(rules.futures):
        rng = np.random.default_rng([*seed, k])
        asked = sorted(likely.draw(rng), key=lambda one: (one.asked_at, one.shops))
        orders = (_order(f"future{k}_{n}", one, ports) for n, one in enumerate(asked))
        drawn.append(tuple(order for order in orders if order is not None))
    return tuple(drawn) if any(drawn) else ()


def is_more_likely(now: datetime, ports: Ports) -> bool:
    """Return whether the past speaks for any order at all, and the policy listens to it.

    Not to be asked within a transaction: the past may have to be read.
    """
    rules = ports.parameters.dispatching
    if rules.policy != "anticipating" or not rules.futures or ports.history is None:
        return False
    return bool(ports.history.before(local_day(now)).orders)


@dataclass(frozen=True, slots=True)
class _Likely:
    """How many orders to expect of each shops in each piece of an hour."""

    past: Past
    pieces: tuple[tuple[Shops, datetime, float], ...]
    orders: np.ndarray[tuple[int], np.dtype[np.float64]]

    @classmethod
    def of(cls, past: Past, since: datetime, until: datetime, ports: Ports) -> _Likely | None:
        """Return what to expect between two instants of one day; None: nothing."""
        day = local_day(since)
        pieces, orders = [], []
        for (shops, hour), rate in past.rates(kind_of_day(day, ports.parameters.calendar)).items():
            begins = max(since, instant_at(day, 60 * hour))
            long_s = (min(until, instant_at(day, 60 * hour + 60)) - begins).total_seconds()
            if long_s > 0 and all(shop in ports.territory.merchants for shop in shops):
                pieces.append((shops, begins, long_s))
                orders.append(rate * long_s / 3600)
        return cls(past, tuple(pieces), np.array(orders)) if sum(orders) > 0 else None

    def draw(self, rng: np.random.Generator) -> Iterator[PastOrder]:
        """Draw one future: each piece has its orders by itself (Poisson), at any second of it."""
        doors: dict[Shops, tuple[list[Place], list[float]]] = {}
        for piece in np.repeat(np.arange(len(self.pieces)), rng.poisson(self.orders)):
            shops, begins, long_s = self.pieces[piece]
            if shops not in doors:
                chances = self.past.doors_of(shops)
                doors[shops] = list(chances), list(chances.values())
            places, chance = doors[shops]
            asked_at = begins + timedelta(seconds=int(long_s * rng.random()))
            yield PastOrder(asked_at, shops, places[int(rng.choice(len(places), p=chance))])


def _order(name: str, asked: PastOrder, ports: Ports) -> Order | None:
    """The order as it would be promised; None where nothing would be, or no street is near."""
    if not ports.streets.contains(asked.door):
        return None
    shops = [ports.territory.merchants[shop].shop for shop in asked.shops]
    promise = express_envelope(shops, asked.asked_at, ports.parameters.levels[Mode.EXPRESS])
    if isinstance(promise, Refusal):
        return None
    lines = tuple(Line(shop, 0, _WEIGHT_G, _VOLUME_CM3) for shop in asked.shops)
    request = OrderRequest(lines, Doorstep(asked.door))
    stops = stops_of(QuoteId(name), request, promise, ports, held_until=None)
    return Order(asked.asked_at, stops)
