"""The few words that SQLite and PostgreSQL spell differently, said once.

The only module that imports SQLAlchemy's dialects: every other one writes statements
that either database understands.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, String, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

#: Execution option of a connection that means to write.
WRITING: Final = "dispatch_writing"
POSTGRESQL: Final = "postgresql"


def insert_into(table: Table, connection: Connection) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows ON CONFLICT, which SQLAlchemy keeps in the dialects.

    Its ``rowcount`` says how many rows went in; it does not fetch the numbers they were given.
    """
    if connection.dialect.name == POSTGRESQL:
        insert: sqlite.Insert | postgresql.Insert = postgresql.insert(table)
    else:
        insert = sqlite.insert(table)
    return insert.inline().execution_options(preserve_rowcount=True)


class by_code_point(FunctionElement[str]):  # reads as the SQL function it is
    """A text column to order by, alike in both databases and in every language of a server.

    A French PostgreSQL puts ``b`` before ``C`` and looks past underscores, SQLite and Python
    do not; whose tour is tried first must not depend on it.
    """

    name = "by_code_point"
    type = String()
    inherit_cache = True


@compiles(by_code_point)
def _as_it_is(element: by_code_point, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(by_code_point, POSTGRESQL)
def _collated(element: by_code_point, compiler: SQLCompiler, **options: Any) -> str:
    return f'{compiler.process(element.clauses, **options)} COLLATE "C"'
