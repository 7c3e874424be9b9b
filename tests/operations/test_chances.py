"""What an express option says of itself: how likely its promise is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dispatch.core.ids import QuoteId
from dispatch.core.windows import TimeWindow
from dispatch.operations.book import BookRequest, book
from dispatch.operations.calibration import Lesson, Subject
from dispatch.operations.chances import Chances
from dispatch.operations.express import Desk, desk
from dispatch.operations.fit import Fit
from dispatch.operations.hold import hold
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.orders.quotes import Option
from dispatch.slots.service_levels import Mode
from dispatch.tracking.made_up import Curve
from dispatch.tracking.tours import StopKind
from tests.fakes.house import CUSTOMER, SHOP, an_order, near
from tests.fakes.town import express_shops
from tests.operations.test_calibrate import learnt_of


def offered(ports: Ports, shop: str) -> list[Option]:
    answer = quote(an_order(ports, shop), SHOP, ports, hold=False)
    return [o for o in answer.options if o.mode is Mode.EXPRESS and o.offered]


def placed(ports: Ports) -> tuple[Desk, Fit]:
    """One booked order, as a fit in the tours from which it was taken out again."""
    answer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    book(BookRequest(answer.quote_id, "opt_1", CUSTOMER), SHOP, ports)
    with ports.store.reading() as tx:
        table = desk(tx, ports)
    option = answer.option("opt_1")
    assert option is not None
    assert option.witness is not None
    tour = next(t for t in table.tours if t.tour_id == option.witness.tour_id)
    without = tuple(each.without_order(answer.quote_id) for each in table.tours)
    return replace(table, tours=without), Fit(option.witness, tour)


def test_every_express_offer_says_how_likely_it_is_kept_and_no_other_does(ports: Ports) -> None:
    answer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    for option in answer.options:
        told = option.chance is not None
        assert told is (option.mode is Mode.EXPRESS and option.offered)
    soonest = offered(ports, express_shops(ports)[0])[0]
    assert soonest.chance is not None
    # Four hours for a ride of ten minutes; but others will order, and use them up.
    assert soonest.chance.as_it_stands > 0.99 > soonest.chance.stated > 0.9


def test_the_same_place_promised_for_later_is_never_less_likely_kept(ports: Ports) -> None:
    table, fit = placed(ports)
    drop = next(s for s in fit.tour.stops if s.kind is StopKind.DROP)
    assert drop.eta_at is not None
    chances = Chances(drop.quote_id, table, ports)
    told = []
    for minutes in range(-10, 40, 5):
        due_at = drop.eta_at + timedelta(minutes=minutes)
        told.append(chances.of(replace(fit, tour=fit.tour.with_stop(replace(drop, due_at=due_at)))))
    known = [one.stated for one in told if one is not None]
    assert known == sorted(known)
    assert known[0] < 0.2
    assert known[-1] > 0.9


def test_a_shop_that_is_known_to_be_late_makes_its_promises_less_likely(ports: Ports) -> None:
    table, fit = placed(ports)
    drop = next(s for s in fit.tour.stops if s.kind is StopKind.DROP)
    assert drop.eta_at is not None
    tight = replace(drop, due_at=drop.eta_at + timedelta(minutes=10))
    fit = replace(fit, tour=fit.tour.with_stop(tight))
    shop = next(s.merchant_id for s in fit.tour.stops if s.merchant_id is not None)
    late = Lesson(Subject.READY, shop, 50, 1.0, spread=300.0, late_s=2400.0)
    slow = replace(ports, learnt=learnt_of(late))

    usual = Chances(drop.quote_id, table, ports).of(fit)
    worse = Chances(drop.quote_id, table, slow).of(fit)
    assert usual is not None
    assert worse is not None
    assert worse.as_it_stands < 0.01 and worse.stated < usual.stated - 0.2


def test_a_chance_is_stated_in_the_light_of_how_often_such_promises_were_kept(
    ports: Ports,
) -> None:
    table, fit = placed(ports)
    drop = next(s for s in fit.tour.stops if s.kind is StopKind.DROP)
    usual = Chances(drop.quote_id, table, ports).of(fit)
    days = ports.parameters.chances.source
    kept = Lesson(Subject.CHANCE, "express", 200, 1.0, shift=-1.0, slope=0.5, beside=days)
    found = Chances(drop.quote_id, table, replace(ports, learnt=learnt_of(kept))).of(fit)
    assert usual is not None
    assert found is not None
    assert found.as_it_stands == usual.as_it_stands > 0.99
    assert 0.5 < found.stated < 0.7 < usual.stated

    # What was learnt beside other made-up days says nothing beside these.
    other = learnt_of(replace(kept, beside="days of somewhere else"))
    assert Chances(drop.quote_id, table, replace(ports, learnt=other)).of(fit) == usual


def spare_of(table: Desk, fit: Fit, ports: Ports) -> float | None:
    quote_id = next(s.quote_id for s in fit.tour.stops if s.kind is StopKind.DROP)
    found = Chances(quote_id, table, ports).of(fit)
    assert found is not None
    return found.spare_s


def on_duty(table: Desk) -> int:
    """How many couriers' shifts have begun at the next hand-out, none over by then."""
    assert table.release_at is not None
    return sum(tour.shift.opens_at <= table.release_at for tour in table.tours)


def with_another(table: Desk, fit: Fit, spare: timedelta) -> Desk:
    """The drop of *fit* as somebody else's, expected so long before it is due."""
    drop = next(s for s in fit.tour.stops if s.kind is StopKind.DROP)
    assert drop.due_at is not None
    other = replace(drop, stop_id="qte_9:1", quote_id=QuoteId("qte_9"), eta_at=drop.due_at - spare)
    tours = tuple(
        replace(tour, stops=(other,)) if tour.tour_id == fit.tour.tour_id else tour
        for tour in table.tours
    )
    return replace(table, tours=tours)


def test_a_chance_says_what_couriers_on_duty_have_to_spare_before_others_are_late(
    ports: Ports,
) -> None:
    """Half an hour is enough, an hour late as late as can be; whoever has nothing has enough."""
    table, fit = placed(ports)
    assert spare_of(table, fit, ports) == 1800
    drop = next(s for s in fit.tour.stops if s.kind is StopKind.DROP)
    ours = fit.tour.with_stop(replace(drop, due_at=drop.eta_at))
    tours = tuple(ours if tour.tour_id == ours.tour_id else tour for tour in table.tours)
    assert spare_of(replace(table, tours=tours), fit, ports) == 1800, "it is not counted itself"
    crew = on_duty(table)
    assert crew >= 2
    for minutes, counts_min in ((90, 30), (20, 20), (-10, -10), (-90, -60)):
        another = with_another(table, fit, timedelta(minutes=minutes))
        mean_min = ((crew - 1) * 30 + counts_min) / crew
        assert spare_of(another, fit, ports) == round(60 * mean_min)


def test_who_is_not_on_duty_at_the_hand_out_has_nothing_to_spare(ports: Ports) -> None:
    table, fit = placed(ports)
    late = with_another(table, fit, timedelta(minutes=-10))
    assert late.release_at is not None
    home = late.release_at - timedelta(minutes=1)
    tours = tuple(
        replace(tour, shift=TimeWindow(tour.shift.opens_at, home))
        if tour.tour_id == fit.tour.tour_id
        else tour
        for tour in late.tours
    )
    assert spare_of(replace(late, tours=tours), fit, ports) == 1800


def test_of_a_day_still_to_come_nobody_knows_what_there_will_be_to_spare(ports: Ports) -> None:
    table, fit = placed(ports)
    assert table.release_at is not None
    tomorrow = replace(table, release_at=table.release_at + timedelta(days=1))
    assert spare_of(tomorrow, fit, ports) is None


def test_the_same_place_is_less_sure_when_nobody_has_time_to_spare(ports: Ports) -> None:
    table, fit = placed(ports)
    quote_id = next(s.quote_id for s in fit.tour.stops if s.kind is StopKind.DROP)
    curve = Curve("here", 300, (0.5, 0.998), (0.6, 0.97), (-600.0, 1800.0), (-2.0, 0.5))
    taught = replace(ports, parameters=replace(ports.parameters, taught=curve))
    busy = with_another(table, fit, timedelta(minutes=-60))
    idle_chance, busy_chance = (Chances(quote_id, one, taught).of(fit) for one in (table, busy))
    assert idle_chance is not None
    assert busy_chance is not None
    assert busy_chance.stated < idle_chance.stated


def test_a_hold_that_is_moved_says_anew_how_likely_it_is(ports: Ports) -> None:
    shop = express_shops(ports)[0]
    door = near(ports.territory.merchant(shop).place, north=0.01)
    answer = quote(an_order(ports, shop, to=door), SHOP, ports)
    others = [o for o in answer.options if o.mode is Mode.EXPRESS and o.offered and o.held is False]
    moved = hold(answer.quote_id, others[-1].option_id, SHOP, ports).option(others[-1].option_id)
    assert moved is not None
    assert moved.held
    assert moved.chance is not None


def test_who_pays_at_once_is_brought_by_the_next_wave_and_not_by_the_last_possible(
    ports: Ports,
) -> None:
    """At 10:20 a quote lives until 10:35: its place is one after the wave of 11:00."""
    table, fit = placed(ports)
    assert table.release_at is not None
    drop = next(s for s in fit.tour.stops if s.kind is StopKind.DROP)
    assert drop.eta_at is not None
    later = timedelta(minutes=30)
    tight = replace(drop, due_at=drop.eta_at + timedelta(minutes=4))
    fit = replace(fit, tour=fit.tour.with_stop(tight))

    soon = Chances(drop.quote_id, table, ports).of(fit)
    counted = replace(table, release_at=table.release_at + later)
    assert Chances(drop.quote_id, counted, ports).of(fit) == soon


def test_what_is_remembered_between_windows_changes_no_chance(ports: Ports) -> None:
    table, fit = placed(ports)
    drop = next(s for s in fit.tour.stops if s.kind is StopKind.DROP)
    assert drop.due_at is not None
    fits = []
    for minutes in (0, 30, 5, 30, 90):
        opens_at = drop.windows[0].opens_at + timedelta(minutes=minutes)
        later = replace(
            drop,
            windows=(TimeWindow(opens_at, drop.windows[-1].closes_at),),
            due_at=drop.due_at + timedelta(minutes=minutes),
        )
        fits.append(replace(fit, tour=fit.tour.with_stop(later)))
    together = Chances(drop.quote_id, table, ports)
    for one in fits:
        assert together.of(one) == Chances(drop.quote_id, table, ports).of(one)
