"""Tours refuse stale writes, facts count once, waves are taken once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.adapters.storage.store import SqlStore
from dispatch.core.errors import NotFound, Stale
from dispatch.core.ids import QuoteId, TourId, WaveId
from dispatch.operations.access import ApiKey, PageKind, PageLink
from dispatch.operations.waves import WaveState
from tests.adapters.storage_samples import (
    DAY,
    HOME,
    MARKET,
    NOON,
    fact,
    loose,
    minutes,
    quote,
    tour,
    wave,
)


def test_each_write_makes_a_tour_one_version_older(store: SqlStore) -> None:
    with store.writing() as tx:
        first = tx.put_tour(tour())
        second = tx.put_tour(replace(first, seen=HOME, seen_at=NOON))
        assert (first.version, second.version) == (1, 2)
        assert tx.tour("t1") == second


def test_a_tour_read_before_somebody_else_wrote_is_stale(store: SqlStore) -> None:
    with store.writing() as tx:
        mine = tx.put_tour(tour())
        theirs = tx.put_tour(replace(mine, stops=()))
        with pytest.raises(Stale, match="tour t1 is at version 2, not 1") as caught:
            tx.put_tour(replace(mine, seen=HOME))
        assert caught.value.facts == {"tour_id": "t1", "version": 2}
        assert tx.tour("t1") == theirs


def test_a_new_tour_that_somebody_made_first_is_stale(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.put_tour(tour())
        with pytest.raises(Stale, match="tour t1 is at version 1, not 0"):
            tx.put_tour(tour())


def test_a_tour_that_was_never_written_has_no_second_version(store: SqlStore) -> None:
    with store.writing() as tx, pytest.raises(NotFound, match="no tour t1"):
        tx.put_tour(replace(tour(), version=1))


def test_a_day_lists_its_tours_only(store: SqlStore) -> None:
    with store.writing() as tx:
        second, first = tx.put_tour(tour(2)), tx.put_tour(tour(1))
        tx.put_tour(replace(tour(3), day=DAY + timedelta(days=1)))
        assert tx.tours(DAY) == (first, second)


def test_a_loose_order_is_known_until_dropped(store: SqlStore) -> None:
    with store.writing() as tx:
        for n in (1, 2):
            tx.add_quote(quote(n))
        tx.put_loose(replace(loose(1), since=NOON + minutes(1)))
        tx.put_loose(loose(2))
        assert [o.quote_id for o in tx.loose_orders(DAY)] == ["q2", "q1"]
        tx.put_loose(replace(loose(2), retry=False))
        tx.drop_loose(QuoteId("q1"))
        tx.drop_loose(QuoteId("q1"))
        assert tx.loose_orders(DAY) == (replace(loose(2), retry=False),)


def test_a_fact_sent_twice_counts_once_and_facts_keep_the_order_of_learning(
    store: SqlStore,
) -> None:
    with store.writing() as tx:
        tx.put_tour(tour())
        assert tx.add_fact(fact(2))
        assert tx.add_fact(replace(fact(1), at_device=NOON - minutes(5)))
        assert not tx.add_fact(replace(fact(2), at_server=NOON + minutes(1)))
        assert [f.fact_id for f in tx.facts(TourId("t1"))] == ["f2", "f1"]
        assert tx.facts(TourId("t1"))[0] == fact(2)


def test_ensuring_a_wave_never_changes_one_that_stands(store: SqlStore) -> None:
    running = replace(wave(), state=WaveState.PUBLISHED, published_at=NOON)
    with store.writing() as tx:
        tx.ensure_wave(wave(2))
        tx.ensure_wave(wave(1))
        tx.put_wave(running)
        tx.ensure_wave(wave(1))
        assert tx.waves(DAY) == (running, wave(2))


def test_an_open_wave_is_taken_once(store: SqlStore) -> None:
    until = NOON + minutes(2)
    with store.writing() as tx:
        tx.ensure_wave(wave())
        assert tx.claim_wave(WaveId("w1"), NOON, until)
        assert not tx.claim_wave(WaveId("w1"), NOON, until)
        assert tx.wave("w1") == replace(wave(), state=WaveState.RUNNING, leased_until=until)


def test_a_running_wave_is_taken_over_when_its_lease_is_over_and_not_before(
    store: SqlStore,
) -> None:
    until = NOON + minutes(2)
    with store.writing() as tx:
        tx.ensure_wave(wave())
        tx.claim_wave(WaveId("w1"), NOON, until)
        assert not tx.claim_wave(WaveId("w1"), until - minutes(1), until + minutes(2))
        assert tx.claim_wave(WaveId("w1"), until, until + minutes(2))
        assert tx.wave("w1").leased_until == until + minutes(2)


@pytest.mark.parametrize("state", [WaveState.PUBLISHED, WaveState.SKIPPED, WaveState.FAILED])
def test_a_wave_that_is_over_is_not_taken(store: SqlStore, state: WaveState) -> None:
    with store.writing() as tx:
        tx.put_wave(replace(wave(), state=state))
        assert not tx.claim_wave(WaveId("w1"), NOON, NOON + minutes(2))


def test_a_wave_nobody_planned_cannot_be_taken(store: SqlStore) -> None:
    with store.writing() as tx, pytest.raises(NotFound, match="no wave w9"):
        tx.claim_wave(WaveId("w9"), NOON, NOON + minutes(2))


def test_keys_and_links_are_found_by_their_hash_or_not_at_all(store: SqlStore) -> None:
    key = ApiKey("hash", MARKET, ("quotes", "bookings"), NOON)
    link = PageLink("hash", PageKind.COURIER, "anna", NOON)
    with store.writing() as tx:
        tx.add_key(key)
        tx.add_link(link)
    with store.reading() as tx:
        assert (tx.key("hash"), tx.link("hash")) == (key, link)
        assert (tx.key("other"), tx.link("other")) == (None, None)


def test_keys_and_links_are_listed_in_order_of_making_and_keep_when_they_ended(
    store: SqlStore,
) -> None:
    late, early = (
        ApiKey(h, MARKET, ("quotes",), NOON + minutes(m)) for h, m in (("a", 2), ("b", 1))
    )
    links = [
        PageLink(h, PageKind.COURIER, "anna", NOON + minutes(m)) for h, m in (("a", 2), ("b", 1))
    ]
    with store.writing() as tx:
        for key in (late, early):
            tx.add_key(key)
        for link in links:
            tx.add_link(link)
        tx.revoke_key("b", NOON + minutes(3))
        tx.revoke_key("b", NOON + minutes(4))
        tx.revoke_links(NOON + minutes(3))
        tx.revoke_links(NOON + minutes(4))
    ended_at = NOON + minutes(3)
    with store.reading() as tx:
        assert tx.keys() == (replace(early, revoked_at=ended_at), late)
        assert tx.links() == tuple(replace(li, revoked_at=ended_at) for li in reversed(links))
