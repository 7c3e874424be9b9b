"""A process knows when it is time to end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from threading import Timer
from time import monotonic

import pytest

from dispatch.jobs.ending import Ending


@pytest.fixture
def handlers() -> Iterator[None]:
    """Put the signal handlers back afterwards."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_without_a_reason_to_end_the_whole_time_is_waited() -> None:
    started_s = monotonic()
    assert not Ending().wait(0.25)
    assert monotonic() - started_s >= 0.25


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_cuts_the_waiting_short(handlers: None, number: signal.Signals) -> None:
    ending = Ending()
    ending.listen()
    Timer(0.1, os.kill, (os.getpid(), number)).start()
    started_s = monotonic()
    assert ending.wait(60)
    assert monotonic() - started_s < 5


def test_a_living_parent_is_no_reason_to_end() -> None:
    assert not Ending(os.getppid()).is_now


def test_a_parent_that_is_gone_is_a_reason_to_end() -> None:
    """Whoever adopted this process is not the one that started it."""
    assert Ending(os.getpid()).wait(60)
