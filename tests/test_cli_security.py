"""Commands that keep an installation safe, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.app import open_house
from dispatch.core.errors import Unauthorised
from dispatch.operations.access import PageKind
from dispatch.operations.devices import come_in, device_of, invite
from tests.installation import told


def test_a_purge_counts_what_it_forgot(tmp_path: Path) -> None:
    answer = json.loads(told("purge", "--data-dir", str(tmp_path), "--dry-run", "--json"))
    assert answer["dry_run"] is True
    assert set(answer["forgotten"].values()) == {0}
    assert "places where a courier was" in told("purge", "--data-dir", str(tmp_path))


def test_a_lost_phone_is_shut_out_by_command(tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    ports = open_house(tmp_path).ports
    secrets = [come_in(invite(PageKind.COURIER, "c_lea", ports), "Android", ports)[1] for _ in "12"]
    rows = json.loads(told("devices", "list", *where, "--json"))["devices"]
    assert [(row["kind"], row["subject"], row["platform"]) for row in rows] == [
        ("courier", "c_lea", "Android")
    ] * 2
    assert "c_lea" in told("devices", "list", *where)
    name = device_of(secrets[0], ports).name
    assert name in told("devices", "revoke", name, *where)
    with pytest.raises(Unauthorised):
        device_of(secrets[0], ports)
    assert device_of(secrets[1], ports).subject == "c_lea"
    assert told("devices", "lost", "courier", "c_lea", *where) == "devices shut out: 1\n"
    with pytest.raises(Unauthorised):
        device_of(secrets[1], ports)


def test_a_key_is_rotated_by_its_name(tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    told("keys", "create", *where, "--scopes", "quotes", "--storefront", "market", "--days", "90")
    (old,) = json.loads(told("keys", "list", *where, "--json"))["keys"]
    assert old["expires_at"] is not None and old["last_used_at"] is None
    fresh = json.loads(told("keys", "rotate", old["name"], *where, "--json"))
    assert (fresh["storefront"], fresh["scopes"]) == ("market", ["quotes"])
    assert fresh["key"].startswith("dk_")
    assert told("keys", "rotate", fresh["name"], "--grace-h", "0", *where).startswith("dk_")


def test_the_trail_tells_who_changed_what(tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    told("keys", "create", *where, "--scopes", "quotes", "--storefront", "market")
    told("links", *where, "--revoke-old")
    rows = json.loads(told("audit", *where, "--json"))["changes"]
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    assert {row["actor"] for row in rows} == {"command"}
    assert (rows[0]["act"], rows[0]["after"]["storefront"]) == ("key.created", "market")
    assert rows[1]["act"] == "links.revoked"
    assert "storefront=market" in told("audit", *where)
    assert json.loads(told("audit", *where, "--since", "2200-01-01", "--json"))["changes"] == []
