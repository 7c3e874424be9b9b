"""Which database an installation uses, and who may read its password."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.adapters.storage.chosen import (
    URL_FILE,
    VARIABLE,
    choose_database,
    chosen_database,
    shown,
)
from dispatch.core.errors import Invalid

URL = "postgresql://odile:secret@db.example/dispatch"


def test_an_installation_keeps_its_own_file_until_told_otherwise(tmp_path: Path) -> None:
    chosen = chosen_database(tmp_path)
    assert (chosen.where, chosen.by) == (tmp_path, "default")
    assert chosen.shown == str(tmp_path / "dispatch.sqlite3")


def test_what_was_chosen_is_found_again_and_undone(tmp_path: Path) -> None:
    choose_database(tmp_path, URL)
    chosen = chosen_database(tmp_path)
    assert chosen.by == "file"
    assert chosen.where == URL.replace("postgresql", "postgresql+psycopg")
    choose_database(tmp_path, None)
    choose_database(tmp_path, None)  # twice is no error
    assert chosen_database(tmp_path).by == "default"


def test_the_environment_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_database(tmp_path, URL)
    monkeypatch.setenv(VARIABLE, f"sqlite:///{tmp_path}/other.sqlite3")
    chosen = chosen_database(tmp_path)
    assert (chosen.by, Path(str(chosen.where)).name) == ("environment", "other.sqlite3")


def test_the_file_with_the_password_is_its_owners_alone(tmp_path: Path) -> None:
    choose_database(tmp_path, URL)
    assert (tmp_path / URL_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [URL_FILE]


@pytest.mark.parametrize("url", [URL, "postgresql://odile@db/x?password=secret&sslmode=require"])
def test_a_password_is_not_shown(tmp_path: Path, url: str) -> None:
    assert "secret" not in shown(url)
    assert "odile" in shown(url)
    choose_database(tmp_path, url)
    assert "secret" not in chosen_database(tmp_path).shown


@pytest.mark.parametrize("url", ["secret", "postgresql://secret@host", "sqlite://"])
def test_what_names_no_database_is_not_written_down(tmp_path: Path, url: str) -> None:
    with pytest.raises(Invalid) as caught:
        choose_database(tmp_path, url)
    assert "secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
