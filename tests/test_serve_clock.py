"""One town, one clock: nobody else sets it, and it never turns back."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
from click.testing import CliRunner

from dispatch.cli import main
from tests.installation import a_key, book_express, ended_without_a_word, serving


def refused(data_dir: Path, *options: str) -> str:
    """What ``serve`` says when it does not start, in one line."""
    answer = CliRunner().invoke(
        main, ["serve", "--port", "0", "--data-dir", str(data_dir), *options]
    )
    assert answer.exit_code == 2, answer.output
    assert answer.stderr.count("\n") == 1
    return answer.stderr


def test_time_does_not_turn_back_behind_what_has_happened(tmp_path: Path) -> None:
    with serving(tmp_path, "--clock", "2026-11-24T09:30+01:00") as served:
        headers = {"Authorization": f"Bearer {a_key(tmp_path)}"}
        with httpx.Client(base_url=served.url, headers=headers) as shop:
            book_express(shop)
        ended_without_a_word(served, signal.SIGTERM)
    earlier = refused(tmp_path, "--clock", "2026-11-24T08:00+01:00")
    assert "something happened here at 2026-11-24T09:3" in earlier
    with serving(tmp_path, "--clock", "2026-11-24T10:00+01:00") as served:
        assert "town clock: 2026-11-24T10:00" in served.welcome
        ended_without_a_word(served, signal.SIGTERM)


def test_a_second_server_shares_the_clock_and_may_not_set_it(tmp_path: Path) -> None:
    with serving(tmp_path, "--clock", "2026-11-24T09:30+01:00") as first:
        said = refused(tmp_path, "--clock", "2026-11-24T10:00+01:00")
        assert "another `dispatch serve` is at work" in said
        with serving(tmp_path, "--no-jobs") as second:
            assert "town clock: 2026-11-24T09:3" in second.welcome
        assert httpx.get(f"{first.url}/v1/health").status_code == 200
