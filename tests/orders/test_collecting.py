from __future__ import annotations

import pytest

from dispatch.orders.collecting import CollectRules


@pytest.mark.parametrize(("remind", "unclaimed"), [(0, 7), (7, 7), (3, 91)])
def test_a_customer_is_reminded_before_the_parcel_is_unclaimed(remind: int, unclaimed: int) -> None:
    with pytest.raises(ValueError, match=f"{remind}, then {unclaimed}"):
        CollectRules(remind_after_days=remind, unclaimed_after_days=unclaimed)


def test_trying_half_of_all_codes_takes_ten_days() -> None:
    rules = CollectRules()
    rounds = 5_000 / rules.wrong_codes
    assert rounds * rules.wait_min / 60 / 24 == pytest.approx(10, abs=0.5)


def test_a_counter_that_mistypes_is_not_stopped_at_once_nor_for_days() -> None:
    with pytest.raises(ValueError, match="wrong_codes is out of 1 to 20: 0"):
        CollectRules(wrong_codes=0)
    with pytest.raises(ValueError, match="wait_min is out of 1 to 1440: 1441"):
        CollectRules(wait_min=1441)
