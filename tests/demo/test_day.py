"""A whole small day in this process: real pages, real interface, a clock that jumps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest

from dispatch.core.civil import clock_text
from dispatch.demo.day import DemoDay
from dispatch.demo.diary import Diary, Note
from dispatch.demo.orders import DAY, DemoOrder, Story, orders_of_day
from dispatch.demo.outcome import Outcome
from dispatch.operations.access import PageKind, create_link
from dispatch.operations.calibrate import learn
from dispatch.operations.calibration import Subject
from dispatch.operations.ports import Ports
from dispatch.operations.report import DayReport, day_report
from dispatch.orders.shipments import State
from dispatch.slots.service_levels import Mode
from dispatch.tracking.facts import Fact
from geodata import load
from tests.demo.play import LossyTransport, demo_house, doors, storefront, time_passes, whole_app


@dataclass(frozen=True)
class Played:
    ports: Ports
    orders: tuple[DemoOrder, ...]
    report: DayReport
    notes: tuple[Note, ...]
    outcome: Outcome
    lost: int

    @property
    def facts(self) -> list[Fact]:
        with self.ports.store.reading() as tx:
            return [fact for tour in tx.tours(DAY) for fact in tx.facts(tour.tour_id)]


def with_every_mode(orders: tuple[DemoOrder, ...]) -> tuple[DemoOrder, ...]:
    """The same customers, but two early ones use the post and a shop's own van."""
    by_post, by_van = [n for n, o in enumerate(orders) if n and o.story is Story.BOOKS][:2]
    changed = list(orders)
    for n, shop, mode in (
        (by_post, "m_page_cornee", Mode.STANDARD),
        (by_van, "m_pivoine_et_basilic", Mode.MERCHANT),
    ):
        line = replace(orders[n].lines[0], merchant_id=shop, cold=False)
        door = "64 Rue schématique 98, 47200 Marmande"
        at = orders[0].asked_at + timedelta(hours=1)
        changed[n] = replace(orders[n], asked_at=at, lines=(line,), wish=mode, address=door)
    return tuple(changed)


def play(seed: int = 1, count: int = 12, lose_every: int = 10**9) -> Played:
    ports = demo_house()
    orders = with_every_mode(orders_of_day(load.town("val_de_garonne"), seed=seed, count=count))
    transport = LossyTransport(httpx.WSGITransport(whole_app(ports)), lose_every)
    notes: list[Note] = []
    with storefront(ports, transport) as shop:
        cast = replace(doors(ports, transport), wait=time_passes(ports))
        day = DemoDay(ports, orders, shop, cast, Diary(notes.append), seed)
        assert day.live(lambda report, waves: None)
        report = day_report(DAY, ports)
        outcome = Outcome(report, shop.tally, day.waves(), 1.0)
    return Played(ports, orders, report, tuple(notes), outcome, transport.lost)


@pytest.fixture(scope="module")
def played() -> Played:
    return play()


@pytest.fixture(scope="module")
def lossy() -> Played:
    """The same day on a bad network: every fifth answer is lost on its way back."""
    return play(lose_every=5)


@pytest.mark.parametrize("which", ["played", "lossy"])
def test_every_booked_order_is_delivered_or_explained(
    which: str, request: pytest.FixtureRequest
) -> None:
    day: Played = request.getfixturevalue(which)
    assert day.report.bookings >= 6
    assert day.report.unexplained == () and day.outcome.good
    assert day.report.count("delivered") >= 3
    assert not any(line.why == "on_its_way" for line in day.report.lines)


def test_the_one_customer_who_is_out_is_the_one_failure_and_it_says_why(played: Played) -> None:
    assert [line.why for line in played.report.lines if line.outcome == "failed"] == ["not_at_home"]


def test_who_cancels_is_cancelled_and_who_only_asks_is_not_booked(played: Played) -> None:
    told = Counter(order.story for order in played.orders)
    assert played.report.count("cancelled") >= told[Story.CANCELS] > 0
    assert played.report.bookings == sum(order.books for order in played.orders)
    assert played.outcome.tally.refused_by_code["address_not_found"] == 1
    assert played.outcome.tally.refused_by_code["too_heavy"] == 1


def test_collecting_customers_leave_with_their_parcels(played: Played) -> None:
    states = Counter(line.state for line in played.report.lines if line.mode is Mode.COLLECT)
    assert states[State.COLLECTED] >= 1


def test_parcels_are_posted_before_the_collection_and_shops_deliver_in_their_window(
    played: Played,
) -> None:
    (posted,) = (line for line in played.report.lines if line.mode is Mode.STANDARD)
    assert (posted.state, posted.why) == (State.TO_DROPOFF, "with_the_post")
    by_van = [line.outcome for line in played.report.lines if line.mode is Mode.MERCHANT]
    assert "delivered" in by_van and set(by_van) <= {"delivered", "open"}
    with played.ports.store.reading() as tx:
        *_, left = tx.events_of(posted.shipment_id)
    assert clock_text(left.at_server) < "17:00"


def test_no_fact_is_told_twice_even_on_a_bad_network(played: Played, lossy: Played) -> None:
    assert lossy.lost > 50
    for day in (played, lossy):
        told = Counter((fact.stop_id, fact.kind) for fact in day.facts)
        assert told and set(told.values()) == {1}


def test_a_bad_network_books_and_delivers_the_same_orders(played: Played, lossy: Played) -> None:
    assert lossy.report.bookings == played.report.bookings
    assert lossy.outcome.tally.bookings == lossy.report.bookings


def test_nobody_arrives_before_the_parcel_may_be_fetched_nor_delivers_before_the_window(
    played: Played,
) -> None:
    with played.ports.store.reading() as tx:
        stops = {stop.stop_id: stop for tour in tx.tours(DAY) for stop in tour.stops}
    assert played.facts
    for fact in played.facts:
        assert any(fact.at_device in window for window in stops[fact.stop_id].windows)


def test_no_robot_is_told_no(played: Played) -> None:
    trouble = ("cannot do", "is told", "no answer")
    assert not [str(n) for n in played.notes if any(word in n.text for word in trouble)]


def test_the_notes_tell_the_day_in_order_with_the_towns_clock(played: Played) -> None:
    first = next(note for note in played.notes if "books" in note.text)
    assert str(first).startswith(f"{clock_text(first.at)}  {played.orders[0].first_name} books")
    assert any("wave of 09:" in note.text for note in played.notes)
    assert any("rings in vain" in note.text for note in played.notes)


def test_the_made_up_town_teaches_the_planner_something(played: Played) -> None:
    """Of a dozen orders little: whoever lives in a flat takes longer than is set."""
    lessons = {(one.subject, one.key): one for one in learn(played.ports).lessons}
    assert lessons[Subject.DOOR, "flat"].factor > 1
    assert Subject.SHOP in {subject for subject, _ in lessons}
    page = whole_app(played.ports).test_client()
    page.get(f"/l/{create_link(PageKind.PLANNER, '', played.ports)}")
    assert "Temps à la porte" in page.get("/planification/temps").text
