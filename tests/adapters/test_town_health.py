"""The report beside a town: found, recognised as old, or said to be missing."""

from __future__ import annotations

import json
import os
from pathlib import Path

from dispatch.adapters.town_health import health_file, kept_health
from geodata.load import town
from tests.streets.health_sample import SAMPLE

PILOT = town("val_de_garonne")


def leave(towns: Path, **changes: object) -> Path:
    path = health_file(PILOT.name, towns)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(SAMPLE | changes))
    return path


def test_a_town_that_nobody_measured_has_no_report(tmp_path: Path) -> None:
    assert kept_health(PILOT, tmp_path) is None


def test_a_report_on_these_streets_is_current_and_dated(tmp_path: Path) -> None:
    nodes, edges = len(PILOT.network.lat_deg), len(PILOT.network.u)
    os.utime(leave(tmp_path, nodes=nodes, edges=edges), (1_000_000, 1_000_000))
    kept = kept_health(PILOT, tmp_path)
    assert kept is not None
    assert kept.current
    assert kept.measured_at.isoformat() == "1970-01-12T13:46:40+00:00"


def test_a_report_on_other_streets_is_shown_as_old(tmp_path: Path) -> None:
    leave(tmp_path)
    kept = kept_health(PILOT, tmp_path)
    assert kept is not None
    assert not kept.current


def test_streets_corrected_after_the_report_make_it_old(tmp_path: Path) -> None:
    nodes, edges = len(PILOT.network.lat_deg), len(PILOT.network.u)
    path = leave(tmp_path, nodes=nodes, edges=edges)
    path.with_name("overrides.toml").write_text("")
    os.utime(path, (1_000_000, 1_000_000))
    kept = kept_health(PILOT, tmp_path)
    assert kept is not None
    assert not kept.current


def test_a_damaged_report_costs_the_page_and_not_the_service(tmp_path: Path) -> None:
    leave(tmp_path).write_text('{"nodes": ')
    assert kept_health(PILOT, tmp_path) is None
    leave(tmp_path, nodes="many")
    assert kept_health(PILOT, tmp_path) is None
