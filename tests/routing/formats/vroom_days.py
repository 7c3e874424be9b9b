"""Random questions in VROOM's JSON: a street of houses, one second from one to the next."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.routing.formats.vroom_rules import Json

HOUSES = 12


def matrix(pace: int = 1, houses: int = HOUSES) -> list[list[int]]:
    """Seconds between houses, *pace* from one to the next."""
    return [[pace * abs(a - b) for b in range(houses)] for a in range(houses)]


@st.composite
def questions(draw: st.DrawFn) -> Json:
    """Two vehicles with everything that can be said of them, some shipments and jobs."""
    fixed = draw(st.sampled_from([0, 50]))
    return {
        "matrices": {"car": {"durations": matrix()}, "bike": {"durations": matrix(3)}},
        "vehicles": [draw(_vehicles(v, fixed)) for v in range(draw(st.integers(1, 2)))],
        "shipments": [draw(_shipments(s)) for s in range(draw(st.integers(0, 3)))],
        "jobs": [draw(_jobs(j)) for j in range(draw(st.integers(0, 3)))],
    }


@st.composite
def _vehicles(draw: st.DrawFn, number: int, fixed: int) -> Json:
    first_s = draw(st.integers(0, 20))
    said: Json = {
        "id": number,
        "profile": draw(st.sampled_from(["car", "bike"])),
        "capacity": [draw(st.integers(1, 4)), 9],
        "skills": draw(st.sampled_from([[], [1], [1, 2]])),
        "costs": {"fixed": fixed, "per_hour": draw(st.sampled_from([1800, 3600, 5000]))},
        "speed_factor": draw(st.sampled_from([0.7, 1.0, 1.3])),
    }
    bases = draw(st.sampled_from([("start_index",), ("end_index",), ("start_index", "end_index")]))
    said |= {name: draw(st.integers(0, HOUSES - 1)) for name in bases}
    if draw(st.booleans()):
        said["time_window"] = [first_s, first_s + draw(st.integers(100, 250))]
    if draw(st.booleans()):
        said["breaks"] = [
            {"id": 8, "service": 7, "time_windows": [[first_s + 60, 90], [20, 40]]},
            {"id": 3, "service": draw(st.integers(0, 5))},
        ][: draw(st.integers(1, 2))]
    return said


@st.composite
def _steps(draw: st.DrawFn, number: int) -> Json:
    said: Json = {
        "id": number,
        "location_index": draw(st.integers(0, HOUSES - 1)),
        "setup": draw(st.sampled_from([0, 3])),
        "service": draw(st.integers(0, 4)),
    }
    if draw(st.booleans()):
        opens = draw(st.integers(0, 80))
        closes = opens + draw(st.sampled_from([0, 2, 60]))
        said["time_windows"] = [[opens, closes]]
        if draw(st.booleans()):
            said["time_windows"].insert(0, [closes + 5, closes + 20])
    return said


@st.composite
def _shipments(draw: st.DrawFn, number: int) -> Json:
    return {
        "pickup": draw(_steps(number)),
        "delivery": draw(_steps(number + draw(st.integers(0, 1)) * 100)),
        "amount": [draw(st.integers(0, 3)), 1],
        "skills": draw(st.sampled_from([[], [1], [3]])),
        "priority": draw(st.sampled_from([0, 5, 100])),
    }


@st.composite
def _jobs(draw: st.DrawFn, number: int) -> Json:
    kind = draw(st.sampled_from(["delivery", "pickup", None]))
    goods = {} if kind is None else {kind: [draw(st.integers(1, 2)), 1]}
    return {**draw(_steps(number)), **goods, "priority": draw(st.sampled_from([0, 5]))}
