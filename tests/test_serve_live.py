"""Server-sent events through the real server: told within seconds, and no hindrance to an end."""

from __future__ import annotations

from pathlib import Path

import httpx

from dispatch.operations.access import PageKind, create_link
from tests.installation import A_DOOR, MERCHANT, PATIENCE_S, a_key, opened, serving


def test_a_planner_is_told_of_a_quote_and_then_the_server_ends_as_fast_as_ever(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, "--clock", "2026-11-24T09:30+01:00", "--no-jobs") as served:
        with opened(tmp_path) as ports:
            link = create_link(PageKind.PLANNER, "", ports)
        with httpx.Client(base_url=served.url, timeout=PATIENCE_S) as planner:
            page = planner.get(f"/l/{link}", follow_redirects=True)
            assert 'data-direct="/planification/direct"' in page.text
            with planner.stream("GET", "/planification/direct") as told:
                lines = told.iter_lines()
                assert next(lines).startswith("retry:")
                httpx.post(
                    f"{served.url}/v1/quotes",
                    headers={"Authorization": f"Bearer {a_key(tmp_path)}"},
                    json={
                        "merchants": [{"merchant_id": MERCHANT, "weight_g": 1000}],
                        "deliver_to": {"location": A_DOOR},
                    },
                    timeout=PATIENCE_S,
                ).raise_for_status()
                assert any(line == "event: changed" for line in lines)
                served.end()
        assert served.process.returncode == 0
