"""An extract for users who are online: the place's outline and its streets, asked of OpenStreetMap.

Decides what is asked for: the same tags that the reader of files reads, restrictions and
rivers included, so a download goes through the very same import.  The services and their
manners are osmnx's: its settings name the servers and introduce us.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from geodata.recipes.openstreetmap.notes import ImportRefused

TIMEOUT_S: Final = 180
#: Longest address the Overpass interface takes is no limit: the question is posted.
_QUESTION: Final = """[out:xml][timeout:{timeout}][bbox:{south},{west},{north},{east}];
(way["highway"];way["route"="ferry"];way["waterway"~"^(river|canal)$"];)->.ways;
node(w.ways)->.nodes;
rel["type"~"^restriction"](bw.ways)->.turns;
rel["boundary"="administrative"]["admin_level"="8"]->.communes;
way(r.communes)->.lines;
(.ways;.nodes;.turns;.communes;.lines;node(w.lines);node(r.communes););
out meta;
"""


def download(place: str, folder: Path, buffer_km: float) -> tuple[Path, Path]:
    """Ask for *place* ("Marmande, France"); return the extract and its boundary, in *folder*.

    Raises ``ImportRefused`` when nobody answers, or no area of that name is known.
    """
    boundary = folder / "boundary.geojson"
    outline = _outline(place)
    boundary.write_text(json.dumps(outline.__geo_interface__), "utf-8")
    return _streets(outline, folder, buffer_km), boundary


def _outline(place: str) -> Any:
    # Heavy: only whoever downloads pays for it.
    import osmnx
    import requests

    try:
        found = osmnx.geocode_to_gdf(place)
    except requests.RequestException as why:
        raise ImportRefused(_offline(why)) from None
    except (osmnx._errors.InsufficientResponseError, TypeError, ValueError) as why:
        raise ImportRefused(f"no area called {place!r} is known: {why}") from None
    return found.geometry.iloc[0]


def _streets(outline: Any, folder: Path, buffer_km: float) -> Path:
    import osmnx
    import requests

    from geodata.recipes.openstreetmap.outlines import widened

    west, south, east, north = widened(outline, buffer_km * 1000).bounds
    question = _QUESTION.format(timeout=TIMEOUT_S, west=west, south=south, east=east, north=north)
    url = osmnx.settings.overpass_url.rstrip("/") + "/interpreter"
    path = folder / "download.osm"
    try:
        with requests.post(
            url,
            data={"data": question},
            headers={"User-Agent": osmnx.settings.http_user_agent},
            timeout=TIMEOUT_S + 10,
            stream=True,
        ) as answer:
            answer.raise_for_status()
            with path.open("wb") as file:
                for part in answer.iter_content(1 << 20):
                    file.write(part)
    except requests.RequestException as why:
        raise ImportRefused(_offline(why)) from None
    return path


def _offline(why: Exception) -> str:
    return (
        f"--place asks OpenStreetMap's servers and none answered ({type(why).__name__}); offline, "
        "give an extract with --osm"
    )
