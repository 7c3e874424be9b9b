"""Promises in danger: seen before the customer is told, with what would really help."""

from __future__ import annotations

from dataclasses import replace

from dispatch.core.civil import local_day
from dispatch.operations.at_risk import AtRisk, RemedyKind, at_risk
from dispatch.operations.ports import Ports
from dispatch.operations.standing import tours_of
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import Tour
from tests.fakes.house import clock_of
from tests.operations.test_progress import given_tour, report
from tests.operations.test_run_wave import order


def kinds(found: AtRisk) -> list[RemedyKind]:
    return [remedy.kind for remedy in found.remedies]


def waited_until_at_risk(ports: Ports) -> AtRisk:
    """Nobody moves, two minutes at a time."""
    for _ in range(120):
        if found := at_risk(ports):
            return found[0]
        clock_of(ports).advance(minutes=2)
    raise AssertionError("nothing is ever at risk")


def tour_of(ports: Ports, tour_id: str) -> Tour:
    with ports.store.reading() as tx:
        day = tours_of(tx, local_day(ports.clock.now()), ports)
    return next(tour for tour in day if tour.tour_id == tour_id)


def kept_for_hours(tour: Tour, ports: Ports) -> Tour:
    """The first stop of *tour* takes six hours."""
    with ports.store.writing() as tx:
        return tx.put_tour(tour.with_stop(replace(tour.stops[0], service_s=6 * 3600)))


def test_a_day_that_goes_well_has_no_promise_at_risk(ports: Ports) -> None:
    order(ports)
    tour = given_tour(ports)
    assert at_risk(ports) == ()
    while tour.next_stop is not None:
        tour = report(tour, ports)
    assert at_risk(ports) == ()


def test_the_planner_sees_a_promise_in_danger_before_it_is_broken(ports: Ports) -> None:
    booked = order(ports)
    given_tour(ports)
    found = waited_until_at_risk(ports)

    assert ports.clock.now() < found.promised_until
    assert found.promised_until < found.over_late_at
    assert 0.1 < found.p_on_time < 0.9
    assert found.quote_id == booked.booking.quote_id
    assert found.paid == booked.booking.price
    assert found.phone == booked.booking.customer.phone


def test_a_courier_who_has_the_parcel_keeps_it_and_the_customer_is_called(ports: Ports) -> None:
    order(ports)
    tour = report(given_tour(ports), ports)
    assert tour.next_stop is not None
    found = waited_until_at_risk(ports)

    assert kinds(found) == [RemedyKind.EXTEND, RemedyKind.CALL]
    extend = found.remedies[0]
    assert extend.until is not None
    assert found.over_late_at <= extend.until


def test_an_order_still_at_its_shop_can_go_elsewhere_each_way_tried_and_priced(
    ports: Ports,
) -> None:
    """Its courier will be kept by another's parcel for six hours; others have nothing to do."""
    orders = [order(ports), order(ports)]
    tour = kept_for_hours(given_tour(ports), ports)
    mine = next(o.booking.quote_id for o in orders if o.booking.quote_id != tour.stops[0].quote_id)

    found = next(one for one in at_risk(ports) if one.quote_id == mine)
    assert found.p_on_time < 0.1
    first, *others = found.remedies
    assert first.kind is RemedyKind.REASSIGN
    assert first.courier_id not in (None, found.courier_id)
    assert (first.p_on_time or 0) > 0.9
    assert first.added_s > 0
    instead = [r.option for r in others if r.option is not None]
    assert Mode.COLLECT in [option.mode for option in instead]
    for option in instead:
        assert option.offered
        assert option.price is not None
        if option.mode is Mode.EXPRESS:
            assert option.window is not None
            assert option.window.closes_at > found.promised_until
    assert kinds(found)[-2:] == [RemedyKind.EXTEND, RemedyKind.CALL]


def test_looking_changes_nothing(ports: Ports) -> None:
    order(ports)
    tour = given_tour(ports)
    waited_until_at_risk(ports)
    before = tour_of(ports, tour.tour_id)
    at_risk(ports)
    assert tour_of(ports, tour.tour_id) == before
