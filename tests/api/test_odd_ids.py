"""Ids that no database can hold are ids of nothing, on either database."""

from __future__ import annotations

import pytest

from dispatch.adapters.storage.store import SqlStore
from dispatch.operations.ports import Ports
from tests.api.conftest import Storefront
from tests.fakes.house import house


@pytest.fixture
def ports(store: SqlStore) -> Ports:
    return house(store=store)


@pytest.mark.parametrize("odd", ["%00", "bkg_1%00", "%ED%B2%80", "%FF", "x" * 3000])
def test_an_odd_id_is_not_found(shop: Storefront, odd: str) -> None:
    document = shop.client.get("/openapi.json").get_json()
    asked = [
        path.replace("{", "").replace(name, odd).replace("}", "")
        for path, methods in document["paths"].items()
        if "get" in methods and "{" in path
        for name in [path.split("{")[1].split("}")[0]]
    ]
    assert len(asked) >= 2
    for path in asked:
        answer = shop.client.get(path, headers=shop.headers())
        assert answer.status_code in (404, 422), (path, answer.status_code)


def test_a_position_beyond_every_number_has_nothing_after_it(shop: Storefront) -> None:
    for after in (2**31, 2**53):
        answer = shop.client.get(f"/v1/events?after={after}", headers=shop.headers())
        assert answer.status_code in (200, 422), answer.json
