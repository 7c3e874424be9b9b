"""Webhooks' post without a network: letters are kept, and answered as the test says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from dispatch.operations.letters import Answer, Letter, secret_text

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
