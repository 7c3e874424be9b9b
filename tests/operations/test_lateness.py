"""Who is later than promised, and who loses by a change: one answer for every change of tours."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.ids import QuoteId, ShipmentId
from dispatch.operations.lateness import Lateness, LateStop, lateness, visit_key
from dispatch.operations.standing import standing
from dispatch.routing.schedule import schedule
from tests.operations.drawn import at, drawn_house, order, tours_today, with_stops

QUOTES = [QuoteId(name) for name in "abcd"]

late_stops = st.builds(
    lambda quote_id, due_s, late_s: LateStop(quote_id, due_s + late_s, due_s),
    st.sampled_from(QUOTES),
    st.integers(0, 500),
    st.integers(1, 500),
)
days = st.builds(
    lambda late, fallen: Lateness({(f"{s.quote_id}:1",): s for s in late}, frozenset(fallen)),
    st.lists(late_stops, max_size=4),
    st.lists(st.sampled_from(QUOTES), max_size=2),
)


@given(days)
def test_nobody_loses_by_no_change(day: Lateness) -> None:
    assert day.losers(day) == frozenset()


@given(days, days, days)
def test_who_loses_by_two_changes_together_lost_by_one_of_them(
    first: Lateness, second: Lateness, third: Lateness
) -> None:
    """A plan judged step by step is judged at least as strictly as all at once."""
    assert third.losers(first) <= second.losers(first) | third.losers(second)


@given(days, days, st.sampled_from(QUOTES))
def test_only_who_is_late_or_fell_loses_and_a_stranger_loses_only_by_falling(
    before: Lateness, after: Lateness, stranger: QuoteId
) -> None:
    lost = after.losers(before)
    assert lost <= {stop.quote_id for stop in after.stops.values()} | after.fallen
    spared = lost - after.losers(before, strangers={stranger})
    assert spared <= {stranger}
    assert not spared & (after.fallen - before.fallen)


@given(st.lists(st.integers(5, 60), min_size=1, max_size=3), st.data())
def test_it_says_what_the_schedule_says(dues: list[int], data: st.DataObject) -> None:
    """Each order's lateness is when its bell rings, less when it was to ring."""
    ports = drawn_house()
    (tour,) = tours_today(ports)
    orders = [order(f"q{n}", "B", due=due, published=0) for n, due in enumerate(dues)]
    day = standing([with_stops(tour, *orders)], at(0), ports)
    turns = data.draw(st.permutations(range(len(dues))))
    nodes = tuple(node for n in turns for node in (2 * n, 2 * n + 1))
    found = lateness(day, [nodes])
    planned = schedule(day.problem, 0, nodes)
    assert planned is not None
    rings = {day.stops[s.node].stop_id: s.begin_s for s in planned.stops}
    expected = {
        f"q{n}:1": rings[f"q{n}:1"] - due * 60
        for n, due in enumerate(dues)
        if rings[f"q{n}:1"] > due * 60
    }
    assert {key[0]: stop.late_s for key, stop in found.stops.items()} == expected
    assert found.total_s == sum(expected.values())
    assert found.is_well == (not expected)


def test_two_couriers_who_share_one_doorstep_are_two_visits() -> None:
    """Each fetched a part; that the one is late does not excuse the other."""
    _, drop = order("q", "B", "F")[-2:]
    shares = [replace(drop, shipment_ids=(ShipmentId(i),)) for i in ("q-B", "q-F")]
    keys = [visit_key(share) for share in shares]
    before = Lateness({keys[0]: LateStop(drop.quote_id, 700, 600)})
    after = Lateness({keys[0]: LateStop(drop.quote_id, 700, 600), **_late(keys[1], 650)})
    assert after.losers(before) == {drop.quote_id}


def _late(key: tuple[str, ...], begin_s: int) -> dict[tuple[str, ...], LateStop]:
    return {key: LateStop(QuoteId("q"), begin_s, 600)}


def test_who_is_in_time_is_not_late() -> None:
    with pytest.raises(ValueError, match="not late"):
        LateStop(QuoteId("q"), 600, 600)


def test_a_parcel_fetched_when_the_bag_is_full_loses_its_room() -> None:
    """Six kilograms and then five do not go into ten; one after the other they do."""
    ports = drawn_house()
    (tour,) = tours_today(ports)
    orders = [order("p", "B", weight_g=6000), order("q", "F", weight_g=5000)]
    day = standing([with_stops(tour, *orders)], at(0), ports)
    one_by_one, together = lateness(day, [(0, 1, 2, 3)]), lateness(day, [(0, 2, 1, 3)])
    assert one_by_one.is_well
    assert together.losers(one_by_one) == {QuoteId("q")}
    assert one_by_one.losers(together) == frozenset()


def test_a_tour_that_is_too_full_as_it_stands_says_so() -> None:
    ports = drawn_house()
    (tour,) = tours_today(ports)
    (first, then), order_q = order("p", "B", weight_g=6000), order("q", "F", weight_g=5000)
    full = replace(tour, stops=(first, *order_q, then))
    day = standing([full], at(0), ports)
    assert lateness(day, day.sequences).crowded == {QuoteId("q")}
