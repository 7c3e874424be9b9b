"""How long does a quote of all modes and windows take, with a day filling up?

In process, SQLite in a file, six couriers, CPU time: what a web worker spends on a yes and
on a no.  The HTTP layer is not in it.  Run ``python benchmarks/quote_latency.py``; with
``--plain`` quotes are answered in plain Python, as where nothing was compiled.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.common.record import keep
from dispatch.adapters.storage.store import open_store
from dispatch.core.civil import local_day
from dispatch.core.ids import CourierId
from dispatch.operations.book import BookRequest, book
from dispatch.operations.parameters import ServiceTimes
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.reserve import keep as keep_seat
from dispatch.operations.reserve import no_seat
from dispatch.operations.standing import tours_of
from dispatch.orders.quotes import Option, Quote
from dispatch.routing import compiled
from dispatch.slots.service_levels import Mode, service_levels
from tests.fakes.house import CUSTOMER, SHOP, an_order, house, near

#: Open orders when the day is measured again.
STEPS = (0, 50, 100, 150, 200)
ASKED = 40

#: Quick hands and a promise by the end of the day: so that six couriers can have 200 orders open
#: and every quote has all windows of the day.
ROOMY = ServiceTimes(30, 40, 20)
#: Nine and a half hours: in the morning, until the evening.
ALL_DAY = {"express": {"max_lead_min": 570}}


@dataclass(frozen=True, slots=True)
class Spent:
    """What one quote took: CPU milliseconds, open orders before it, windows offered of asked."""

    ms: float
    orders: int
    offered: int
    windows: int


def main() -> None:
    plain = "--plain" in sys.argv
    if not plain:
        compiled.load()
    with TemporaryDirectory() as folder:
        roomy, full = Path(folder) / "roomy", Path(folder) / "full"
        roomy.mkdir()
        full.mkdir()
        filling = list(_filling(_six_couriers(roomy, all_day=True), random.Random(1)))
        refused = list(_overrun(_six_couriers(full, all_day=False), random.Random(2)))
    print("open orders   windows   quote, CPU ms: median   slowest")
    for orders in STEPS:
        spent = [one for one in filling if one.orders == orders]
        _print(f"{orders:>11}", spent)
    noes = [one for one in refused if not one.offered]
    _print(" all refused", noes)
    kept = {f"cpu_ms_at_{n}": [one.ms for one in filling if one.orders == n] for n in STEPS}
    print(
        keep(
            "quote-latency-plain" if plain else "quote-latency",
            {**kept, "cpu_ms_refused": [one.ms for one in noes]},
        )
    )


def _print(what: str, spent: list[Spent]) -> None:
    took_ms = sorted(one.ms for one in spent)
    if took_ms:
        windows = max(one.windows for one in spent)
        middle = took_ms[len(took_ms) // 2]
        print(f"{what} {windows:>9} {middle:>23.1f} {took_ms[-1]:>9.1f}")


def _six_couriers(folder: Path, *, all_day: bool) -> Ports:
    """The embedded town with every courier twice, and a store of its own in *folder*."""
    ports = house("2026-11-24T09:35+01:00")
    crew = dict(ports.territory.couriers)
    for courier in ports.territory.couriers.values():
        name = CourierId(f"{courier.courier_id}_2")
        crew[name] = replace(courier, courier_id=name)
    parameters = ports.parameters
    if all_day:
        levels = service_levels("within_4h", ALL_DAY)
        parameters = replace(parameters, service_times=ROOMY, levels=levels)
    territory = replace(ports.territory, couriers=crew)
    return replace(ports, territory=territory, parameters=parameters, store=open_store(folder))


def _filling(ports: Ports, dice: random.Random) -> Iterator[Spent]:
    """Book one order after the other; at each step, ask without booking."""
    booked = 0
    while booked <= STEPS[-1]:
        if booked in STEPS:
            for n in range(-2, ASKED):
                answer, ms = _timed(ports, dice)
                _give_back(answer, ports)
                if n >= 0:  # the first two may be the first of their kind
                    yield _spent(answer, ms, booked)
        answer, _ = _timed(ports, dice)
        option = next((option for option in _express(answer) if option.offered), None)
        if option is not None:
            book(BookRequest(answer.quote_id, option.option_id, CUSTOMER), SHOP, ports)
            booked += 1


def _overrun(ports: Ports, dice: random.Random) -> Iterator[Spent]:
    """Ask, and let every hold stand, until nearly all is refused."""
    for n in range(400):
        answer, ms = _timed(ports, dice)
        yield _spent(answer, ms, n)


def _timed(ports: Ports, dice: random.Random) -> tuple[Quote, float]:
    shops = sorted(
        m.merchant_id for m in ports.territory.merchants.values() if Mode.EXPRESS in m.shop.modes
    )
    chosen = dice.sample(shops, 2 if dice.random() < 0.1 else 1)
    door = near(
        ports.territory.merchant(dice.choice(shops)).place,
        north=dice.uniform(-0.004, 0.004),
        east=dice.uniform(-0.004, 0.004),
    )
    order = an_order(ports, *chosen, to=door)
    started_s = time.process_time()
    answer = quote(order, SHOP, ports)
    return answer, 1000 * (time.process_time() - started_s)


def _spent(answer: Quote, ms: float, orders: int) -> Spent:
    express = _express(answer)
    offered = sum(option.offered for option in express)
    return Spent(round(ms, 2), orders, offered, len(express))


def _express(answer: Quote) -> list[Option]:
    return [option for option in answer.options if option.mode is Mode.EXPRESS]


def _give_back(answer: Quote, ports: Ports) -> None:
    with ports.store.writing() as tx:
        tours = tours_of(tx, local_day(ports.clock.now()), ports)
        keep_seat(no_seat(answer.quote_id, tours), tx, ports)


if __name__ == "__main__":
    main()
