from __future__ import annotations

import re

from dispatch.adapters.ids import RandomIds


def test_an_id_says_what_it_names_and_comes_once() -> None:
    ids = RandomIds()
    made = {ids.new("qte") for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch("qte_[2-9b-z]{20}", one) for one in made)


def test_an_id_read_over_the_phone_has_no_vowel_and_no_look_alike() -> None:
    letters = set("".join(RandomIds().new("x").removeprefix("x_") for _ in range(500)))
    assert not letters & set("aeiouy01l")
    assert len(letters) == 27


def test_a_token_carries_256_bits_and_is_safe_in_an_address() -> None:
    token = RandomIds().token()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert RandomIds().token() != token


def test_a_code_is_four_digits_to_say_at_a_counter() -> None:
    codes = [RandomIds().code() for _ in range(300)]
    assert all(re.fullmatch(r"\d{4}", code) for code in codes)
    assert len(set(codes)) > 200
