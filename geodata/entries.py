"""A TOML table becomes a dataclass, or one sentence says which field is wrong.

Decides missing, unknown and mistyped fields.  What a good value is, each
dataclass decides at birth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")


def entry(kind: type[T], raw: Mapping[str, Any], where: str) -> T:
    """Return a *kind* from the table *raw*; *where* names it in errors.

    Lists of text become tuples and whole numbers are good decimals.  Raises
    ``ValueError`` naming *where* and the field.
    """
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(raw) - set(known)):
        raise ValueError(f"{where}: unknown field {unknown[0]!r}; known: {', '.join(known)}")
    needed = [name for name, field in known.items() if field.default is MISSING]
    if missing := [name for name in needed if name not in raw]:
        raise ValueError(f"{where}: field {missing[0]!r} is missing")
    hints = get_type_hints(kind)
    values = {name: _value(hints[name], value, where, name) for name, value in raw.items()}
    try:
        return kind(**values)
    except ValueError as refused:
        raise ValueError(f"{where}: {refused}") from None


def _value(hint: Any, value: Any, where: str, name: str) -> Any:
    if hint == tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise ValueError(f"{where}: {name} must be a list of text, not {value!r}")
    for plain in (str, int, float, bool):
        if hint == plain or hint == plain | None:
            # bool is an int to Python, not to people.
            if type(value) is plain:
                return value
            if plain is float and type(value) is int:
                return float(value)
            raise ValueError(f"{where}: {name} must be {plain.__name__}, not {value!r}")
    return value
