"""Real Chromium against a real `dispatch serve`; skipped, with the reason, where it is absent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from dispatch.core.civil import local_text, parse_instant

CHROMIUM = os.environ.get("DISPATCH_CHROMIUM") or shutil.which("chromium")


@dataclass(frozen=True, slots=True)
class Town:
    """A served town, as a shop and its people meet it."""

    url: str
    key: str
    data_dir: Path

    @property
    def links(self) -> tuple[dict[str, str], ...]:
        """New one-click links for everybody: each lets one browser in, once."""
        command = (sys.executable, "-m", "dispatch", "links", "--base-url", self.url)
        made = _said(*command, data_dir=self.data_dir)
        return tuple(made["links"])  # type: ignore[arg-type]

    def link(self, kind: str, subject: str = "") -> str:
        """A new one-click link of one reader."""
        for link in self.links:
            if link["kind"] == kind and subject in ("", link["id"]):
                return link["url"]
        raise LookupError(f"no link for {kind} {subject}")

    def api(self, method: str, path: str, **more: object) -> dict[str, object]:
        """Call the storefront's API; the answer must be a success."""
        answer = httpx.request(
            method,
            f"{self.url}{path}",
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=60,
            **more,  # type: ignore[arg-type]
        )
        assert answer.is_success, answer.text
        found = answer.json()
        assert isinstance(found, dict)
        return found

    def now(self) -> str:
        """What the town's clock shows, to the minute: ``2026-11-24T10:20``."""
        return local_text(parse_instant(str(self.api("GET", "/v1/health")["now"])))[:16]


@pytest.fixture(scope="module")
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """``dispatch serve`` on a Tuesday at 10:20, at the pace of a real day.

    A module's ``SETTINGS`` are added to the parameters.
    """
    data_dir = tmp_path_factory.mktemp("town")
    settings = getattr(request.module, "SETTINGS", "")
    waves = '[dispatching]\npolicy = "waves"\n[waves]\nengine = "greedy"\n'
    (data_dir / "parameters.toml").write_text(waves + settings)
    command = [sys.executable, "-m", "dispatch"]
    # A report on the streets, as an import leaves one: the pages only read it.
    measure = [*command, "town", "health", "val_de_garonne", "--keep"]
    subprocess.run([*measure, "--dir", str(data_dir)], check=True, capture_output=True)
    serve = [*command, "serve", "--port", "0", "--clock", "2026-11-24T10:20+01:00"]
    with subprocess.Popen(
        [*serve, "--data-dir", str(data_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            url = ""
            assert process.stdout is not None
            for line in process.stdout:
                if "address: " in line:
                    url = line.split("address: ")[1].strip().rstrip("/")
                if "Ctrl-C" in line:
                    break
            assert url, "the server said no address"
            made = _said(
                *command, "keys", "create", "--scopes", "quotes,bookings", data_dir=data_dir
            )
            yield Town(url, str(made["key"]), data_dir)
        finally:
            process.terminate()
            process.wait(60)


def _said(*command: str, data_dir: Path) -> dict[str, object]:
    done = subprocess.run(
        [*command, "--data-dir", str(data_dir), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(
            "no Chromium on this machine: install Debian's chromium, or set DISPATCH_CHROMIUM"
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield chromium
        chromium.close()


def open_page(browser: Browser, address: str, *, phone: bool = False) -> Page:
    """Open *address* in a context of its own, and wait until the page's scripts are done.

    Whatever is not on the page's own host is refused: pages work without the internet.
    """
    size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
    context = browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        has_touch=phone,
        is_mobile=phone,
        locale="fr-FR",
    )
    host = urlsplit(address).netloc
    strangers: list[str] = []

    def gate(route: object, request: object) -> None:
        if urlsplit(request.url).netloc == host:  # type: ignore[attr-defined]
            route.continue_()  # type: ignore[attr-defined]
        else:
            strangers.append(request.url)  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]

    context.route("**/*", gate)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-ready=true]")
    assert not strangers, f"the page asked the internet for {strangers}"
    return page
