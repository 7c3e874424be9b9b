"""What a file asks, whatever its format: a problem to solve, and how to tell the answer.

Decides which format a text is in.  How each is read and written is its own module's
question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from dispatch.core.errors import Invalid
from dispatch.routing import instances
from dispatch.routing.formats import vroom_answer
from dispatch.routing.formats.house_reading import read_problem
from dispatch.routing.formats.house_words import PROBLEM
from dispatch.routing.formats.house_writing import plan_document
from dispatch.routing.formats.strict import json_object, validated
from dispatch.routing.formats.vroom_problem import question_of
from dispatch.routing.formats.vroom_words import QuestionSaid
from dispatch.routing.instance_text import parse
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem, Sequences

TEXTBOOK: Final = "textbook"
VROOM: Final = "vroom"
HOUSE: Final = "dispatch"
FORMATS: Final = (TEXTBOOK, VROOM, HOUSE)


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A problem from a file.

    start  : sequences to begin the search from; None: from nothing
    tell   : the answer in the file's own words, from a plan that was checked and the
             seconds it took
    broken : the same for a plan that breaks rules, given what it breaks
    """

    format: str
    name: str
    problem: Problem
    start: Sequences | None
    tell: Callable[[Plan, float], dict[str, Any]]
    broken: Callable[[Plan, float, list[str]], dict[str, Any]]


def format_of(text: str) -> str:
    """Return the format that *text* is in by its content; textbook when it is no JSON.

    Raises ``Invalid`` for JSON in neither of the two formats known.
    """
    found = json_object(text)
    if found is None:
        return TEXTBOOK
    if "format" in found:
        return HOUSE
    if "vehicles" in found:
        return VROOM
    raise Invalid(
        f'neither "format": "{PROBLEM}" nor VROOM\'s "vehicles" is in the document', field="format"
    )


def asked(text: str, name: str, format: str, *, kmh: float | None = None) -> Question:
    """Return what *text*, which is called *name*, asks in one of ``FORMATS``.

    kmh : travel in straight lines at this speed where VROOM's JSON has no matrices

    Raises ``Invalid`` naming the line or the field that is wrong.
    """
    if kmh is not None and format != VROOM:
        raise Invalid("straight lines are for VROOM's JSON", field="straight-line")
    if format == TEXTBOOK:
        return _textbook(text, name)
    if json_object(text) is None:
        raise Invalid("expected a JSON object", field="document")
    return _vroom(text, name, kmh) if format == VROOM else _house(text, name)


def _textbook(text: str, name: str) -> Question:
    instance = instances.instance_of(parse(text, name))

    def tell(plan: Plan, seconds: float) -> dict[str, Any]:
        return instances.answer(instance, plan, seconds, plan.engine)

    def broken(plan: Plan, seconds: float, rules: list[str]) -> dict[str, Any]:
        told = {"instance": instance.name, "engine": plan.engine, "checked": False}
        return {**told, "broken": rules}

    return Question(TEXTBOOK, instance.name, instance.problem, None, tell, broken)


def _vroom(text: str, name: str, kmh: float | None) -> Question:
    question = question_of(validated(QuestionSaid, text), kmh)

    def broken(plan: Plan, seconds: float, rules: list[str]) -> dict[str, Any]:
        return vroom_answer.refusal(1, f"the plan breaks {rules[0]}")

    return Question(
        VROOM,
        name,
        question.problem,
        question.start,
        partial(vroom_answer.answer, question),
        broken,
    )


def _house(text: str, name: str) -> Question:
    said, problem = read_problem(text)
    name = said.name or name

    def tell(plan: Plan, seconds: float) -> dict[str, Any]:
        return broken(plan, seconds, [])

    def broken(plan: Plan, seconds: float, rules: list[str]) -> dict[str, Any]:
        told = plan_document(problem, plan, seconds=seconds, broken=rules, name=name)
        return told.model_dump(mode="json", exclude_none=True)

    return Question(HOUSE, name, problem, None, tell, broken)
