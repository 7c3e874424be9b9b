"""One website per test, on the embedded town, a Tuesday at ten."""

from __future__ import annotations

import pytest
from flask import current_app

from dispatch.operations.tick import tick
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
