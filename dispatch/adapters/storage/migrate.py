"""Tables brought up to date, once, whoever starts first.

The steps are Alembic's, in ``migrations/versions``; it is only imported when there
is a step to take.  All steps run in one transaction under the write lock: two
processes that start together wait for each other, and a killed one leaves nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, inspect, text

from dispatch.adapters.storage.dialect import WRITING
from dispatch.adapters.storage.failures import storage_errors
from dispatch.adapters.storage.postgres import let_it_take_long
from dispatch.core.errors import StorageError

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS: Final = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Bring the tables up to this program's revision; quick when they are.

    Raises ``StorageError`` when they are at a revision this program does not know.
    """
    found, known = revision(engine), revisions()
    if found == known[-1]:
        return
    if found is not None and found not in known:
        raise StorageError(
            f"the database is at revision {found}, this program knows up to {known[-1]}: "
            "a newer version made it; install that one",
            revision=found,
        )
    from alembic import command

    with storage_errors(), _alone(engine) as connection, connection.begin():
        let_it_take_long(connection)
        # Whoever waited here for another process finds no step left to take.
        command.upgrade(_config(connection), "head")


def downgrade(engine: Engine, to: str) -> None:
    """Take the tables back to revision *to*, or to ``base``: nothing at all.  Loses data."""
    from alembic import command

    with storage_errors(), _alone(engine) as connection, connection.begin():
        let_it_take_long(connection)
        command.downgrade(_config(connection), to)


def revision(engine: Engine) -> str | None:
    """Return the revision the tables are at; None when there are none yet."""
    with storage_errors(), engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def revisions(scripts: Path = SCRIPTS) -> list[str]:
    """Return the revisions this program knows, oldest first: the numbers of the step files."""
    return sorted(path.name.split("_")[0] for path in (scripts / "versions").glob("[0-9]*.py"))


def draft(engine: Engine, message: str, scripts: Path = SCRIPTS) -> Path:
    """Write the next step as Alembic guesses it from ``schema``, for a person to finish."""
    from alembic import command

    number = f"{int(revisions(scripts)[-1]) + 1:04d}"
    with storage_errors(), _alone(engine) as connection:
        config = _config(connection, scripts)
        script = command.revision(config, message, autogenerate=True, rev_id=number)
    assert script is not None and not isinstance(script, list)
    return Path(script.path)


def _alone(engine: Engine) -> Connection:
    return engine.connect().execution_options(**{WRITING: True})


def _config(connection: Connection, scripts: Path = SCRIPTS) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
