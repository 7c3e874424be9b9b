"""What was possible is never less than what was done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.replay.hindsight import hindsight
from dispatch.replay.kpis import kpis_of
from dispatch.replay.policies import POLICIES
from tests.fakes.house import embedded_town
from tests.replay.small_days import PLAIN, lived, one_order, small_day


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_who_knows_everything_does_it_in_less_time(name: str) -> None:
    day = lived(small_day(orders=6), name)
    possible, done = hindsight(day, embedded_town(), PLAIN, steps=1_000), kpis_of(day)
    assert possible.on_time_pct is not None and done.on_time_pct is not None
    assert possible.min_per_drop is not None and done.min_per_drop is not None
    assert possible.on_time_pct >= done.on_time_pct
    assert possible.min_per_drop <= done.min_per_drop
    assert (possible.orders, possible.unserved) == (done.express - done.absent, 0)


def test_one_order_takes_what_it_took() -> None:
    """Nothing to choose, the nearest courier goes: the same ways and stays, no waiting."""
    day = lived(one_order("m_cave_du_bouvreuil", late_s=-60))
    possible, done = hindsight(day, embedded_town(), PLAIN, steps=500), kpis_of(day)
    assert done.min_per_drop is not None and done.wait_per_drop is not None
    assert possible.min_per_drop is not None
    assert possible.min_per_drop == pytest.approx(done.min_per_drop - done.wait_per_drop)


def test_nobody_comes_to_who_is_not_at_home() -> None:
    day = lived(one_order("m_cave_du_bouvreuil", absent=True))
    assert hindsight(day, embedded_town(), PLAIN).orders == 0


def test_a_day_without_orders_has_no_shares() -> None:
    day = lived(replace(one_order("m_cave_du_bouvreuil"), orders=()))
    assert hindsight(day, embedded_town(), PLAIN).on_time_pct is None
    assert kpis_of(day).on_time_pct is None
