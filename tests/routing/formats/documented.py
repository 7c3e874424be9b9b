"""The examples of docs/solve.md, by the name in the comment above each."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = Path(__file__).parents[3] / "docs" / "solve.md"
_EXAMPLE = re.compile(r"<!-- example: (?P<name>[^\n]+) -->\n```json\n(?P<text>.*?)```", re.DOTALL)


def example(name: str) -> str:
    """Return the text of the example called *name*; raises ``KeyError`` when there is none."""
    return {found["name"]: found["text"] for found in _EXAMPLE.finditer(_PAGE.read_text())}[name]
