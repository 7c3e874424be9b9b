"""What was said of promises on replayed days, as a study's file has it, and what it teaches.

Decides how it is spelt, and how what was learnt is called.  How it is learnt is
``tracking.lived_again``'s question.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dispatch.core.errors import Invalid
from dispatch.operations.statements import Outcome
from dispatch.tracking.lived_again import curve
from dispatch.tracking.made_up import Curve
from dispatch.tracking.reliability import Statement


@dataclass(frozen=True, slots=True)
class SoldDays:
    """The promises of one study: chances as the tours stood, and whether they were kept.

    policy : the study's first, with what was set for it, and whether the weather was said
    """

    town: str
    origin: str
    couriers: int
    policy: str
    days: int
    sold: tuple[Statement, ...]


def sold_json(sold: Sequence[Outcome]) -> dict[str, list[object]]:
    """Return what was said of *sold*, as the tours stood, and whether each was kept."""
    return {
        "as_it_stands": [one.chance.as_it_stands for one in sold],
        "spare_s": [one.chance.spare_s for one in sold],
        "kept": [one.kept for one in sold],
    }


def read_sold(path: Path) -> SoldDays:
    """Return the promises of a study's first way: of what ``dispatch replay --json`` wrote.

    Raises ``Invalid`` naming the file.
    """
    try:
        study = json.loads(path.read_text(encoding="utf-8"))
        run = study["runs"][0]
        sold = tuple(one for day in run["days"] for one in _statements(day["sold"]))
        # A study of before weather could be said does not tell.
        weather = ["weather said"] if run.get("weather_said") else []
        policy = ", ".join([" ".join([run["policy"], *run["set"]]), *weather])
        return SoldDays(
            town=str(study["town"]),
            origin=str(study["origin"]),
            couriers=int(study["couriers"]),
            policy=policy,
            days=len(run["days"]),
            sold=sold,
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError) as why:
        raise Invalid(
            f"{path} is no study of dispatch replay --json: {why!r}", field="file"
        ) from why


def learnt_from(studies: Sequence[SoldDays], today: date) -> Curve:
    """Return what chances come to by all of *studies*, named by them.

    Raises ``Invalid`` for fewer promises than teach anything.
    """
    of = sorted(
        {
            f"{one.origin} days of {one.town} with {one.couriers} couriers, {one.policy}"
            for one in studies
        }
    )
    days = sum(one.days for one in studies)
    sold = [said for one in studies for said in one.sold]
    try:
        return curve(sold, f"{days} {' and '.join(of)}, {today.isoformat()}")
    except ValueError as why:
        raise Invalid(str(why), field="learn-from") from why


def _statements(sold: Mapping[str, Any]) -> list[Statement]:
    told = zip(sold["as_it_stands"], sold["kept"], sold["spare_s"], strict=True)
    return [
        Statement(float(p), bool(kept), None if spare_s is None else float(spare_s))
        for p, kept, spare_s in told
    ]
