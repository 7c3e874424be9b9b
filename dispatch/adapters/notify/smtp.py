"""Letters by SMTP: one connection each, encrypted, and an honest word about what became of it.

Decides what may be tried again.  Until the server has been given the letter, nothing was sent;
from then on only its own "no" says so: a connection that breaks while it answers may have
delivered, and is not repeated (RFC 5321, 6.1).
"""

from __future__ import annotations

import smtplib
import ssl
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final

from dispatch.adapters.clock import WallClock
from dispatch.adapters.notify.settings import STARTTLS, TLS, SmtpSettings
from dispatch.adapters.notify.written import Letter
from dispatch.operations.notices import Outcome, Sent

#: What a server says with 4xx may be otherwise later; 5xx stays (RFC 5321, 4.2.1).
_FOR_GOOD: Final = 500
#: Every server takes these; not every one says that it takes more (RFC 6152).
_SEVEN_BITS: Final = policy.SMTP.clone(cte_type="7bit")


class SmtpLetters:
    """Letters through the server of *settings*.

    password : of its user; "": nobody signs in
    tls      : whom to trust; None: the machine's authorities
    """

    def __init__(
        self, settings: SmtpSettings, password: str = "", tls: ssl.SSLContext | None = None
    ) -> None:
        self._settings, self._password, self._tls = settings, password, tls

    def send_letter(self, letter: Letter) -> Sent:
        """Send *letter* now.  Safe from several threads: each has a connection of its own."""
        try:
            server = self._connected()
        except smtplib.SMTPAuthenticationError:
            return Sent(Outcome.LATER, "sign_in_refused")
        except ssl.SSLError:
            return Sent(Outcome.LATER, "tls")
        except (OSError, smtplib.SMTPException):
            return Sent(Outcome.LATER, "no_connection")
        try:
            return self._handed_over(server, letter)
        finally:
            server.close()

    def _connected(self) -> smtplib.SMTP:
        how = self._settings
        tls = self._tls or ssl.create_default_context()
        if how.security == TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                how.host, how.port, timeout=how.timeout_s, context=tls
            )
        else:
            server = smtplib.SMTP(how.host, how.port, timeout=how.timeout_s)
        try:
            if how.security == STARTTLS:
                server.starttls(context=tls)
            if how.user:
                server.login(how.user, self._password)
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def _handed_over(self, server: smtplib.SMTP, letter: Letter) -> Sent:
        _, sender = parseaddr(self._settings.sender)
        # Made before anything is said: an address that is none is no server's business.
        try:
            letter.to.encode("ascii")  # other letters need servers that few customers have
            message = self._message(letter).as_bytes()
        except (ValueError, IndexError):
            return Sent(Outcome.REFUSED, "no_address")
        try:
            for code, _ in (server.mail(sender), server.rcpt(letter.to)):
                if code not in (250, 251):
                    return _no(code)
        except (OSError, smtplib.SMTPException, UnicodeError):
            return Sent(Outcome.LATER, "no_answer")
        try:
            code, _ = server.data(message)
        except smtplib.SMTPDataError as why:
            return _no(why.smtp_code)  # it did not want the letter, or said no to it
        except (OSError, smtplib.SMTPException):
            return Sent(Outcome.UNSURE, "no_answer")
        return Sent(Outcome.SENT) if code == 250 else _no(code)

    def _message(self, letter: Letter) -> EmailMessage:
        name, sender = parseaddr(self._settings.sender)
        message = EmailMessage(policy=_SEVEN_BITS)
        message["From"] = Address(name, addr_spec=sender)
        message["To"] = Address(addr_spec=letter.to)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(WallClock().now())
        # The same at each try: whoever gets it twice all the same sees that it is one.
        message["Message-ID"] = f"<{letter.message_id}@{sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["List-Unsubscribe"] = f"<{letter.stop_url}>"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message


def _no(code: int) -> Sent:
    return Sent(Outcome.REFUSED if code >= _FOR_GOOD else Outcome.LATER, str(code))
