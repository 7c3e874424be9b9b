"""Alembic's entry: runs the steps on the connection, and in the transaction, it is handed.

Only ``dispatch.adapters.storage.migrate`` calls it.
"""

from __future__ import annotations

from alembic import context

from dispatch.adapters.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    user_module_prefix="columns.",
)
with context.begin_transaction():
    context.run_migrations()
