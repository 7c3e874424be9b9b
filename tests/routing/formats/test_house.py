"""The house's own JSON: nothing is lost, nothing wrong is read, and what is wrong is named."""

from __future__ import annotations

import copy
import json
from dataclasses import fields, replace
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from dispatch.core.places import UNREACHABLE_S
from dispatch.routing.check import violations
from dispatch.routing.formats.house_reading import read_problem
from dispatch.routing.formats.house_words import PlanSaid, ProblemSaid
from dispatch.routing.formats.house_writing import document_of, plan_document
from dispatch.routing.plan import Cost, Plan
from dispatch.routing.problem import Problem, Weights
from dispatch.routing.solvers import engine, greedy
from tests.routing.formats.documented import example
from tests.routing.special_towns import special_days
from tests.routing.towns import courier, errand, halt, street, town

some = settings(max_examples=40, deadline=None)
few = settings(max_examples=20, deadline=None)


def assert_same(one: Problem, other: Problem) -> None:
    for field in fields(Problem):
        if field.name != "travel_s":
            assert getattr(one, field.name) == getattr(other, field.name), field.name
    assert len(one.travel_s) == len(other.travel_s)
    for mine, theirs in zip(one.travel_s, other.travel_s, strict=True):
        assert mine.dtype == theirs.dtype
        assert np.array_equal(mine, theirs)


@some
@given(special_days(), st.data())
def test_a_problem_written_and_read_again_is_the_same_problem(
    day: Problem, data: st.DataObject
) -> None:
    frozen = data.draw(st.sampled_from([(), day.published]))
    day = replace(day, frozen=frozen)
    text = document_of(day, "a day").model_dump_json()
    said, again = read_problem(text)
    assert said.name == "a day"
    assert_same(day, again)


def test_where_there_is_no_road_there_is_null() -> None:
    legs_s = street(3)
    legs_s[0, 2] = UNREACHABLE_S
    text = document_of(town(travel=(legs_s,))).model_dump_json()
    assert json.loads(text)["travel_s"]["0"][0] == [0, 1, None]
    assert_same(read_problem(text)[1], town(travel=(legs_s,)))


def test_fields_left_out_have_the_defaults_of_the_model() -> None:
    least = {
        "format": "dispatch-problem/1",
        "travel_s": {"foot": [[0]]},
        "vehicles": [{"id": "lea", "profile": "foot", "start": 0, "from_s": 0, "until_s": 9}],
        "jobs": [{"id": "knock", "drop": {"place": 0, "windows": [[0, 9]]}}],
    }
    _, problem = read_problem(json.dumps(least))
    assert problem.weights == Weights()
    assert problem.jobs[0].priority == 1
    assert problem.vehicles[0].end is None
    assert greedy.solve(problem, budget_s=0.1).unserved == ()


@pytest.mark.parametrize(
    ("said", "name"), [(ProblemSaid, "dispatch-problem/1"), (PlanSaid, "dispatch-plan/1")]
)
def test_the_documented_examples_are_what_the_schema_says(
    said: type[ProblemSaid | PlanSaid], name: str
) -> None:
    jsonschema.validate(json.loads(example(name)), said.model_json_schema())
    said.model_validate_json(example(name))


def test_the_documented_plan_is_the_answer_to_the_documented_problem() -> None:
    said, problem = read_problem(example("dispatch-problem/1"))
    plan = engine("ortools")(problem, budget_s=0.3)
    told = plan_document(problem, plan, seconds=5.0, name=said.name)
    told = told.model_copy(update={"engine": "ortools"})
    assert told.model_dump(mode="json", exclude_none=True) == json.loads(example("dispatch-plan/1"))


WRONG: dict[str, tuple[list[str | int], Any]] = {
    "vehicles[0].capacity[0]: should be a valid integer": (["vehicles", 0, "capacity"], ["many"]),
    "vehicles[0].wheels: unknown field": (["vehicles", 0, "wheels"], 2),
    "vehicles[0].profile: 'boat' is not": (["vehicles", 0, "profile"], "boat"),
    "vehicles[0].start: 9 is not one of 4 places": (["vehicles", 0, "start"], 9),
    "vehicles[0]: vehicle lea ends its shift": (["vehicles", 0, "until_s"], -1),
    "vehicles[0].capacity": (["vehicles", 0, "capacity"], [-1]),
    "vehicles[1].id: 'lea' stands twice": (["vehicles"], None),
    "jobs[0].drop: is missing": (["jobs", 0, "drop"], None),
    "jobs[0].drop: window is empty: 9 to 3": (["jobs", 0, "drop", "windows"], [[9, 3]]),
    "jobs[0].drop.windows[0]": (["jobs", 0, "drop", "windows"], [[9]]),
    "jobs[0].drop.place: 4 is not one of 4": (["jobs", 0, "drop", "place"], 4),
    "jobs[0].drop.load: 2 amounts": (["jobs", 0, "drop", "load"], [1, 2]),
    "jobs[0].pickups[1].load: 0 amounts": (["jobs", 0, "pickups", 1, "load"], []),
    "jobs[0]: job order-1 fetches": (["jobs", 0, "drop", "load"], [7]),
    "jobs[0].vehicles[0]: there is no vehicle 'max'": (["jobs", 0, "vehicles"], ["max"]),
    "jobs[0].priority": (["jobs", 0, "priority"], True),
    "travel_s.bike[1]: 3 entries, expected 4": (["travel_s", "bike", 1], [0, 1, 2]),
    "travel_s.bike[1][1]": (["travel_s", "bike", 1, 1], -1),
    "travel_s: ": (["travel_s"], {}),
    "places: 1 names for 4 rows": (["places"], ["base"]),
    "weights.unserved: times": (["weights", "unserved"], 10**15),
    "weights.travel_per_s: times": (["weights", "travel_per_s"], 10**15),
    "weights.late: unknown field": (["weights", "late"], 3),
    "published.max: there is no vehicle": (["published"], {"max": []}),
    "published.lea[0].job: there is no job": (["published", "lea", 0, "job"], "order-2"),
    "published.lea[0].pickup: job 'order-1' has 2": (["published", "lea", 0, "pickup"], 2),
    "published.lea[2].pickup: a drop": (["published", "lea", 2, "pickup"], 0),
    "document: published has a node twice": (["published", "lea", 0, "pickup"], 0),
    "format": (["format"], "dispatch-problem/2"),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_wrong_is_named_by_its_path(message: str) -> None:
    path, value = WRONG[message]
    document = json.loads(example("dispatch-problem/1"))
    if message.startswith("weights.unserved"):
        document["jobs"][0]["priority"] = 10**6
    inner = document
    for part in path[:-1]:
        inner = inner[part]
    if value is None and path == ["vehicles"]:
        inner["vehicles"].append(copy.deepcopy(inner["vehicles"][0]))
    elif value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    with pytest.raises(Invalid) as refused:
        read_problem(json.dumps(document))
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)
    assert refused.value.field is not None
    assert str(refused.value).startswith(refused.value.field)


@few
@given(special_days())
def test_a_plan_is_told_by_the_names_of_jobs_and_vehicles(day: Problem) -> None:
    plan = greedy.solve(day, budget_s=0.1)
    told = plan_document(day, plan, seconds=0.1)
    assert told.checked
    assert told.cost.total == plan.cost.total
    assert [item.job for item in told.unserved] == [item.job_id for item in plan.unserved]
    index = {vehicle.vehicle_id: v for v, vehicle in enumerate(day.vehicles)}
    for said, tour in zip(told.tours, plan.tours, strict=True):
        assert index[said.vehicle] == tour.vehicle
        for stop, planned in zip(said.stops, tour.stops, strict=True):
            job = day.jobs[day.job_of[planned.node]]
            own = job.drop if stop.kind == "drop" else job.pickups[stop.pickup or 0]
            assert (stop.job, stop.place) == (job.job_id, own.place)
            assert own is day.visits[planned.node]
            assert stop.begin_s == planned.begin_s


def test_a_plan_that_breaks_rules_says_so() -> None:
    day = town(errand("a", halt(1), halt(2)), vehicles=(courier(),))
    forgetful = Plan((), (), Cost(), "forgetful")
    broken = [violation.rule for violation in violations(day, forgetful)]
    told = plan_document(day, forgetful, seconds=0.1, broken=broken)
    assert not told.checked
    assert told.broken == ("served_wrongly",)
