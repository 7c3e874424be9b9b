from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.operations.letters import Answer, Letter, secret_text, signature, signed_headers

#: The test vector of Standard Webhooks' own libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE, TIMESTAMP_S, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def letter(*secrets: str, message_id: str = MESSAGE) -> Letter:
    return Letter("https://shop.example/hook", message_id, BODY, secrets, 10.0)


def test_a_letter_is_signed_as_standard_webhooks_sign() -> None:
    assert signature(SECRET, MESSAGE, TIMESTAMP_S, BODY) == SIGNATURE


def test_the_three_headers_are_those_of_the_standard() -> None:
    assert signed_headers(letter(SECRET), TIMESTAMP_S) == {
        "webhook-id": MESSAGE,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_while_a_secret_is_replaced_both_sign() -> None:
    other = secret_text(b"n" * 32)
    signed = signed_headers(letter(other, SECRET), TIMESTAMP_S)["webhook-signature"]
    assert signed.split(" ") == [signature(other, MESSAGE, TIMESTAMP_S, BODY), SIGNATURE]


@given(st.sampled_from([0, 1, 2]), st.integers(0, 10**9), st.binary(max_size=50))
def test_nothing_of_what_is_signed_can_be_changed(part: int, number: int, body: bytes) -> None:
    changed = [MESSAGE, TIMESTAMP_S, BODY]
    changed[part] = [f"msg_{number}", number, body][part]
    assert signature(SECRET, *changed) != SIGNATURE  # type: ignore[arg-type]


def test_a_secret_reads_back_as_its_bytes() -> None:
    written = secret_text(bytes(range(32)))
    assert written.startswith("whsec_")
    assert base64.b64decode(written.removeprefix("whsec_")) == bytes(range(32))


@pytest.mark.parametrize("length", [0, 23, 65])
def test_a_secret_is_neither_short_nor_endless(length: int) -> None:
    with pytest.raises(ValueError, match=f"not {length}"):
        secret_text(b"x" * length)


def test_a_secret_that_is_none_is_told_without_repeating_it() -> None:
    with pytest.raises(ValueError, match=r"^the secret is not base64$"):
        signature("whsec_é!", MESSAGE, TIMESTAMP_S, BODY)


def test_a_letter_has_a_signer_and_no_dot_in_its_id() -> None:
    with pytest.raises(ValueError, match="a dot parts"):
        letter(SECRET, message_id="msg.1")
    with pytest.raises(ValueError, match="nobody signs"):
        letter()


@pytest.mark.parametrize(
    ("answer", "arrived", "words"),
    [
        (Answer(200), True, "200"),
        (Answer(204), True, "204"),
        (Answer(302), False, "302"),
        (Answer(410), False, "410"),
        (Answer(500), False, "500"),
        (Answer(None, "timeout"), False, "timeout"),
    ],
)
def test_only_a_status_from_200_to_299_is_a_receipt(
    answer: Answer, arrived: bool, words: str
) -> None:
    assert (answer.arrived, answer.words) == (arrived, words)
