from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.orders.settlement import Terms


@pytest.mark.parametrize("name", ["commission_bp", "reward_bp", "items_vat_bp"])
def test_a_share_is_none_of_it_to_all_of_it(name: str) -> None:
    for bounds in (0, 10_000):
        assert getattr(replace(Terms(), **{name: bounds}), name) == bounds
    for beyond in (-1, 10_001):
        with pytest.raises(ValueError, match=f"{name} is out of 0 to 10000: {beyond}"):
            replace(Terms(), **{name: beyond})
