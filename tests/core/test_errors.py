"""Expected errors form one tree with stable codes."""

from __future__ import annotations

from dispatch.core.errors import (
    Busy,
    Conflict,
    DispatchError,
    Gone,
    Invalid,
    KeyReused,
    NotFound,
    QuoteExpired,
    StorageError,
    TooLate,
)


def _tree(root: type[DispatchError]) -> list[type[DispatchError]]:
    return [root, *(leaf for child in root.__subclasses__() for leaf in _tree(child))]


def test_no_two_errors_share_a_code() -> None:
    codes = [kind.code for kind in _tree(DispatchError)]
    assert len(codes) == len(set(codes))


def test_an_invalid_request_names_its_field_and_carries_its_facts() -> None:
    error = Invalid("too heavy", field="merchants.0.weight_g", limit_g=100)
    assert (error.field, error.facts) == ("merchants.0.weight_g", {"limit_g": 100})


def test_catching_the_branch_catches_the_leaf() -> None:
    assert issubclass(QuoteExpired, Conflict)
    assert issubclass(KeyReused, Invalid)
    assert issubclass(TooLate, Conflict)
    assert issubclass(Gone, NotFound)
    assert issubclass(Busy, StorageError)
