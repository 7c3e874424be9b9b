"""A made-up post on a real socket, and La Poste's adapter pointed at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread

import pytest
from werkzeug.serving import make_server

from dispatch.adapters.parcels.fake import FakePost, fake_carrier
from dispatch.adapters.parcels.la_poste import LaPoste, la_poste
from dispatch.adapters.parcels.settings import LABELS_KEY, TRACKING_KEY, ParcelSettings
from tests.fakes.house import TUESDAY_AT_TEN
from tests.fakes.plugs import StoppedClock


@dataclass
class Office:
    """The post, its clock, and how to reach it."""

    post: FakePost
    clock: StoppedClock
    carrier: LaPoste
    url: str


@pytest.fixture
def office() -> Iterator[Office]:
    clock = StoppedClock(TUESDAY_AT_TEN)
    post = FakePost(clock.now)
    server = make_server("127.0.0.1", 0, fake_carrier(post), threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.port}"
    keys = {LABELS_KEY: "k1", TRACKING_KEY: "k2"}
    yield Office(post, clock, la_poste(ParcelSettings(timeout_s=5.0).at(url), keys), url)
    server.shutdown()
    thread.join()
    server.server_close()
