"""What docs/client.md shows is what runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import dispatch.client
from dispatch.client import Basket, Booked, Doorstep, Event, Line, Shop
from dispatch.operations.ports import Ports
from tests.client.conftest import booked_refs, chosen

PAGE = Path(__file__).parents[2] / "docs" / "client.md"


def test_the_page_books_and_hears_of_it(
    shop: Shop, ports: Ports, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, then, *_ = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    asked = Basket("CMD-1", (Line("m_maison_lisiere"),), Doorstep(address="somewhere else"))
    heard: list[Event] = []
    names: dict[str, Any] = {
        "option_id": chosen(shop.quote(asked), "collect"),
        "note": heard.append,
    }
    monkeypatch.setattr(dispatch.client, "Shop", lambda *_, **__: shop)
    exec(first, names)
    exec(then, names)
    assert isinstance(names["told"], Booked)
    assert "/suivi/" in capsys.readouterr().out
    assert booked_refs(ports) == ["CMD-1042"]
    assert [event.state for event in heard] == ["booked"]
