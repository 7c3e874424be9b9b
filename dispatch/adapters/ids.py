"""Ids and secrets from the system's own randomness."""

from __future__ import annotations

import secrets

# No vowels and no look-alikes: an id read over the phone is never a word or a riddle.
_LETTERS = "23456789bcdfghjkmnpqrstvwxz"


class RandomIds:
    def new(self, prefix: str) -> str:
        return f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(20))}"

    def token(self) -> str:
        return secrets.token_urlsafe(32)

    def code(self) -> str:
        return f"{secrets.randbelow(10_000):04d}"
