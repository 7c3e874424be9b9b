"""docs/security.md: the tests it names are there."""

from __future__ import annotations

import re
from pathlib import Path

HOME = Path(__file__).parent.parent
PAGE = (HOME / "docs" / "security.md").read_text()


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"tests/[\w/]+\.py", PAGE))
    assert len(named) > 15
    assert [name for name in sorted(named) if not (HOME / name).exists()] == []


def test_every_threat_names_a_test_that_proves_its_protection() -> None:
    table = PAGE.split("## Threats")[1].split("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "---" not in line]
    assert [row for row in rows[1:] if ".py" not in row.split("|")[3]] == []
