"""The planner's page: the day as it is, every "no" with its reason, and one button."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from dispatch.operations.access import PageKind
from dispatch.operations.cancel import cancel
from dispatch.operations.manifest import short_ref
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.standing import tours_of
from dispatch.operations.timetable import waves_on
from dispatch.operations.waves import WaveState
from dispatch.slots.service_levels import Mode
from tests.fakes.house import SHOP, an_order, clock_of, house
from tests.fakes.moody_streets import MoodyStreets
from tests.operations.test_at_risk import kept_for_hours
from tests.web.site import Site, token_of

FLORIST = "m_pivoine_et_basilic"
PAGE = "/planification"


def plain(page: str) -> str:
    """The words of a page, without its tags and with ordinary spaces."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def part(page: str, part_id: str) -> str:
    """One live part of a page: from its id to the next part, section or end."""
    _, _, rest = page.partition(f'id="{part_id}"')
    assert rest, f"the page has no part {part_id}"
    return rest.partition("<section")[0]


def press(client: FlaskClient) -> str:
    """Run a wave by hand and return the page that follows."""
    form = re.search(
        r'<form[^>]*action="/planification/vagues".*?</form>', client.get(PAGE).text, re.S
    )
    assert form is not None, "today's page has no button to run a wave"
    token = re.search(r'name="csrf_token" value="([^"]+)"', form[0])
    assert token is not None, "the button posts no token"
    data = {"csrf_token": token[1]}
    answer = client.post(f"{PAGE}/vagues", data=data, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def wave_states(site: Site) -> list[WaveState]:
    """States of the waves that were run."""
    day = site.ports.clock.now().date()
    with site.ports.store.reading() as tx:
        waves = waves_on(tx, day, site.ports)
    idle = (WaveState.OPEN, WaveState.SKIPPED)
    return [wave.state for wave in waves if wave.state not in idle]


# --- who comes in -----------------------------------------------------------------------


def test_the_page_opens_to_planners_only(site: Site, planner: FlaskClient) -> None:
    courier = next(iter(site.ports.territory.couriers))
    assert planner.get(PAGE).status_code == 200
    assert site.visitor().get(PAGE).status_code == 401
    assert site.signed_in(PageKind.COURIER, courier).get(PAGE).status_code == 403
    assert site.signed_in(PageKind.MERCHANT, FLORIST).get(PAGE).status_code == 403


def test_nobody_else_closes_a_wave(site: Site) -> None:
    courier = site.signed_in(PageKind.COURIER, next(iter(site.ports.territory.couriers)))
    token = token_of(courier.get("/livreur").text)
    assert courier.post(f"{PAGE}/vagues", data={"csrf_token": token}).status_code == 403
    assert wave_states(site) == []


def test_a_wave_is_not_closed_from_another_site_s_form(site: Site, planner: FlaskClient) -> None:
    assert planner.post(f"{PAGE}/vagues").status_code == 400
    assert wave_states(site) == []


def tables(page: str) -> str:
    return plain(part(page, "lanes-tables"))


# --- the figures and the report ---------------------------------------------------------


def figure(page: str, label: str) -> int:
    found = re.search(rf"<dt>{label}</dt><dd>(\d+)</dd>", page)
    assert found is not None, f"no figure {label}"
    return int(found[1])


def test_the_figures_count_what_was_booked_and_what_became_of_it(
    site: Site, planner: FlaskClient
) -> None:
    site.book(FLORIST)
    site.book(FLORIST, mode=Mode.COLLECT)
    gone = site.book(FLORIST, mode=Mode.STANDARD)
    cancel(gone.booking_id, SHOP, site.ports)
    page = planner.get(PAGE).text
    assert figure(page, "commandes réservées") == 3
    assert figure(page, "envois en cours") == 2
    assert figure(page, "sans tournée") == 0
    words = plain(part(page, "figures"))
    # shipments, on time, late, open, failed, cancelled
    assert "Retrait en boutique 1 0 0 1 0 0" in words
    assert "Colis La Poste 1 0 0 0 0 1" in words


def test_the_planner_sees_what_holds_cost_and_whom_they_turned_away(
    site: Site, planner: FlaskClient
) -> None:
    assert 'id="holds"' not in planner.get(PAGE).text
    offer = quote(an_order(site.ports, FLORIST), SHOP, site.ports)
    with site.ports.store.writing() as tx:
        tx.put_quote(replace(offer, held_back=True))
    words = plain(part(planner.get(PAGE).text, "figures"))
    assert "1 place retenue par un devis" in words
    assert re.search(r"\d+ min de tournée, 0,\d % du temps qui reste", words)
    assert "1 commande refusée ce jour-là à cause d’elles." in words


def test_every_booked_order_is_in_the_report_delivered_or_explained(
    site: Site, planner: FlaskClient
) -> None:
    bookings = [site.book(FLORIST, mode=mode) for mode in Mode]
    report = plain(part(planner.get(PAGE).text, "report"))
    for booking in bookings:
        assert short_ref(booking.quote_id) in report
    for why in ("promesse en cours", "attend le client", "à remettre à La Poste", "livre"):
        assert why in report
    assert "Chaque commande réservée est livrée, en cours ou expliquée." in report


def test_a_promise_that_passed_without_a_word_is_called_unexplained(
    site: Site, planner: FlaskClient
) -> None:
    site.book(FLORIST)
    clock_of(site.ports).move_to("2026-11-24T19:00+01:00")
    page = planner.get(PAGE).text
    assert "1 envoi n’est ni livré ni expliqué." in part(page, "report")
    assert figure(page, "envoi en échec") == 1


# --- the day and its drawing ------------------------------------------------------------


def test_another_day_can_be_looked_at_but_not_closed(site: Site, planner: FlaskClient) -> None:
    site.book(FLORIST)
    page = planner.get(f"{PAGE}?jour=2026-11-25").text
    assert "Mercredi 25 novembre" in page
    assert figure(page, "commande réservée") == 0
    assert f'action="{PAGE}/vagues"' not in page
    assert f'action="{PAGE}/vagues"' in planner.get(f"{PAGE}?jour=2026-11-24").text


@pytest.mark.parametrize("text", ["demain", "2026-13-01", "9999-12-31", "0001-01-01"])
def test_a_day_that_is_none_is_named_and_today_shown(planner: FlaskClient, text: str) -> None:
    answer = planner.get(PAGE, query_string={"jour": text})
    assert answer.status_code == 400
    assert text in part(answer.text, "main")
    assert "Mardi 24 novembre" in answer.text


def test_the_drawing_and_the_tables_tell_the_same_stops(site: Site, planner: FlaskClient) -> None:
    for _ in range(3):
        site.book(FLORIST)
    site.hand_out()
    page = planner.get(PAGE).text
    drawn = re.findall(r'<g class="mark" data-order="(\w+)"', page)
    told = re.findall(r'<tr data-order="(\w+)">', part(page, "lanes-tables"))
    assert len(drawn) == 6
    assert drawn == told


def test_a_late_forecast_is_told_in_words_and_counted(site: Site, planner: FlaskClient) -> None:
    booking = site.book(FLORIST)
    site.hand_out()
    day = booking.created_at.date()
    with site.ports.store.writing() as tx:
        tour = next(t for t in tours_of(tx, day, site.ports) if t.stops)
        drop = tour.stops[-1]
        assert drop.due_at is not None
        late = replace(drop, eta_at=drop.due_at + timedelta(minutes=7))
        tx.put_tour(tour.with_stop(late))
    page = planner.get(PAGE).text
    assert figure(page, "retard à prévoir") == 1
    assert "retard 7 min" in tables(page)


def test_every_parameter_of_the_settings_file_is_shown_with_its_sense(
    site: Site, planner: FlaskClient
) -> None:
    page = planner.get(PAGE).text
    keys = re.findall(r'<code class="muted small">([\w.]+)</code>', page)
    for key in ("cut_offs", "budget_s", "publish_lag_s", "engine", "seed"):
        assert f"waves.{key}" in keys
    for key in ("unserved", "late_per_s", "travel_per_s", "paid_per_s", "vehicle_used"):
        assert f"weights.{key}" in keys
    for mode in Mode:
        assert any(key.startswith(f"levels.{mode}.") for key in keys)
    assert {"service_times.pickup_s", "service_times.drop_s", "quotes.life_min"} <= set(keys)
    assert "Durée d’un devis quotes.life_min 15 min La place" in plain(page)
    assert "Jours d’avance levels.express.days_ahead le jour même seulement" in plain(page)
    assert "Comptés en levels.standard.counted_in jours postaux" in plain(page)
    assert "Moins cher au passage nudge.enabled non" in plain(page)
    english = plain(planner.get(f"{PAGE}?lang=en").text)
    assert "Notice levels.express.notice_min 0 min No chosen window" in english


def test_a_wave_that_nobody_runs_yet_is_said_to_be_asked_for(
    site: Site, planner: FlaskClient
) -> None:
    """The jobs process is busy: the page does not do its work, and does not wait for ever."""
    site.app.config["WAVE_PATIENCE_S"] = 0
    site.book(FLORIST)
    assert "La vague est demandée" in plain(press(planner))
    assert wave_states(site) == []


@pytest.mark.parametrize(
    ("with_fallback", "said"),
    [
        (True, "(osrm) ne répond plus depuis 10 h : notre propre moteur calcule les temps"),
        (False, "(osrm) ne répond plus depuis 10 h : ni nouvelles promesses, ni vague"),
    ],
)
def test_the_planner_reads_that_the_routing_server_is_silent(
    with_fallback: bool, said: str
) -> None:
    ports = house()
    streets = MoodyStreets(ports.streets, ports.clock, ports.streets if with_fallback else None)
    site = Site(ports=replace(ports, streets=streets))
    planner = site.signed_in(PageKind.PLANNER)
    site.book(FLORIST)
    assert "ne répond plus" not in planner.get(PAGE).text
    streets.silent = True
    page = planner.get(PAGE)
    assert page.status_code == 200
    assert said in plain(page.text)


def test_a_promise_in_danger_is_told_with_its_best_remedy_and_its_price(
    site: Site, planner: FlaskClient
) -> None:
    bookings = [site.book(FLORIST), site.book(FLORIST)]
    assert "Aucune promesse n’est en danger." in part(planner.get(PAGE).text, "at-risk")
    clock_of(site.ports).advance(minutes=30)
    wave_by_hand(site.ports)
    with site.ports.store.reading() as tx:
        tour = next(t for t in tx.tours(bookings[0].created_at.date()) if t.manifest)
    kept_for_hours(tour, site.ports)

    words = plain(part(planner.get(PAGE).text, "at-risk"))
    assert all(short_ref(booking.quote_id) in words for booking in bookings)
    assert re.search(r"à l’heure : \d+ %", words)
    assert re.search(r"La confier à \w+ : à l’heure 99 %, \d+ min de route en plus\.", words)
    assert re.search(r"Retrait en boutique à partir de .*, à 0,00 €", words)
    assert "Appeler le client." in words
