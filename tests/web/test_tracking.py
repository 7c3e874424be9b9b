"""The customer's page: their own order in plain words, and nothing of anybody else."""

from __future__ import annotations

import html
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.core.places import Place
from dispatch.operations.cancel import cancel
from dispatch.operations.late_promises import tell_of_late_promises
from dispatch.operations.manifest import short_ref
from dispatch.operations.prepare import Act, act
from dispatch.operations.progress import Report, record
from dispatch.orders.bookings import Booking, Customer
from dispatch.orders.shipments import State
from dispatch.slots.service_levels import Mode
from dispatch.tracking.facts import FactKind
from dispatch.tracking.tours import StopKind
from dispatch.web.tracking import words
from tests.fakes.house import SHOP, clock_of
from tests.fakes.spaces import plain
from tests.fakes.town import express_shops
from tests.web.site import Site

#: The courier was here when they said so: a place no shop and no door shares.
SEEN_AT = Place(44.498765, 0.171234)


def page_of(site: Site, booking: Booking, query: str = "") -> str:
    answer = site.visitor().get(f"/suivi/{booking.tracking_token}{query}")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def title_of(site: Site, booking: Booking) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page_of(site, booking))
    assert found is not None
    return found[1]


def pins_of(site: Site, booking: Booking) -> list[str]:
    answer = site.visitor().get(f"/suivi/{booking.tracking_token}")
    block = re.search(r'id="order-map-data" data-live>(.*?)</script>', answer.text, re.S)
    assert block is not None
    return [marker["class"] for marker in json.loads(block[1])["markers"]]


def report(site: Site, kind: FactKind = FactKind.DONE, reason: str | None = None) -> None:
    """The busy courier does what is next, seen at ``SEEN_AT``."""
    courier_id, stops = site.busy_courier()
    stop = stops[0].stop
    record(
        Report(
            f"{stop.stop_id}/{kind}",
            stops[0].tour_id,
            stop.stop_id,
            kind,
            site.ports.clock.now(),
            reason,
            SEEN_AT,
        ),
        courier_id,
        site.ports,
    )


@pytest.fixture
def booking(site: Site) -> Booking:
    return site.book(express_shops(site.ports)[0])


# --- in plain words ---------------------------------------------------------------------------


def test_an_express_order_is_told_from_confirmed_to_delivered(site: Site, booking: Booking) -> None:
    assert title_of(site, booking) == "Votre commande est confirmée"
    clock_of(site.ports).advance(minutes=30)  # packed by then, so nobody waits
    site.hand_out()
    assert title_of(site, booking) == "Votre commande se prépare"
    report(site)
    assert title_of(site, booking) == "Votre commande arrive"
    report(site, FactKind.ARRIVED)
    assert title_of(site, booking) == "Le livreur est là"
    report(site)
    assert title_of(site, booking) == "Votre commande est livrée"


def test_the_line_of_steps_marks_where_the_order_is(site: Site, booking: Booking) -> None:
    page = page_of(site, booking)
    assert page.count('aria-current="step"') == 1
    assert page.index('aria-current="step"') < page.index("En préparation")
    site.hand_out()
    report(site)
    report(site)
    page = page_of(site, booking)
    assert 'aria-current="step"' not in page
    assert page.count('<li class="done"') == 5


def test_the_promise_stays_and_the_forecast_appears_with_the_tour(
    site: Site, booking: Booking
) -> None:
    assert "Arrivée prévue" not in page_of(site, booking)
    site.hand_out()
    page = page_of(site, booking)
    assert "Arrivée prévue" in page
    assert "14 h" in plain(page)


def test_an_order_that_is_late_is_told_so_with_an_apology(site: Site, booking: Booking) -> None:
    site.hand_out()
    assert "désolés" not in page_of(site, booking)
    clock_of(site.ports).move_to("2026-11-24T14:00+01:00")
    assert "désolés" in page_of(site, booking)


def test_a_collect_order_shows_its_code_and_its_square_until_it_is_collected(site: Site) -> None:
    merchant_id = express_shops(site.ports)[0]
    booking = site.book(merchant_id, mode=Mode.COLLECT)
    (shipment,) = site.shipments(booking)
    page = page_of(site, booking)
    assert f'<span class="code huge">{shipment.handover_code}</span>' in page
    assert '<svg viewBox="0 0 25 25"' in page  # 21 modules and a border of two
    act(Act.READY, shipment.shipment_id, shipment.merchant_id, site.ports)
    assert title_of(site, booking) == "Votre commande est prête"
    act(
        Act.COLLECTED,
        shipment.shipment_id,
        shipment.merchant_id,
        site.ports,
        code=shipment.handover_code,
    )
    page = page_of(site, booking)
    assert title_of(site, booking) == "Vous avez retiré votre commande"
    assert 'class="qr"' not in page and "code huge" not in page


def test_the_code_a_courier_says_at_the_shop_is_not_the_customers_to_read(
    site: Site, booking: Booking
) -> None:
    assert "code huge" not in page_of(site, booking)


def test_a_posted_order_is_in_the_hands_of_the_post(site: Site) -> None:
    merchant_id = next(
        m.merchant_id
        for m in site.ports.territory.merchants.values()
        if Mode.STANDARD in m.shop.modes and Mode.EXPRESS in m.shop.modes
    )
    booking = site.book(merchant_id, mode=Mode.STANDARD)
    (shipment,) = site.shipments(booking)
    act(Act.READY, shipment.shipment_id, shipment.merchant_id, site.ports)
    assert title_of(site, booking) == "Votre commande est prête à partir"
    act(Act.POSTED, shipment.shipment_id, shipment.merchant_id, site.ports)
    assert title_of(site, booking) == "Votre commande est postée"
    assert "Remis à La Poste" in page_of(site, booking)


def test_a_cancelled_order_says_so_and_shows_no_promise(site: Site, booking: Booking) -> None:
    cancel(booking.booking_id, SHOP, site.ports)
    page = page_of(site, booking)
    assert title_of(site, booking) == "Votre commande est annulée"
    assert "Promis" not in page and "Arrivée prévue" not in page


@pytest.mark.parametrize(
    ("reason", "title", "said"),
    [
        ("not_at_home", "Nous n’avons pas pu vous livrer", "Personne n’a ouvert"),
        ("refused", "Votre commande retourne au commerce", "a été refusé"),
        ("vehicle_breakdown", "Nous n’avons pas pu vous livrer", "Un contretemps"),
    ],
)
def test_a_failed_delivery_says_why_and_what_follows(
    site: Site, booking: Booking, reason: str, title: str, said: str
) -> None:
    site.hand_out()
    report(site)
    report(site, FactKind.FAILED, reason)
    assert title_of(site, booking) == title
    assert said in page_of(site, booking)


def test_a_customer_who_was_out_is_promised_a_call_and_nothing_else(
    site: Site, booking: Booking
) -> None:
    site.hand_out()
    report(site)
    report(site, FactKind.FAILED, "not_at_home")
    page = page_of(site, booking)
    assert "Nous vous appelons pour convenir de la suite." in page
    assert "retirer" not in page
    assert "We will call you to agree on what follows." in page_of(site, booking, "?lang=en")


def test_a_delivery_of_another_day_is_told_with_its_day(site: Site, booking: Booking) -> None:
    site.hand_out()
    report(site)
    report(site)
    assert "<p>À 10 h. Merci, et à bientôt.</p>" in plain(page_of(site, booking))
    clock_of(site.ports).advance(minutes=24 * 60)
    assert "<p>Hier à 10 h. Merci" in plain(page_of(site, booking))
    assert "<p>Yesterday at 10:00. Thank you" in page_of(site, booking, "?lang=en")


def test_a_failed_pickup_is_told_as_a_delay(site: Site, booking: Booking) -> None:
    site.hand_out()
    report(site, FactKind.FAILED, "merchant_closed")
    assert title_of(site, booking) == "Votre commande prend du retard"
    assert "Nous vous appelons pour convenir de la suite." in page_of(site, booking)


def test_a_promise_that_will_not_be_kept_is_told_with_what_can_be_had_instead(
    site: Site, booking: Booking
) -> None:
    site.hand_out()
    report(site, FactKind.FAILED, "merchant_closed")
    assert "Plutôt que d’attendre" not in page_of(site, booking)
    tell_of_late_promises(site.ports)

    page = plain(page_of(site, booking))
    assert "Plutôt que d’attendre" in page
    assert re.search(r"<li>La retirer au commerce, .* ou après \(offert\)</li>", page)
    assert re.search(r"<li>La recevoir par La Poste, du .* au .* \([0-9],[0-9]{2} €\)</li>", page)
    english = page_of(site, booking, "?lang=en")
    assert "Instead of waiting" in english
    assert "Collect it at the shop" in english


def test_an_order_of_two_shops_is_told_shop_by_shop(site: Site) -> None:
    first, second = express_shops(site.ports)[:2]
    booking = site.book(first, second)
    page = page_of(site, booking)
    assert page.count('<ol class="steps"') == 2
    for merchant_id in (first, second):
        assert f">{site.ports.territory.merchant(merchant_id).name}</h2>" in page


def test_every_state_has_its_words_in_both_languages(site: Site, booking: Booking) -> None:
    (shipment,) = site.shipments(booking)
    for lang in ("fr", "en"):
        with site.app.test_request_context(f"/?lang={lang}"):
            assert all(words.event(shipment, state) for state in State)
    assert "Your order is confirmed" in page_of(site, booking, "?lang=en")


# --- what must not be seen ---------------------------------------------------------------------


def test_an_unknown_link_is_a_friendly_dead_end(site: Site) -> None:
    answer = site.visitor().get("/suivi/nobody-gave-this")
    assert answer.status_code == 404
    assert "Il n’y a rien à cette adresse" in answer.text
    assert "nobody-gave-this" not in answer.text.replace("/suivi/nobody-gave-this", "")


def test_the_page_is_kept_out_of_search_engines(site: Site, booking: Booking) -> None:
    answer = site.visitor().get(f"/suivi/{booking.tracking_token}")
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in answer.text


def test_the_courier_is_on_the_map_only_on_the_way_to_this_door(
    site: Site, booking: Booking
) -> None:
    near_by = site.book(express_shops(site.ports)[0])
    clock_of(site.ports).advance(minutes=30)  # packed by then, so nobody waits
    site.hand_out()
    both = (booking, near_by)
    assert ["courier" in pins_of(site, b) for b in both] == [False, False]
    shown: list[str] = []
    last: StopKind | None = None
    while any(site.stops_of(c) for c in site.ports.territory.couriers):
        _, stops = site.busy_courier()
        upcoming = stops[0].stop
        for b in both:
            mine = upcoming.kind is StopKind.DROP and upcoming.quote_id == b.quote_id
            # Coming from a shop the courier is no secret; coming from another door, that door is.
            visible = mine and last is StopKind.PICKUP
            assert ("courier" in pins_of(site, b)) == visible
            shown += [b.booking_id] * visible
        last = upcoming.kind
        report(site)
    assert shown
    assert ["courier" in pins_of(site, b) for b in both] == [False, False]


def crowd(site: Site) -> list[Booking]:
    """Five customers of the same morning, no word of one in another."""
    shops = express_shops(site.ports)
    names = ("Aurore Zephyr", "Basile Yttrium", "Cerise Xenon", "Donatien Wolfram", "Eloi Vanadium")
    answer = []
    for n, name in enumerate(names):
        door = site.ports.territory.merchant(shops[n]).place
        customer = Customer(name, f"+3363998{7100 + n}", f"{name.split()[0].lower()}@example.org")
        to = Place(door.lat_deg + 0.001 + n / 10_000, door.lon_deg + 0.001)
        answer.append(site.book(shops[n], customer=customer, to=to))
    return answer


def secrets_of(site: Site, booking: Booking) -> set[str]:
    """What only this customer may read, as a page could show it."""
    name, surname = booking.customer.name.split()
    number = booking.customer.phone
    return {
        name,
        surname,
        number,
        " ".join((f"0{number[3]}", *(number[i : i + 2] for i in (4, 6, 8, 10)))),
        booking.customer.email or "",
        booking.tracking_token,
        booking.booking_id,
        booking.quote_id,
        short_ref(booking.quote_id),
        str(booking.deliver_to.place.lat_deg),
        *(s.shipment_id for s in site.shipments(booking)),
    }


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(facts=st.integers(0, 9))
def test_no_page_shows_a_word_of_another_customer(facts: int) -> None:
    site = Site()
    bookings = crowd(site)
    site.hand_out()
    for _ in range(facts):
        report(site)
    for mine in bookings:
        page = plain(page_of(site, mine))
        assert short_ref(mine.quote_id) in page  # the search below can find what is there
        for other in bookings:
            if other is mine:
                continue
            shown = {secret for secret in secrets_of(site, other) if secret in page}
            assert shown == set()


def test_a_page_that_has_ended_says_so_and_nothing_of_the_order(
    site: Site, booking: Booking
) -> None:
    cancel(booking.booking_id, SHOP, site.ports)
    clock_of(site.ports).advance(minutes=73 * 60)
    answer = site.visitor().get(f"/suivi/{booking.tracking_token}")
    assert answer.status_code == 410
    page = html.unescape(answer.text)
    assert "Ce suivi est terminé" in page
    merchant = site.ports.territory.merchant(express_shops(site.ports)[0])
    door = booking.deliver_to
    for word in (merchant.name, door.address, door.note, short_ref(booking.quote_id)):
        assert word and word not in page
