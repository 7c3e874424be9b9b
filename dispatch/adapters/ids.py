"""Ids and secrets from the system's own randomness."""

from __future__ import annotations

import secrets

# No vowels and no look-alikes: an id read over the phone is never a word or a riddle.
_LETTERS = "23456789bcdfghjkmnpqrstvwxz"
_LENGTH = 20


class RandomIds:
    def new(self, prefix: str) -> str:
        # One draw for all letters: asking the system for each takes ten times as long.
        drawn = secrets.randbelow(len(_LETTERS) ** _LENGTH)
        letters = []
        for _ in range(_LENGTH):
            drawn, letter = divmod(drawn, len(_LETTERS))
            letters.append(_LETTERS[letter])
        return f"{prefix}_{''.join(letters)}"

    def token(self) -> str:
        return secrets.token_urlsafe(32)

    def code(self) -> str:
        return f"{secrets.randbelow(10_000):04d}"
