"""Webhooks' post without a network: letters are kept, and answered as the test says.

And a house that sends by it, with what every test of webhooks does to it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from dispatch.core.ids import StorefrontId
from dispatch.operations.letters import Answer, Letter, secret_text
from dispatch.operations.mailroom import deliver_next
from dispatch.operations.ports import Ports
from dispatch.operations.webhooks import Endpoint, add_endpoint
from tests.adapters.storage_samples import MARKET, book
from tests.fakes.house import house

HOOK = "https://shop.example/hook"

OK = Answer(200)
REFUSED = Answer(None, "no_connection")


@dataclass
class Postbox:
    """``answers``: URL → what that endpoint says to a letter; default: 200."""

    letters: list[Letter] = field(default_factory=list)
    answers: dict[str, Callable[[Letter], Answer]] = field(default_factory=dict)
    key: str = "of this test"

    def secret(self, endpoint_id: str, version: int) -> str:
        return secret_text(sha256(f"{self.key}:{endpoint_id}:{version}".encode()).digest())

    def new_secret(self, endpoint_id: str, version: int) -> str:
        return self.secret(endpoint_id, version)

    def send(self, letter: Letter) -> Answer:
        self.letters.append(letter)
        answer = self.answers.get(letter.url)
        return OK if answer is None else answer(letter)

    @property
    def told(self) -> list[tuple[str, str]]:
        """The endpoint's path and the message's id, of each letter in order."""
        return [(letter.url.rpartition("/")[2], letter.message_id) for letter in self.letters]


def read(letter: Letter) -> dict[str, Any]:
    """What a shop reads in *letter*."""
    return dict(json.loads(letter.body))


def house_with(post: Postbox) -> Ports:
    """A house at noon that sends by *post*."""
    return replace(house("2026-11-24T12:00+01:00"), post=post)


def an_endpoint(
    ports: Ports, url: str = HOOK, *types: str, whose: StorefrontId = MARKET
) -> Endpoint:
    return add_endpoint(whose, url, types, ports)[0]


def booked(ports: Ports, *numbers: int) -> None:
    """Book the orders of these numbers, in one transaction; none given: the first."""
    with ports.store.writing() as tx:
        for n in numbers or (1,):
            book(tx, n)


def emptied(endpoint: Endpoint, ports: Ports) -> int:
    """Send the endpoint all that is due; return how much it was."""
    return sum(1 for _ in iter(lambda: deliver_next(endpoint.endpoint_id, ports), None))
