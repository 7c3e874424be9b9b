"""Pictures in a bucket, over a real socket, to a server that checks every signature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.adapters.proofs.s3 import S3Proofs
from dispatch.adapters.proofs.settings import KEY_ID as KEY_ID_NAME
from dispatch.adapters.proofs.settings import SECRET_KEY, PictureSettings
from dispatch.adapters.proofs.sigv4 import signed_headers
from dispatch.core.errors import Broken, Invalid, StorageError
from dispatch.operations.ports import Picture
from tests.fakes.s3_server import BUCKET, KEY_ID, REGION, SECRET, S3Server, s3_server

KEY = "ab" * 32 + ".png"
SIGNATURE = Picture(b"\x89PNG drawn", "image/png")


def noon() -> datetime:
    return datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def settings(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> PictureSettings:
    monkeypatch.setenv(KEY_ID_NAME, KEY_ID)
    monkeypatch.setenv(SECRET_KEY, SECRET)
    return PictureSettings("s3", server.url, BUCKET, REGION)


def test_what_is_put_is_got_until_it_is_deleted(
    server: S3Server, settings: PictureSettings
) -> None:
    bucket = S3Proofs(settings, noon)
    assert bucket.get(KEY) is None
    bucket.put(KEY, SIGNATURE)
    assert server.objects == {f"/{BUCKET}/{KEY}": ("image/png", SIGNATURE.data)}
    assert bucket.get(KEY) == SIGNATURE
    for _ in range(2):
        bucket.delete(KEY)
        assert bucket.get(KEY) is None


def test_a_wrong_secret_another_region_and_a_lost_bucket_are_told_as_storage(
    settings: PictureSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in (replace(settings, region="mars-1"), replace(settings, bucket="other")):
        with pytest.raises(StorageError, match="the pictures' server answers 40"):
            S3Proofs(wrong, noon).put(KEY, SIGNATURE)
    monkeypatch.setenv(SECRET_KEY, "not the secret")
    with pytest.raises(StorageError, match="answers 403"):
        S3Proofs(settings, noon).get(KEY)


def test_a_server_in_trouble_is_told_as_storage_and_asked_again_later(
    server: S3Server, settings: PictureSettings
) -> None:
    bucket = S3Proofs(settings, noon)
    server.broken = 503
    with pytest.raises(StorageError, match="answers 503"):
        bucket.put(KEY, SIGNATURE)
    server.broken = None
    bucket.put(KEY, SIGNATURE)
    assert bucket.get(KEY) == SIGNATURE


def test_a_server_that_is_not_there_is_told_as_storage(settings: PictureSettings) -> None:
    nobody = replace(settings, url="http://127.0.0.1:9")
    with pytest.raises(StorageError, match="ConnectError"):
        S3Proofs(nobody, noon).get(KEY)


def test_a_key_that_is_missing_is_named_before_the_first_picture(
    settings: PictureSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SECRET_KEY)
    with pytest.raises(Invalid, match="DISPATCH_S3_SECRET_KEY is not set"):
        S3Proofs(settings, noon)


def test_a_key_is_never_a_path(settings: PictureSettings) -> None:
    bucket = S3Proofs(settings, noon)
    for act in (bucket.get, bucket.delete, lambda key: bucket.put(key, SIGNATURE)):
        with pytest.raises(Broken):
            act("../other/thing.png")


def test_the_signature_is_that_of_the_documentation() -> None:
    """The example "GET Object" of "Signature calculations for the Authorization header"."""
    headers = signed_headers(
        "GET",
        "https://examplebucket.s3.amazonaws.com/test.txt",
        b"",
        {"range": "bytes=0-9"},
        key_id="AKIAIOSFODNN7EXAMPLE",
        secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        region="us-east-1",
        at=datetime(2013, 5, 24, tzinfo=UTC),
    )
    assert headers["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


def test_old_pictures_are_found_page_by_page(server: S3Server, settings: PictureSettings) -> None:
    bucket = S3Proofs(settings, noon)
    keys = [f"{n:02x}" * 32 + ".png" for n in range(5)]
    for key in keys:
        bucket.put(key, SIGNATURE)
    server.written |= {f"/{BUCKET}/{key}": "2026-11-24T11:30:00.000Z" for key in keys[:1]}
    server.objects[f"/{BUCKET}/notes.txt"] = ("text/plain", b"no picture")
    assert list(bucket.older_than(timedelta(hours=1))) == keys[1:]
    with pytest.raises(StorageError, match="answers 404"):
        list(S3Proofs(replace(settings, bucket="other"), noon).older_than(timedelta()))
