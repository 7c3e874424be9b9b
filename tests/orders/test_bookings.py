from __future__ import annotations

from dataclasses import replace

import pytest

from tests.adapters.storage_samples import booking


@pytest.mark.parametrize("share", [-1, 10_001])
def test_nobody_takes_less_than_nothing_or_more_than_all_of_it(share: int) -> None:
    assert replace(booking(), commission_bp=10_000).commission_bp == 10_000
    with pytest.raises(ValueError, match=f"commission_bp is out of 0 to 10000: {share}"):
        replace(booking(), commission_bp=share)
