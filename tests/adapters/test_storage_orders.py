"""A quote is booked once, a reference taken once, an idempotency key answered once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.adapters.storage.store import SqlStore
from dispatch.core.errors import Broken, DuplicateRef, KeyReused, NotFound, QuoteUsed
from dispatch.core.ids import BookingId, QuoteId, StorefrontId
from dispatch.core.money import Price
from tests.adapters.storage_samples import DAY, MARKET, NOON, book, booking, minutes, quote


def test_a_quote_is_used_once(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_quote(quote())
        assert tx.use_quote(QuoteId("q1"), BookingId("b1"))
        assert not tx.use_quote(QuoteId("q1"), BookingId("b2"))
        assert tx.quote("q1").booking_id == "b1"


def test_what_does_not_exist_is_named(store: SqlStore) -> None:
    with store.reading() as tx:
        with pytest.raises(NotFound, match="no quote q9") as caught:
            tx.quote("q9")
        assert caught.value.facts == {"quote_id": "q9"}
        with pytest.raises(NotFound, match="no booking b9"):
            tx.booking("b9")
        with pytest.raises(NotFound, match="no booking of quote q9"):
            tx.booking_of_quote("q9")


def test_a_wrong_tracking_token_is_not_repeated_in_the_error(store: SqlStore) -> None:
    with store.reading() as tx, pytest.raises(NotFound) as caught:
        tx.booking_by_token("secret")
    assert "secret" not in str(caught.value)
    assert caught.value.facts == {}


def test_a_booking_is_found_by_its_quote_and_by_its_token(store: SqlStore) -> None:
    with store.writing() as tx:
        book(tx, 1)
        book(tx, 2)
        assert tx.booking_of_quote("q2") == booking(2)
        assert tx.booking_by_token("token1") == booking(1)


def test_a_second_booking_of_a_reference_names_the_first(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_quote(quote(1))
        tx.add_quote(quote(2))
        tx.add_booking(booking(1, ref="CMD-1"))
        with pytest.raises(DuplicateRef, match="'CMD-1' is taken by booking b1") as caught:
            tx.add_booking(booking(2, ref="CMD-1"))
    assert caught.value.facts == {"external_ref": "CMD-1", "booking_id": "b1"}


def test_two_storefronts_may_use_the_same_reference(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_quote(quote(1))
        tx.add_quote(quote(2))
        tx.add_booking(booking(1, ref="CMD-1"))
        tx.add_booking(replace(booking(2, ref="CMD-1"), storefront_id=StorefrontId("fair")))
        assert len(tx.bookings(DAY)) == 2


def test_bookings_without_a_reference_do_not_collide(store: SqlStore) -> None:
    with store.writing() as tx:
        book(tx, 1)
        book(tx, 2)
        assert [b.external_ref for b in tx.bookings(DAY)] == [None, None]


def test_a_quote_cannot_have_two_bookings(store: SqlStore) -> None:
    with store.writing() as tx:
        book(tx)
        with pytest.raises(QuoteUsed, match="quote q1 is booked"):
            tx.add_booking(replace(booking(2), quote_id=QuoteId("q1")))


def test_two_bookings_never_share_a_tracking_token(store: SqlStore) -> None:
    with store.writing() as tx:
        book(tx)
        tx.add_quote(quote(2))
        with pytest.raises(Broken, match="booking b2 repeats an id or a tracking token"):
            tx.add_booking(replace(booking(2), tracking_token="token1"))


def test_a_booking_is_rewritten_whole(store: SqlStore) -> None:
    cancelled = replace(booking(), cancelled_at=NOON + minutes(5))
    with store.writing() as tx:
        book(tx)
        tx.put_booking(cancelled)
        assert tx.booking("b1") == cancelled
        with pytest.raises(NotFound, match="no booking b2"):
            tx.put_booking(booking(2))


def test_what_a_cancelled_booking_owes_can_be_summed(store: SqlStore) -> None:
    with store.writing() as tx:
        book(tx)
        tx.put_booking(replace(booking(), cancelled_at=NOON, fee=Price(250)))
        book(tx, 2)
        fees = tx._connection.exec_driver_sql("SELECT booking_id, fee_cents FROM bookings").all()
        assert tx.booking("b1").fee == Price(250)
    assert set(map(tuple, fees)) == {("b1", 250), ("b2", None)}


def test_a_quote_is_kept_under_the_reference_of_its_order(store: SqlStore) -> None:
    asked = replace(quote().request, external_ref="R1")
    with store.writing() as tx:
        tx.add_quote(replace(quote(), request=asked))
        kept = tx._connection.exec_driver_sql("SELECT external_ref FROM quotes").scalars().all()
    assert kept == ["R1"]


def test_a_quote_is_rewritten_until_it_is_booked(store: SqlStore) -> None:
    moved = replace(quote(), expires_at=NOON + minutes(5))
    with store.writing() as tx:
        tx.add_quote(quote())
        tx.put_quote(moved)
        assert tx.quote("q1") == moved
        assert tx.use_quote(QuoteId("q1"), BookingId("b1"))
        with pytest.raises(NotFound, match="no quote q1 to change"):
            tx.put_quote(quote())


def test_the_living_quotes_of_an_order_are_the_storefront_s_own_unbooked_ones(
    store: SqlStore,
) -> None:
    asked = replace(quote().request, external_ref="R1")
    with store.writing() as tx:
        for n in range(1, 6):
            tx.add_quote(replace(quote(n), request=asked, expires_at=NOON + minutes(15)))
        tx.put_quote(replace(quote(2), request=asked, storefront_id=StorefrontId("fair")))
        tx.put_quote(quote(3))  # no reference
        tx.put_quote(replace(quote(4), request=asked, expires_at=NOON + minutes(1)))
        assert tx.use_quote(QuoteId("q5"), BookingId("b5"))
        alive = tx.live_quotes(MARKET, "R1", NOON + minutes(1))
        assert [offer.quote_id for offer in alive] == ["q1"]


def test_an_order_held_back_several_times_counts_once(store: SqlStore) -> None:
    asked = replace(quote().request, external_ref="R1")
    with store.writing() as tx:
        tx.add_quote(quote(1))
        for n in (2, 3):
            tx.add_quote(replace(quote(n), request=asked, held_back=True))
        fair = StorefrontId("fair")
        tx.add_quote(replace(quote(4), request=asked, held_back=True, storefront_id=fair))
        tx.add_quote(replace(quote(5), held_back=True))
        assert tx.held_back(DAY) == 3
        assert tx.held_back(DAY + timedelta(days=1)) == 0


def test_a_cancelled_booking_keeps_its_reference_and_gives_up_the_claim(store: SqlStore) -> None:
    gone = replace(booking(1, ref="CMD-1"), cancelled_at=NOON)
    with store.writing() as tx:
        tx.add_quote(quote(1))
        tx.add_quote(quote(2))
        tx.add_booking(booking(1, ref="CMD-1"))
        tx.put_booking(gone)
        tx.add_booking(booking(2, ref="CMD-1"))
        assert tx.booking("b1") == gone
    with pytest.raises(Broken, match="contradiction"), store.writing() as tx:
        tx.put_booking(booking(1, ref="CMD-1"))


def test_a_day_lists_its_bookings_in_order_of_making_and_ends_at_local_midnight(
    store: SqlStore,
) -> None:
    last_minute = NOON + timedelta(hours=11, minutes=59)  # 23:59 in Marmande
    with store.writing() as tx:
        for n, made_at in ((1, last_minute), (2, NOON), (3, NOON), (4, last_minute + minutes(1))):
            tx.add_quote(quote(n))
            tx.add_booking(booking(n, made_at=made_at))
        assert [b.booking_id for b in tx.bookings(DAY)] == ["b2", "b3", "b1"]
        assert [b.booking_id for b in tx.bookings(DAY + timedelta(days=1))] == ["b4"]


def test_a_fresh_key_has_made_nothing_yet(store: SqlStore) -> None:
    with store.writing() as tx:
        assert tx.claim_key(MARKET, "k", "body", BookingId("b1"), NOON) is None
        book(tx)


def test_a_key_answers_with_the_booking_it_was_claimed_for(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.claim_key(MARKET, "k", "body", BookingId("b1"), NOON)
        book(tx)
    with store.writing() as tx:
        assert tx.claim_key(MARKET, "k", "body", BookingId("b2"), NOON) == "b1"


def test_a_key_with_another_body_is_refused(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.claim_key(MARKET, "k", "body", BookingId("b1"), NOON)
        book(tx)
        with pytest.raises(KeyReused) as caught:
            tx.claim_key(MARKET, "k", "other", BookingId("b2"), NOON)
        assert caught.value.field == "Idempotency-Key"


def test_a_key_claimed_for_a_booking_that_was_never_made_is_not_kept(store: SqlStore) -> None:
    with pytest.raises(Broken), store.writing() as tx:
        tx.claim_key(MARKET, "k", "body", BookingId("b1"), NOON)
    with store.writing() as tx:
        assert tx.claim_key(MARKET, "k", "other", BookingId("b1"), NOON) is None
        book(tx)


def test_a_failed_booking_gives_its_key_back(store: SqlStore) -> None:
    with pytest.raises(NotFound), store.writing() as tx:
        tx.claim_key(MARKET, "k", "body", BookingId("b1"), NOON)
        book(tx)
        tx.quote("q9")
    with store.writing() as tx:
        assert tx.claim_key(MARKET, "k", "other", BookingId("b1"), NOON) is None
        book(tx)


def test_each_storefront_has_keys_of_its_own(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.claim_key(MARKET, "k", "body", BookingId("b1"), NOON)
        book(tx)
        assert tx.claim_key(StorefrontId("fair"), "k", "other", BookingId("b1"), NOON) is None
