"""VROOM's JSON: every plan is valid by VROOM's own rules, and what cannot be said is refused."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings

from dispatch.core.errors import Invalid
from dispatch.routing.check import violations
from dispatch.routing.formats import vroom_answer
from dispatch.routing.formats.strict import validated
from dispatch.routing.formats.vroom_problem import Question, question_of
from dispatch.routing.formats.vroom_words import QuestionSaid
from dispatch.routing.solvers import engine
from tests.routing.formats.documented import example
from tests.routing.formats.vroom_days import matrix, questions
from tests.routing.formats.vroom_rules import Json, broken

BASE = {"id": 1, "start_index": 0, "end_index": 0, "capacity": [2]}


def read(question: Json, kmh: float | None = None) -> Question:
    return question_of(validated(QuestionSaid, json.dumps(question)), kmh)


def solved(question: Json, name: str = "greedy", kmh: float | None = None) -> Json:
    """The answer to *question*, after our checker and VROOM's rules have both accepted it."""
    read_it = read(question, kmh)
    plan = engine(name)(read_it.problem, budget_s=0.3, start=read_it.start)
    assert violations(read_it.problem, plan) == []
    answer = vroom_answer.answer(read_it, plan, seconds=0.3)
    if kmh is None:
        assert broken(question, answer) == []
    return answer


def street(*jobs: Json, vehicle: Json | None = None, **more: Any) -> Json:
    """A question on a street of twelve houses, one second from one to the next."""
    return {
        "matrices": {"car": {"durations": matrix()}},
        "vehicles": [{**BASE, **(vehicle or {})}],
        "jobs": list(jobs),
        **more,
    }


def steps(answer: Json, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(step.get(name) for name in names) for step in answer["routes"][0]["steps"]]


@settings(max_examples=80, deadline=None)
@given(questions())
def test_every_plan_is_valid_in_vrooms_eyes(question: Json) -> None:
    solved(question)


def test_the_documented_example_is_answered_as_documented() -> None:
    question = json.loads(example("vroom"))
    answer = solved(question, "ortools")
    told = json.loads(example("vroom answer"))
    assert {name: answer["summary"][name] for name in told["summary"]} == told["summary"]
    assert answer["unassigned"] == told["unassigned"]
    assert answer["code"] == told["code"]


def test_setup_that_nothing_shares_is_done_inside_the_window() -> None:
    """Open from 5 to 5: VROOM begins the setup of 3 then, and serves after the window."""
    job = {"id": 7, "location_index": 5, "setup": 3, "service": 2, "time_windows": [[5, 5]]}
    assert steps(solved(street(job)), "type", "arrival", "setup", "service") == [
        ("start", 0, 0, 0),
        ("job", 5, 3, 2),
        ("end", 15, 0, 0),
    ]


def test_two_tasks_at_one_place_share_their_setup() -> None:
    jobs = [{"id": n, "location_index": 5, "setup": 3, "service": 2} for n in (1, 2)]
    answer = solved(street(*jobs))
    assert [setup for (setup,) in steps(answer, "setup")] == [0, 3, 0, 0]
    assert answer["routes"][0]["steps"][-1]["arrival"] == 5 + 3 + 2 + 2 + 5


def test_shared_setup_is_over_before_the_window_would_end() -> None:
    """Where setup may be shared a window [4, 9] is read as [7, 9] for service."""
    jobs = [
        {"id": n, "location_index": 5, "setup": 3, "time_windows": [[4, 9]], "service": n}
        for n in (1, 2)
    ]
    problem = read(street(*jobs)).problem
    assert [visit.windows for visit in problem.visits] == [((7, 9),), ((7, 9),)]


def test_deliveries_are_loaded_at_the_start_and_never_reloaded() -> None:
    """Two places, three parcels of one, all from the base: one is left, whatever the time."""
    jobs = [{"id": n, "location_index": n, "delivery": [1]} for n in (1, 2, 3)]
    answer = solved(street(*jobs), "ortools")
    assert answer["summary"]["unassigned"] == 1
    assert [load for (load,) in steps(answer, "load")] == [[2], [1], [0], [0]]


def test_goods_taken_along_are_on_board_until_the_end() -> None:
    jobs = [{"id": n, "location_index": n, "pickup": [1]} for n in (1, 2, 3)]
    answer = solved(street(*jobs), "ortools")
    assert answer["summary"]["unassigned"] == 1
    assert answer["summary"]["pickup"] == [2]
    assert answer["routes"][0]["steps"][-1]["load"] == [2]


def test_a_vehicle_without_start_begins_at_its_first_task() -> None:
    vehicle = {"start_index": None, "end_index": 0}
    job = {"id": 1, "location_index": 9}
    answer = solved(street(job, vehicle={**vehicle}))
    assert steps(answer, "type", "location_index", "duration") == [
        ("start", 9, 0),
        ("job", 9, 0),
        ("end", 0, 9),
    ]


def test_a_break_that_the_tour_does_not_need_is_taken_after_it() -> None:
    vehicle = {"breaks": [{"id": 4, "service": 5, "time_windows": [[50, 60]]}]}
    answer = solved(street({"id": 1, "location_index": 3}, vehicle=vehicle))
    assert steps(answer, "type", "arrival", "waiting_time", "service")[2:] == [
        ("break", 6, 44, 5),
        ("end", 55, 0, 0),
    ]


def test_breaks_leave_room_for_those_after_them() -> None:
    """Until 100: the later break of 10 begins by 90, so the one of 20 before it by 70."""
    breaks = [
        {"id": 1, "service": 20, "time_windows": [[0, 95]]},
        {"id": 2, "service": 10, "time_windows": [[10, 200]]},
    ]
    question = street(vehicle={"time_window": [0, 100], "breaks": breaks})
    (vehicle,) = read(question).problem.vehicles
    assert [pause.windows for pause in vehicle.breaks] == [((0, 70),), ((10, 90),)]


def test_a_task_of_higher_priority_outweighs_any_number_of_others() -> None:
    """Time for house 9 alone, or for houses 1, 2 and 3."""
    jobs: list[Json] = [{"id": n, "location_index": n, "service": 2} for n in (1, 2, 3)]
    vehicle = {"time_window": [0, 18]}
    far = {"id": 9, "location_index": 9, "priority": 1}
    assert solved(street(*jobs, far, vehicle=vehicle), "ortools")["summary"]["priority"] == 1
    equal = {**far, "priority": 0}
    assert solved(street(*jobs, equal, vehicle=vehicle), "ortools")["summary"]["unassigned"] == 1


def test_a_task_whose_skills_nobody_has_is_unassigned_with_that_reason() -> None:
    answer = solved(street({"id": 1, "location_index": 3, "skills": [5]}))
    assert answer["routes"] == []
    assert answer["unassigned"] == [
        {"id": 1, "type": "job", "location_index": 3, "reason": "skills"}
    ]


def test_the_cheaper_vehicle_by_the_hour_goes() -> None:
    question = street({"id": 1, "location_index": 10})
    question["vehicles"] = [
        {**BASE, "costs": {"per_hour": 7200, "fixed": 5}},
        {**BASE, "id": 2, "costs": {"per_hour": 3600, "fixed": 5}},
    ]
    (route,) = solved(question, "ortools")["routes"]
    assert (route["vehicle"], route["cost"]) == (2, 25)


def test_steps_are_where_the_search_begins() -> None:
    jobs = [{"id": n, "location_index": n, "delivery": [1]} for n in (1, 2)]
    known = [{"type": "start"}, {"type": "job", "id": 2}, {"type": "job", "id": 1}]
    found = read(street(*jobs, vehicle={"steps": known}))
    assert found.start == ((2, 0, 3, 1),)  # both loaded, then house 2, then house 1
    solved(street(*jobs, vehicle={"steps": known}))


def test_timestamps_of_today_are_times_like_others() -> None:
    now = 1_795_000_000
    job = {"id": 1, "location_index": 5, "time_windows": [[now, now + 60]]}
    assert steps(solved(street(job)), "type", "arrival")[:2] == [("start", now - 5), ("job", now)]


def test_distances_are_told_where_the_document_has_them() -> None:
    question = street({"id": 1, "location_index": 5})
    question["matrices"]["car"]["distances"] = matrix(10)
    answer = solved(question)
    assert answer["summary"]["distance"] == 100
    assert [metres for (metres,) in steps(answer, "distance")] == [0, 50, 100]


def test_straight_lines_are_taken_at_the_speed_asked_for() -> None:
    """A hundredth of a degree of latitude is 1112 m: 134 s at 30 km/h, rounded up."""
    question = {
        "vehicles": [{"id": 1, "start": [0.16, 44.50], "end": [0.16, 44.50]}],
        "jobs": [{"id": 5, "location": [0.16, 44.51], "description": "door"}],
    }
    answer = solved(question, kmh=30)
    assert answer["summary"]["duration"] == 2 * 134
    assert steps(answer, "type", "location", "description")[1] == ("job", [0.16, 44.51], "door")


def test_the_old_word_for_the_matrix_is_understood() -> None:
    question = {**street({"id": 1, "location_index": 5}), "matrix": matrix()}
    del question["matrices"]
    read_it = read(question)
    assert read_it.problem.travel_s[0][0, 5] == 5


JOB: Json = {"id": 1, "location_index": 3}
REFUSED: dict[str, Json] = {
    "matrices: is missing": {**street(JOB), "matrices": {}},
    "matrices.car.durations: is missing": street(JOB, matrices={"bike": {}}),
    "matrices.car.durations[1]: 1 entries": street(matrices={"car": {"durations": [[0, 1], [1]]}}),
    "matrices.car.costs: legs are priced by their time": street(
        matrices={"car": {"durations": [[0]], "costs": [[5]]}}
    ),
    "jobs[0].location_index: 12 is not a row": street({"id": 1, "location_index": 12}),
    "jobs[0].location_index: is missing": street({"id": 1, "location": [0.1, 44.5]}),
    "jobs[0].pickup: a job that also": street({**JOB, "delivery": [1], "pickup": [1]}),
    "jobs[0].delivery: 2 amounts": street({**JOB, "delivery": [1, 1]}),
    "jobs[1].id: 1 stands twice": street(JOB, JOB),
    "jobs[0].time_windows: windows overlap": street({**JOB, "time_windows": [[0, 9], [9, 12]]}),
    "jobs[0].time_windows: window is empty": street({**JOB, "time_windows": [[9, 0]]}),
    "jobs[0].priority: ": street({**JOB, "priority": 101}),
    "jobs[0].service: ": street({**JOB, "service": 1.5}),
    "jobs[0].setup_per_type: takes the same": {
        **street({**JOB, "setup_per_type": {"van": 9}}),
        "vehicles": [BASE, {**BASE, "id": 2, "type": "van"}],
    },
    "vehicles[1].id: 1 stands twice": {**street(JOB), "vehicles": [BASE, BASE]},
    "vehicles[1].costs.fixed: the first": {
        **street(JOB),
        "vehicles": [BASE, {**BASE, "id": 2, "costs": {"fixed": 9}}],
    },
    "vehicles[0]: has neither start nor end": {**street(JOB), "vehicles": [{"id": 1}]},
    "vehicles[0].time_window: is empty": street(vehicle={"time_window": [9, 3]}),
    "vehicles[0].max_tasks: ": street(JOB, vehicle={"max_tasks": 0}),
    "vehicles[0].max_travel_time: ": street(vehicle={"max_travel_time": 99}),
    "vehicles[0].max_distance: ": street(vehicle={"max_distance": 10**6}),
    "vehicles[0].costs.per_km: ": street(vehicle={"costs": {"per_km": 2}}),
    "vehicles[0].costs.per_task_hour: ": street(vehicle={"costs": {"per_task_hour": 2}}),
    "vehicles[0].speed_factor: ": street(vehicle={"speed_factor": 0}),
    "vehicles[0].breaks[0].max_load: ": street(vehicle={"breaks": [{"id": 1, "max_load": [0]}]}),
    "vehicles[0].breaks[0]: cannot be taken": street(
        vehicle={"time_window": [0, 9], "breaks": [{"id": 1, "time_windows": [[10, 20]]}]}
    ),
    "vehicles[0].breaks[0]: cannot be taken during": street(
        vehicle={
            "breaks": [
                {"id": 1, "time_windows": [[10, 20]], "service": 30},
                {"id": 2, "time_windows": [[15, 25]]},
            ]
        }
    ),
    "vehicles[0].steps[0]: there is no job 8": street(
        vehicle={"steps": [{"type": "job", "id": 8}]}
    ),
    "vehicles: ": {"vehicles": []},
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_said_is_refused_by_its_field(message: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(REFUSED[message])
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


HARMLESS: dict[str, Json] = {
    "a limit of tasks that cannot bind": {"max_tasks": 1},
    "a limit of travel beyond the shift": {"max_travel_time": 90, "time_window": [10, 100]},
    "a break at any load": {"breaks": [{"id": 1, "max_load": [2]}]},
    "a key that VROOM does not know": {"colour": "red"},
}


@pytest.mark.parametrize("claim", HARMLESS)
def test_what_changes_nothing_is_accepted(claim: str) -> None:
    question = street(JOB, vehicle=copy.deepcopy(HARMLESS[claim]))
    assert solved(question)["summary"]["unassigned"] == 0
