"""A day in a file: JSON lines, the first about the day, each further one an order.

Decides how a day is written, and names the line of one that cannot be read.  What a day
may be is ``day``'s question.  The format is described in ``docs/replay.md``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

from dispatch.core.civil import local_text, parse_instant
from dispatch.core.errors import Invalid
from dispatch.core.places import Place
from dispatch.replay.day import Day, DayLine, DayOrder, Mishap, MishapKind, Origin
from dispatch.slots.service_levels import Mode

FORMAT: Final = "tournees-day/1"
#: Decimals of a degree that are kept: a metre, no finer than a door.
_DECIMALS: Final = 5

T = TypeVar("T")


def day_text(day: Day) -> str:
    """Return *day* as a file has it; ``read_day`` of it is the same day."""
    head: dict[str, Any] = {
        "format": FORMAT,
        "day": day.day.isoformat(),
        "town": day.town,
        "origin": day.origin.value,
        "rain": day.rain,
        "seed": day.seed,
    }
    if day.mishaps:
        head["mishaps"] = [_mishap_row(mishap) for mishap in day.mishaps]
    lines = [head, *(_row(order) for order in day.orders)]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def read_day(path: Path) -> Day:
    """Read the day in *path*.  Raises ``Invalid`` naming the file and the line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise Invalid(f"cannot read the day {path}: {why}", field=str(path)) from why
    try:
        return day_of(text)
    except Invalid as why:
        raise Invalid(f"{path}, {why}", field=why.field) from why


def day_of(text: str) -> Day:
    """Return the day that *text* tells.  Raises ``Invalid`` naming the line."""
    rows = list(_rows(text))
    if not rows:
        raise Invalid("line 1: the file is empty", field="format")
    (number, head), *rest = rows
    if head.get("format") != FORMAT:
        raise Invalid(f"line {number}: format is not {FORMAT!r}", field="format")
    orders = tuple(_at_line(n, lambda row=row: _order(row)) for n, row in rest)  # type: ignore[misc]
    return _at_line(number, lambda: _day(head, orders))


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as why:
            raise Invalid(f"line {number}: not JSON: {why}", field="format") from why
        if not isinstance(row, dict):
            raise Invalid(f"line {number}: not a JSON object", field="format")
        yield number, row


def _at_line(number: int, make: Callable[[], T]) -> T:
    try:
        return make()
    except KeyError as why:
        raise Invalid(f"line {number}: {why.args[0]} is missing", field=str(why.args[0])) from why
    except (TypeError, ValueError, AttributeError) as why:
        raise Invalid(f"line {number}: {why}", field="format") from why


def _day(head: Mapping[str, Any], orders: tuple[DayOrder, ...]) -> Day:
    return Day(
        day=date.fromisoformat(head["day"]),
        town=str(head["town"]),
        orders=orders,
        origin=Origin(head["origin"]),
        rain=bool(head["rain"]),
        seed=int(head["seed"]),
        mishaps=tuple(_mishap(row) for row in head.get("mishaps", ())),
    )


def _mishap_row(mishap: Mishap) -> dict[str, Any]:
    row = {"kind": mishap.kind, "courier_id": mishap.courier_id, "at": local_text(mishap.at)}
    return row if mishap.until is None else row | {"until": local_text(mishap.until)}


def _mishap(row: Mapping[str, Any]) -> Mishap:
    until = row.get("until")
    return Mishap(
        MishapKind(row["kind"]),
        str(row["courier_id"]),
        parse_instant(row["at"]),
        None if until is None else parse_instant(until),
    )


def _row(order: DayOrder) -> dict[str, Any]:
    # What happens on few days stands in few files.
    cancels_at = order.cancels_at
    rare = {} if cancels_at is None else {"cancels_at": local_text(cancels_at)}
    return {
        "number": order.number,
        "asked_at": local_text(order.asked_at),
        "lat": round(order.place.lat_deg, _DECIMALS),
        "lon": round(order.place.lon_deg, _DECIMALS),
        "flat": order.flat,
        "wants_at": None if order.wants_at is None else local_text(order.wants_at),
        "otherwise": order.otherwise,
        "absent": order.absent,
        **rare,
        "lines": [
            {
                "merchant_id": line.merchant_id,
                "items_value_cents": line.items_value_cents,
                "weight_g": line.weight_g,
                "volume_cm3": line.volume_cm3,
                "cold": line.cold,
                "late_s": line.late_s,
                **({"told": True} if line.told else {}),
            }
            for line in order.lines
        ],
    }


def _order(row: Mapping[str, Any]) -> DayOrder:
    wants_at, otherwise = row["wants_at"], row["otherwise"]
    cancels_at = row.get("cancels_at")
    return DayOrder(
        number=row["number"],
        asked_at=parse_instant(row["asked_at"]),
        place=Place(float(row["lat"]), float(row["lon"])),
        lines=tuple(DayLine(**line) for line in row["lines"]),
        flat=bool(row["flat"]),
        wants_at=None if wants_at is None else parse_instant(wants_at),
        otherwise=None if otherwise is None else Mode(otherwise),
        absent=bool(row["absent"]),
        cancels_at=None if cancels_at is None else parse_instant(cancels_at),
    )
