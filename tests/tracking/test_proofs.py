from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.core.ids import CourierId, MerchantId, QuoteId, TourId
from dispatch.tracking.proofs import Asked, Proof, ProofKind, ProofRules
from tests.tracking.stops import at

NAME, PIN, CODE, PHOTO, SIGNATURE = ProofKind
NAMED = Proof(
    "p1", TourId("t1"), CourierId("anna"), "q:1", QuoteId("q"), NAME, at(5), at(6), said="M. Durand"
)


def test_a_picture_has_a_type_and_a_size_and_a_word_has_neither() -> None:
    photo = replace(NAMED, kind=PHOTO, said=None, file="f", content_type="image/jpeg", size=9)
    assert photo.is_kept
    with pytest.raises(ValueError, match="a picture has a type and a size"):
        replace(photo, size=None)
    with pytest.raises(ValueError, match="nothing else has: name"):
        replace(NAMED, size=9, content_type="image/jpeg")


def test_forgotten_it_was_a_proof_and_says_nothing() -> None:
    assert NAMED.forgotten() == replace(NAMED, said=None)
    assert not NAMED.forgotten().is_kept


def test_what_is_required_is_missing_until_it_holds() -> None:
    asked = Asked(asked=(NAME,), required=(PIN, PHOTO))
    assert asked.kinds == (NAME, PIN, PHOTO)
    wrong = replace(NAMED, kind=PIN, holds=False)
    assert asked.missing([NAMED, wrong]) == (PIN, PHOTO)
    assert asked.missing([replace(wrong, holds=True)]) == (PHOTO,)


def test_a_door_of_two_shops_is_asked_what_either_asks() -> None:
    rules = ProofRules(
        merchants={
            MerchantId("jeweller"): Asked(required=(PIN,)),
            MerchantId("baker"): Asked(),
        }
    )
    assert rules.requires and not ProofRules().requires
    assert rules.of([MerchantId("baker")]) == Asked()
    assert rules.of([MerchantId("grocer")]) == Asked(asked=(NAME,))
    both = rules.of([MerchantId("grocer"), MerchantId("jeweller")])
    assert both == Asked(asked=(NAME,), required=(PIN,))


@pytest.mark.parametrize("most_kb", [19, 251])
def test_a_picture_is_neither_useless_nor_larger_than_pages_may_be_sent(most_kb: int) -> None:
    with pytest.raises(ValueError, match="most_kb is out of 20 to 250"):
        ProofRules(most_kb=most_kb)
