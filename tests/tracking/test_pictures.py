from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from dispatch.tracking.pictures import JPEG, PNG, cleaned
from tests.tracking.pictures import WHERE, chunk, jpeg, png, segment


def test_a_photo_no_longer_says_where_it_was_taken() -> None:
    told = jpeg(segment(0xE1, WHERE), segment(0xED, b"Photoshop"), segment(0xFE, b"chez Camille"))
    assert cleaned(told) == (JPEG, jpeg())


def test_a_signature_no_longer_says_who_drew_it() -> None:
    told = png(chunk(b"tEXt", b"Author\x00Camille"), chunk(b"eXIf", WHERE))
    assert cleaned(told) == (PNG, png())


@given(st.sampled_from([jpeg(), png()]), st.integers(0, 400))
def test_a_picture_that_breaks_off_before_it_begins_is_none(whole: bytes, at: int) -> None:
    cut = whole[: min(at, len(whole) - 20)]
    with pytest.raises(Invalid):
        cleaned(cut)


@given(st.binary(max_size=300))
def test_bytes_are_a_picture_or_are_refused(data: bytes) -> None:
    for begun in (data, b"\xff\xd8" + data, b"\x89PNG\r\n\x1a\n" + data):
        try:
            kind, kept = cleaned(begun)
        except Invalid as why:
            assert why.facts["reason"] == "not_a_picture"
        else:
            assert kind in (JPEG, PNG) and len(kept) <= len(begun)
