from __future__ import annotations

from dataclasses import dataclass

import pytest

from geodata.entries import entry


@dataclass(frozen=True, slots=True)
class Stall:
    name: str
    tables: int
    share: float
    open: bool
    goods: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.tables < 1:
            raise ValueError(f"a stall has a table, not {self.tables}")


GOOD = {"name": "Figues", "tables": 2, "share": 1, "open": True, "goods": ["figs"]}


def test_a_table_becomes_a_value() -> None:
    assert entry(Stall, GOOD, "stall") == Stall("Figues", 2, 1.0, True, ("figs",))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"tables": True}, "stall: tables must be int, not True"),
        ({"open": 1}, "stall: open must be bool, not 1"),
        ({"name": 7}, "stall: name must be str, not 7"),
        ({"goods": "figs"}, "stall: goods must be a list of text, not 'figs'"),
        ({"colour": "red"}, "stall: unknown field 'colour'; known: name, tables, share"),
        ({"tables": 0}, "stall: a stall has a table, not 0"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        entry(Stall, GOOD | change, "stall")


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ValueError, match="stall: field 'tables' is missing"):
        entry(Stall, {"name": "Figues"}, "stall")
