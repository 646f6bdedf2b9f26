"""Make room for the seal: the leaves of the log, and its checkpoints."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from stannary.errors import LedgerError, Place, Problem

revision = "0002_seal"
down_revision = "0001_book"
branch_labels = None
depends_on = None

ON_SQLITE = {"whole": "INTEGER", "hour": "TEXT", "bytes": "BLOB", "strict": "STRICT"}
ON_POSTGRESQL = {"whole": "BIGINT", "hour": "TIMESTAMP WITH TIME ZONE", "bytes": "BYTEA", "strict": ""}

LEAF = """
CREATE TABLE leaf (
    number {whole} NOT NULL,
    voucher_id {whole} NOT NULL,
    organisation TEXT NOT NULL,
    digest {bytes} NOT NULL,
    sealed_at {hour} NOT NULL,
    CONSTRAINT pk_leaf PRIMARY KEY (number),
    CONSTRAINT uq_leaf_voucher_id UNIQUE (voucher_id),
    CONSTRAINT ck_leaf_number CHECK (number >= 0),
    CONSTRAINT ck_leaf_digest CHECK (length(digest) = 32),
    CONSTRAINT fk_leaf_voucher_id FOREIGN KEY(voucher_id) REFERENCES voucher (id)
) {strict}
"""

CHECKPOINT = """
CREATE TABLE checkpoint (
    size {whole} NOT NULL,
    root {bytes} NOT NULL,
    note TEXT NOT NULL,
    sealed_at {hour} NOT NULL,
    CONSTRAINT pk_checkpoint PRIMARY KEY (size),
    CONSTRAINT ck_checkpoint_size CHECK (size >= 0),
    CONSTRAINT ck_checkpoint_root CHECK (length(root) = 32)
) {strict}
"""

KEPT_BY_SQLITE = (
    "CREATE TRIGGER leaf_is_not_changed BEFORE UPDATE ON leaf "
    "BEGIN SELECT RAISE(ABORT, 'leaf is written once'); END",
    "CREATE TRIGGER leaf_is_not_deleted BEFORE DELETE ON leaf "
    "BEGIN SELECT RAISE(ABORT, 'leaf is written once'); END",
    "CREATE TRIGGER checkpoint_is_not_changed BEFORE UPDATE OF size, root, sealed_at ON checkpoint "
    "BEGIN SELECT RAISE(ABORT, 'of a checkpoint only the note may change'); END",
    "CREATE TRIGGER checkpoint_is_not_deleted BEFORE DELETE ON checkpoint "
    "BEGIN SELECT RAISE(ABORT, 'a checkpoint is never deleted'); END",
)

KEPT_BY_POSTGRESQL = (
    "CREATE TRIGGER leaf_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON leaf "
    "FOR EACH STATEMENT EXECUTE FUNCTION stannary_is_final()",
    "CREATE TRIGGER checkpoint_is_not_changed BEFORE UPDATE OF size, root, sealed_at ON checkpoint "
    "FOR EACH STATEMENT EXECUTE FUNCTION stannary_is_final()",
    "CREATE TRIGGER checkpoint_is_not_deleted BEFORE DELETE OR TRUNCATE ON checkpoint "
    "FOR EACH STATEMENT EXECUTE FUNCTION stannary_is_final()",
)


def upgrade() -> None:
    """Make the tables and their triggers."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    words = ON_SQLITE if on_sqlite else ON_POSTGRESQL
    for statement in (LEAF.format(**words), CHECKPOINT.format(**words)):
        op.execute(statement)
    for statement in KEPT_BY_SQLITE if on_sqlite else KEPT_BY_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Take the tables away, if nothing was ever sealed."""
    if op.get_bind().execute(text("SELECT EXISTS (SELECT 1 FROM leaf)")).scalar():
        message, remedy = "The book is sealed; its seal cannot be taken off.", "Keep it."
        raise LedgerError([Problem("STN-LEDGER-017", message, remedy, Place(path=revision))])
    op.execute("DROP TABLE checkpoint")
    op.execute("DROP TABLE leaf")
