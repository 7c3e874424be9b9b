"""A fake routing server per test, and streets on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from dispatch.adapters.clock import WallClock
from dispatch.adapters.streets.choice import ChosenStreets, open_streets
from dispatch.adapters.streets.settings import StreetsSettings
from dispatch.operations.ports import Clock
from tests.adapters.streets.fake_server import FakeServer, fake_server
from tests.fakes.plugs import DrawnTown

Open = Callable[..., ChosenStreets]


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with fake_server() as server:
        yield server


@pytest.fixture
def opened(fake: FakeServer) -> Iterator[Open]:
    """Open streets on the fake server, by the settings given; hang up at the end."""
    with ExitStack() as leaving:

        def open_on(engine: str, clock: Clock | None = None, **changes: object) -> ChosenStreets:
            settings = replace(StreetsSettings(engine, fake.url), matrix_pairs=fake.most_pairs)
            settings = replace(settings, **changes)  # type: ignore[arg-type]
            own = DrawnTown("A . . B")
            streets = open_streets(settings, own, clock or WallClock())
            leaving.callback(streets.hang_up)
            return streets

        yield open_on
