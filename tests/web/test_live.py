"""Told at once: whose page hears of what, and what becomes of one too many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

import pytest
from flask.testing import FlaskClient

from dispatch.core.civil import local_day
from dispatch.operations.access import PageKind
from dispatch.operations.pulse import PLANNER, take_pulse
from dispatch.operations.quote import quote
from dispatch.web.live import watch_of
from tests.fakes.house import SHOP, an_order
from tests.fakes.town import express_shops
from tests.web.site import Site

CHANGED = "event: changed\ndata:\n\n"


@contextmanager
def listening(client: FlaskClient, address: str) -> Iterator[Iterator[str]]:
    """What the page at *address* is told, piece by piece."""
    answer = client.get(f"{address}/direct")
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    pieces = answer.iter_encoded()
    assert next(pieces).startswith(b"retry: ")
    try:
        yield (piece.decode() for piece in pieces)
    finally:
        answer.close()


def test_a_courier_and_the_planner_are_told_when_a_tour_is_handed_out(site: Site) -> None:
    site.book(express_shops(site.ports)[0])
    courier_id = _who_would_have_it(site)
    phone = site.signed_in(PageKind.COURIER, courier_id)
    planner = site.signed_in(PageKind.PLANNER)
    with listening(phone, "/livreur") as heard, listening(planner, "/planification") as seen:
        site.hand_out()
        assert next(heard) == CHANGED
        assert next(seen) == CHANGED


def _who_would_have_it(site: Site) -> str:
    with site.ports.store.reading() as tx:
        tours = tx.tours(local_day(site.ports.clock.now()))
    return next(tour.courier_id for tour in tours if tour.stops)


def test_a_place_held_for_a_quote_is_the_planners_business_and_no_couriers(site: Site) -> None:
    before = take_pulse(site.ports)
    quote(an_order(site.ports, express_shops(site.ports)[0]), SHOP, site.ports)
    after = take_pulse(site.ports)
    assert before.of(*PLANNER) != after.of(*PLANNER)
    for courier_id in site.ports.territory.couriers:
        manifest = after.of(PageKind.COURIER, courier_id)
        assert not _stops_in(manifest)


def _stops_in(mark: object) -> list[object]:
    """The stops somewhere in a courier's mark."""
    if not isinstance(mark, tuple):
        return []
    if len(mark) == 3 and isinstance(mark[2], tuple):
        return list(mark[2])
    return [stop for each in mark for stop in _stops_in(each)]


def test_nothing_new_is_told_of_a_quiet_minute(site: Site) -> None:
    site.book(express_shops(site.ports)[0])
    site.hand_out()
    assert take_pulse(site.ports) == take_pulse(site.ports)


def test_one_too_many_goes_on_asking_by_itself_until_there_is_room(site: Site) -> None:
    site.app.config["LIVE_LISTENERS"] = 1
    planner = site.signed_in(PageKind.PLANNER)
    with listening(planner, "/planification"):
        refused = planner.get("/planification/direct")
        assert refused.status_code == 503
        assert refused.headers["Retry-After"] == "60"
    with listening(planner, "/planification"):
        pass


def test_a_look_at_the_door_alone_takes_no_place(site: Site) -> None:
    site.app.config["LIVE_LISTENERS"] = 1
    planner = site.signed_in(PageKind.PLANNER)
    planner.head("/planification/direct").close()
    with listening(planner, "/planification"):
        pass


def test_everybody_is_let_go_when_the_process_is_to_end(site: Site) -> None:
    with listening(site.signed_in(PageKind.PLANNER), "/planification") as seen:
        ending: list[bool] = []
        watch_of(site.app).goes_on = lambda: not ending
        Timer(0.2, ending.append, [True]).start()
        assert list(seen) == []


def test_a_page_that_looks_again_by_itself_does_not_eat_what_is_said_once(site: Site) -> None:
    planner = site.signed_in(PageKind.PLANNER)
    with planner.session_transaction() as session:
        session["_flashes"] = [("success", "C’est fait.")]
    assert "C’est fait." not in planner.get("/planification", headers={"X-Refresh": "1"}).text
    assert "C’est fait." in planner.get("/planification").text


@pytest.mark.parametrize("address", ["/livreur", "/planification"])
def test_strangers_are_told_nothing(site: Site, address: str) -> None:
    assert site.visitor().get(f"{address}/direct").status_code == 401
