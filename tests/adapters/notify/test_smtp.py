"""A letter over a real socket: what arrives, and an honest word about what does not."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dispatch.adapters.notify.settings import SmtpSettings
from dispatch.adapters.notify.smtp import SmtpLetters
from dispatch.operations.notices import Outcome, Sent
from tests.adapters.notify.sample import A_LETTER
from tests.fakes.mail_server import MailServer, mail_server
from tests.fakes.shop_server import CERTIFICATE

SENDER = "Livraisons Val de Garonne <bonjour@example.fr>"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as served:
        yield served


def plain(server: MailServer) -> SmtpLetters:
    return SmtpLetters(SmtpSettings("127.0.0.1", SENDER, server.port, "none", timeout_s=2))


def trusting() -> ssl.SSLContext:
    """Trusts the test's own certificate, whose name is another."""
    context = ssl.create_default_context(cafile=str(CERTIFICATE))
    context.check_hostname = False
    return context


def test_a_letter_arrives_whole_in_two_forms(server: MailServer) -> None:
    assert plain(server).send_letter(A_LETTER) == Sent(Outcome.SENT)
    (mail,) = server.letters
    assert server.to == ["rcpt TO:<camille@example.org>"]
    assert mail["From"] == SENDER
    assert mail["Subject"] == "Commande 4K7QZ confirmée"
    assert mail["Message-ID"] == "<bkg_1.booked.order.email@example.fr>"
    assert mail["List-Unsubscribe"] == f"<{A_LETTER.stop_url}>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "8bit" not in [part["Content-Transfer-Encoding"] for part in mail.walk()]
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None and html is not None
    assert text.get_content().splitlines() == A_LETTER.text.splitlines()
    assert html.get_content().strip() == A_LETTER.html


@pytest.mark.parametrize(("security", "tls"), [("starttls", False), ("tls", True)])
def test_a_letter_travels_encrypted_and_signed_in(security: str, tls: bool) -> None:
    with mail_server(tls=tls, offers=("STARTTLS", "AUTH PLAIN")) as server:
        how = SmtpSettings("127.0.0.1", SENDER, server.port, security, user="nous", timeout_s=2)
        sent = SmtpLetters(how, "le mot", trusting()).send_letter(A_LETTER)
    assert (sent, server.encrypted) == (Sent(Outcome.SENT), True)
    assert any(said.startswith("AUTH PLAIN") for said in server.said)


def test_a_server_nobody_vouches_for_gets_nothing() -> None:
    with mail_server(tls=True) as server:
        how = SmtpSettings("127.0.0.1", SENDER, server.port, "tls", timeout_s=2)
        assert SmtpLetters(how).send_letter(A_LETTER) == Sent(Outcome.LATER, "tls")
    assert server.said == []


def test_a_server_without_encryption_gets_no_letter(server: MailServer) -> None:
    how = SmtpSettings("127.0.0.1", SENDER, server.port, "starttls", timeout_s=2)
    assert SmtpLetters(how).send_letter(A_LETTER).outcome is Outcome.LATER
    assert server.letters == []


@pytest.mark.parametrize(
    ("word", "answer", "sent"),
    [
        ("RCPT", "550 no such person", Sent(Outcome.REFUSED, "550")),
        ("RCPT", "450 come again", Sent(Outcome.LATER, "450")),
        ("MAIL", "451 come again", Sent(Outcome.LATER, "451")),
        ("DATA", "554 no", Sent(Outcome.REFUSED, "554")),
        (".", "552 too much", Sent(Outcome.REFUSED, "552")),
        (".", "451 come again", Sent(Outcome.LATER, "451")),
        ("RCPT", "", Sent(Outcome.LATER, "no_answer")),
        # It has the letter, and we do not know what it made of it.
        (".", "", Sent(Outcome.UNSURE, "no_answer")),
    ],
)
def test_what_a_server_says_tells_whether_to_try_again(
    server: MailServer, word: str, answer: str, sent: Sent
) -> None:
    server.answers[word] = answer
    assert plain(server).send_letter(A_LETTER) == sent


def test_a_wrong_password_is_a_reason_to_wait_for_the_right_one() -> None:
    with mail_server(offers=("AUTH PLAIN",)) as server:
        server.answers["AUTH"] = "535 no"
        how = SmtpSettings("127.0.0.1", SENDER, server.port, "none", user="nous", timeout_s=2)
        sent = SmtpLetters(how, "le mot").send_letter(A_LETTER)
    assert sent == Sent(Outcome.LATER, "sign_in_refused")


def test_nobody_there_is_tried_again() -> None:
    how = SmtpSettings("127.0.0.1", SENDER, 9, "none", timeout_s=2)
    assert SmtpLetters(how).send_letter(A_LETTER) == Sent(Outcome.LATER, "no_connection")


@pytest.mark.parametrize("to", ["nobody", "a@b\nBcc: c@d.fr", "a b@c.fr", "zoé@c.fr", "a@é.fr", ""])
def test_an_address_that_is_none_adds_no_line_and_is_refused(server: MailServer, to: str) -> None:
    sent = plain(server).send_letter(replace(A_LETTER, to=to))
    assert (sent, server.letters) == (Sent(Outcome.REFUSED, "no_address"), [])
