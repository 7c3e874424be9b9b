"""A fake routing server per test, and streets on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from dispatch.adapters.clock import WallClock
from dispatch.adapters.streets.choice import ChosenStreets, open_streets
from dispatch.adapters.streets.settings import StreetsSettings
from dispatch.core.places import Place
from dispatch.operations.ports import Clock
from tests.adapters.streets.fake_server import FakeServer, fake_server
from tests.fakes.plugs import DrawnTown


class OwnTown(DrawnTown):
    """What answers while the server is silent: 60 s from one cell to the next, 7 m to a street."""

    def snap_m(self, place: Place) -> float:
        del place
        return 7.0


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
            streets = open_streets(settings, OwnTown("A . . B"), clock or WallClock())
            leaving.callback(streets.hang_up)
            return streets

        yield open_on
