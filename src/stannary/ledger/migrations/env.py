"""Run migrations over the connection that `stannary.ledger.migrating` hands in, in its transaction."""

from __future__ import annotations

from alembic import context

from stannary.ledger.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
