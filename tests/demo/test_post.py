"""The demonstration's parcels go to a made-up post, whatever the settings say."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from dispatch.adapters.clock import save_clock, starting_now
from dispatch.adapters.parcels.la_poste import LaPoste
from dispatch.adapters.parcels.settings import LABELS_KEY, STAND_IN, ParcelSettings
from dispatch.app import CLOCK_FILE, carrier_of
from dispatch.core.civil import parse_instant
from dispatch.demo.post import made_up_post
from dispatch.settings import Settings
from tests.adapters.parcels.test_colissimo import WANTED

NOON = parse_instant("2026-11-24T12:00+01:00")
REAL = Settings(parcels=ParcelSettings("la_poste"))


def test_a_demonstration_never_asks_the_real_post(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LABELS_KEY, "a real key")
    save_clock(starting_now(NOON, 1.0), tmp_path / CLOCK_FILE)
    with made_up_post(tmp_path) as address:
        carrier = carrier_of(REAL)
        assert isinstance(carrier, LaPoste)
        assert carrier.labels.url.startswith(address)
        assert carrier.tracking.url.startswith(address)
        assert carrier.labels.key == "made-up"
        number = carrier.label(WANTED).tracking_number
        (event,) = carrier.follow([number])[number]
        assert (event.code, event.at.replace(second=0, microsecond=0)) == ("DR1", NOON)
    assert os.environ[LABELS_KEY] == "a real key"
    assert STAND_IN not in os.environ
    with pytest.raises(httpx.TransportError):
        httpx.get(address)


def test_a_house_without_a_carrier_has_none_outside_of_demonstrations() -> None:
    assert carrier_of(Settings()) is None
