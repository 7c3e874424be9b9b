"""Who has the turn knows whether somebody waits for it."""

from __future__ import annotations

from threading import Thread
from time import monotonic, sleep

from dispatch.operations.one_by_one import Queue


def test_one_at_a_time_and_whoever_thinks_sees_who_waits() -> None:
    queue, order = Queue(), ["first"]

    def second() -> None:
        with queue:
            order.append("second")

    waiting = Thread(target=second)
    with queue:
        assert not queue.is_waited_for
        waiting.start()
        until_s = monotonic() + 30
        while not queue.is_waited_for and monotonic() < until_s:
            sleep(0.001)
        assert queue.is_waited_for
        order.append("first again")
    waiting.join()
    assert order == ["first", "first again", "second"]
    assert not queue.is_waited_for


def test_the_thread_that_has_the_turn_may_take_it_again() -> None:
    queue = Queue()
    with queue, queue:
        assert not queue.is_waited_for
