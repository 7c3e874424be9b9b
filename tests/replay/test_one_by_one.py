"""The policy to beat: nobody carries two orders, and nothing that was given is moved."""

from __future__ import annotations

import pytest

from dispatch.replay.run import Lived
from dispatch.replay.world import AS_PLANNED
from tests.fakes.house import house
from tests.fakes.town import express_shops
from tests.replay.small_days import kinds, lived, small_day, two_orders


@pytest.fixture(scope="module")
def day() -> Lived:
    return lived(small_day(orders=8), "one-by-one")


def test_one_order_is_handed_over_before_the_next_is_fetched(day: Lived) -> None:
    for courier_id in {visit.courier_id for visit in day.visits}:
        mine = [visit for visit in day.visits if visit.courier_id == courier_id]
        orders = [visit.order for visit in mine]
        runs = [n for i, n in enumerate(orders) if i == 0 or orders[i - 1] != n]
        assert len(runs) == len(set(orders))


def test_nothing_that_was_given_is_moved(day: Lived) -> None:
    assert day.churn.moved == 0


def test_an_order_is_given_when_nobody_waits_for_it_any_more() -> None:
    as_planned = lived(small_day(orders=6), "one-by-one", AS_PLANNED)
    # Packed up to four minutes sooner than usual, in a world as planned: nobody waits at all
    # but for the one parcel in nine that is late.
    late = {o.number for o in as_planned.day.orders if any(line.late_s > 0 for line in o.lines)}
    waited = {
        visit.order
        for visit in as_planned.visits
        if (visit.begun_at - visit.arrived_at).total_seconds() > 60
    }
    assert waited <= late


def test_waves_fetch_together_what_this_fetches_twice() -> None:
    two = two_orders(express_shops(house())[0])
    together, alone = (lived(two, name, AS_PLANNED) for name in ("waves", "one-by-one"))
    assert set(kinds(together)[:2]) == {"pickup 1", "pickup 2"}
    # Another courier comes for the second, or the first comes back: the way is driven twice.
    assert metres(alone) > 1.5 * metres(together)


def metres(day: Lived) -> int:
    return sum(visit.way_m for visit in day.visits)
