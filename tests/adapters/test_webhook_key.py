from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dispatch.adapters.post import HttpPost
from dispatch.adapters.webhook_key import KEY_FILE, WebhookKey
from dispatch.core.errors import Invalid


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / KEY_FILE


def test_each_endpoint_and_each_number_has_a_secret_of_its_own_always_the_same(
    file: Path,
) -> None:
    post = HttpPost(WebhookKey(file))
    made = [post.new_secret("wh_1", 1), post.new_secret("wh_1", 2), post.new_secret("wh_2", 1)]
    assert len(set(made)) == 3
    again = HttpPost(WebhookKey(file))
    assert [again.secret("wh_1", 1), again.secret("wh_1", 2), again.secret("wh_2", 1)] == made


def test_another_installation_has_other_secrets(tmp_path: Path) -> None:
    keys = [WebhookKey(tmp_path / name) for name in ("a.key", "b.key")]
    for key in keys:
        key.make()
    assert keys[0].secret("wh_1", 1) != keys[1].secret("wh_1", 1)


def test_the_key_is_its_owners_and_made_once(file: Path) -> None:
    key = WebhookKey(file)
    key.make()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first = file.read_bytes()
    key.make()
    assert file.read_bytes() == first
    assert [path.name for path in file.parent.iterdir()] == [KEY_FILE]


def test_without_its_key_or_with_half_of_it_nothing_is_signed(file: Path) -> None:
    key = WebhookKey(file)
    with pytest.raises(Invalid, match="missing or damaged"):
        key.secret("wh_1", 1)
    key.make()
    file.write_bytes(file.read_bytes()[:16])
    with pytest.raises(Invalid, match="missing or damaged"):
        key.secret("wh_1", 1)
    with pytest.raises(Invalid, match="missing or damaged"):
        HttpPost(key).new_secret("wh_2", 1)
