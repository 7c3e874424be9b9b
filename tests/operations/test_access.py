from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from dispatch.adapters.ids import RandomIds
from dispatch.adapters.storage.engine import DATABASE_FILE
from dispatch.adapters.storage.store import open_store
from dispatch.core.errors import Forbidden, Invalid, NotFound, Unauthorised
from dispatch.core.ids import StorefrontId
from dispatch.operations.access import (
    SCOPES,
    ApiKey,
    PageKind,
    PageLink,
    authenticate,
    create_key,
    create_link,
    fingerprint,
    open_link,
    revoke_key,
    revoke_links,
    rotate_key,
)
from dispatch.operations.ports import Ports
from tests.fakes.house import clock_of
from tests.operations.drawn import TEN, drawn_house


@pytest.fixture
def drawn() -> Ports:
    """A drawn house with secrets nobody can guess."""
    return replace(drawn_house(), ids=RandomIds())


def test_a_key_opens_what_it_was_made_for_and_names_its_storefront(drawn: Ports) -> None:
    secret = create_key("market", ["quotes", "bookings", "quotes"], drawn)
    key = authenticate(secret, "bookings", drawn)
    assert (key.storefront_id, key.scopes) == ("market", ("quotes", "bookings"))
    assert key.created_at == TEN


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_opens_itself_only_and_admin_opens_all(drawn: Ports, scope: str) -> None:
    secret = create_key("market", [scope], drawn)
    for asked in SCOPES:
        if asked == scope or scope == "admin":
            assert authenticate(secret, asked, drawn)
        else:
            with pytest.raises(Forbidden, match=asked) as why:
                authenticate(secret, asked, drawn)
            assert why.value.facts == {"scope": asked}


@pytest.mark.parametrize(
    ("scopes", "says"),
    [(["quotes", "quote"], "unknown scope 'quote'; known: quotes"), ([], "at least one scope")],
)
def test_a_key_for_nothing_or_for_nonsense_is_not_made(
    drawn: Ports, scopes: list[str], says: str
) -> None:
    with pytest.raises(Invalid, match=says) as why:
        create_key("market", scopes, drawn)
    assert why.value.field == "scopes"


def test_a_key_nobody_gave_opens_nothing(drawn: Ports) -> None:
    secret = create_key("market", ["admin"], drawn)
    for guess in ("", "dk_", secret[:-1], secret.upper(), fingerprint(secret)):
        with pytest.raises(Unauthorised):
            authenticate(guess, "quotes", drawn)


def test_a_revoked_key_is_like_one_nobody_gave(drawn: Ports) -> None:
    with drawn.store.writing() as tx:
        tx.add_key(ApiKey(fingerprint("s"), "market", ("admin",), TEN, revoked_at=TEN))  # type: ignore[arg-type]
    with pytest.raises(Unauthorised, match="not known"):
        authenticate("s", "quotes", drawn)


def name_of(secret: str) -> str:
    return fingerprint(secret)[:8]


def test_revoking_a_key_by_its_name_ends_it_and_no_other(drawn: Ports) -> None:
    lost, kept = (create_key("market", ["quotes"], drawn) for _ in range(2))
    ended = revoke_key(name_of(lost), drawn)
    assert (ended.name, ended.revoked_at) == (name_of(lost), TEN)
    with pytest.raises(Unauthorised, match="not known"):
        authenticate(lost, "quotes", drawn)
    assert authenticate(kept, "quotes", drawn).revoked_at is None


def test_a_key_revoked_twice_was_revoked_the_first_time(drawn: Ports) -> None:
    lost = create_key("market", ["quotes"], drawn)
    first = revoke_key(name_of(lost), drawn)
    clock_of(drawn).advance(minutes=5)
    assert revoke_key(name_of(lost), drawn) == first
    with drawn.store.reading() as tx:
        assert tx.keys() == (first,)


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("00000000", NotFound, "no key is called 00000000"),
        ("", Invalid, "8 characters"),
        ("abc1234", Invalid, "not 'abc1234'"),
        ("abc12345", Invalid, "write one whole: abc123450, abc123451"),
        ("abc12345_", NotFound, "no key"),
    ],
)
def test_a_name_that_is_not_one_key_s_revokes_nothing(
    drawn: Ports, name: str, error: type[Exception], says: str
) -> None:
    with drawn.store.writing() as tx:
        for end in "01":
            tx.add_key(ApiKey(f"abc12345{end}", StorefrontId("market"), ("quotes",), TEN))
    with pytest.raises(error, match=says):
        revoke_key(name, drawn)
    with drawn.store.reading() as tx:
        made = tx.keys()
    assert [key.revoked_at for key in made] == [None, None]


def test_revoked_links_open_nothing_and_later_ones_do(drawn: Ports) -> None:
    old = [create_link(PageKind.PLANNER, "", drawn), create_link(PageKind.COURIER, "anna", drawn)]
    assert revoke_links(drawn) == 2
    for token in old:
        with pytest.raises(Unauthorised, match="ask the planner"):
            open_link(token, drawn)
    new = create_link(PageKind.COURIER, "anna", drawn)
    assert open_link(new, drawn).subject == "anna"
    clock_of(drawn).advance(minutes=5)
    assert revoke_links(drawn) == 1  # the two others were revoked before
    with drawn.store.reading() as tx:
        ended_at = sorted(link.revoked_at for link in tx.links() if link.revoked_at)
    assert ended_at == [TEN, TEN, TEN + timedelta(minutes=5)]


def test_two_keys_of_one_storefront_are_two_secrets(drawn: Ports) -> None:
    one, other = (create_key("market", ["quotes"], drawn) for _ in range(2))
    assert one != other
    assert authenticate(one, "quotes", drawn) != authenticate(other, "quotes", drawn)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [(PageKind.COURIER, "anna"), (PageKind.MERCHANT, "B"), (PageKind.PLANNER, "")],
)
def test_a_link_opens_one_reader_s_page(drawn: Ports, kind: PageKind, subject: str) -> None:
    link = open_link(create_link(kind, subject, drawn), drawn)
    assert (link.kind, link.subject) == (kind, subject)


@pytest.mark.parametrize("kind", [PageKind.COURIER, PageKind.MERCHANT])
def test_no_link_is_made_for_somebody_who_does_not_exist(drawn: Ports, kind: PageKind) -> None:
    with pytest.raises(NotFound, match="nobody"):
        create_link(kind, "nobody", drawn)


def test_a_revoked_or_invented_link_opens_nothing(drawn: Ports) -> None:
    with drawn.store.writing() as tx:
        tx.add_link(PageLink(fingerprint("t"), PageKind.PLANNER, "", TEN, revoked_at=TEN))
    for token in ("t", "u"):
        with pytest.raises(Unauthorised, match="ask the planner"):
            open_link(token, drawn)


def test_a_key_is_no_link_and_a_link_is_no_key(drawn: Ports) -> None:
    secret, token = create_key("market", ["admin"], drawn), create_link(PageKind.PLANNER, "", drawn)
    with pytest.raises(Unauthorised):
        open_link(secret, drawn)
    with pytest.raises(Unauthorised):
        authenticate(token, "admin", drawn)


def test_the_secret_is_nowhere_in_the_database(drawn: Ports, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    ports = replace(drawn, store=store)
    secrets = [create_key("market", ["quotes"], ports), create_link(PageKind.PLANNER, "", ports)]
    with sqlite3.connect(tmp_path / DATABASE_FILE) as looking:
        dump = "\n".join(looking.iterdump())
    looking.close()
    store.close()
    stored = dump.encode() + b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for secret in secrets:
        assert secret.removeprefix("dk_").encode() not in stored
        assert (
            sha256(secret.encode()).hexdigest().encode() in stored
        )  # we looked at the right place


def test_a_rotated_key_goes_on_for_its_grace_and_then_only_its_successor_opens(
    drawn: Ports,
) -> None:
    old = create_key("market", ["quotes"], drawn)
    fresh, secret = rotate_key(name_of(old), drawn, grace=timedelta(hours=24))
    assert (fresh.storefront_id, fresh.scopes, fresh.expires_at) == ("market", ("quotes",), None)
    clock_of(drawn).advance(minutes=24 * 60 - 1)
    assert authenticate(old, "quotes", drawn).storefront_id == "market"
    clock_of(drawn).advance(minutes=1)
    with pytest.raises(Unauthorised):
        authenticate(old, "quotes", drawn)
    assert authenticate(secret, "quotes", drawn).name == fresh.name


def test_rotating_never_lengthens_a_life_and_keeps_its_length(drawn: Ports) -> None:
    old = create_key("market", ["quotes"], drawn, life=timedelta(days=1))
    clock_of(drawn).advance(minutes=23 * 60)
    fresh, _ = rotate_key(name_of(old), drawn, grace=timedelta(days=2))
    assert fresh.expires_at == TEN + timedelta(hours=23 + 24)
    clock_of(drawn).advance(minutes=60)
    with pytest.raises(Unauthorised):
        authenticate(old, "quotes", drawn)
    with pytest.raises(Invalid, match="opens nothing any more"):
        rotate_key(name_of(old), drawn)


@pytest.mark.parametrize("hours", [-1, 30 * 24 + 1])
def test_a_grace_is_some_days_at_most(drawn: Ports, hours: int) -> None:
    name = name_of(create_key("market", ["quotes"], drawn))
    with pytest.raises(Invalid, match="0 to 30 days"):
        rotate_key(name, drawn, grace=timedelta(hours=hours))


def test_it_is_known_to_the_hour_when_a_key_was_used_last(drawn: Ports) -> None:
    secret = create_key("market", ["quotes"], drawn)

    def used_at() -> datetime | None:
        with drawn.store.reading() as tx:
            return tx.keys()[0].last_used_at

    assert used_at() is None
    authenticate(secret, "quotes", drawn)
    assert used_at() == TEN
    clock_of(drawn).advance(minutes=59)
    authenticate(secret, "quotes", drawn)
    assert used_at() == TEN
    clock_of(drawn).advance(minutes=1)
    authenticate(secret, "quotes", drawn)
    assert used_at() == TEN + timedelta(hours=1)
