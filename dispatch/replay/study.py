"""The same days lived in one way or two: what each gave, and by how much they differ.

Decides what a study's answer holds.  A *way* is a policy with its parameters; what two ways
have in common is everything else: orders, shops' delays, weather, and the luck of the road.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dispatch.adapters.town import OpenTown
from dispatch.core.errors import Invalid
from dispatch.operations.parameters import Parameters
from dispatch.operations.past_orders import History
from dispatch.operations.statements import Outcome
from dispatch.replay.chances import sold_json
from dispatch.replay.compare import over_days, paired
from dispatch.replay.day import Day, Origin
from dispatch.replay.hindsight import Hindsight, hindsight
from dispatch.replay.kpis import Kpis, kpis_of, minutes_late
from dispatch.replay.plugs import STEPS
from dispatch.replay.policies import parameters_under, policy
from dispatch.replay.run import live
from dispatch.replay.world import Habits

#: What in the figures nobody measured.
_MADE_UP: Final[Mapping[Origin, tuple[str, ...]]] = MappingProxyType(
    {
        Origin.RECORDED: ("ways", "stays"),
        Origin.GENERATED: ("demand", "shops' delays", "absences", "weather", "ways", "stays"),
    }
)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run a day.

    changes      : of the parameters, as somebody wrote them
    weather_said : in the morning of a wet day a planner says that it is one
    """

    policy: str
    parameters: Parameters
    changes: tuple[str, ...] = ()
    weather_said: bool = True

    @property
    def title(self) -> str:
        unsaid = () if self.weather_said else ("weather unsaid",)
        return " ".join((self.policy, *self.changes, *unsaid))


@dataclass(frozen=True, slots=True)
class Result:
    """One day lived in one way.

    digest   : equal where the same happened
    possible : had everything been known; None: nobody looked
    sold     : what was said of each express promise, and whether it was kept
    late_min : of each express order handed over, minutes after its promise; below 0: before
    journal  : what happened, line by line
    """

    day: Day
    kpis: Kpis
    digest: str
    possible: Hindsight | None
    sold: tuple[Outcome, ...]
    late_min: tuple[float, ...]
    journal: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        told: dict[str, object] = {
            "day": self.day.day.isoformat(),
            "seed": self.day.seed,
            "rain": self.day.rain,
            "digest": self.digest,
            **self.kpis.as_json(),
            "sold": sold_json(self.sold),
            "late_min": [round(one, 1) for one in self.late_min],
        }
        if self.possible is not None:
            told["possible"] = self.possible.as_json()
        return told


@dataclass(frozen=True, slots=True)
class Study:
    """One or two ways, and what each gave on the same days.

    results  : one list a way
    couriers : of the town, on shift or not
    """

    ways: tuple[Way, ...]
    results: tuple[tuple[Result, ...], ...]
    couriers: int

    @property
    def figures(self) -> tuple[list[Kpis], ...]:
        """The figures of each way, day by day."""
        return tuple([result.kpis for result in some] for some in self.results)

    def as_json(self) -> dict[str, object]:
        first = self.results[0][0].day
        told: dict[str, object] = {
            "day": first.day.isoformat(),
            "town": first.town,
            "origin": first.origin.value,
            "couriers": self.couriers,
            "synthetic": list(_MADE_UP[first.origin]),
            "runs": [
                {
                    "policy": way.policy,
                    "set": list(way.changes),
                    "weather_said": way.weather_said,
                    "mean": {name: one.as_json() for name, one in over_days(figures).items()},
                    "days": [result.as_json() for result in results],
                }
                for way, results, figures in zip(self.ways, self.results, self.figures, strict=True)
            ],
        }
        if len(self.ways) == 2:
            told["difference"] = {
                name: one.as_json() for name, one in paired(*self.figures).items()
            }
        return told


def study(
    days: Sequence[Day],
    ways: Sequence[Way],
    town: OpenTown,
    *,
    steps: int = STEPS,
    look_back: int = 0,
    habits: Habits | None = None,
    history: History | None = None,
) -> Study:
    """Live every one of *days* in every one of *ways*.

    look_back : steps of the search for what was possible (``hindsight``); 0: nobody looks
    habits    : what roads and doors take; None: what ``world`` made up
    history   : how the town ordered before; None: nobody knows, and nothing is anticipated

    Raises ``Invalid`` when a day is another town's.
    """
    for day in days:
        if day.town != town.territory.name:
            raise Invalid(
                f"the day is one of {day.town}, the town is {town.territory.name}", field="town"
            )
    results = tuple(
        tuple(_result(day, way, town, steps, look_back, habits, history) for day in days)
        for way in ways
    )
    return Study(tuple(ways), results, len(town.territory.couriers))


def _result(
    day: Day,
    way: Way,
    town: OpenTown,
    steps: int,
    look_back: int,
    habits: Habits | None,
    history: History | None,
) -> Result:
    parameters = parameters_under(way.policy, way.parameters)
    decides = policy(way.policy)
    lived = live(
        day,
        town,
        parameters,
        decides,
        habits=habits,
        steps=steps,
        history=history,
        weather_said=way.weather_said,
    )
    possible = None
    if look_back:
        possible = hindsight(lived, town, parameters, habits=habits, steps=look_back)
    return Result(
        day=day,
        kpis=kpis_of(lived),
        digest=lived.digest,
        possible=possible,
        sold=lived.sold,
        late_min=minutes_late(lived),
        journal=lived.journal,
    )
