from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.adapters.notify.marks import Marks
from dispatch.adapters.notify.settings import (
    SMTP_PASSWORD,
    STAND_IN,
    SmsSettings,
    SmtpSettings,
)
from dispatch.app import SETTINGS_FILE, open_house
from dispatch.core.errors import Invalid
from dispatch.operations.notices import Channel
from tests.fakes.outbox import KEY

SMTP = '[notify.smtp]\nhost = "mail.example.fr"\nsender = "Nous <nous@example.fr>"\n'
SMS = '[notify.sms]\nurl = "https://sms.example.fr/send"\n'
PUBLIC = '[server]\npublic_url = "https://livraison.example.fr"\n'


def opened(folder: Path, settings: str) -> set[Channel] | None:
    (folder / SETTINGS_FILE).write_text(settings)
    notifier = open_house(folder).ports.notifier
    return None if notifier is None else set(notifier.channels)


def test_nobody_is_written_to_unless_a_service_is_set(tmp_path: Path) -> None:
    assert opened(tmp_path, '[notify]\nquiet_from = "22:00"') is None
    assert opened(tmp_path, PUBLIC + SMTP) == {Channel.EMAIL}
    assert opened(tmp_path, PUBLIC + SMTP + SMS) == {Channel.EMAIL, Channel.SMS}


def test_links_in_messages_have_to_lead_somewhere(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="public_url"):
        opened(tmp_path, SMTP)


def test_who_signs_in_needs_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = PUBLIC + SMTP + 'user = "nous"\n'
    monkeypatch.delenv(SMTP_PASSWORD, raising=False)
    with pytest.raises(Invalid, match=SMTP_PASSWORD):
        opened(tmp_path, signed)
    monkeypatch.setenv(SMTP_PASSWORD, "le mot")
    assert opened(tmp_path, signed) == {Channel.EMAIL}


def test_a_file_takes_everything_whatever_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STAND_IN, str(tmp_path / "notices.jsonl"))
    assert opened(tmp_path, SMTP) == {Channel.EMAIL, Channel.SMS}


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ('[notify]\nquiet_form = "22:00"', "did you mean 'quiet_from'"),
        ("[notify]\nsms_kinds = [1]", "list of texts"),
        ('[notify]\nsmtp = "mail"', r"write \[notify.smtp\]"),
        ('[notify.smtp]\nhots = "m"', "did you mean 'host'"),
    ],
)
def test_a_misspelt_setting_keeps_the_house_shut(tmp_path: Path, table: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        opened(tmp_path, table)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"host": ""}, "no server"),
        ({"port": 0}, "port"),
        ({"security": "ssl"}, "unknown"),
        ({"security": "none"}, "in the open"),
        ({"sender": "nous"}, "no address"),
        ({"sender": "Nous <nous@example.fr>\nBcc: x@y.fr"}, "no address"),
        ({"timeout_s": 0}, "timeout_s"),
    ],
)
def test_a_mail_server_that_cannot_be_is_refused(said: dict[str, object], why: str) -> None:
    usual: dict[str, object] = {"host": "mail.example.fr", "sender": "Nous <nous@example.fr>"}
    with pytest.raises(ValueError, match=why):
        SmtpSettings(**(usual | said))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"url": "http://sms.example.fr"}, "https"),
        ({"method": "GET"}, "unknown"),
        ({"body": '{"to": "{to}"}'}, r"\{text\}"),
        ({"body": "to={to}&text={text}"}, "no JSON"),
        ({"sender": "Val de Garonne"}, "letters and digits"),
        ({"sender": "ValDeGaronne"}, "more than 11"),
        ({"header": "X Key"}, "none of HTTP"),
        ({"timeout_s": 61}, "timeout_s"),
    ],
)
def test_a_gateway_that_cannot_be_is_refused(said: dict[str, object], why: str) -> None:
    usual: dict[str, object] = {"url": "https://sms.example.fr/send"}
    with pytest.raises(ValueError, match=why):
        SmsSettings(**(usual | said))  # type: ignore[arg-type]


def test_a_mark_is_of_one_contact_one_channel_and_one_key() -> None:
    marks = Marks(KEY)
    mine = marks.mark(Channel.EMAIL, "Camille@example.org ")
    assert mine == marks.mark(Channel.EMAIL, "camille@example.org")
    others = {
        marks.mark(Channel.SMS, "camille@example.org"),
        marks.mark(Channel.EMAIL, "claude@example.org"),
        Marks(KEY[::-1]).mark(Channel.EMAIL, "camille@example.org"),
    }
    assert mine not in others and len(others) == 3
    assert marks.opened(marks.sealed(mine)) == (Channel.EMAIL, mine)
    assert marks.opened(mine) is None
    assert Marks(KEY[::-1]).opened(marks.sealed(mine)) is None


def test_a_key_that_could_be_tried_through_is_refused() -> None:
    with pytest.raises(ValueError, match="tried through"):
        Marks(b"short")
