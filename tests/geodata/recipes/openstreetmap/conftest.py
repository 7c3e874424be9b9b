"""The drawn region as a file, and a folder of towns to import into."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.geodata.recipes.openstreetmap.region import SHEET


@pytest.fixture
def osm(tmp_path: Path) -> Path:
    return SHEET.write(tmp_path / "region.osm")


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    return tmp_path / "towns"
