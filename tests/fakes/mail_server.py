"""A mail server over a socket, in a thread: enough SMTP for one letter, TLS and signing in.

Decides nothing: a test says what it answers to which word.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread

from tests.fakes.shop_server import CERTIFICATE


@dataclass
class MailServer:
    """What came in.

    answers : first word of a command → what is said to it instead; "": the line is cut.
              ``.`` is the end of a letter
    silent  : words after which nothing is said any more, until the server ends
    """

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    encrypted: bool = False
    over: Event = field(default_factory=Event)


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, tls: bool, offers: tuple[str, ...]) -> None:
        self.kept, self.offers = MailServer(encrypted=tls), offers
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(CERTIFICATE)
        super().__init__(("127.0.0.1", 0), _Talk)
        self.kept.port = self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """A line that is cut is what some tests are about."""


class _Talk(StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        try:
            if self.server.kept.encrypted:
                self._encrypt()
            self._say("220 mail.example ESMTP")
            while line := self.rfile.readline():
                if not self._answer(line.decode().strip()):
                    return
        finally:
            self.connection.close()

    def _answer(self, line: str) -> bool:
        """Say what is said to *line*; False: the line is cut."""
        kept, word = self.server.kept, line.split(" ")[0].upper()
        kept.said.append(line)
        if word in kept.silent:
            kept.over.wait(60)
            return False
        if word in kept.answers:
            return self._say(kept.answers[word]) if kept.answers[word] else False
        match word:
            case "EHLO":
                told = ("mail.example", *self.server.offers)
                return self._say(*(f"250-{each}" for each in told), "250 SIZE 1000000")
            case "STARTTLS":
                self._say("220 go ahead")
                self._encrypt()
                return True
            case "AUTH":
                return self._say("235 come in")
            case "RCPT":
                kept.to.append(line)
            case "DATA":
                return self._say("354 go ahead") and self._letter()
        return self._say("250 ok")

    def _letter(self) -> bool:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        message = message_from_bytes(b"".join(lines), policy=default)
        self.server.kept.letters.append(message)
        end = self.server.kept.answers.get(".", "250 taken")
        return self._say(end) if end else False

    def _say(self, *lines: str) -> bool:
        self.connection.sendall("".join(f"{line}\r\n" for line in lines).encode())
        return True

    def _encrypt(self) -> None:
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile.close()
        self.rfile = self.connection.makefile("rb")
        self.server.kept.encrypted = True


@contextmanager
def mail_server(*, tls: bool = False, offers: tuple[str, ...] = ()) -> Iterator[MailServer]:
    """Serve until the end of the ``with``.

    tls    : from the first byte
    offers : extensions told to a client, such as STARTTLS
    """
    with _Server(tls, offers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.kept
        finally:
            server.kept.over.set()
            server.shutdown()
            thread.join()
