"""The merchant's board: what to prepare, who comes, and buttons that do what they say."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from dispatch.core.civil import parse_instant
from dispatch.core.errors import CarrierRefused, CarrierUnavailable
from dispatch.core.ids import MerchantId
from dispatch.operations.access import PageKind
from dispatch.operations.board import merchant_board
from dispatch.operations.collecting import look_at_counters
from dispatch.operations.manifest import short_ref
from dispatch.operations.parcels import make_labels
from dispatch.operations.progress import Report, record
from dispatch.orders.bookings import Booking, Customer
from dispatch.orders.shipments import Shipment, State
from dispatch.slots.service_levels import Mode
from dispatch.tracking.facts import FactKind
from dispatch.web.merchant.doorsteps import doorsteps
from tests.fakes.house import clock_of, house
from tests.fakes.post import ToldPost
from tests.web.site import Site, token_of

#: Every mode, open from ten on a Tuesday; its own round from 17:00.
CAVE = "m_cave_du_bouvreuil"
OTHER = "m_pivoine_et_basilic"
CUSTOMER = Customer("Gisèle Garrigou", "+33639980042")
PAGE = "/commerce"


@pytest.fixture
def shop(site: Site) -> FlaskClient:
    return site.signed_in(PageKind.MERCHANT, CAVE)


def plain(page: str) -> str:
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def part(page: str, part_id: str) -> str:
    """One live part of the board, up to the next section."""
    _, _, rest = page.partition(f'id="{part_id}" data-live')
    assert rest, f"the page has no part {part_id}"
    return rest.partition("</section>")[0]


def order(site: Site, mode: Mode, shop_id: str = CAVE) -> tuple[Booking, Shipment]:
    booking = site.book(shop_id, mode=mode, customer=CUSTOMER)
    return booking, site.shipments(booking)[0]


def press(
    client: FlaskClient, shipment: Shipment, act: str, code: str = "", by: str = ""
) -> tuple[int, str]:
    """Press a button of the board; return the status and the page that follows."""
    token = token_of(client.get(PAGE).text)
    answer = client.post(
        f"{PAGE}/envois/{shipment.shipment_id}",
        data={"csrf_token": token, "act": act, "code": code, "by": by},
    )
    if answer.status_code == 303:
        return 303, client.get(PAGE).text
    return answer.status_code, answer.text


def state(site: Site, booking: Booking) -> State:
    return site.shipments(booking)[0].state


# --- who comes in -----------------------------------------------------------------------


def test_the_board_opens_to_merchants_only(site: Site, shop: FlaskClient) -> None:
    courier = next(iter(site.ports.territory.couriers))
    assert shop.get(PAGE).status_code == 200
    assert site.visitor().get(PAGE).status_code == 401
    assert site.signed_in(PageKind.COURIER, courier).get(PAGE).status_code == 403
    assert site.signed_in(PageKind.PLANNER).get(PAGE).status_code == 403


def test_a_merchant_neither_sees_nor_touches_another_s_parcel(
    site: Site, shop: FlaskClient
) -> None:
    booking, shipment = order(site, Mode.COLLECT, OTHER)
    assert short_ref(booking.quote_id) not in shop.get(PAGE).text
    assert press(shop, shipment, "ready")[0] == 403
    assert state(site, booking) is State.BOOKED


def test_a_press_from_another_site_s_form_does_nothing(site: Site, shop: FlaskClient) -> None:
    booking, shipment = order(site, Mode.COLLECT)
    address = f"{PAGE}/envois/{shipment.shipment_id}"
    assert shop.post(address, data={"act": "ready"}).status_code == 400
    assert state(site, booking) is State.BOOKED


@pytest.mark.parametrize("act", ["", "cancel", "READY"])
def test_a_button_that_does_not_exist_does_nothing(site: Site, shop: FlaskClient, act: str) -> None:
    booking, shipment = order(site, Mode.COLLECT)
    assert press(shop, shipment, act)[0] == 404
    assert state(site, booking) is State.BOOKED


def test_every_form_carries_the_page_s_token_so_that_no_script_is_needed(
    site: Site, shop: FlaskClient
) -> None:
    for mode in Mode:
        order(site, mode)
    page = shop.get(PAGE).text
    forms = re.findall(r'<form method="post".*?</form>', page, flags=re.DOTALL)
    assert len(forms) == 9  # start and ready, four parcels; late, the one a courier fetches
    assert all('name="csrf_token"' in form for form in forms)


# --- reading the board ------------------------------------------------------------------


def test_an_empty_board_says_so_in_each_part(shop: FlaskClient) -> None:
    page = plain(shop.get(PAGE).text)
    assert "Rien à préparer pour l’instant." in page
    assert "Aucun colis n’attend." in page
    assert "Rien n’est encore parti." in page
    assert "ouvert 10 h – 12 h 30 , 15 h – 19 h 30" in page


def test_on_a_closed_day_the_board_says_so() -> None:
    site = Site(ports=house("2026-11-23T10:00+01:00"))  # a Monday
    page = site.signed_in(PageKind.MERCHANT, CAVE).get(PAGE).text
    assert "fermé aujourd’hui" in page


def test_parcels_to_prepare_come_in_the_order_they_are_needed(
    site: Site, shop: FlaskClient
) -> None:
    collect, _ = order(site, Mode.COLLECT)  # two hours of opening time from now
    express, _ = order(site, Mode.EXPRESS)  # as soon as it can be packed
    page = part(shop.get(PAGE).text, "to-prepare")
    codes = re.findall(r'<h3 class="code order">(\w+)</h3>', page)
    assert codes == [short_ref(express.quote_id), short_ref(collect.quote_id)]


def test_a_parcel_past_its_time_is_late_in_words(site: Site, shop: FlaskClient) -> None:
    _, shipment = order(site, Mode.EXPRESS)
    ready_at = shipment.promise.ready_at
    assert ready_at is not None
    clock_of(site.ports).move_to(ready_at)
    clock_of(site.ports).advance(minutes=5)
    page = shop.get(PAGE).text
    assert "retard 5 min" in plain(part(page, "to-prepare"))
    assert "1 à préparer 1 en retard" in plain(part(page, "counts"))


def test_a_customer_who_comes_is_a_first_name_and_a_courier_s_customer_is_nobody(
    site: Site, shop: FlaskClient
) -> None:
    order(site, Mode.EXPRESS)
    assert "Gisèle" not in shop.get(PAGE).text
    order(site, Mode.COLLECT)
    page = plain(shop.get(PAGE).text)
    assert "Pour Gisèle" in page
    assert "Garrigou" not in page
    assert "06 39 98 00 42" not in page


@pytest.mark.parametrize("mode", [Mode.MERCHANT, Mode.STANDARD])
def test_who_carries_or_posts_a_parcel_knows_its_address(
    site: Site, shop: FlaskClient, mode: Mode
) -> None:
    _, shipment = order(site, mode)
    page = plain(shop.get(PAGE).text)
    for word in ("Gisèle Garrigou", "12 Rue schématique 1, 47200 Marmande", "2e étage"):
        assert word in page
    press(shop, shipment, "ready")
    last = {Mode.MERCHANT: ("leave", "delivered"), Mode.STANDARD: ("posted",)}[mode]
    for act in last:
        assert press(shop, shipment, act)[0] == 303
    assert "Garrigou" not in shop.get(PAGE).text
    assert doorsteps(merchant_board(MerchantId(CAVE), site.ports), site.ports) == {}


def test_the_courier_and_the_hour_are_shown_once_a_wave_has_chosen(
    site: Site, shop: FlaskClient
) -> None:
    order(site, Mode.EXPRESS)
    assert "Livreur choisi quand la tournée part" in shop.get(PAGE).text
    site.hand_out()
    courier_id, _ = site.busy_courier()
    name = site.ports.territory.courier(courier_id).name
    assert re.search(rf"{name} vers \d+ h", plain(part(shop.get(PAGE).text, "to-prepare")))


def test_the_board_speaks_english_when_asked(site: Site, shop: FlaskClient) -> None:
    order(site, Mode.EXPRESS)
    page = plain(shop.get(f"{PAGE}?lang=en").text)
    assert "To prepare" in page
    assert "Tuesday 24 November · open 10:00 – 12:30 , 15:00 – 19:30" in page


# --- pressing ---------------------------------------------------------------------------


def test_start_then_ready_moves_the_parcel_across_the_board(site: Site, shop: FlaskClient) -> None:
    booking, shipment = order(site, Mode.EXPRESS)
    ref = short_ref(booking.quote_id)
    status, page = press(shop, shipment, "prepare")
    assert (status, state(site, booking)) == (303, State.PREPARING)
    assert "Commencer" not in part(page, "to-prepare")
    status, page = press(shop, shipment, "ready")
    assert (status, state(site, booking)) == (303, State.READY)
    assert ref not in part(page, "to-prepare")
    assert ref in part(page, "waiting")
    assert shipment.handover_code in part(page, "waiting")


def test_the_customer_s_code_is_asked_and_never_shown(site: Site, shop: FlaskClient) -> None:
    booking, shipment = order(site, Mode.COLLECT)
    _, page = press(shop, shipment, "ready")
    assert "Code du client" in part(page, "waiting")
    # The number stands in ids of the page; a code to read stands alone.
    assert not re.search(rf">\s*{shipment.handover_code}\s*<", page)
    wrong = "9999" if shipment.handover_code != "9999" else "0000"
    status, page = press(shop, shipment, "collected", wrong)
    assert (status, state(site, booking)) == (422, State.READY)
    assert "Ce n’est pas le code de ce colis." in part(page, "waiting")
    assert 'aria-invalid="true"' in page
    spaced = " ".join(shipment.handover_code)
    status, page = press(shop, shipment, "collected", spaced)
    assert (status, state(site, booking)) == (303, State.COLLECTED)
    assert "remis au client" in part(page, "gone")


def test_who_came_in_the_customer_s_place_is_on_the_board_and_not_in_the_log(
    site: Site, shop: FlaskClient
) -> None:
    _, shipment = order(site, Mode.COLLECT)
    press(shop, shipment, "ready")
    _, page = press(shop, shipment, "collected", shipment.handover_code, by=" Odile  Voisin ")
    assert "à Odile Voisin" in part(page, "gone")
    with site.ports.store.reading() as tx:
        log = tx.events_of(shipment.shipment_id)
    assert "by_somebody_else" in [event.reason for event in log]
    assert "Odile" not in repr(log)


def test_after_five_wrong_codes_the_counter_waits_and_says_until_when(
    site: Site, shop: FlaskClient
) -> None:
    booking, shipment = order(site, Mode.COLLECT)
    press(shop, shipment, "ready")
    wrong = "9999" if shipment.handover_code != "9999" else "0000"
    statuses = [press(shop, shipment, "collected", wrong)[0] for _ in range(5)]
    assert statuses == [422] * 4 + [429]
    status, page = press(shop, shipment, "collected", shipment.handover_code)
    assert (status, state(site, booking)) == (429, State.READY)
    assert "attendez 10 h 15" in plain(page)
    clock_of(site.ports).advance(minutes=15)
    assert press(shop, shipment, "collected", shipment.handover_code)[0] == 303


def test_what_nobody_fetched_is_to_be_put_back_or_still_given_to_who_comes_late(
    site: Site, shop: FlaskClient
) -> None:
    (late, first), (gone, second) = order(site, Mode.COLLECT), order(site, Mode.COLLECT)
    for shipment in (first, second):
        press(shop, shipment, "ready")
    clock_of(site.ports).advance(minutes=9 * 24 * 60)
    look_at_counters(site.ports)
    page = shop.get(PAGE).text
    assert "À remettre en rayon" in part(page, "waiting")
    assert "non retiré" in part(page, "waiting")
    assert press(shop, first, "collected", first.handover_code)[0] == 303
    assert press(shop, second, "taken_back")[0] == 303
    assert (state(site, late), state(site, gone)) == (State.COLLECTED, State.RETURNED)


def test_a_parcel_for_the_post_is_posted(site: Site, shop: FlaskClient) -> None:
    booking, shipment = order(site, Mode.STANDARD)
    press(shop, shipment, "ready")
    status, page = press(shop, shipment, "posted")
    assert (status, state(site, booking)) == (303, State.TO_DROPOFF)
    assert short_ref(booking.quote_id) not in part(page, "waiting")


def test_a_label_is_printed_from_the_board_and_by_its_own_shop_only(site: Site) -> None:
    post = ToldPost()
    site = Site(replace(site.ports, carrier=post))
    shop = site.signed_in(PageKind.MERCHANT, CAVE)
    _, shipment = order(site, Mode.STANDARD)
    _, page = press(shop, shipment, "ready")
    sheet = f"{PAGE}/envois/{shipment.shipment_id}/etiquette.pdf"
    assert "Étiquette demandée" in part(page, "waiting")
    assert shop.get(sheet).status_code == 404
    post.trouble = CarrierUnavailable("down")
    make_labels(site.ports)
    assert "La Poste ne répond pas : nouvel essai 10 h 01." in plain(shop.get(PAGE).text)
    post.trouble = None
    clock_of(site.ports).advance(minutes=1)
    make_labels(site.ports)
    assert sheet in part(shop.get(PAGE).text, "waiting")
    answer = shop.get(sheet)
    assert (answer.mimetype, answer.data) == ("application/pdf", b"%PDF-1.4 of a test")
    assert answer.headers["Cache-Control"] == "no-store"
    other = site.signed_in(PageKind.MERCHANT, OTHER)
    assert other.get(sheet).status_code == 404
    assert site.visitor().get(sheet).status_code == 401


def test_a_refused_label_says_what_to_do(site: Site) -> None:
    site = Site(replace(site.ports, carrier=ToldPost(CarrierRefused("30109"))))
    shop = site.signed_in(PageKind.MERCHANT, CAVE)
    _, shipment = order(site, Mode.STANDARD)
    press(shop, shipment, "ready")
    make_labels(site.ports)
    assert "La Poste a refusé l’étiquette" in part(shop.get(PAGE).text, "waiting")


def test_the_shop_s_own_delivery_leaves_then_arrives(site: Site, shop: FlaskClient) -> None:
    booking, shipment = order(site, Mode.MERCHANT)
    press(shop, shipment, "ready")
    _, page = press(shop, shipment, "leave")
    assert state(site, booking) is State.TO_DROPOFF
    assert ">Livré</button>" in part(page, "gone")
    _, page = press(shop, shipment, "delivered")
    assert state(site, booking) is State.DELIVERED
    assert ">Livré</button>" not in page


def test_a_press_that_comes_too_late_says_so_and_changes_nothing(
    site: Site, shop: FlaskClient
) -> None:
    booking, shipment = order(site, Mode.COLLECT)
    status, page = press(shop, shipment, "collected", shipment.handover_code)
    assert (status, state(site, booking)) == (409, State.BOOKED)
    assert "Ce colis a changé d’état entre-temps" in part(page, "slip")


def test_packing_after_the_courier_was_chosen_is_noted_and_the_courier_kept(
    site: Site, shop: FlaskClient
) -> None:
    booking, shipment = order(site, Mode.EXPRESS)
    site.hand_out()
    chosen = state(site, booking)
    _, page = press(shop, shipment, "ready")
    assert state(site, booking) is chosen
    assert short_ref(booking.quote_id) in part(page, "waiting")


def test_a_parcel_the_courier_left_without_is_to_be_made_ready_again(
    site: Site, shop: FlaskClient
) -> None:
    booking, shipment = order(site, Mode.EXPRESS)
    press(shop, shipment, "ready")
    site.hand_out()
    courier_id, stops = site.busy_courier()
    now = parse_instant("2026-11-24T10:30+01:00")
    stop = stops[0]
    failed = Report(
        "f_1", stop.tour_id, stop.stop.stop_id, FactKind.FAILED, now, reason="not_ready"
    )
    record(failed, site.ports.territory.courier(courier_id).courier_id, site.ports)
    page = part(shop.get(PAGE).text, "to-prepare")
    assert "le livreur est reparti sans" in page
    assert 'value="ready"' in page
    assert press(shop, shipment, "ready")[0] == 303
    assert state(site, booking) is State.READY


def test_every_button_on_the_board_can_be_pressed(site: Site, shop: FlaskClient) -> None:
    """No button is a dead end: pressing the first one shown leads each parcel out of the shop."""
    bookings = [order(site, mode)[0] for mode in (Mode.COLLECT, Mode.STANDARD, Mode.MERCHANT)]
    codes = {s.shipment_id: s.handover_code for b in bookings for s in site.shipments(b)}
    for _ in range(20):
        page = shop.get(PAGE).text
        shown = re.findall(r'<button name="act" value="(\w+)" id="\w+?-(shp_\w+)"', page)
        if not shown:
            break
        act, shipment_id = shown[0]
        shipment = next(
            s for b in bookings for s in site.shipments(b) if s.shipment_id == shipment_id
        )
        assert press(shop, shipment, act, codes[shipment.shipment_id])[0] == 303, act
    ends = {state(site, booking) for booking in bookings}
    assert ends == {State.COLLECTED, State.TO_DROPOFF, State.DELIVERED}
