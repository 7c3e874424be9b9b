"""Which services carry notices to customers, and where they are.

Decides the bounds of these settings.  What opens a service is a secret: it comes from the
environment, never from a file of parameters.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Final
from urllib.parse import urlsplit

SMTP_PASSWORD: Final = "DISPATCH_SMTP_PASSWORD"
SMS_KEY: Final = "DISPATCH_SMS_KEY"
#: A file that notices are written to, instead of being sent, whatever the settings say.  A
#: demonstration sets it.
STAND_IN: Final = "DISPATCH_NOTICES_FILE"

STARTTLS, TLS, PLAIN = "starttls", "tls", "none"
LONGEST_TIMEOUT_S: Final = 60.0
#: What a text's body may say, between braces.
FIELDS: Final = ("to", "text", "id", "sender")
_LONGEST_SENDER: Final = 11  # GSM 03.40, an alphanumeric address


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The settings' table ``[notify.smtp]``: e-mail goes through this server.

    security  : "starttls", "tls" from the first byte, or "none": only on this machine
    sender    : ``Livraisons Val de Garonne <bonjour@example.fr>``
    user      : "": nobody signs in; the password is in ``DISPATCH_SMTP_PASSWORD``
    timeout_s : real seconds for each answer of the server
    """

    host: str = ""
    sender: str = ""
    port: int = 587
    security: str = STARTTLS
    user: str = ""
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        if not self.host or " " in self.host:
            raise ValueError(f"host {self.host!r} is no server's name")
        if not 1 <= self.port <= 65535:
            raise ValueError(f"port is out of 1 to 65535: {self.port}")
        if self.security not in (STARTTLS, TLS, PLAIN):
            raise ValueError(f"security {self.security!r} is unknown; known: starttls, tls, none")
        if self.security == PLAIN and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("security 'none' would send customers' addresses in the open")
        _check_address(self.sender)
        _check_timeout(self.timeout_s)


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """The settings' table ``[notify.sms]``: texts go through this gateway, one request each.

    method    : of the request; ``body`` is its JSON, with {to}, {text}, {id} and {sender}
    header, header_value : where the gateway wants its key, which is in ``DISPATCH_SMS_KEY``
                and stands for {key}
    sender    : as customers see it: at most 11 letters and digits
    timeout_s : real seconds for the whole request
    """

    url: str = ""
    sender: str = "Livraison"
    method: str = "POST"
    body: str = '{"to": "{to}", "from": "{sender}", "text": "{text}", "reference": "{id}"}'
    header: str = "Authorization"
    header_value: str = "Bearer {key}"
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise ValueError(f"url {self.url!r} does not begin with https://")
        if self.method not in ("POST", "PUT"):
            raise ValueError(f"method {self.method!r} is unknown; known: POST, PUT")
        if not (self.sender.isalnum() and self.sender.isascii()):
            raise ValueError(f"sender {self.sender!r} is not of letters and digits alone")
        if len(self.sender) > _LONGEST_SENDER:
            raise ValueError(f"sender {self.sender!r} has more than {_LONGEST_SENDER} characters")
        for name in ("to", "text"):
            if f"{{{name}}}" not in self.body:
                raise ValueError(f"body does not say {{{name}}}")
        try:
            json.loads(self.body)
        except ValueError as why:
            raise ValueError(f"body is no JSON: {why}") from None
        if not self.header.replace("-", "").isalnum() or "\n" in self.header_value:
            raise ValueError(f"header {self.header!r} is none of HTTP's")
        _check_timeout(self.timeout_s)


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Both services; None: no notice goes that way."""

    smtp: SmtpSettings | None = None
    sms: SmsSettings | None = None


def _check_address(text: str) -> None:
    _, address = parseaddr(text)
    try:
        Address(addr_spec=address)
    except (ValueError, IndexError, TypeError):
        address = ""
    if "@" not in address or not address.isascii() or "\n" in text:
        raise ValueError(f"sender {text!r} is no address such as Livraisons <nous@example.fr>")


def _check_timeout(timeout_s: float) -> None:
    if not 0 < timeout_s <= LONGEST_TIMEOUT_S:
        raise ValueError(f"timeout_s is {timeout_s}, more than 0 and at most {LONGEST_TIMEOUT_S:g}")
