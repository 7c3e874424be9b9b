"""Whom an installation asks for addresses, by its settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.app import SETTINGS_FILE, open_house
from dispatch.core.errors import Invalid
from dispatch.operations.credits import attribution
from dispatch.operations.locate import locate
from dispatch.orders.quotes import Doorstep
from dispatch.settings import settings_of
from geodata.addresses import ATTRIBUTION
from tests.adapters.geocoder_service import feature, local_service

REAL = "12 rue de la Libération, 47200 Marmande"


def test_by_default_no_address_leaves_the_machine(tmp_path: Path) -> None:
    assert open_house(tmp_path).ports.geocoder.find(REAL) == []
    assert not (tmp_path / "geocoder.sqlite3").exists()
    assert ATTRIBUTION not in attribution(open_house(tmp_path).ports)


def test_an_installation_that_may_asks_the_service_and_remembers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with local_service() as service:
        service.say(feature(REAL, 0.95, housenumber="12"))
        settings = f'[geocoder]\nonline = true\nurl = "{service.url}"\ntimeout_s = 1\n'
        (tmp_path / SETTINGS_FILE).write_text(settings)
        for _ in range(2):  # the second is another start
            ports = open_house(tmp_path).ports
            door = locate(REAL, None, ports)
            assert isinstance(door, Doorstep)
            assert (door.place.lat_deg, door.place.lon_deg) == (44.5, 0.165)
        assert attribution(ports).count(ATTRIBUTION) == 1
        assert [question["citycode"] for question in service.questions] == [["47157"]]
        ports.geocoder.find("12 rue de la Libération")
        assert service.questions[1]["lat"] == ["44.50361"]  # Marmande, the largest


def test_streets_of_the_town_itself_are_not_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with local_service() as service:
        settings = f'[geocoder]\nonline = true\nurl = "{service.url}"\n'
        (tmp_path / SETTINGS_FILE).write_text(settings)
        ports = open_house(tmp_path).ports
        assert isinstance(locate("12 Rue schématique 1, 47200 Marmande", None, ports), Doorstep)
        assert service.asked == []


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"online": "yes"}, "geocoder.online is true or false, not 'yes'"),
        ({"url": 3}, "geocoder.url is a text"),
        ({"url": "data.geopf.fr"}, "does not begin with https://"),
        ({"timeout_s": 0}, "timeout_s is 0, more than 0"),
        ({"timeout_s": 60}, "at most 10"),
        ({"keep_days": 0.5}, "whole number"),
        ({"keep_days": 0}, "keep_days is 0"),
        ({"onlin": True}, "did you mean 'online'"),
    ],
)
def test_a_wrong_setting_is_named(table: dict[str, object], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        settings_of({"geocoder": table})
