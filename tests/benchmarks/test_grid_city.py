from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from benchmarks.common.grid_city import grid_city
from benchmarks.common.osm_text import write_osm
from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.streets.network import StreetNetwork
from tests.streets.drawing import NoTurn, Street, draw


def test_the_same_seed_draws_the_same_city_with_as_many_streets_as_a_real_one() -> None:
    city, again, other = grid_city(900), grid_city(900), grid_city(900, seed=2)
    assert (city.u == again.u).all()
    assert (city.lat_deg == again.lat_deg).all()
    assert len(city.u) != len(other.u) or (city.u != other.u).any()
    assert 1.2 < len(city.u) / len(city.lat_deg) < 1.4
    assert len(city.turn_from) > 0
    assert (city.v[city.turn_from] == city.turn_via).all()
    assert (city.u[city.turn_to] == city.turn_via).all()


def test_one_can_drive_from_end_to_end_of_it() -> None:
    city = grid_city(900)
    ends = [Place(float(city.lat_deg[k]), float(city.lon_deg[k])) for k in (0, -1)]
    time_s = StreetNetwork(city).durations_s(ends, "car")
    assert time_s.max() < UNREACHABLE_S
    assert 200 < np.median(time_s[time_s > 0]) < 900  # 2 × 2.6 km


def test_another_engine_reads_the_same_streets(tmp_path: Path) -> None:
    streets = [
        Street(0, 1, "primary", signed_kmh=50, bends=((50, 10),)),
        Street(1, 2, oneway=True),
        Street(1, 2, "path", access=4),
    ]
    drawn = draw([(0, 0), (100, 0), (200, 0)], streets, [NoTurn(0, 1, 1)], signals=[1])
    write_osm(drawn, tmp_path / "streets.osm")
    osm = ElementTree.parse(tmp_path / "streets.osm").getroot()
    assert len(osm.findall("node")) == 4
    assert [n.get("id") for n in osm.findall("node") if n.find("tag") is not None] == ["2"]
    ways = [
        (
            [nd.get("ref") for nd in way.findall("nd")],
            {t.get("k"): t.get("v") for t in way.findall("tag")},
        )
        for way in osm.findall("way")
    ]
    assert ways == [
        (["1", "4", "2"], {"highway": "primary", "oneway": "no", "maxspeed": "50"}),
        (["2", "3"], {"highway": "residential", "oneway": "yes"}),
    ]
    members = [(m.get("role"), m.get("ref")) for m in osm.findall("relation/member")]
    assert members == [("from", "1"), ("via", "2"), ("to", "2")]
