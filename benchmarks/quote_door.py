"""How long does a shop wait for a quote at 50 a second, and what would solving again cost?

    python benchmarks/quote_door.py [--postgres URL|own] [--workers N] [--no-peers]
    python benchmarks/quote_door.py --all     # both databases, 1 and 2 workers, 15, 30 and 50/s

A real ``dispatch serve`` over HTTP, on a day of 200 open orders; a second process asks, and
latency is counted from the instant each request was due.  The same questions are then put
to VROOM, which solves the day again for every window, and every yes to the checker.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx

from benchmarks.common.bench_day import (
    Customers,
    bench_served,
    book_day,
    database_server,
    make_installation,
)
from benchmarks.common.engines import version_of
from benchmarks.common.open_loop import Asked, load
from benchmarks.common.record import keep
from benchmarks.common.resolve import ask_vroom, kept_by, questions
from dispatch.app import open_house
from dispatch.operations.ports import Ports
from tests.databases import Server
from tests.installation import Served

ORDERS = 200
PER_S = 50.0
#: Of ``--all``: quotes a second, and for how many seconds.  Holds of one remain for the next.
RATES = ((15.0, 10), (30.0, 10), (50.0, 20))
WORKERS = (1, 2)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One window of one quote: our answer, the checker's about it, VROOM's, and VROOM's CPU.

    kept : None where we said no
    """

    ours: bool
    kept: bool | None
    vroom: bool
    vroom_cpu_s: float


def main() -> None:
    said = _said()
    if said.all:
        print(keep("quote-door-all", {"runs": _everywhere(said)}))
        return
    seconds = said.seconds or (4 if said.quick else 60)
    with database_server(said.postgres) as server, _open_day(said, server, said.workers) as day:
        figures: dict[str, Any] = {"open_orders": day.orders, "workers": said.workers or 1}
        if said.peers and version_of("vroom"):
            quotes = said.quotes or (1 if said.quick else 10)
            figures |= _agreement(day.served, day.data_dir, day.key, quotes, said.exploration)
        else:
            print("VROOM was left out: the extra `bench` is not installed, or --no-peers")
        figures |= _waiting(day, said.per_s, seconds)
    if "vroom_cpu_ms" in figures:
        ratio = figures["vroom_cpu_ms"] * figures["windows_a_quote"] / figures["server_cpu_ms"]
        figures["vroom_over_server_cpu"] = round(ratio, 1)
        print(f"solving every window of a quote again costs {ratio:.0f} x the server's CPU")
    print(keep("quote-door" if server is None else "quote-door-postgresql", figures))


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A served day with so many open orders, and a storefront's key to it."""

    served: Served
    data_dir: Path
    key: str
    orders: int


@contextmanager
def _open_day(
    said: argparse.Namespace, server: Server | None, workers: int | None
) -> Iterator[OpenDay]:
    options = ["--no-jobs"] + (["--workers", str(workers)] if workers else [])
    with TemporaryDirectory() as scratch:
        data_dir = Path(scratch)
        make_installation(data_dir)
        with bench_served(data_dir, *options, server=server) as (served, key):
            wanted = said.orders or (30 if said.quick else ORDERS)
            orders = book_day(served.url, data_dir, key, wanted)
            print(f"{orders} orders are open; 40 shops, 6 couriers")
            yield OpenDay(served, data_dir, key, orders)


def _everywhere(said: argparse.Namespace) -> list[dict[str, Any]]:
    """Load each database with one worker and with two, at growing rates on the same day."""
    runs: list[dict[str, Any]] = []
    for kind, postgres in (("sqlite", None), ("postgresql", said.postgres or "own")):
        with database_server(postgres) as server:
            for workers in WORKERS:
                with _open_day(said, server, workers) as day:
                    told = {"database": kind, "workers": workers, "open_orders": day.orders}
                    for seed, (per_s, seconds) in enumerate(RATES, start=3):
                        print(f"-- {kind}, {workers} workers")
                        runs.append(told | _waiting(day, per_s, said.seconds or seconds, seed))
    return runs


def _waiting(day: OpenDay, per_s: float, seconds: int, seed: int = 3) -> dict[str, Any]:
    """Load the server, and print how long answers took."""
    customers = Customers(day.data_dir, seed)
    bodies = [customers.order() for _ in range(round(per_s * seconds))]
    before_s, others = day.served.web_cpu_s, os.getloadavg()[0]
    asked, client_cpu_s = load(day.served.url, "/v1/quotes", bodies, day.key, per_s)
    cpu_ms = 1000 * (day.served.web_cpu_s - before_s) / len(asked)
    took = sorted(one.latency_ms for one in asked)
    statuses = Counter(one.status for one in asked)
    some = sum(one.express > 0 for one in asked) / len(asked)
    print(f"{len(asked)} quotes at {per_s:g}/s, statuses {dict(statuses)}")
    print(f"p50 {_at(took, 50):.1f} ms  p99 {_at(took, 99):.1f} ms  max {took[-1]:.1f} ms")
    print(f"server {cpu_ms:.1f} ms CPU a quote; the asking process {client_cpu_s:.1f} s in all")
    print(f"the machine's load was {others:.1f} before")
    print(f"express was offered to {100 * some:.0f} % ({_by_quarter(asked)} % by quarter)")
    return {
        "per_s": per_s,
        "quotes": len(asked),
        "statuses": {str(status): n for status, n in statuses.items()},
        "p50_ms": round(_at(took, 50), 1),
        "p90_ms": round(_at(took, 90), 1),
        "p99_ms": round(_at(took, 99), 1),
        "max_ms": round(took[-1], 1),
        "server_cpu_ms": round(cpu_ms, 2),
        "client_cpu_s": round(client_cpu_s, 1),
        "load_before": round(others, 1),
        "express_offered": round(some, 3),
        "express_offered_by_quarter_percent": _by_quarter(asked),
    }


def _by_quarter(asked: Sequence[Asked]) -> list[int]:
    """Per cent of quotes with express, in each quarter of the run: holds fill the day."""
    n = max(1, len(asked) // 4)
    quarters = [asked[k * n : (k + 1) * n] for k in range(4)]
    return [round(100 * sum(a.express > 0 for a in q) / max(1, len(q))) for q in quarters]


def _at(took: Sequence[float], percent: int) -> float:
    return took[min(len(took) - 1, len(took) * percent // 100)]


def _agreement(
    served: Served, data_dir: Path, key: str, quotes: int, exploration: int
) -> dict[str, Any]:
    """Put the same questions to the door and to VROOM, one after the other, and compare."""
    ports, customers = open_house(data_dir).ports, Customers(data_dir, seed=2)
    verdicts: list[Verdict] = []
    before_s, answered = served.web_cpu_s, 0
    for _ in range(quotes):
        body = customers.order()
        verdicts += _verdicts(body, served.url, key, ports, exploration)
        answered += 1
    door_ms = 1000 * (served.web_cpu_s - before_s) / answered
    matrix = Counter((v.ours, v.vroom) for v in verdicts)
    same = sum(matrix[yes, yes] for yes in (True, False)) / len(verdicts)
    refused = sum(v.kept is False for v in verdicts)
    cpu_ms = 1000 * sum(v.vroom_cpu_s for v in verdicts) / len(verdicts)
    print(f"{len(verdicts)} windows of {quotes} quotes, {version_of('vroom')}, level {exploration}")
    print("              VROOM yes   VROOM no")
    for ours, word in ((True, "door yes"), (False, "door no ")):
        print(f"    {word}  {matrix[ours, True]:>9} {matrix[ours, False]:>10}")
    print(f"the same answer in {100 * same:.1f} %; the checker refused {refused} of our yes")
    print(f"VROOM {cpu_ms:.0f} ms CPU a window; the door {door_ms:.1f} ms a quote of all of them")
    return {
        "windows": len(verdicts),
        "windows_a_quote": round(len(verdicts) / quotes, 1),
        "exploration": exploration,
        "matrix": {f"door {a}, vroom {b}": matrix[a, b] for a in (1, 0) for b in (1, 0)},
        "same_answer": round(same, 4),
        "yes_the_checker_refused": refused,
        "vroom_cpu_ms": round(cpu_ms, 1),
        "door_cpu_ms_unloaded": round(door_ms, 1),
        "verdicts": [asdict(v) for v in verdicts],
    }


def _verdicts(
    body: dict[str, Any], url: str, key: str, ports: Ports, exploration: int
) -> list[Verdict]:
    """The day is read just before the door is asked: both see the same one."""
    asked = questions(body, ports)
    head = {"Authorization": f"Bearer {key}"}
    told = httpx.post(f"{url}/v1/quotes", json=body, headers=head, timeout=30).json()
    options = [option for option in told["options"] if option["mode"] == "express"]
    if len(options) != len(asked):
        return []  # no promise can be made, whoever drives; or an hour struck in between
    found = []
    for question, option in zip(asked, options, strict=True):
        yes = bool(option["offered"])
        kept = kept_by(question, option["witness"]["tour"]) if yes else None
        found.append(Verdict(yes, kept, *ask_vroom(question.problem, exploration)))
    return found


def _said() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="everywhere, without VROOM: 5 minutes")
    parser.add_argument("--quick", action="store_true", help="30 orders, 4 s, one quote compared")
    parser.add_argument("--orders", type=int, help=f"open orders (default {ORDERS})")
    parser.add_argument("--per-s", type=float, default=PER_S, help="requests a second")
    parser.add_argument("--seconds", type=int, help="how long (default 60)")
    parser.add_argument("--quotes", type=int, help="quotes compared with VROOM (default 10)")
    parser.add_argument("--exploration", type=int, default=0, help="VROOM's, 0 quick to 5 thorough")
    parser.add_argument("--postgres", help="a server's URL, or own (default: a file of SQLite)")
    parser.add_argument("--workers", type=int, help="web workers (default: what serve takes)")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    return parser.parse_args()


if __name__ == "__main__":
    main()
