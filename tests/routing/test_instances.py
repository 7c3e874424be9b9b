from __future__ import annotations

import csv
import os
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from dispatch.core.errors import Broken, Invalid
from dispatch.routing.instances import answer, read
from dispatch.routing.plan import Plan
from dispatch.routing.solvers import engine, greedy
from dispatch.routing.solvers.complete import plan_of

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "instances"
PUBLIC = Path(os.environ.get("DISPATCH_SHARED_DATA", ROOT.parent / "shared" / "data")) / "pdptw"

BOTH = ("two-arms-li-lim", "two-arms-sartori-buriol")
both = pytest.mark.parametrize("name", BOTH)


def text_of(name: str) -> list[str]:
    return (EXAMPLES / f"{name}.txt").read_text(encoding="utf-8").splitlines()


@both
def test_both_formats_say_the_same_town(name: str) -> None:
    instance = read(EXAMPLES / f"{name}.txt")
    assert instance.node_ids == (1, 6, 2, 7, 3, 8, 4, 9, 5, 10)
    assert instance.distance[6, 5] == 10  # from +6 to -4
    assert instance.problem.jobs[0].drop.windows == ((0, 40),)
    assert instance.scale == 1


@both
@pytest.mark.parametrize("engine_name", ["ortools", "greedy"])
def test_the_answer_is_in_the_files_words(name: str, engine_name: str) -> None:
    instance = read(EXAMPLES / f"{name}.txt")
    plan = engine(engine_name)(instance.problem, budget_s=0.2)
    said = answer(instance, plan, 0.2, engine_name)
    assert said["vehicles"] == 2 and said["unserved"] == [] and said["checked"] is True
    assert isinstance(said["routes"], list)
    assert sorted(number for route in said["routes"] for number in route) == list(range(1, 11))
    assert (said["engine"], said["seconds"]) == (engine_name, 0.2)


@both
def test_ortools_finds_the_known_optimum_of_two_arms(name: str) -> None:
    instance = read(EXAMPLES / f"{name}.txt")
    plan = engine("ortools")(instance.problem, budget_s=0.3)
    said = answer(instance, plan, 0.3, "ortools")
    assert said["cost"] == 46.0
    routes = said["routes"]
    assert isinstance(routes, list)
    assert sorted(routes) == [[1, 2, 6, 3, 7, 8], [4, 9, 5, 10]]  # either vehicle


def test_a_path_and_its_text_are_the_same_instance() -> None:
    path = EXAMPLES / "two-arms-li-lim.txt"
    by_path, by_text = read(path), read(path.read_text(encoding="utf-8"))
    assert by_path.name == "two-arms-li-lim"
    assert by_path.problem.jobs == by_text.problem.jobs
    assert (by_path.distance == by_text.distance).all()


def test_decimal_distances_are_rounded_up_to_a_millionth() -> None:
    lines = ["1\t5\t1", "0 0 0 0 0 9 0 0 0", "1 1 1 2 0 9 0 0 2", "2 0 2 -2 0 9 0 1 0"]
    instance = read("\n".join(lines) + "\n")
    assert instance.scale == 10**6
    assert int(instance.problem.travel_s[0][0, 1]) == 1_414_214  # √2 = 1.41421356…
    assert instance.problem.vehicles[0].until_s == 9_000_000
    said = answer(instance, greedy.solve(instance.problem, budget_s=1), 0, "greedy")
    assert said["cost"] == pytest.approx(2 + 2 * 2**0.5, abs=1e-12)


def test_what_nobody_does_is_listed_by_number() -> None:
    lines = text_of("two-arms-li-lim")
    lines[9] = lines[9].replace("\t0\t60\t", "\t0\t9\t")  # d3 at 10 closes at 9
    instance = read("\n".join(lines))
    said = answer(instance, greedy.solve(instance.problem, budget_s=1), 0, "greedy")
    assert said["unserved"] == [3, 8]


def test_one_vehicle_less_is_worth_any_detour() -> None:
    instance = read(EXAMPLES / "two-arms-li-lim.txt")
    zigzag = [0, 8, 10, 7, 5, 6, 9, 3, 4, 2, 1, 0]  # from one end of the street to the other
    detour = sum(instance.distance[a, b] for a, b in pairwise(zigzag))
    weights = instance.problem.weights
    assert detour == 98 < weights.vehicle_used
    assert weights.unserved > 2 * weights.vehicle_used + detour


@pytest.mark.parametrize(
    ("name", "line", "text", "message"),
    [
        (BOTH[0], 1, "2\t10", "line 1: unknown format; expected Li & Lim"),
        (BOTH[0], 1, "2.5\t10\t1", "line 1: 2.5 vehicles, expected a whole number"),
        (BOTH[0], 2, "3\t0\t0\t0\t0\t60\t0\t0\t0", "line 2: expected the depot first"),
        (BOTH[0], 3, "1\t1\t0\t4\t0\t60\t2\t0", "line 3: 8 columns, expected 9: id, x, y"),
        (BOTH[0], 3, "1\t1\t0\t4\t0\tnan\t2\t0\t6", "line 3: 'nan' is not a finite number"),
        (BOTH[0], 3, "1\t1\t0\tfour\t0\t60\t2\t0\t6", "line 3: 'four' is not a number"),
        (BOTH[0], 3, "1\t1\t0\t4\t61\t60\t2\t0\t6", "line 3: the window is empty: 61 to 60"),
        (BOTH[0], 3, "1\t1\t0\t4\t0\t60\t-2\t0\t6", "line 3: the service time is negative"),
        (BOTH[0], 3, "1\t1\t0\t4\t0\t60\t2\t0\t7", "task 7, but that one points to 2"),
        (BOTH[0], 3, "1\t1\t0\t4\t0\t60\t2\t0\t77", "task 77, which the file does not have"),
        (BOTH[0], 3, "1\t1\t0\t4\t0\t60\t2\t3\t6", "line 3: task 1 names 3 as its pickup and 6"),
        (BOTH[0], 3, "1\t1\t0\t5\t0\t60\t2\t0\t6", "line 3: task 1 fetches 5 but task 6 drops 4"),
        (BOTH[0], 3, "1\t1\t0\t4\t0\t60\t2\t0\t6.5", "line 3: 6.5 is not a task number"),
        (BOTH[0], 4, "1\t2\t0\t4\t0\t60\t2\t0\t7", "line 4: task 1 is there twice"),
        (BOTH[1], 5, "SIZE: many", "line 5: 'many' is not a number"),
        (BOTH[1], 5, "SIZE: 12", "line 24: expected EDGES after 12 nodes"),
        (BOTH[1], 10, "CAPACITIES: 10", "the head has no CAPACITY"),
        (BOTH[1], 3, "no comment", "line 3: 'no comment', expected KEY: value or NODES"),
        (BOTH[1], 25, "1 0 1", "line 25: 3 columns, expected 11: 11 travel times"),
        (BOTH[1], 25, "-1 0 1 2 3 5 5 7 9 7 9", "line 25: a travel time is negative: -1"),
    ],
)
def test_bad_input_names_its_line_and_what_was_expected(
    name: str, line: int, text: str, message: str
) -> None:
    lines = text_of(name)
    lines[line - 1] = text
    with pytest.raises(Invalid, match=message):
        read("\n".join(lines))


@both
@pytest.mark.parametrize("part", [0.02, 0.25, 0.5, 0.75, 0.9])
def test_a_file_cut_off_is_never_read_as_a_smaller_one(name: str, part: float) -> None:
    text = "\n".join(text_of(name))
    with pytest.raises(Invalid, match="line "):
        read(text[: int(len(text) * part)] + "\n")


def test_what_is_no_instance_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot read"):
        read(tmp_path / "nowhere.txt")
    (tmp_path / "photo.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Invalid, match="not a text file"):
        read(tmp_path / "photo.txt")
    with pytest.raises(Invalid, match="unknown format"):
        read("Dear Sir or Madam,\n")
    with pytest.raises(Invalid, match="unknown format"):
        read("\n")


def test_an_answer_that_breaks_a_rule_is_never_called_checked() -> None:
    instance = read(EXAMPLES / "two-arms-li-lim.txt")
    good = plan_of(instance.problem, [(0, 2, 1, 4, 3, 5), (6, 7, 8, 9)], "hand")
    assert answer(instance, good, 0, "hand")["cost"] == 46.0
    with pytest.raises(Broken, match="served_wrongly"):
        answer(instance, replace(good, tours=good.tours[:1]), 0, "hand")


def test_the_textbook_check_does_not_trust_the_problem() -> None:
    """A problem made laxer than its file: the house's rules hold, the file's do not."""
    instance = read(EXAMPLES / "two-arms-li-lim.txt")
    lax = replace(
        instance.problem,
        vehicles=tuple(replace(v, capacity=(99,)) for v in instance.problem.vehicles),
    )
    plan: Plan = plan_of(lax, [(0, 2, 4, 1, 3, 5), (6, 7, 8, 9)], "hand")
    with pytest.raises(Broken, match="the load is 12 after task 3, capacity 10"):
        answer(replace(instance, problem=lax), plan, 0, "hand")
    late = replace(
        instance.problem,
        vehicles=tuple(replace(v, until_s=999) for v in instance.problem.vehicles),
    )
    plan = plan_of(late, [(6, 7, 8, 9, 0, 2, 1, 4, 3, 5), ()], "hand")
    with pytest.raises(Broken, match="a vehicle is back 6 after the depot closes"):
        answer(replace(instance, problem=late), plan, 0, "hand")
    tasks = list(instance.sheet.tasks)
    tasks[6] = replace(tasks[6], pickup=0, delivery=99)
    plan = plan_of(instance.problem, [(0, 2, 1, 4, 3, 5), (6, 7, 8, 9)], "hand")
    with pytest.raises(Broken, match="task 6 is never delivered"):
        answer(replace(instance, sheet=replace(instance.sheet, tasks=tuple(tasks))), plan, 0, "")


public = pytest.mark.skipif(
    not (PUBLIC / "best_known.csv").exists(), reason=f"no public instances in {PUBLIC}"
)


@public
@pytest.mark.parametrize("name", ["lc204", "lrc202", "bar-n100-1", "poa-n200-5"])
def test_public_instances_are_read_and_answered(name: str) -> None:
    instance = read(PUBLIC / f"{name}.txt")
    with (PUBLIC / "best_known.csv").open(encoding="utf-8") as lines:
        best = {row["instance"]: row for row in csv.DictReader(lines)}[name]
    said = answer(instance, greedy.solve(instance.problem, budget_s=1), 0, "greedy")
    assert said["unserved"] == []
    assert isinstance(said["vehicles"], int) and isinstance(said["cost"], float)
    assert said["vehicles"] >= int(best["vehicles"])
    if said["vehicles"] == int(best["vehicles"]):
        assert said["cost"] >= int(best["cost"]) - 1


def test_a_negative_capacity_names_its_line() -> None:
    example = Path(__file__).parents[2] / "examples" / "instances"
    for path in sorted(example.glob("*.txt")):
        text = path.read_text()
        broken = re.sub(r"(CAPACITY: *)\d+", r"\g<1>-5", text)
        if broken == text:
            head, _, rest = text.partition("\n")
            vehicles, _, speed = head.split()
            broken = f"{vehicles}\t-5\t{speed}\n{rest}"
        with pytest.raises(Invalid, match=r"line \d+: .*negative: -5"):
            read(broken)
