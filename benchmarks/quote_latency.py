"""How long does a quote of all modes take, with a day filling up?  In process, SQLite in memory.

Run ``python benchmarks/quote_latency.py``; the HTTP layer and the disk are not in it.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.common.record import keep
from dispatch.operations.book import BookRequest, book
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.orders.quotes import Quote
from dispatch.slots.service_levels import Mode
from tests.fakes.house import CUSTOMER, SHOP, an_order, house, near

ORDERS = 40


def main() -> None:
    ports, dice = house("2026-11-24T09:05+01:00"), random.Random(1)
    took_ms: list[float] = []
    for _ in range(ORDERS):
        started = time.perf_counter()
        answer = _ask(ports, dice)
        took_ms.append(1000 * (time.perf_counter() - started))
        option = next((o for o in answer.options if o.mode is Mode.EXPRESS and o.offered), None)
        if option is not None:
            book(BookRequest(answer.quote_id, option.option_id, CUSTOMER), SHOP, ports)
    quarters = [sorted(took_ms[i : i + 10]) for i in range(0, ORDERS, 10)]
    print("express orders already booked   median quote   slowest quote")
    for n, quarter in enumerate(quarters):
        print(f"{10 * n:>3} to {10 * n + 9:<22} {quarter[5]:>9.1f} ms {quarter[-1]:>12.1f} ms")
    print(keep("quote-latency", {"orders": ORDERS, "quote_ms": [round(t, 2) for t in took_ms]}))


def _ask(ports: Ports, dice: random.Random) -> Quote:
    shops = sorted(
        m.merchant_id for m in ports.territory.merchants.values() if Mode.EXPRESS in m.shop.modes
    )
    chosen = dice.sample(shops, 2 if dice.random() < 0.2 else 1)
    door = near(
        ports.territory.merchant(dice.choice(shops)).place,
        north=dice.uniform(-0.004, 0.004),
        east=dice.uniform(-0.004, 0.004),
    )
    return quote(an_order(ports, *chosen, to=door), SHOP, ports)


if __name__ == "__main__":
    main()
