"""What does it cost to leave people the tours they have seen?

Publishes a wave, lets new orders come, and solves again with a price on every published stop
that moves, from nothing to more than any saving: what is saved against what is moved.
``python benchmarks/churn_curve.py --orders 40 --new 6``.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.common.churn import Point, answered, averaged, published_day
from benchmarks.common.picture import draw_churn
from benchmarks.common.record import keep
from dispatch.routing.solvers import engine

#: Seconds on the road that one moved stop is worth; the last is more than any move saves,
#: and less than an order.
PRICES_S = (0, 15, 30, 60, 120, 300, 900, 100_000)


def main() -> None:
    args = _arguments()
    solve = engine(args.engine)
    solve(published_day(solve, 2, 1, 1, 1, budget_s=0.1).problem, budget_s=0.1)  # compiled now
    points: dict[int, list[Point]] = {price_s: [] for price_s in PRICES_S}
    stops = 0
    for seed in range(1, args.waves + 1):
        day = published_day(solve, args.orders, args.new, args.couriers, seed, budget_s=args.budget)
        stops += day.published_stops
        for price_s in PRICES_S:
            found = answered(day, price_s, solve, budget_s=args.budget, seed=seed)
            points[price_s].append(found)
            print(f"wave {seed}: {_said(found)}", flush=True)
    curve = [averaged(points[price_s]) for price_s in PRICES_S]
    print(f"\nmean of {args.waves} waves, {stops / args.waves:g} stops published, {args.engine}")
    for point in curve:
        saved_min = (curve[-1].travel_s - point.travel_s) / 60
        print(f"{_said(point)}  saved {saved_min:6.1f} min")
    options = {key: str(value) for key, value in vars(args).items()}
    name = "churn-curve-quick" if args.quick else "churn-curve"
    path = keep(name, {"options": options, "curve": [asdict(point) for point in curve]})
    print(path)
    print(draw_churn(curve, path.with_suffix(".png")) or "no picture: matplotlib is not installed")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--orders", type=int, default=40, help="the new ones included")
    parser.add_argument("--new", type=int, default=6)
    parser.add_argument("--couriers", type=int, default=4)
    parser.add_argument("--waves", type=int, default=5)
    parser.add_argument("--budget", type=float, default=2.0, help="seconds for each answer")
    parser.add_argument("--engine", default="ruin_recreate")
    parser.add_argument("--quick", action="store_true", help="half a minute: two small waves")
    args = parser.parse_args()
    if args.quick:
        args.orders, args.new, args.couriers, args.waves, args.budget = 20, 4, 3, 2, 1.0
    return args


def _said(point: Point) -> str:
    return (
        f"{point.price_s:>6} s a stop: moved {point.moved:5.1f}  "
        f"on the road {point.travel_s / 60:6.1f} min  late {point.late_s / 60:5.1f} min  "
        f"left out {point.left_out:g}"
    )


if __name__ == "__main__":
    main()
