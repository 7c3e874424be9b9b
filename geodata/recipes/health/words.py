"""The health report in sentences, for a terminal.

Decides how it is said.  What is in it, ``report`` decides; ``importing`` adds what only an
import knows (``dropped``, ``main_roads_refused`` …), so those parts may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

LINES = 8


def health_text(health: dict[str, Any]) -> str:
    """Return the report as lines of text."""
    return "\n".join(_lines(health)) + "\n"


def _lines(health: dict[str, Any]) -> Iterator[str]:
    people = f", {health['inhabitants']:,} inhabitants" if health["inhabitants"] else ""
    counts = [
        _count(health.get(key, 0), thing)  # a report of before may not count all of them
        for key, thing in (
            ("nodes", "junction"),
            ("edges", "edge"),
            ("turns", "forbidden turn"),
            ("chains", "forbidden way"),
            ("signals", "traffic light"),
        )
    ]
    yield f"{_count(len(health['communes']), 'commune')}{people}; {', '.join(counts)}"
    for profile, share in health["profiles"].items():
        yield (
            f"  {profile}: {share['km']:,} km, {share['connected_share']:.1%} hang together"
            + (f", {share['islands']} parts do not" if share["islands"] else "")
        )
        for island in share["largest_islands"]:
            yield f"    {island['km']} km near {_where(island)}{_ways(island)}"
    yield from _imported(health)
    yield from _listed("Bridges over rivers", health["crossings"], _crossing)
    yield from _listed("Roads that nothing replaces", health["single_points"], _single_point)
    yield from _detours(health["detours"])


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _imported(health: dict[str, Any]) -> Iterator[str]:
    yield from _listed(
        "Main roads closed to cars",
        health.get("main_roads_refused", []),
        lambda one: f"{one['name'] or 'unnamed'}: {one['reason']}{_ways(one)}",
    )
    for title, key in (
        ("Main roads barred to cars by a barrier at a node", "main_roads_barred"),
        ("Kept, though a tag speaks against it", "kept"),
        ("Ways nobody may use", "dropped"),
        ("Turn restrictions left out", "turns_left_out"),
        ("Rules under a condition, not applied", "conditional"),
        ("Tags not understood", "not_understood"),
        ("Holes in the data", "holes"),
        ("Boundaries that crossed themselves, mended", "mended"),
    ):
        yield from _listed(title, health.get(key, []), _remark)


def _listed(title: str, rows: list[Any], say: Any) -> Iterator[str]:
    if not rows:
        return
    yield f"{title} ({len(rows)}):"
    for row in rows[:LINES]:
        yield f"  {say(row)}"
    if len(rows) > LINES:
        yield f"  … and {len(rows) - LINES} more (--json shows all)"


def _remark(one: dict[str, Any]) -> str:
    ids = ", ".join(str(osm_id) for osm_id in one["ids"])
    return f"{one['count']} × {one['text']}" + (f" (e.g. {ids})" if ids else "")


def _crossing(one: dict[str, Any]) -> str:
    limit = f", at most {one['max_weight_kg'] / 1000:g} t" if one["max_weight_kg"] else ""
    away = "no other way" if one["round_m"] is None else f"{one['round_m'] / 1000:.1f} km round"
    return f"{one['river'] or 'a river'}: {one['name']}{limit}, {away} when closed{_ways(one)}"


def _single_point(one: dict[str, Any]) -> str:
    kind = "bridge " if one["bridge"] else ""
    people = f"{one['inhabitants']:,} inhabitants, " if one["inhabitants"] else ""
    return (
        f"{kind}{one['name'] or 'unnamed'} at {_where(one)}: {people}{one['km']:g} km of streets "
        f"behind it{_ways(one)}"
    )


def _detours(detours: dict[str, Any]) -> Iterator[str]:
    if not detours["pairs"]:
        return
    yield (
        f"Detours by car over {detours['pairs']:,} sampled pairs: median {detours['median']}, "
        f"95 % below {detours['p95']}; the largest:"
    )
    for one in detours["largest"][:3]:
        yield (
            f"  {one['ratio']} times: {_point(one['from'])} → {_point(one['to'])}, "
            f"{one['crow_m'] / 1000:.1f} km apart, {one['road_m'] / 1000:.1f} km by road"
        )


def _where(one: dict[str, Any]) -> str:
    return f"{one['lat']}, {one['lon']}"


def _point(pair: list[float]) -> str:
    return f"{pair[0]}, {pair[1]}"


def _ways(one: dict[str, Any]) -> str:
    ids = one["ways"]
    return f" (way {', '.join(str(way) for way in ids)})" if ids else ""
