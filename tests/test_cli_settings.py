"""Towns and parameters, as the command line writes them out."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from dispatch.cli import main
from dispatch.cli_parts import toml_of
from dispatch.cli_settings import document_of
from dispatch.core.civil import minute_of_day
from dispatch.settings import Settings, settings_of
from tests.adapters.streets.fake_server import fake_server


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, list(arguments))


def test_what_is_shown_can_be_saved_as_the_parameters_file(tmp_path: Path) -> None:
    shown = run("config", "show", "--data-dir", str(tmp_path))
    assert shown.exit_code == 0
    assert settings_of(tomllib.loads(shown.stdout)) == Settings()


@given(
    document=st.fixed_dictionaries(
        {},
        optional={
            "preset": st.sampled_from(["within_4h", "from_4h"]),
            "calendar": st.fixed_dictionaries({"region": st.sampled_from(["alsace", "moselle"])}),
            "levels": st.fixed_dictionaries(
                {},
                optional={
                    "express": st.fixed_dictionaries({"slot_min": st.sampled_from([30, 60, 120])}),
                    "standard": st.fixed_dictionaries({"posting_cut_off": st.just("none")}),
                    "collect": st.fixed_dictionaries({"enabled": st.booleans()}),
                },
            ),
            "quotes": st.fixed_dictionaries({"life_min": st.integers(1, 1440)}),
            "api": st.fixed_dictionaries(
                {"quota_per_min": st.integers(1, 10_000) | st.just("none")}
            ),
            "nudge": st.fixed_dictionaries({"enabled": st.booleans()}),
            "holds": st.fixed_dictionaries({"max_held_share": st.floats(0, 1)}),
            "retention": st.fixed_dictionaries(
                {"events_days": st.integers(365, 3650) | st.just("none")}
            ),
            "webhooks": st.fixed_dictionaries(
                {"retry_after_s": st.lists(st.integers(0, 3600)).map(lambda s: [0, *sorted(s)])}
            ),
            "streets": st.fixed_dictionaries(
                {"engine": st.sampled_from(["osrm", "valhalla"]), "url": st.just("http://a:5000")},
                optional={
                    "fallback": st.just("own"),
                    "timeout_s": st.floats(0.1, 30),
                    "profiles": st.just({"car": "driving"}),
                    "urls": st.just({"bike": "http://b:5001", "cargo_bike": "http://b:5001"}),
                },
            ),
            "waves": st.fixed_dictionaries(
                {
                    "cut_offs": st.lists(
                        st.integers(0, 1439).map(lambda m: f"{m // 60:02d}:{m % 60:02d}"),
                        min_size=1,
                        max_size=5,
                        unique=True,
                    ).map(lambda times: sorted(times, key=minute_of_day)),
                    "budget_s": st.floats(0.1, 600),
                    "engine": st.sampled_from(["greedy", "ortools"]),
                }
            ),
        },
    )
)
def test_any_settings_written_out_read_back_the_same(document: dict[str, Any]) -> None:
    settings = settings_of(document)
    written = document_of(settings)
    assert settings_of(tomllib.loads(toml_of(written))) == settings
    assert settings_of(json.loads(json.dumps(written))) == settings


def test_the_file_in_the_data_dir_is_the_one_that_counts(tmp_path: Path) -> None:
    (tmp_path / "parameters.toml").write_text("[tariff]\nexpress_cents = 590\n")
    for command in ("show", "check"):
        told = json.loads(run("config", command, "--data-dir", str(tmp_path), "--json").stdout)
        assert told["parameters"]["tariff"]["express_cents"] == 590
        assert told["parameters"]["tariff"]["standard_cents"] == 500  # a default
        assert told["origin"] == str(tmp_path / "parameters.toml")


def test_a_sound_file_is_checked_wherever_it_lies(tmp_path: Path) -> None:
    file = tmp_path / "tuesday.toml"
    file.write_text('[waves]\ncut_offs = ["09:30", "11:00"]\n')
    answer = run("config", "check", str(file))
    assert answer.exit_code == 0
    assert 'cut_offs = ["09:30", "11:00"]' in answer.stdout


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[tariff]\nexpres_cents = 590\n", "did you mean 'express_cents'"),
        ("[tarif]\n", "did you mean 'tariff'"),
        ("[tariff]\nexpress_cents = -1\n", "express_cents is negative: -1"),
        ('[tariff]\nexpress_cents = "590"\n', "tariff.express_cents"),
        ("[waves]\nbudget_s =\n", "line 2"),
        ('[waves]\nengine = "crystal-ball"\n', "waves.engine 'crystal-ball'"),
        ('[streets]\nengine = "google"\n', "known: own, osrm, valhalla"),
        ('[streets]\nengine = "osrm"\n', "is no address of osrm"),
        ('[streets]\nengine = "osrm"\nurl = "http://127.0.0.1:9"\n', ":9 cannot be reached"),
        ('town = "paris"\n', "no town 'paris'; known: val_de_garonne"),
    ],
)
def test_a_mistake_is_one_line_naming_the_key(text: str, named: str, tmp_path: Path) -> None:
    (tmp_path / "parameters.toml").write_text(text)
    answer = run("config", "check", "--data-dir", str(tmp_path))
    assert answer.exit_code == 2
    assert named in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert answer.stdout == ""


def test_a_routing_server_of_somewhere_else_is_told_by_the_shop_it_misses(tmp_path: Path) -> None:
    with fake_server() as server:
        (tmp_path / "parameters.toml").write_text(
            f'[streets]\nengine = "valhalla"\nurl = "{server.url}"\n'
        )
        answer = run("config", "check", "--data-dir", str(tmp_path))
    assert answer.exit_code == 2
    assert re.search(r"m_\w+: lat .* m from the nearest street of valhalla", answer.stderr)


def test_a_misspelt_key_is_told_once_behind_the_file_s_name(tmp_path: Path) -> None:
    file = tmp_path / "p2.toml"
    file.write_text("[waves]\nbudgets_s = 1\n")
    assert run("config", "check", str(file)).stderr == (
        f"dispatch: {file}: [waves] has no 'budgets_s'; did you mean 'budget_s'?"
        " (known: budget_s, cut_offs, engine, proof_s, publish_lag_s, seed)\n"
    )


def test_there_is_nothing_to_check_without_a_file(tmp_path: Path) -> None:
    answer = run("config", "check", "--data-dir", str(tmp_path))
    assert answer.exit_code == 2
    assert "parameters.toml" in answer.stderr


def test_an_installation_does_not_open_on_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "parameters.toml").write_text('town = "paris"\n')
    answer = run("links", "--data-dir", str(tmp_path))
    assert answer.exit_code == 2
    assert "no town 'paris'" in answer.stderr
