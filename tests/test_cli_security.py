"""Commands that keep an installation safe, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.installation import told


def test_a_purge_counts_what_it_forgot(tmp_path: Path) -> None:
    answer = json.loads(told("purge", "--data-dir", str(tmp_path), "--dry-run", "--json"))
    assert answer["dry_run"] is True
    assert set(answer["forgotten"].values()) == {0}
    assert "places where a courier was" in told("purge", "--data-dir", str(tmp_path))
