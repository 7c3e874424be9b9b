"""One website per test, on the embedded town, a Tuesday at ten."""

from __future__ import annotations

import pytest
from flask import current_app
from flask.testing import FlaskClient

from dispatch.operations.access import PageKind
from dispatch.operations.tick import tick
from tests.fakes.town import express_shops
from tests.web.site import Site


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture(autouse=True)
def jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a page waits for a wave, the jobs process does its work."""
    monkeypatch.setattr(
        "dispatch.web.planner.views.sleep", lambda _: tick(current_app.extensions["ports"])
    )


@pytest.fixture
def planner(site: Site) -> FlaskClient:
    return site.signed_in(PageKind.PLANNER)


@pytest.fixture
def courier_id(site: Site) -> str:
    """Who got the one order of the day, after the wave that handed it out."""
    site.book(express_shops(site.ports)[0])
    site.hand_out()
    return site.busy_courier()[0]


@pytest.fixture
def phone(site: Site, courier_id: str) -> FlaskClient:
    return site.signed_in(PageKind.COURIER, courier_id)
