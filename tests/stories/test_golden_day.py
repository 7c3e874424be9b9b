"""The golden day: one fixed day lived through the operations, its figures compared with a table.

A change of any figure is a change of behaviour: understand it, then write the new
table with ``python -m tests.stories.test_golden_day`` and say why in the commit.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from dispatch.core.civil import local_day
from dispatch.core.ids import MerchantId
from dispatch.core.reasons import Refusal
from dispatch.demo.orders import DemoOrder, orders_of_day
from dispatch.operations.book import BookRequest, book
from dispatch.operations.dispatch_rules import TOWN_POLICIES, DispatchRules
from dispatch.operations.locate import locate
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.report import day_report
from dispatch.orders.bookings import Customer
from dispatch.orders.quotes import Doorstep, Line, Option, OrderRequest
from dispatch.slots.service_levels import Mode
from geodata import load
from tests.fakes.house import SHOP, clock_of, house
from tests.fakes.road import live

TABLE = Path(__file__).with_name("golden_day.json")


def the_day(policy: str) -> dict[str, object]:
    """Live sixty orders of Tuesday 24 November with greedy tours; return the figures."""
    ports = house("2026-11-24T08:55+01:00")
    rules = DispatchRules(policy=policy)
    ports = replace(ports, parameters=replace(ports.parameters, dispatching=rules))
    refusals: Counter[str] = Counter()
    booked: Counter[str] = Counter()
    for order in orders_of_day(load.town("val_de_garonne"), seed=1, count=60):
        minutes = int((order.asked_at - ports.clock.now()).total_seconds() // 60)
        live(ports, minutes=max(0, minutes))
        taken = _order(order, ports, refusals)
        if taken is not None:
            booked[taken.mode.value] += 1
    clock_of(ports).move_to("2026-11-24T18:50+01:00")
    live(ports, minutes=180)
    return {"quotes": 60, "booked": dict(sorted(booked.items()))} | _figures(ports, refusals)


def _order(order: DemoOrder, ports: Ports, refusals: Counter[str]) -> Option | None:
    found = locate(order.address, None, ports, note=order.note)
    refusal = found if isinstance(found, Refusal) else None
    door = Doorstep(ports.territory.merchant(order.lines[0].merchant_id).place)
    request = OrderRequest(
        lines=tuple(
            Line(
                MerchantId(line.merchant_id),
                line.items_value_cents,
                line.weight_g,
                line.volume_cm3,
                line.cold,
            )
            for line in order.lines
        ),
        deliver_to=door if isinstance(found, Refusal) else found,
    )
    answer = quote(request, SHOP, ports, refusal=refusal)
    refusals.update(r.code for option in answer.options for r in option.refusals)
    offered = [option for option in answer.options if option.offered]
    wished = [option for option in offered if option.mode is order.wish] or offered
    if not order.books or not wished:
        return None
    option = wished[min(order.window, len(wished) - 1)]
    ask = BookRequest(answer.quote_id, option.option_id, Customer(order.name, order.phone))
    book(ask, SHOP, ports)
    return option


def _figures(ports: Ports, refusals: Counter[str]) -> dict[str, object]:
    day = local_day(ports.clock.now())
    report = day_report(day, ports)
    with ports.store.reading() as tx:
        tours, waves = tx.tours(day), tx.waves(day)
    metres, drops = 0, 0
    for tour in tours:
        profile = ports.territory.courier(tour.courier_id).vehicle.kind.value
        places = [tour.start, *(stop.place for stop in tour.stops)]
        matrix = ports.streets.distances_m(places, profile)
        metres += sum(int(matrix[i, j]) for i, j in pairwise(range(len(places))))
        drops += sum(1 for stop in tour.stops if stop.kind.value == "drop")
    express = dict(sorted(report.by_mode()[Mode.EXPRESS].items()))
    return {
        "express_shipments": express,
        "refusals": dict(sorted(refusals.items())),
        "waves": len(waves),
        "drops": drops,
        "km": round(metres / 1000, 1),
    }


@pytest.mark.parametrize("policy", TOWN_POLICIES)
def test_the_golden_day_is_lived_as_it_was(policy: str) -> None:
    assert the_day(policy) == json.loads(TABLE.read_text())[policy]


@pytest.mark.parametrize("policy", TOWN_POLICIES)
def test_on_the_golden_day_every_express_order_is_delivered_on_time(policy: str) -> None:
    golden = json.loads(TABLE.read_text())[policy]
    assert set(golden["express_shipments"]) == {"delivered"}
    assert golden["drops"] >= 30


if __name__ == "__main__":
    both = {policy: the_day(policy) for policy in TOWN_POLICIES}
    TABLE.write_text(json.dumps(both, indent=2, ensure_ascii=False) + "\n")
    print(TABLE.read_text())
