"""A promise in danger, and the planner's one click: everybody reads what came of it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from dispatch.operations.access import PageKind
from dispatch.operations.notices import Channel
from dispatch.operations.notify import note_events
from dispatch.operations.ports import Ports
from dispatch.operations.send_notices import send_due
from tests.fakes.house import clock_of, house
from tests.fakes.outbox import Outbox, writing
from tests.fakes.spaces import plain
from tests.fakes.town import express_shops
from tests.operations.test_at_risk import kept_for_hours, waited_until_at_risk
from tests.operations.test_progress import given_tour
from tests.stories.town import Town, text_of
from tests.web.site import Site, token_of

PAGE = "/planification"
FORM = re.compile(
    r'<form class="no-print" method="post" action="(/planification/promesses)">(.*?)</form>', re.S
)
FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def buttons(planner: FlaskClient, language: str = "fr") -> dict[str, dict[str, str]]:
    """What each remedy's button says, and what it sends."""
    page = planner.get(f"{PAGE}?lang={language}").text
    found: dict[str, dict[str, str]] = {}
    for _, form in FORM.findall(page):
        said = re.search(r"<button[^>]*>([^<]+)", form)
        assert said is not None, "a keyboard reaches buttons, and nothing else here"
        found[said[1]] = dict(FIELD.findall(form))
    return found


def press(planner: FlaskClient, fields: dict[str, str]) -> str:
    answer = planner.post(f"{PAGE}/promesses", data=fields, follow_redirects=True)
    return text_of(answer.text)


@pytest.fixture
def stuck() -> Site:
    """Two parcels at one shop; their courier is kept by the first for six hours."""
    site = Site()
    for _ in range(2):
        site.book(express_shops(site.ports)[0])
    kept_for_hours(given_tour(site.ports), site.ports)
    return site


def test_another_courier_brings_it_after_one_click(stuck: Site) -> None:
    planner = stuck.signed_in(PageKind.PLANNER)
    (said, fields), *_ = (
        pair for pair in buttons(planner).items() if pair[0].startswith("Confier à ")
    )
    to = fields["courier_id"]
    assert said == f"Confier à {stuck.ports.territory.courier(to).name}"
    assert not stuck.stops_of(to)

    assert f"est confiée à {stuck.ports.territory.courier(to).name}" in press(planner, fields)
    assert [one.kind for one in stuck.stops_of(to)] == ["pickup", "drop"]
    phone = text_of(stuck.signed_in(PageKind.COURIER, to).get("/livreur").text)
    assert "elle a changé de livreur" in phone
    trail = text_of(planner.get(f"{PAGE}/journal").text)
    assert "Promesse en danger traitée" in trail and f"courier: {to}" in trail

    assert "Ce remède ne vaut plus : rien n’a été modifié." in press(planner, fields)


def test_a_promise_put_off_is_told_to_the_customer() -> None:
    outbox = Outbox()
    ports = writing(house(), outbox)
    note_events(ports)
    town = Town(ports)
    rides_with_it(town, ports)
    waited_until_at_risk(ports)
    (said, fields) = next(
        pair for pair in buttons(town.planner).items() if pair[0].startswith("Repousser à ")
    )
    until = " ".join(said.removeprefix("Repousser à ").split())
    assert f"est promise pour {until}." in press(town.planner, fields)

    note_events(ports)
    for channel in Channel:
        send_due(channel, ports)
    told = [letter for letter in outbox.letters if "nouvel horaire" in letter.subject]
    assert len(told) == 1 and f"et {until}." in plain(told[0].text)
    page = text_of(town.app.test_client().get(town.tracking).text)
    assert f"et {until}" in page
    assert "Aucune promesse n’est en danger." in text_of(town.planner.get(PAGE).text)


def rides_with_it(town: Town, ports: Ports) -> None:
    phone = town.come_in(PageKind.COURIER, town.rider)
    clock_of(ports).advance(minutes=1)
    town.report(phone, town.stops(town.rider)[0], "done")


def test_the_buttons_speak_the_planner_s_language(stuck: Site) -> None:
    said = buttons(stuck.signed_in(PageKind.PLANNER), "en")
    assert any(one.startswith("Give to ") for one in said)
    assert any(one.startswith("Put off to ") for one in said)


def test_only_a_planner_with_the_pages_token_and_a_remedy_changes_anything(stuck: Site) -> None:
    planner = stuck.signed_in(PageKind.PLANNER)
    fields = next(iter(buttons(planner).values()))
    before = stuck.stops_of(fields.get("courier_id", "c_lea"))
    assert planner.post(f"{PAGE}/promesses", data=fields | {"csrf_token": "x"}).status_code == 400
    assert stuck.visitor().post(f"{PAGE}/promesses", data=fields).status_code in (400, 401)
    token = token_of(planner.get(PAGE).text)
    for wrong in ({"act": "instead"}, {"act": "extend"}, {"act": "extend", "until": "noon"}):
        answer = planner.post(f"{PAGE}/promesses", data=wrong | {"csrf_token": token})
        assert answer.status_code == 422
    assert stuck.stops_of(fields.get("courier_id", "c_lea")) == before
