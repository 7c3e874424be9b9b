"""What stability costs: a published plan, new orders, and the same question at many prices.

Decides how a day is disturbed and what is counted afterwards.  The engine decides what
moves; ``schedule.moved_stops`` says what "moved" means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import mean

from benchmarks.common.waves import town_wave
from dispatch.core.errors import Broken
from dispatch.routing.check import violations
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem
from dispatch.routing.schedule import moved_stops
from dispatch.routing.solvers import Solve


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """A wave whose last orders came after its tours were published.

    problem : with ``published`` tours; every order is in it, the new ones last
    start   : the published tours as they stand, the new orders in none of them
    """

    problem: Problem
    start: tuple[tuple[int, ...], ...]

    @property
    def published_stops(self) -> int:
        return sum(map(len, self.problem.published))


@dataclass(frozen=True, slots=True)
class Point:
    """One answer at one price of churn.

    price_s  : seconds on the road that one moved stop is worth
    travel_s : on the road, priced by vehicle; ``late_s`` at the doors, ``left_out`` orders
    moved    : published stops that another vehicle does or that changed places
    """

    price_s: int
    travel_s: float
    late_s: float
    left_out: float
    moved: float


def published_day(
    solve: Solve, orders: int, new: int, couriers: int, seed: int, *, budget_s: float
) -> Day:
    """Publish the answer for the first orders of a wave, then let *new* ones come.

    Raises ``ValueError`` when not a single order would be published.
    """
    if not 0 <= new < orders:
        raise ValueError(f"{new} new orders of {orders}: at least one is published before")
    whole = town_wave(orders, couriers, seed)
    known = replace(whole, jobs=whole.jobs[: orders - new])
    published = _sequences(known, solve(known, budget_s=budget_s, seed=seed))
    return Day(replace(whole, published=published), published)


def answered(day: Day, price_s: int, solve: Solve, *, budget_s: float, seed: int) -> Point:
    """Ask *solve* for *day* with churn at *price_s*; raises ``Broken`` when a rule is broken."""
    weights = day.problem.weights
    priced = replace(weights, churn_per_stop=price_s * weights.travel_per_s)
    problem = replace(day.problem, weights=priced)
    plan = solve(problem, budget_s=budget_s, seed=seed, start=day.start)
    if broken := violations(problem, plan):
        raise Broken(f"breaks {broken[0].rule} for {broken[0].subject}")
    return Point(
        price_s=price_s,
        travel_s=plan.cost.travel / weights.travel_per_s,
        late_s=plan.cost.late / weights.late_per_s,
        left_out=len(plan.unserved),
        moved=sum(moved_stops(problem, tour.vehicle, tour.nodes) for tour in plan.tours),
    )


def averaged(points: Sequence[Point]) -> Point:
    """Return the mean of *points*, which share their price."""
    (price_s,) = {point.price_s for point in points}
    return Point(
        price_s,
        mean(point.travel_s for point in points),
        mean(point.late_s for point in points),
        mean(point.left_out for point in points),
        mean(point.moved for point in points),
    )


def _sequences(problem: Problem, plan: Plan) -> tuple[tuple[int, ...], ...]:
    tours: list[tuple[int, ...]] = [() for _ in problem.vehicles]
    for tour in plan.tours:
        tours[tour.vehicle] = tour.nodes
    return tuple(tours)
