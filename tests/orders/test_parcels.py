"""When the post is asked: soon, then more rarely, and never for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.ids import ShipmentId
from dispatch.orders.parcels import GIVE_UP_AFTER, LOOK_EVERY, Parcel, street_postcode_city
from tests.adapters.storage_samples import NOON

NEW = Parcel(ShipmentId("s1"), NOON, NOON)


def test_after_a_silence_the_post_is_asked_again_ever_more_rarely_up_to_an_hour() -> None:
    parcel, waits = NEW, []
    for _ in range(9):
        parcel = parcel.unanswered(NOON, "carrier_unavailable")
        assert parcel.next_at is not None
        waits.append((parcel.next_at - NOON) // timedelta(minutes=1))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_an_answer_ends_the_trouble_and_the_next_look_is_two_hours_later() -> None:
    parcel = NEW.unanswered(NOON, "carrier_unavailable").labelled("6A00000000001", NOON)
    assert (parcel.tries, parcel.trouble) == (0, None)
    assert parcel.next_at == NOON + LOOK_EVERY


def test_what_ended_is_left_alone_and_what_never_ends_is_given_up() -> None:
    parcel = NEW.labelled("6A00000000001", NOON)
    assert parcel.looked_at(NOON, ended=True).next_at is None
    assert parcel.looked_at(NOON + GIVE_UP_AFTER, ended=False).next_at is None


@given(st.lists(st.sampled_from(["silence", "refusal", "news"]), max_size=40))
def test_the_post_is_never_asked_twice_within_a_minute(answers: list[str]) -> None:
    parcel, now = NEW.labelled("6A00000000001", NOON), NOON
    for answer in answers:
        before = now
        assert parcel.next_at is not None
        now = parcel.next_at
        assert now - before >= timedelta(minutes=1)
        if answer == "silence":
            parcel = parcel.unanswered(now, "carrier_unavailable")
        elif answer == "refusal":
            parcel = parcel.refused(now, "carrier_refused")
        else:
            parcel = parcel.looked_at(now, ended=False)
        if parcel.next_at is None:
            break


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("12 Rue Neuve, 47200 Marmande", ("12 Rue Neuve", "47200", "Marmande")),
        ("Bât. B, 3 av. Foch 47400 TONNEINS", ("Bât. B, 3 av. Foch", "47400", "TONNEINS")),
        (
            "4 rue du 8 mai 1945, 47180 Sainte-Bazeille",
            ("4 rue du 8 mai 1945", "47180", "Sainte-Bazeille"),
        ),
        ("12 Rue Neuve, Marmande", None),
        ("47200 Marmande", None),
        ("", None),
    ],
)
def test_an_address_is_taken_apart_where_it_says_all_three_parts(
    written: str, parts: tuple[str, str, str] | None
) -> None:
    assert street_postcode_city(written) == parts


def test_a_number_that_is_none_is_refused() -> None:
    for number in ("", "6A", "6a00000000001", "6A00000000001?x=1", "6A" * 10):
        with pytest.raises(ValueError, match="11 to 15"):
            NEW.labelled(number, NOON)
