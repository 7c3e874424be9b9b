"""Reading JSON strictly: one document, one clear message naming the field that is wrong.

Decides how large a document may be, that a key stands once in an object and how an
error is said.  What the fields mean is each format's own question.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from dispatch.core.errors import Invalid

#: A document longer than this is not read: a matrix of 5000 places is about half of it.
MOST_CHARACTERS: Final = 300_000_000

MOST_PLACES: Final = 5_000
MOST_JOBS: Final = 10_000
MOST_VEHICLES: Final = 2_000
#: Entries of all travel matrices together, eight bytes each.
MOST_LEGS: Final = 100_000_000
#: Nothing may cost more in all: prices are added up in 64 bits.
MOST_COST: Final = 2**62


class Strict(BaseModel):
    """Part of a document: no unknown field, no number written as text, never changed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Document = TypeVar("Document", bound=BaseModel)


def json_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object that *text* is; None when it is no JSON at all.

    Raises ``Invalid`` for JSON that breaks off, is something else than an object, says a
    key twice or is too large.
    """
    if not text.lstrip().startswith(("{", "[")):
        return None
    if len(text) > MOST_CHARACTERS:
        raise Invalid(f"the document is longer than {MOST_CHARACTERS} characters", field="document")
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Invalid(f"not JSON: {error.msg} ({where})", field=where) from None
    except RecursionError:
        raise Invalid("the document is nested too deeply", field="document") from None
    if not isinstance(found, dict):
        raise Invalid("expected a JSON object, found an array", field="document")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twin = next(key for key in keys if keys.count(key) > 1)
        raise Invalid(f"the key {twin!r} stands twice in one object", field=twin)
    return found


def validated(model: type[Document], text: str) -> Document:
    """Read *text* as *model*; raises ``Invalid`` naming the first wrong field."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise _first_of(error) from None


def _first_of(error: ValidationError) -> Invalid:
    wrong = error.errors(include_url=False, include_context=False)
    first, more = wrong[0], len(wrong) - 1
    path = path_of(first["loc"])
    reason = {"extra_forbidden": "unknown field", "missing": "is missing"}.get(first["type"])
    if reason is None:
        reason = first["msg"].replace("Input should", "should", 1)
        shown = repr(first["input"])
        reason += f", found {shown}" if len(shown) < 40 else ""
    others = f" (and {more} more)" if more else ""
    return Invalid(f"{path}: {reason}{others}", field=path)


def path_of(parts: Sequence[int | str]) -> str:
    """``("jobs", 3, "drop")`` as ``jobs[3].drop``."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return path.lstrip(".") or "document"


@contextmanager
def told_at(path: str) -> Iterator[None]:
    """Turn what a value refuses at birth into ``Invalid`` with its *path* in the document."""
    try:
        yield
    except ValueError as error:
        raise Invalid(f"{path}: {error}", field=path) from None
