"""Travel times by OSRM or Valhalla, in process: run by an interpreter that has their wheels.

``python peer_times.py FOLDER`` reads ``ask.json`` there (engine, vehicle, extract, points,
signs) and prints one JSON object: the engine's version, seconds and metres from point to point.
Decides nothing and tunes nothing: stock profiles, default options; only where ``signs`` names
ways is OSRM's car told of a limit that was not mapped on them.  Knows nothing of the house:
that interpreter has none of it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

#: What each engine calls a vehicle.
OSRM_PROFILES = {"car": "car", "bike": "bicycle"}
VALHALLA_COSTINGS = {"car": "auto", "bike": "bicycle"}

Answer = dict[str, Any]


def main() -> None:
    folder = Path(sys.argv[1])
    ask = json.loads((folder / "ask.json").read_text())
    answer = {"osrm": osrm, "valhalla": valhalla}[ask["engine"]](folder, ask)
    print(json.dumps(answer))


def osrm(folder: Path, ask: dict[str, Any]) -> Answer:
    """Extract, contract, ask for one table."""
    package = import_module("osrm")
    home = Path(str(package.__file__)).parent
    data = folder / Path(ask["extract"]).name
    data.write_bytes(Path(ask["extract"]).read_bytes())
    lua = home / "share" / "profiles" / f"{OSRM_PROFILES[ask['vehicle']]}.lua"
    if ask["signs"]:
        lua = _signed(lua, folder / "profiles", ask["signs"])
    base = data.with_name(data.name.partition(".")[0] + ".osrm")
    _run(home / "bin" / "osrm-extract", "-t", "1", "-p", lua, data)
    _run(home / "bin" / "osrm-contract", "-t", "1", base)
    engine = package.OSRM(
        storage_config=str(base),
        algorithm="CH",
        use_shared_memory=False,
        max_locations_distance_table=10_000,
    )
    asked = package.TableParameters(
        coordinates=[(lon, lat) for lat, lon in ask["points"]],
        annotations=["duration", "distance"],
    )
    told = engine.Table(asked)
    return {
        "version": version("osrm-bindings"),
        "duration_s": [_numbers(row) for row in told["durations"]],
        "length_m": [_numbers(row) for row in told["distances"]],
    }


#: OSRM drives at ``speed_reduction`` (0.8) of a signed limit; so it does of these.
SIGNED = """
local profile_of = require('{profile}')
local signed = {{ {ways} }}
local process_way = profile_of.process_way
local function limited(speed, rate, limit)
  if speed <= limit then return speed, rate end
  return limit, rate * limit / speed
end
profile_of.process_way = function(profile, way, result, relations)
  process_way(profile, way, result, relations)
  if signed[way:id()] then
    local limit = 50 * profile.speed_reduction
    result.forward_speed, result.forward_rate =
      limited(result.forward_speed, result.forward_rate, limit)
    result.backward_speed, result.backward_rate =
      limited(result.backward_speed, result.backward_rate, limit)
  end
end
return profile_of
"""


def _signed(lua: Path, folder: Path, ways: list[int]) -> Path:
    """Copy the stock profiles and put one beside them that has signs of 50 km/h on *ways*."""
    shutil.copytree(lua.parent, folder)
    written = folder / "signed.lua"
    listed = ", ".join(f"[{way}] = true" for way in ways)
    written.write_text(SIGNED.format(profile=lua.stem, ways=listed))
    return written


def valhalla(folder: Path, ask: dict[str, Any]) -> Answer:
    """Build tiles, ask for one matrix."""
    package = import_module("valhalla")
    home = Path(str(package.__file__)).parent
    builder = home / "bin" / "valhalla_build_tiles"
    if not builder.exists():
        raise SystemExit(f"pyvalhalla {version('pyvalhalla')} carries no tile builder; 3.9 does")
    made = json.loads(_run(sys.executable, home / "valhalla_build_config.py"))
    made["mjolnir"] |= {"tile_dir": str(folder / "tiles"), "tile_extract": "", "concurrency": 1}
    costing = VALHALLA_COSTINGS[ask["vehicle"]]
    made["service_limits"][costing]["max_matrix_location_pairs"] = 1_000_000
    config = folder / "valhalla.json"
    config.write_text(json.dumps(made))
    _run(builder, "-c", config, "-j", "1", ask["extract"])
    points = [{"lat": lat, "lon": lon} for lat, lon in ask["points"]]
    question = {"sources": points, "targets": points, "costing": costing, "verbose": False}
    told = package.Actor(str(config)).matrix(question)["sources_to_targets"]
    return {
        "version": version("pyvalhalla"),
        "duration_s": [_numbers(row) for row in told["durations"]],
        "length_m": [
            [None if km is None else 1000 * km for km in row] for row in told["distances"]
        ],
    }


def _numbers(row: Any) -> list[float | None]:
    return [None if value is None else float(value) for value in row]


def _run(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{Path(str(command[0])).name}: {(done.stdout + done.stderr)[-400:]}")
    return done.stdout


if __name__ == "__main__":
    main()
