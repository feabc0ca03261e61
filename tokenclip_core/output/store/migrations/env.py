"""Entry point of Alembic: migrates over the connection that it is given."""

from __future__ import annotations

from alembic import context

from tokenclip_core.output.store.schema import metadata


def migrate() -> None:
    """Run the migrations that are asked for, in one transaction."""
    connection = context.config.attributes["connection"]
    # SQLite changes a column by making the table anew.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


migrate()
