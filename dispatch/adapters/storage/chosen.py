"""Which database an installation keeps its orders in: a file of its own, or what a URL names.

Decides where that is written down and who may read it.  A URL may hold a password: it is in
a file of its owner's, or in the environment, never in ``parameters.toml``, and is shown
without it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import URL

from dispatch.adapters.storage.engine import DATABASE_FILE, database_url
from dispatch.core.errors import Invalid

VARIABLE: Final = "DISPATCH_DATABASE_URL"
URL_FILE: Final = "database.url"

_SECRETS: Final = ("password", "sslpassword", "passfile")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A data directory or URL, as ``open_engine`` takes it, and who said so."""

    where: Path | str
    by: Literal["environment", "file", "default"]

    @property
    def shown(self) -> str:
        """The database, to be read by anybody: without a password."""
        return (
            str(self.where / DATABASE_FILE) if isinstance(self.where, Path) else shown(self.where)
        )


def chosen_database(data_dir: Path) -> Chosen:
    """Return the database of the installation in *data_dir*.

    What the environment says goes before what ``dispatch database use`` wrote down; without
    either it is the SQLite file there.  Raises ``Invalid`` for a URL that is none.
    """
    if said := os.environ.get(VARIABLE, "").strip():
        return Chosen(_text(database_url(said)), "environment")
    file = data_dir / URL_FILE
    if file.exists():
        return Chosen(_text(database_url(file.read_text(encoding="utf-8"))), "file")
    return Chosen(data_dir, "default")


def choose_database(data_dir: Path, url: str | None) -> None:
    """Write *url* down for every command on *data_dir*; None: back to the SQLite file there.

    Raises ``Invalid`` for a URL that is none, or that names a database in memory.
    """
    file = data_dir / URL_FILE
    if url is None:
        with suppress(FileNotFoundError):
            file.unlink()
        return
    parsed = database_url(url)
    if parsed.database in (None, "", ":memory:"):
        raise Invalid("the URL names no database", field="database")
    draft = file.with_suffix(f".{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, f"{_text(parsed)}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    draft.replace(file)


def shown(url: str) -> str:
    """Return *url* without what nobody is to read."""
    parsed = database_url(url)
    hidden = {key: "***" for key in _SECRETS if key in parsed.query}
    return parsed.update_query_dict(hidden).render_as_string(hide_password=True)


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
