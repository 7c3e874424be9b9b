"""One tour as luck may have it: compiled or not, and whatever was asked before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.operations import chances, luck_ahead
from dispatch.operations.book import BookRequest, book
from dispatch.operations.calibration import Calibration, Lesson, Subject
from dispatch.operations.express import desk
from dispatch.operations.lines import OpenLine, line_at, span_from
from dispatch.operations.luck_ahead import LuckAhead
from dispatch.operations.quote import quote
from dispatch.operations.straying import Straying
from dispatch.routing import drives
from dispatch.tracking.arrival import arrivals
from dispatch.tracking.draws import Uncertain
from dispatch.tracking.tours import Stop
from tests.fakes.house import CUSTOMER, SHOP, an_order, house, near
from tests.fakes.road import live
from tests.fakes.town import express_shops
from tests.operations.test_calibrate import learnt_of

asks = st.lists(
    st.tuples(st.integers(0, 999), st.integers(-9, 9), st.booleans(), st.integers(0, 20)),
    min_size=3,
    max_size=8,
)


class Checked:
    """What is remembered of a tour, held against the plain answer for the tour as it is."""

    def __init__(self, line: OpenLine, begins_at: datetime, errors: Straying) -> None:
        self._known = luck_ahead.luck_ahead(line, begins_at, errors)
        self._fresh = LuckAhead(line, begins_at, errors)

    def over(self, stops: Sequence[Stop]) -> Uncertain:
        found, fresh = self._known.over(stops), self._fresh
        plain = arrivals(fresh._one_by_one(stops), fresh._free_s, fresh._pace)[-1].end
        np.testing.assert_allclose(found.draws, plain.draws, atol=1e-6)
        return found


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> None:
    drives.load()
    monkeypatch.setattr(chances, "luck_ahead", Checked)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(asks, st.booleans())
def test_what_is_remembered_of_a_tour_never_lies(
    checked: None, day: list[tuple[int, int, bool, int]], learns: bool
) -> None:
    """Quotes of a day that fills up, some of them booked, while couriers drive and shops learn."""
    ports = house("2026-11-24T10:35+01:00")
    shops = express_shops(ports)
    for n, (which, north, paid, minutes) in enumerate(day):
        door = near(ports.territory.merchant(shops[0]).place, north=north / 2000)
        answer = quote(an_order(ports, shops[which % len(shops)], to=door), SHOP, ports)
        option = next((o for o in answer.options if o.held), None)
        if paid and option is not None:
            book(BookRequest(answer.quote_id, option.option_id, CUSTOMER), SHOP, ports)
        live(ports, minutes=minutes)
        if learns and n == 2:
            late = Lesson(
                Subject.READY, shops[which % len(shops)], 50, 1.0, spread=300.0, late_s=900.0
            )
            ports = replace(ports, learnt=learnt_of(late))


def test_a_tour_that_did_not_change_is_not_driven_again(checked: None) -> None:
    ports = house("2026-11-24T10:35+01:00")
    shop = express_shops(ports)[0]
    answer = quote(an_order(ports, shop), SHOP, ports)
    book(BookRequest(answer.quote_id, "opt_1", CUSTOMER), SHOP, ports)
    quote(an_order(ports, shop), SHOP, ports, hold=False)
    known = dict(luck_ahead._known)
    quote(an_order(ports, shop), SHOP, ports, hold=False)
    assert {name: id(one) for name, one in luck_ahead._known.items()} == {
        name: id(one) for name, one in known.items()
    }


def test_a_courier_who_is_free_later_or_a_shop_known_to_be_late_is_driven_anew(
    checked: None,
) -> None:
    """The same stops in the same order, but not the same instants."""
    ports = house("2026-11-24T10:35+01:00")
    answer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    book(BookRequest(answer.quote_id, "opt_1", CUSTOMER), SHOP, ports)
    with ports.store.reading() as tx:
        table = desk(tx, ports)
    assert table.release_at is not None
    tour = next(tour for tour in table.tours if tour.stops)
    line = line_at(tour, ports.clock.now(), span_from(table.release_at, table.tours), ports)
    free_at = line.seen.free_at + timedelta(hours=3)
    later = replace(line, seen=replace(line.seen, free_at=free_at))
    shop = next(stop.merchant_id for stop in tour.stops if stop.merchant_id is not None)
    late = learnt_of(Lesson(Subject.READY, shop, 50, 1.0, spread=300.0, late_s=7200.0))

    def over_s(line: OpenLine, learnt: Calibration | None = None) -> float:
        asked = Checked(line, table.release_at or ports.clock.now(), Straying(learnt))
        return asked.over(tour.stops).quantile_s(0.5)

    usual_s = over_s(line)
    assert over_s(line, late) > usual_s + 3600
    assert over_s(later) > usual_s + 3600
    assert over_s(line) == usual_s
