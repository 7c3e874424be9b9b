from __future__ import annotations

from threading import Thread

import pytest

from dispatch.adapters.geocoder.circuit import PER_SECOND, Circuit


class Watch:
    """A stopwatch with a handle."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def watch() -> Watch:
    return Watch()


def opened_for_s(circuit: Circuit, watch: Watch) -> float:
    start_s = watch.now_s
    while not circuit.lets_pass():
        watch.now_s += 1
    return watch.now_s - start_s


def test_a_service_that_failed_is_left_alone_and_twice_as_long_each_time(watch: Watch) -> None:
    circuit = Circuit(watch, first_rest_s=30, most_rest_s=100)
    rests = []
    for _ in range(4):
        circuit.failed()
        rests.append(opened_for_s(circuit, watch))
    assert rests == [30, 60, 100, 100]


def test_one_success_forgets_all_failures(watch: Watch) -> None:
    circuit = Circuit(watch, first_rest_s=30)
    circuit.failed()
    circuit.failed()
    watch.now_s += 60
    assert circuit.lets_pass()
    circuit.succeeded()
    assert circuit.lets_pass()
    circuit.failed()
    assert opened_for_s(circuit, watch) == 30


def test_after_the_rest_one_question_tries_and_the_others_wait_for_it(watch: Watch) -> None:
    circuit = Circuit(watch, first_rest_s=30)
    circuit.failed()
    watch.now_s += 30
    assert circuit.lets_pass()
    assert not circuit.lets_pass()


def test_a_service_that_says_how_long_to_rest_is_believed(watch: Watch) -> None:
    circuit = Circuit(watch, most_rest_s=100)
    circuit.failed(rest_s=5)
    assert opened_for_s(circuit, watch) == 5
    circuit.failed(rest_s=0)
    assert opened_for_s(circuit, watch) == 1
    circuit.failed(rest_s=10**9)
    assert opened_for_s(circuit, watch) == 100


def test_no_more_questions_a_second_than_the_service_allows_pass(watch: Watch) -> None:
    circuit = Circuit(watch)
    assert PER_SECOND * 2 <= 50  # two processes may ask
    passed = sum(circuit.lets_pass() for _ in range(100))
    watch.now_s += 1
    assert passed == PER_SECOND
    assert sum(circuit.lets_pass() for _ in range(100)) == PER_SECOND


def test_threads_share_one_allowance(watch: Watch) -> None:
    circuit = Circuit(watch)
    passed: list[bool] = []
    threads = [
        Thread(target=lambda: passed.extend(circuit.lets_pass() for _ in range(20)))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == PER_SECOND
