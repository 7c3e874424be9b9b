"""Waves on the planner's page: run by hand, with every order left out and its reason."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from dispatch.core.civil import local_day
from dispatch.core.errors import (
    Broken,
    Conflict,
    DispatchError,
    NotFound,
    Stale,
    StorageError,
    StreetsUnavailable,
)
from dispatch.core.reasons import Refusal
from dispatch.operations.access import PageKind
from dispatch.operations.manifest import short_ref
from dispatch.operations.overview import planner_day
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.standing import tours_of
from dispatch.operations.waves import LooseOrder, WaveState, WayOut
from dispatch.orders.bookings import Booking
from dispatch.routing.bound import Certificate
from dispatch.routing.plan import Plan
from dispatch.slots.service_levels import Mode
from dispatch.web.planner.words import way_out, word
from tests.fakes.house import SHOP, an_order, clock_of, house
from tests.web.site import Site
from tests.web.test_planner import FLORIST, PAGE, figure, part, plain, press, tables, wave_states


def set_aside(booking: Booking, refusal: Refusal, site: Site, *, retry: bool = True) -> None:
    """Take the order out of its tour, as a wave does that finds no place for it."""
    day = booking.created_at.date()
    with site.ports.store.writing() as tx:
        for tour in tours_of(tx, day, site.ports):
            stops = tuple(s for s in tour.stops if s.quote_id == booking.quote_id)
            if stops:
                tx.put_tour(tour.without_order(booking.quote_id))
                now = site.ports.clock.now()
                tx.put_loose(LooseOrder(booking.quote_id, day, stops, refusal, now, retry=retry))


# --- the wave by hand -------------------------------------------------------------------


def test_a_wave_by_hand_hands_out_what_is_booked(site: Site, planner: FlaskClient) -> None:
    site.book(FLORIST)
    assert "réservé, pas encore confié" in planner.get(PAGE).text
    page = press(planner)
    assert "Vague publiée : commandes 1, tournées 1, sans tournée 0." in plain(page)
    assert "à la main" in part(page, "waves")
    assert wave_states(site) == [WaveState.PUBLISHED]
    _, stops = site.busy_courier()
    assert len(stops) == 2
    assert "confié au livreur" in part(page, "lanes-tables")


def test_a_wave_without_orders_says_so(planner: FlaskClient) -> None:
    assert "il n’y avait aucune commande à répartir" in plain(press(planner))


def test_a_wave_whose_search_fails_says_so_and_hands_out_the_standing_tours() -> None:
    def broken(*args: object, **kwargs: object) -> Plan:
        raise Broken("the plan drops a parcel before fetching it")

    site = Site(ports=replace(house(), solver=broken))
    planner = site.signed_in(PageKind.PLANNER)
    site.book(FLORIST)
    assert "confié au livreur" not in tables(planner.get(PAGE).text)
    page = press(planner)
    assert "Le calcul n’a pas donné de plan valable : les tournées en place sont" in plain(page)
    assert "Vague publiée" not in plain(page)
    waves = plain(part(page, "waves"))
    assert "Erreur internal : le calcul n’a pas donné de plan valable." in waves
    assert "drops a parcel" not in page  # our own English, for the log and the command line
    assert "confié au livreur" in tables(page)


def test_a_proof_that_fails_is_not_said_to_have_spoilt_the_plan() -> None:
    def broken(*args: object, **kwargs: object) -> Certificate:
        raise MemoryError("too many tours")

    site = Site(ports=replace(house(), prover=broken))
    planner = site.signed_in(PageKind.PLANNER)
    site.book(FLORIST)
    page = press(planner)
    assert "Vague publiée : commandes 1, tournées 1" in plain(page)
    waves = plain(part(page, "waves"))
    assert "Erreur MemoryError : une erreur est survenue de notre côté." in waves
    assert "Les tournées en place restent en vigueur" not in waves


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Conflict("wave w_1 is taken or finished"), "une autre vague est en cours de calcul."),
        (Stale("tour t_1 changed"), "la journée a changé pendant le calcul."),
        (StorageError("disk full"), "la base de données ne répond pas."),
        (StreetsUnavailable("no word"), "le serveur de trajets ne répond pas."),
        (NotFound("no tour t_1"), "une erreur est survenue de notre côté."),
    ],
)
def test_why_a_wave_came_to_nothing_is_said_in_the_readers_words(
    planner: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: DispatchError, said: str
) -> None:
    def refuses(ports: Ports) -> None:
        raise error

    monkeypatch.setattr("dispatch.web.planner.views.request_wave", refuses)
    page = plain(press(planner))
    assert f"La vague n’a pas abouti : {said}" in page
    assert str(error) not in page


# --- what no tour holds -----------------------------------------------------------------


def test_an_order_without_a_tour_is_shown_with_its_reason_and_its_promise(
    site: Site, planner: FlaskClient
) -> None:
    booking = site.book(FLORIST)
    refusal = Refusal("no_feasible_insertion", ("promise.end", "capacity.weight_g"))
    set_aside(booking, refusal, site)
    loose = plain(part(planner.get(PAGE).text, "loose"))
    assert short_ref(booking.quote_id) in loose
    assert "Aucune tournée ne peut la prendre dans ce créneau." in loose
    assert "la fin de la promesse, le poids transportable" in loose
    assert "Pivoine et Basilic" in loose
    assert re.search(r"Promis entre \d+ h( \d\d)? et 14 h", loose)
    assert "retentée à la prochaine vague" in loose
    english = plain(part(planner.get(f"{PAGE}?lang=en").text, "loose"))
    assert "No tour can take it in this window." in english
    assert "the end of the promise" in english


def test_an_order_left_out_says_what_would_serve_it(site: Site, planner: FlaskClient) -> None:
    """Promised by two, taken out of its tour, and forgotten until five."""
    set_aside(site.book(FLORIST), Refusal("pickup_failed", ("not_ready",)), site)
    clock_of(site.ports).move_to("2026-11-24T17:00+01:00")
    wave_by_hand(site.ports)
    loose = plain(part(planner.get(PAGE).text, "loose"))
    assert re.search(r"Possible si la promesse finit 3 h \d\d plus tard", loose)
    english = plain(part(planner.get(f"{PAGE}?lang=en").text, "loose"))
    assert re.search(r"Possible if the promise ends 3 h \d\d later", english)


MOMENT = datetime(2026, 11, 24, 13, 5, 1, tzinfo=UTC)  # 14:05:01 in Paris


@pytest.mark.parametrize(
    ("change", "by", "french"),
    [
        ("promise.end", 61, "la promesse finit 2 min plus tard"),
        ("pickup.opens", 60, "la commande est prête 1 min plus tôt, à 14 h 05"),
        ("pickup.closes", 60, "la boutique reste ouverte jusqu’à 14 h 06"),
        ("shift", 601, "Jeanne travaille 11 min de plus, jusqu’à 14 h 06"),
        ("vehicles", 1, "Jeanne peut la prendre"),
        ("capacity.weight_g", 1200, "le véhicule de Jeanne porte 1,2 kg de plus"),
        ("capacity.volume_cm3", 1001, "le véhicule de Jeanne prend 2 litres de plus"),
        ("capacity.cold", 1, "le véhicule de Jeanne a une place froide de plus"),
        ("courier", 1, "un livreur de plus (vélo) est là de 14 h 05 à 14 h 06"),
        ("search", 0, "on relance une vague : il y a une place pour elle"),
    ],
)
def test_every_way_out_is_a_sentence_whose_minutes_are_enough(
    site: Site, change: str, by: int, french: str
) -> None:
    lanes = planner_day(local_day(site.ports.clock.now()), site.ports).lanes
    (jeanne,) = [lane for lane in lanes if lane.courier.name == "Jeanne"]
    way = WayOut(change, by, jeanne.tour.tour_id, MOMENT, MOMENT)
    with site.app.test_request_context("/"):
        said = way_out(way, lanes)
        vehicle = word("vehicle", jeanne.courier.vehicle.kind.value)
    assert plain(said) == french.replace("vélo", vehicle)


def test_an_order_only_a_person_can_decide_says_so(site: Site, planner: FlaskClient) -> None:
    set_aside(site.book(FLORIST), Refusal("pickup_failed", ("damaged",)), site, retry=False)
    loose = plain(part(planner.get(PAGE).text, "loose"))
    assert "à décider par vous" in loose
    assert "colis abîmé" in loose
    assert "Possible si" not in loose


def test_when_every_order_has_a_tour_the_page_says_so(site: Site, planner: FlaskClient) -> None:
    site.book(FLORIST)
    page = planner.get(PAGE).text
    assert "Toutes les commandes sont dans une tournée." in part(page, "loose")
    assert figure(page, "sans tournée") == 0


def test_a_day_without_orders_for_a_tour_boasts_of_nothing(
    site: Site, planner: FlaskClient
) -> None:
    site.book(FLORIST, mode=Mode.COLLECT)
    quote(an_order(site.ports, FLORIST), SHOP, site.ports)  # holds a place, orders nothing
    loose = part(planner.get(PAGE).text, "loose")
    assert "Aucune commande à mettre en tournée ce jour-là." in loose
    assert "✓" not in loose
