"""A place is asked for and imported; the servers are stand-ins on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from geodata.load import town
from geodata.recipes.openstreetmap.download import download
from geodata.recipes.openstreetmap.notes import ImportRefused
from tests.geodata.recipes.openstreetmap.drawn import CELL_DEG, LAT, LON, LON_CELL_DEG, imported
from tests.geodata.recipes.openstreetmap.region import SHEET

WEST, EAST = LON - LON_CELL_DEG, LON + 3.5 * LON_CELL_DEG
NORTH, SOUTH = LAT + CELL_DEG, LAT - 5 * CELL_DEG
RING = [[WEST, SOUTH], [EAST, SOUTH], [EAST, NORTH], [WEST, NORTH], [WEST, SOUTH]]
MARMANDE = {
    "place_id": 1,
    "osm_type": "relation",
    "osm_id": 1,
    "lat": str(LAT),
    "lon": str(LON),
    "class": "boundary",
    "type": "administrative",
    "importance": 0.5,
    "place_rank": 16,
    "name": "Marmande",
    "display_name": "Marmande, France",
    "boundingbox": [str(SOUTH), str(NORTH), str(WEST), str(EAST)],
    "geojson": {"type": "Polygon", "coordinates": [RING]},
}


class StandIn(BaseHTTPRequestHandler):
    """Nominatim's search and Overpass' interpreter, for one place."""

    asked: list[str]

    def do_GET(self) -> None:
        found = [MARMANDE] if "Marmande" in self.path else []
        self._answer("application/json", json.dumps(found).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append(parse_qs(body)["data"][0])
        self._answer("application/osm3s+xml", SHEET.xml().encode())

    def _answer(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing in the tests."""


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    import osmnx

    asked: list[str] = []
    handler = type("Handler", (StandIn,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(osmnx.settings, "nominatim_url", f"{url}/")
        monkeypatch.setattr(osmnx.settings, "overpass_url", url)
        monkeypatch.setattr(osmnx.settings, "use_cache", False)
        yield asked
        server.shutdown()


def test_a_downloaded_place_goes_through_the_same_import(
    servers: list[str], tmp_path: Path
) -> None:
    osm, boundary = download("Marmande, France", tmp_path, buffer_km=1)
    (question,) = servers
    assert 'way["highway"]' in question
    assert "restriction" in question
    imported(osm, tmp_path / "towns", boundary=boundary)
    assert [c.name for c in town("sheet", tmp_path / "towns").communes] == ["Marmande"]


def test_a_place_nobody_knows_is_said(servers: list[str], tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="no area called 'Atlantis' is known"):
        download("Atlantis", tmp_path, buffer_km=1)
    assert not servers


def test_offline_the_way_out_is_named(
    servers: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import osmnx

    monkeypatch.setattr(osmnx.settings, "nominatim_url", "http://127.0.0.1:9/")
    with pytest.raises(ImportRefused, match=r"none answered \(ConnectionError\); offline, .*--osm"):
        download("Marmande", tmp_path, buffer_km=1)
