"""A customer says "no more" by a link; the planner sees what was told, and to nobody's address."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from dispatch.adapters.notify.marks import Marks
from dispatch.adapters.notify.notifier import TownNotifier
from dispatch.adapters.notify.outgoing_file import OutgoingFile
from dispatch.adapters.notify.settings import STAND_IN
from dispatch.operations.access import PageKind
from dispatch.operations.notices import Channel, Kind, NoticeState
from dispatch.operations.notify import note_events
from dispatch.operations.refuse_notices import choices_of
from dispatch.operations.send_notices import send_due
from dispatch.web.planner.notices import KINDS, STATES
from tests.fakes.house import CUSTOMER, house
from tests.fakes.outbox import KEY, Outbox, writing
from tests.web.site import Site, token_of

SHOP = "m_cave_du_bouvreuil"
PAGE = "/planification/messages"


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def site(outbox: Outbox) -> Site:
    site = Site(writing(house(), outbox))
    note_events(site.ports)
    return site


def send(site: Site) -> None:
    note_events(site.ports)
    for channel in Channel:
        send_due(channel, site.ports)


def test_the_link_in_a_letter_ends_the_letters_after_a_click_and_not_before(
    site: Site, outbox: Outbox
) -> None:
    site.book(SHOP)
    send(site)
    (letter,) = outbox.letters
    path = letter.stop_url.removeprefix("https://livraison.example.fr")
    visitor = site.visitor()
    for _ in range(2):  # mail programs look at links too
        page = visitor.get(path)
        assert "Ne plus recevoir ces messages" in page.text
    site.book(SHOP)
    send(site)
    assert len(outbox.letters) == 2
    said = {"csrf_token": token_of(page.text), "act": "stop"}
    answer = visitor.post(path, data=said)
    assert answer.status_code == 303
    assert "Vous ne recevez plus de messages" in visitor.get(path).text
    site.book(SHOP)
    send(site)
    assert len(outbox.letters) == 2
    visitor.post(path, data=said | {"act": "start"})
    site.book(SHOP)
    send(site)
    assert len(outbox.letters) == 3


def test_a_page_of_choices_shows_nobody_s_address(site: Site) -> None:
    for choice in choices_of(CUSTOMER, site.ports):
        page = site.visitor().get(f"/avis/{choice.sealed}").text
        assert CUSTOMER.email is not None
        assert not any(said in page for said in (CUSTOMER.email, CUSTOMER.phone, CUSTOMER.name))


def test_a_button_without_the_page_s_token_changes_nothing(site: Site) -> None:
    (choice, *_) = choices_of(CUSTOMER, site.ports)
    answer = site.visitor().post(f"/avis/{choice.sealed}", data={"act": "stop"})
    assert answer.status_code == 400
    assert not choices_of(CUSTOMER, site.ports)[0].refused


def test_a_made_up_link_is_no_page_and_who_tries_many_waits(site: Site) -> None:
    visitor = site.visitor()
    answers = [visitor.get(f"/avis/email-{n}-0").status_code for n in range(40)]
    assert answers[0] == 404
    assert 429 in answers


def test_the_order_s_page_offers_the_choice_by_each_channel(site: Site) -> None:
    booking = site.book(SHOP)
    page = html.unescape(site.visitor().get(f"/suivi/{booking.tracking_token}").text)
    assert "Ne plus recevoir de messages par e-mail" in page
    assert "Ne plus recevoir de messages par SMS" in page


def test_a_house_that_writes_to_nobody_offers_no_choice() -> None:
    site = Site()
    booking = site.book(SHOP)
    assert "Vos messages" not in site.visitor().get(f"/suivi/{booking.tracking_token}").text
    assert site.visitor().get("/avis/email-0-0").status_code == 404
    planner = site.signed_in(PageKind.PLANNER)
    assert PAGE not in planner.get("/planification").text
    assert "Rien n’a encore été écrit" in html.unescape(planner.get(PAGE).text)


def test_the_planner_sees_what_was_told_and_to_nobody_s_address(site: Site) -> None:
    site.book(SHOP)
    send(site)
    planner = site.signed_in(PageKind.PLANNER)
    assert PAGE in planner.get("/planification").text
    page = html.unescape(planner.get(PAGE).text)
    assert re.search(r"e-mail.*envoyé.*Commande confirmée", page, re.DOTALL)
    assert CUSTOMER.email is not None and CUSTOMER.email not in page
    assert site.visitor().get(PAGE).status_code == 401


def test_a_demonstration_shows_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "notices.jsonl"
    monkeypatch.setenv(STAND_IN, str(path))
    site = Site(house())
    file = OutgoingFile(path, site.ports.clock.now)
    object.__setattr__(site.ports, "notifier", TownNotifier("", Marks(KEY), file, file))
    note_events(site.ports)
    booking = site.book(SHOP)
    send(site)
    page = html.unescape(site.signed_in(PageKind.PLANNER).get(PAGE).text)
    assert f"/suivi/{booking.tracking_token}" in page
    assert "Bonjour," in page


def test_every_kind_and_every_state_has_words() -> None:
    assert set(KINDS) == set(Kind)
    assert set(STATES) == set(NoticeState)
