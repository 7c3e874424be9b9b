"""A FAKE routing server: a real HTTP server on this machine that makes its answers up.

It speaks OSRM's and Valhalla's formats as their documentation has them, and as the real
ones were heard to speak, limits and refusals included.  Its only town is a straight road
along the parallel 44.5° north, 10 km long; a car rides it at 10 m/s eastwards and at 5 m/s
back, a bicycle at half of that.  Behind the 9th kilometre begins an island: no way leads
on or off.  The Atlantic, west of the road, is outside the data.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import cos, radians
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dispatch.core.places import METRES_PER_DEGREE, Place

LAT = 44.5
EAST_M_PER_DEGREE = METRES_PER_DEGREE * cos(radians(LAT))
ISLAND_FROM_M = 9_000
OUTSIDE_M = -20_000

Json = dict[str, Any]


def at(along_m: float, away_m: float = 0.0) -> Place:
    """A place *along_m* east of the road's beginning, *away_m* north of it."""
    return Place(LAT + away_m / METRES_PER_DEGREE, along_m / EAST_M_PER_DEGREE)


def along_m(place: Place) -> int:
    """Whole metres along the road: a coordinate of five decimals tells them."""
    return round(place.lon_deg * EAST_M_PER_DEGREE)


@dataclass
class FakeServer:
    """What it is told to do, and what it was asked.

    most_pairs : refuses more sources × destinations than that
    one_for_all: answers for a car whatever profile it is asked for, as ``osrm-routed`` does
    shift_m    : how far south of the parallel the whole road lies
    hang_ups   : how many of the next questions find the connection broken
    status     : of every answer, when it is not 200
    """

    url: str = ""
    most_pairs: int = 100
    one_for_all: bool = False
    hang_ups: int = 0
    shift_m: int = 0
    status: int = 200
    wait_s: float = 0.0
    garbage: bytes | None = None
    wrong_distances: bool = False
    asked: list[str] = field(default_factory=list)
    matrices: list[tuple[int, int]] = field(default_factory=list)
    connections: set[tuple[str, int]] = field(default_factory=set)

    def time_s(self, a: Place, b: Place, profile: str) -> float | None:
        x, y = along_m(a), along_m(b)
        if (x >= ISLAND_FROM_M) != (y >= ISLAND_FROM_M):
            return None
        slow = 2 if profile in ("bike", "bicycle") and not self.one_for_all else 1
        return round(abs(y - x) / (10 if y >= x else 5) * slow, 1)

    def length_m(self, a: Place, b: Place) -> float | None:
        if self.time_s(a, b, "car") is None:
            return None
        if self.wrong_distances and a != b:
            return -0.8
        return float(abs(along_m(b) - along_m(a)))

    # --- OSRM -------------------------------------------------------------------------

    def osrm(self, path: str) -> tuple[int, Json]:
        url = urlsplit(path)
        found = re.fullmatch(r"/(table|nearest|route)/v1/([^/]+)/([^/]+)", url.path)
        if found is None:
            return 400, {"code": "InvalidUrl", "message": "URL string malformed"}
        what, profile, text = found.groups()
        if profile not in ("car", "bike"):
            return 400, {"code": "InvalidProfile", "message": "Profile is invalid"}
        places = [Place(float(p.split(",")[1]), float(p.split(",")[0])) for p in text.split(";")]
        options = parse_qs(url.query)
        if what == "nearest":
            return 200, {"code": "Ok", "waypoints": [self._waypoint(places[0])]}
        if what == "route":
            return self._osrm_route(places)
        return self._osrm_table(places, profile, options)

    def _osrm_table(
        self, places: list[Place], profile: str, options: dict[str, list[str]]
    ) -> tuple[int, Json]:
        if len(places) < 2:
            message = "Number of coordinates needs to be at least two."
            return 400, {"code": "InvalidOptions", "message": message}
        sources = [places[int(n)] for n in options["sources"][0].split(";")]
        destinations = [places[int(n)] for n in options["destinations"][0].split(";")]
        self.matrices.append((len(sources), len(destinations)))
        if len(sources) * len(destinations) > self.most_pairs:
            return 400, {"code": "TooBig", "message": "Too many table coordinates"}
        return 200, {
            "code": "Ok",
            "durations": [[self.time_s(a, b, profile) for b in destinations] for a in sources],
            "distances": [[self.length_m(a, b) for b in destinations] for a in sources],
            "sources": [self._waypoint(place) for place in sources],
            "destinations": [self._waypoint(place) for place in destinations],
        }

    def _osrm_route(self, places: list[Place]) -> tuple[int, Json]:
        if self.time_s(places[0], places[1], "car") is None:
            return 400, {"code": "NoRoute", "message": "Impossible route between points"}
        length_m = float(abs(along_m(places[1]) - along_m(places[0])))
        route = {"geometry": line(places), "distance": length_m}
        return 200, {"code": "Ok", "routes": [route]}

    def _waypoint(self, place: Place) -> Json:
        return {"distance": self._away_m(place), "location": [place.lon_deg, LAT], "name": ""}

    def _away_m(self, place: Place) -> int:
        short_m = max(0, -along_m(place))
        return max(short_m, round(abs(place.lat_deg - LAT) * METRES_PER_DEGREE) + self.shift_m)

    # --- Valhalla ---------------------------------------------------------------------

    def valhalla(self, path: str, body: Json) -> tuple[int, Json | list[Any]]:
        if body["costing"] not in ("auto", "bicycle"):
            return _refused(125, f"No costing method found: '{body['costing']}'")
        if path == "/locate":
            return 200, [self._located(_place(one)) for one in body["locations"]]
        if path == "/route":
            return self._valhalla_route([_place(one) for one in body["locations"]])
        sources = [_place(one) for one in body["sources"]]
        targets = [_place(one) for one in body["targets"]]
        self.matrices.append((len(sources), len(targets)))
        if len(sources) * len(targets) > self.most_pairs:
            return _refused(150, f"Exceeded max locations: {self.most_pairs}")
        islands = {along_m(p) >= ISLAND_FROM_M for p in (*sources, *targets)}
        if len(islands) > 1:
            return _refused(170, "Locations are in unconnected regions.")
        lengths = [[(self.length_m(a, b) or 0) / 1000 for b in targets] for a in sources]
        times = [[self.time_s(a, b, body["costing"]) for b in targets] for a in sources]
        matrix = {"durations": [[round(t or 0) for t in row] for row in times]}
        return 200, {"sources_to_targets": {**matrix, "distances": lengths}, "units": "kilometers"}

    def _located(self, place: Place) -> Json:
        if along_m(place) <= OUTSIDE_M:
            return {"input_lat": place.lat_deg, "input_lon": place.lon_deg, "edges": []}
        edge = {"correlated_lat": LAT, "correlated_lon": max(place.lon_deg, 0.0), "way_id": 1}
        far = {**edge, "correlated_lat": LAT - 0.1}
        return {"input_lat": place.lat_deg, "input_lon": place.lon_deg, "edges": [far, edge]}

    def _valhalla_route(self, places: list[Place]) -> tuple[int, Json]:
        if self.time_s(places[0], places[1], "auto") is None:
            return _refused(442, "No path could be found for input")
        return 200, {"trip": {"legs": [{"shape": line(places)}], "status": 0}}


def _place(one: Json) -> Place:
    return Place(one["lat"], one["lon"])


def _refused(code: int, error: str) -> tuple[int, Json]:
    return 400, {"error_code": code, "error": error, "status_code": 400, "status": "Bad Request"}


def line(places: list[Place]) -> str:
    """Encode the way along the road between the places, with six decimals."""
    text, before = "", [0, 0]
    for place in places:
        for n, degrees in enumerate((LAT, place.lon_deg)):
            now = round(degrees * 1e6)
            step = now - before[n]
            before[n] = now
            value = ~(step << 1) if step < 0 else step << 1
            while value >= 0x20:
                text += chr((0x20 | (value & 0x1F)) + 63)
                value >>= 5
            text += chr(value + 63)
    return text


@contextmanager
def fake_server() -> Iterator[FakeServer]:
    """Serve on a free port of this machine until the block ends."""
    fake = FakeServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer(lambda: fake.osrm(self.path))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(lambda: fake.valhalla(self.path, body))

        def _answer(self, answer: Any) -> None:
            fake.asked.append(self.path)
            fake.connections.add(self.client_address)
            if fake.hang_ups:
                fake.hang_ups -= 1
                self.close_connection = True
                return
            time.sleep(fake.wait_s)
            status, body = answer() if fake.status == 200 else (fake.status, {})
            text = fake.garbage or json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
