"""What docs/webhooks.md tells shops to write verifies what we send, and nothing else."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dispatch.adapters.clock import WallClock
from dispatch.operations.letters import Letter, secret_text, signed_headers

PAGE = Path(__file__).parent.parent / "docs" / "webhooks.md"
OLD, NEW = secret_text(b"o" * 32), secret_text(b"n" * 32)
BODY = '{"type":"shipment.state","data":{"reason":"Fermé"}}'.encode()

Verify = Callable[[Mapping[str, str], bytes, str], bool]


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def in_python(tmp_path: Path) -> Verify:
    file = tmp_path / "shop.py"
    file.write_text(example("python"))
    spec = importlib.util.spec_from_file_location("shop", file)
    assert spec is not None and spec.loader is not None
    shop = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shop)
    verify: Verify = shop.verified
    return verify


@pytest.fixture
def in_php(tmp_path: Path) -> Verify:
    php = shutil.which("php")
    if php is None:
        pytest.skip("no php on this machine")
    file = tmp_path / "shop.php"
    file.write_text(
        f"<?php\n{example('php')}"
        "[$h, $b, $s] = json_decode(file_get_contents('php://stdin'), true);\n"
        "echo verified($h, base64_decode($b), $s) ? 'yes' : 'no';\n"
    )

    def verify(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        asked = json.dumps([dict(headers), base64.b64encode(body).decode(), secret])
        said = subprocess.run([php, file], input=asked, capture_output=True, text=True, check=True)
        assert said.stdout in ("yes", "no"), said.stdout
        return said.stdout == "yes"

    return verify


@pytest.mark.parametrize("language", ["in_python", "in_php"])
def test_a_shop_that_follows_the_page_takes_our_letters_and_no_others(
    language: str, request: pytest.FixtureRequest
) -> None:
    verified: Verify = request.getfixturevalue(language)
    letter = Letter("https://shop.example/", "evt_s1_0", BODY, (NEW, OLD), 10.0)
    now_s = int(WallClock().now().timestamp())
    headers = signed_headers(letter, now_s)
    assert verified(headers, BODY, NEW)
    assert verified(headers, BODY, OLD)
    assert not verified(headers, BODY, secret_text(b"x" * 32))
    assert not verified(headers, BODY + b" ", NEW)
    assert not verified({**headers, "webhook-id": "evt_s1_1"}, BODY, NEW)
    assert not verified({**headers, "webhook-timestamp": str(now_s - 1)}, BODY, NEW)
    assert not verified({**headers, "webhook-timestamp": "soon"}, BODY, NEW)
    assert not verified({**headers, "webhook-signature": "é v1, v1"}, BODY, NEW)
    assert not verified({}, BODY, NEW)
    assert not verified(signed_headers(letter, now_s - 400), BODY, NEW)
