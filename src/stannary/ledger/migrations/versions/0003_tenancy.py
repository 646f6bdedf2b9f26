"""Tell organisations apart on PostgreSQL: a transaction has the rows of one. On SQLite nothing changes."""

from __future__ import annotations

from alembic import op

from stannary.ledger.postgres_roles import grant_to_roles

revision = "0003_tenancy"
down_revision = "0002_seal"
branch_labels = None
depends_on = None

TABLES = ("voucher", "account", "balance", "transfer", "period", "leaf")


def upgrade() -> None:
    """Force row-level security on every table that has an organisation."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY of_one_organisation ON {table} "
            "USING (organisation = current_setting('stannary.organisation', true))"
        )
    # A transfer belongs to the organisation of its voucher, and so does a leaf: without this, knowing an id
    # would be enough to hang a row on another's voucher.
    op.execute("ALTER TABLE voucher ADD CONSTRAINT uq_voucher_id_organisation UNIQUE (id, organisation)")
    for table in ("transfer", "period", "leaf"):
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT fk_{table}_voucher_id")
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_voucher_id "
            "FOREIGN KEY (organisation, voucher_id) REFERENCES voucher (organisation, id)"
        )
    grant_to_roles(op.get_bind())


def downgrade() -> None:
    """Let every row be seen again by who may read its table."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in ("transfer", "period", "leaf"):
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT fk_{table}_voucher_id")
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_voucher_id "
            "FOREIGN KEY (voucher_id) REFERENCES voucher (id)"
        )
    op.execute("ALTER TABLE voucher DROP CONSTRAINT uq_voucher_id_organisation")
    for table in TABLES:
        op.execute(f"DROP POLICY IF EXISTS sees_all ON {table}")
        op.execute(f"DROP POLICY IF EXISTS seals_all ON {table}")
        op.execute(f"DROP POLICY of_one_organisation ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
