"""Who may do what in a PostgreSQL database of books: four roles, and rows told apart by organisation.

`stannary_owner` makes and changes the tables, and nothing else. `stannary_app` puts vouchers in and reads,
one organisation at a time: the one its transaction names in `stannary.organisation`. `stannary_sealer`
numbers vouchers in the log and `stannary_auditor` reads; both see every organisation. None of them may change
or delete what was written once, and triggers refuse it to everybody. Row-level security is forced: the owner
of the tables is held to it too.

The roles may be logged in as, once they have a password, or be granted to the logins of a house.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from stannary.ledger.postgres_connections import Connections

__all__ = ["create_roles", "grant_to_roles"]

ROLES = ("stannary_owner", "stannary_app", "stannary_sealer", "stannary_auditor")

OF_AN_ORGANISATION = ("voucher", "account", "balance", "transfer", "period", "leaf")

MAKE_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another program was faster
END $$
"""

LET_THE_OWNER_IN = """
DO $$ BEGIN
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO {roles}', current_database());
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO {roles}', current_schema());
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO stannary_owner', current_schema());
END $$
"""

MAY = (
    "GRANT SELECT ON voucher, account, balance, transfer, period, leaf, checkpoint, alembic_version "
    "TO stannary_app, stannary_sealer, stannary_auditor",
    "GRANT INSERT ON voucher, account, balance, transfer, period TO stannary_app",
    "GRANT UPDATE (debits, credits, pending_debits, pending_credits, lowest, highest) ON balance "
    "TO stannary_app",
    "GRANT UPDATE (is_closed) ON account TO stannary_app",
    "GRANT USAGE ON SEQUENCE voucher_id_seq TO stannary_app",
    "GRANT INSERT ON leaf, checkpoint TO stannary_sealer",
    "GRANT UPDATE (note) ON checkpoint TO stannary_sealer",
)

SEES_ALL = """
DROP POLICY IF EXISTS sees_all ON {table};
CREATE POLICY sees_all ON {table} FOR SELECT TO stannary_sealer, stannary_auditor USING (true)
"""

SEALS_ALL = """
DROP POLICY IF EXISTS seals_all ON leaf;
CREATE POLICY seals_all ON leaf FOR INSERT TO stannary_sealer WITH CHECK (true)
"""


def create_roles(url: str) -> None:
    """Make the four roles where they are missing, and let them do their part in the database at `url`.

    Run it as a role that may make roles, before the tables are made or after, as often as one likes. Tables
    made later by `stannary_owner` are granted by the migration that makes them.
    """
    connections = Connections(url)
    try:
        with connections.session() as session, session.connection.begin():
            for role in ROLES:
                session.connection.execute(text(MAKE_ROLE.format(role=role)))
            session.connection.execute(text(LET_THE_OWNER_IN.format(roles=", ".join(ROLES))))
            grant_to_roles(session.connection)
    finally:
        connections.drop()


def grant_to_roles(connection: Connection) -> None:
    """Grant what the roles may do, if the roles and the tables are there; do nothing otherwise."""
    names = ", ".join(f"'{role}'" for role in ROLES)
    roles = connection.execute(text(f"SELECT count(*) FROM pg_roles WHERE rolname IN ({names})")).scalar()
    tables = connection.execute(text("SELECT to_regclass('checkpoint') IS NOT NULL")).scalar()
    if roles != len(ROLES) or not tables:
        return
    for statement in MAY:
        connection.execute(text(statement))
    for table in OF_AN_ORGANISATION:
        connection.execute(text(SEES_ALL.format(table=table)))
    connection.execute(text(SEALS_ALL))
