"""Drawings are ridden at 250 m a minute, so that their times can be done in the head.

The house's bicycle is a little faster; ``test_speeds`` holds how fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import pytest

from dispatch.streets import network
from dispatch.streets.profiles import BIKE, PROFILES
from tests.streets import oracle

_RIDDEN_KMH: Final = 15.0


@pytest.fixture(scope="package", autouse=True)
def a_bicycle_of_round_numbers() -> Iterator[None]:
    slow = {road: min(kmh, _RIDDEN_KMH) for road, kmh in BIKE.speed_kmh.items()}
    profiles = MappingProxyType({**PROFILES, "bike": replace(BIKE, speed_kmh=slow)})
    with pytest.MonkeyPatch.context() as patched:
        for module in (network, oracle):
            patched.setattr(module, "PROFILES", profiles)
        yield
