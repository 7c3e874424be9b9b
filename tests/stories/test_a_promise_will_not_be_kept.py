"""A courier does not come on: the customer is told once, and finds on the page what else there is.

All through HTTP, from the storefront's order to what is in the outbox.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dispatch.operations.access import PageKind
from dispatch.operations.late_promises import tell_of_late_promises
from dispatch.operations.notice_rules import NoticeRules
from dispatch.operations.notices import Channel
from dispatch.operations.notify import note_events
from dispatch.operations.send_notices import send_due
from tests.fakes.house import clock_of, house
from tests.fakes.outbox import ROOT_URL, Outbox, writing
from tests.stories.town import Town, text_of
from tests.web.site import token_of


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def town(outbox: Outbox) -> Town:
    ports = writing(house(), outbox)
    note_events(ports)
    return Town(ports)


def chores(town: Town) -> None:
    tell_of_late_promises(town.ports)
    note_events(town.ports)
    for channel in Channel:
        send_due(channel, town.ports)


def nobody_moves(town: Town, *, minutes: int) -> None:
    """The jobs process looks every five minutes."""
    for _ in range(minutes // 5):
        clock_of(town.ports).advance(minutes=5)
        chores(town)


def of_lateness(outbox: Outbox) -> tuple[list[str], list[str]]:
    """Letters and texts that say that it will be late."""
    letters = [one.text for one in outbox.letters if "sans doute du retard" in one.subject]
    return letters, [one.text for one in outbox.texts if "retard probable" in one.text]


def test_who_will_be_late_says_so_once_by_letter_and_text(town: Town, outbox: Outbox) -> None:
    nobody_moves(town, minutes=60)
    assert of_lateness(outbox) == ([], []), "four hours were promised"
    nobody_moves(town, minutes=240)

    (letter,), (text,) = of_lateness(outbox)
    assert "nous en sommes désolés" in letter
    assert re.search(r"Elle est attendue aujourd’hui entre \d", letter)
    page = re.search(rf"{re.escape(ROOT_URL)}(/suivi/\S+)", letter)
    assert page is not None and page[1] == town.tracking and page[1] in text
    assert "Ce que vous pouvez avoir à la place est sur sa page." in letter
    seen = text_of(town.app.test_client().get(page[1]).text)
    assert "Plutôt que d’attendre" in seen and "La retirer au commerce" in seen


def test_who_wants_no_more_messages_is_not_told_of_that_either(town: Town, outbox: Outbox) -> None:
    chores(town)
    path = outbox.letters[0].stop_url.removeprefix(ROOT_URL)
    visitor = town.app.test_client()
    said = {"csrf_token": token_of(visitor.get(path).text), "act": "stop"}
    assert visitor.post(path, data=said).status_code == 303
    nobody_moves(town, minutes=300)
    letters, texts = of_lateness(outbox)
    assert letters == [] and len(texts) == 1


def test_in_quiet_hours_nobody_is_told_that_it_will_be_late(outbox: Outbox) -> None:
    ports = writing(house(), outbox)
    quiet = NoticeRules(quiet_from="10:00", quiet_to="23:00")
    ports = replace(ports, parameters=replace(ports.parameters, notify=quiet))
    note_events(ports)
    town = Town(ports)
    nobody_moves(town, minutes=300)
    assert of_lateness(outbox) == ([], [])


def test_who_has_the_parcel_by_then_is_told_no_such_thing(town: Town, outbox: Outbox) -> None:
    """It is noted, the mail server is away, and the courier comes after all."""
    clock_of(town.ports).advance(minutes=235)
    tell_of_late_promises(town.ports)
    note_events(town.ports)
    phone = town.come_in(PageKind.COURIER, town.rider)
    for _ in range(2):
        town.report(phone, town.stops(town.rider)[0], "done")
    chores(town)
    assert of_lateness(outbox) == ([], [])
    assert any("livrée" in letter.subject for letter in outbox.letters)
