"""The real servers, as the wheels of ``osrm-bindings`` and ``pyvalhalla`` carry them.

Decides how they are fed and started; a machine without those wheels has no such tests.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx


def folder_of(package: str) -> Path | None:
    """Where *package* lies with its programs, without importing it; None: it is not there."""
    spec = find_spec(package)
    places = [] if spec is None else list(spec.submodule_search_locations or ())
    found = Path(places[0]) if places else None
    return found if found is not None and (found / "bin").is_dir() else None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def osrm_serving(osm: Path, profile: str, work: Path) -> Iterator[str]:
    """Extract, contract and serve *osm*; ``profile``: car or bicycle.  Yields the address."""
    home = folder_of("osrm")
    assert home is not None
    data = work / profile / osm.name
    data.parent.mkdir()
    data.write_bytes(osm.read_bytes())
    lua = home / "share" / "profiles" / f"{profile}.lua"
    graph = data.with_name(osm.name.partition(".")[0] + ".osrm")
    _run(home / "bin" / "osrm-extract", "-t", "1", "-p", str(lua), str(data))
    _run(home / "bin" / "osrm-contract", "-t", "1", str(graph))
    port = free_port()
    command = [str(home / "bin" / "osrm-routed"), "-i", "127.0.0.1", "-p", str(port), "-t", "1"]
    with _running([*command, str(graph)], f"http://127.0.0.1:{port}") as url:
        yield url


@contextmanager
def valhalla_serving(osm: Path, work: Path) -> Iterator[str]:
    """Build tiles of *osm* and serve them.  Yields the address."""
    home = folder_of("valhalla")
    assert home is not None
    port = free_port()
    made = subprocess.run(
        [sys.executable, str(home / "valhalla_build_config.py")],
        check=True,
        capture_output=True,
        text=True,
    )
    config = json.loads(made.stdout)
    config["mjolnir"] |= {"tile_dir": str(work / "tiles"), "tile_extract": "", "concurrency": 1}
    config["httpd"]["service"] |= {
        "listen": f"tcp://127.0.0.1:{port}",
        "loopback": f"ipc://{work}/loopback",
        "interrupt": f"ipc://{work}/interrupt",
    }
    for part in ("loki", "thor", "odin"):
        config[part].setdefault("service", {})["proxy"] = f"ipc://{work}/{part}"
    file = work / "valhalla.json"
    file.write_text(json.dumps(config))
    _run(home / "bin" / "valhalla_build_tiles", "-c", str(file), "-j", "1", str(osm))
    command = [str(home / "bin" / "valhalla_service"), str(file), "1"]
    with _running(command, f"http://127.0.0.1:{port}") as url:
        yield url


def _run(*command: object) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@contextmanager
def _running(command: list[str], url: str) -> Iterator[str]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as server:
        try:
            _wait_for(url, server)
            yield url
        finally:
            server.kill()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    until_s = time.monotonic() + 20
    while True:
        try:
            httpx.get(f"{url}/status", timeout=1)
            return
        except httpx.TransportError:
            assert server.poll() is None, "the server ended at once"
            assert time.monotonic() < until_s, "the server does not answer"
            time.sleep(0.05)
