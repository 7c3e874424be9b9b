from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.operations.strangers import BURST, MOST, REFILL_S, Strangers, network_address


class Watch:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_thirty_misses_are_free_and_then_one_every_two_seconds() -> None:
    watch = Watch()
    strangers = Strangers(watch)
    assert [strangers.miss("a") for _ in range(BURST)] == [0] * BURST
    assert strangers.miss("a") == 2
    watch.now_s += REFILL_S
    assert (strangers.miss("a"), strangers.miss("a")) == (0, 2)
    assert strangers.miss("b") == 0  # nobody waits for another


@given(st.lists(st.floats(0, 100), max_size=200))
def test_nobody_misses_more_often_than_the_bucket_refills(pauses_s: list[float]) -> None:
    watch = Watch()
    strangers = Strangers(watch)
    free = 0
    for pause_s in pauses_s:
        watch.now_s += pause_s
        free += strangers.miss("a") == 0
    assert free <= BURST + sum(pauses_s) / REFILL_S + 1e-6


def test_a_flood_of_addresses_does_not_fill_the_memory() -> None:
    strangers = Strangers(Watch())
    for n in range(MOST + 5):
        strangers.miss(str(n))
    assert len(strangers._buckets) == MOST
    assert "0" not in strangers._buckets and str(MOST) in strangers._buckets


@pytest.mark.parametrize(
    ("peer", "forwarded", "whom"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # only our own proxy is believed
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("::1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", None, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", None, "203.0.113.9"),
        ("127.0.0.1", "<script>", "unknown"),
        (None, None, "unknown"),
    ],
)
def test_a_miss_is_counted_against_who_sent_it(
    peer: str | None, forwarded: str | None, whom: str
) -> None:
    assert network_address(peer, forwarded) == whom
