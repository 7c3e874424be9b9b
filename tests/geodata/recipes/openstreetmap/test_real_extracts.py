"""Real extracts where this machine has them: what drawings cannot foresee."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import numpy as np
import pytest

from geodata.load import town
from geodata.network import BIKE_BACK, CAR_BACK, CAR_THERE, SURFACES
from geodata.recipes.health.graph import streets_of
from geodata.recipes.openstreetmap.importing import Imported
from tests.extracts import EXTRACTS, extract_of
from tests.geodata.recipes.openstreetmap.drawn import imported


def bring(name: str, tmp_path: Path) -> Imported:
    return imported(extract_of(name), tmp_path, name=name)


@pytest.mark.parametrize("name", EXTRACTS)
def test_a_real_town_is_imported_in_seconds_and_loads(name: str, tmp_path: Path) -> None:
    started_s = process_time()
    health = bring(name, tmp_path).health
    assert process_time() - started_s < 10
    found = town(name, tmp_path)
    network = found.network
    assert len(network.u) > 1_000
    assert network.length_m.sum() > 50_000
    assert health["profiles"]["car"]["connected_share"] > 0.8
    assert network.surface.max() < len(SURFACES)
    assert {"not_understood", "dropped", "main_roads_refused"} <= set(health)


def test_andorra_s_main_road_with_a_stale_tag_stays_open_and_is_said(tmp_path: Path) -> None:
    """Way 124674258 of the CG-2 is primary, open, and tagged construction=primary: without
    it trips across the country take up to four times as long."""
    done = bring("andorra", tmp_path)
    network = town("andorra", tmp_path).network
    edges = network.way == 124_674_258
    assert edges.any()
    assert (network.access[edges] & CAR_THERE).all()
    assert 124_674_258 in [osm_id for one in done.health["kept"] for osm_id in one["ids"]]
    assert streets_of(network, "car").inside[edges].all()


def test_andorra_s_closed_main_roads_are_listed_with_their_reason(tmp_path: Path) -> None:
    refused = bring("andorra", tmp_path).health["main_roads_refused"]
    assert {one["reason"] for one in refused} == {
        "access=no",
        "motor_vehicle=no",
        "highway=construction",
    }


def test_helsinki_s_turns_bollards_and_contraflow_lanes_are_obeyed(tmp_path: Path) -> None:
    bring("helsinki", tmp_path)
    network = town("helsinki", tmp_path).network
    assert len(network.turn_from) > 40
    assert network.signal.sum() > 50
    contraflow = (network.access & (CAR_BACK | BIKE_BACK)) == BIKE_BACK
    assert (contraflow & (network.access & CAR_THERE != 0)).any()
    via = network.turn_via
    for edge in (network.turn_from, network.turn_to):
        assert np.all((network.u[edge] == via) | (network.v[edge] == via))
