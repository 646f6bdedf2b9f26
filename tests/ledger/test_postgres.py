"""What PostgreSQL adds to a book: roles, organisations kept apart, migrations, clear words when it fails."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors
from tests.postgres import Databases, Server

from stannary.errors import LedgerError, UsageError
from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.migrating import migrate
from stannary.ledger.opening import open_book
from stannary.ledger.postgres import PostgresStore
from stannary.ledger.postgres_connections import Connections
from stannary.ledger.postgres_roles import create_roles
from stannary.ledger.postgres_statements import array
from stannary.ledger.vouchers import Cause, Transfer, Voucher

CAUSE = Cause("determination", "E-100/1")
BANK, LOAN = "Assets:Bank", "Assets:Loan"
TABLES = ("voucher", "account", "balance", "transfer", "period", "leaf")
MAY_NOT = errors.InsufficientPrivilege

FORGED = {
    "voucher": 'INSERT INTO voucher SELECT * FROM json_populate_record(NULL::voucher, \'{"id": 900, '
    '"organisation": "JPN", "key": "forged", "kind": "post", "effective_on": "2026-01-01"}\')',
    "account": "INSERT INTO account VALUES ('JPN', 'Assets:Forged', 'USD', false, NULL, false)",
    "balance": "INSERT INTO balance VALUES ('JPN', 'Assets:Bank', 0, 0, 0, 0, 0, NULL)",
    "transfer": "INSERT INTO transfer VALUES ('JPN', 1, 9, 'Assets:Bank', 'Assets:Loan', 1, 'USD')",
    "period": "INSERT INTO period VALUES ('JPN', '2026-01-01', 1)",
}


@pytest.fixture
def kind() -> str:
    """Say which store these tests are about."""
    return "postgres"


@pytest.fixture
def database(databases: Databases, postgres_server: Server, today: date) -> Iterator[str]:
    """Give a database in which two organisations keep books, with vouchers of the same keys."""
    name = databases.make()
    with Book(PostgresStore(postgres_server.url(name, "stannary_app"))) as book:
        for organisation in ("JPN", "USA"):
            book.post(*opening(organisation, today), drawing(organisation, "draw/1", 400, today))
    yield name
    databases.give_back(name)


@pytest.fixture
def enter(postgres_server: Server, database: str) -> Iterator[Callable[..., psycopg.Connection[Any]]]:
    """Give a way into that database as a role, for an organisation."""
    opened: dict[tuple[str, str | None], psycopg.Connection[Any]] = {}

    def enter(role: str, organisation: str | None = None) -> psycopg.Connection[Any]:
        if (role, organisation) in opened:
            return opened[role, organisation]
        connection = psycopg.connect(postgres_server.url(database, role), autocommit=True)
        if organisation is not None:
            connection.execute("SELECT set_config('stannary.organisation', %s, false)", [organisation])
        opened[role, organisation] = connection
        return connection

    yield enter
    for connection in opened.values():
        connection.close()


def opening(organisation: str, day: date) -> list[Voucher]:
    """Give the vouchers that open a bank account and a loan of at most 1,000."""
    accounts = (Account(organisation, BANK, "USD"), Account(organisation, LOAN, "USD", highest=1_000))
    return [
        Voucher(organisation, f"open/{each.name}", "open_account", day, CAUSE, account=each)
        for each in accounts
    ]


def drawing(organisation: str, key: str, amount: int, day: date) -> Voucher:
    """Give a voucher that draws on the loan."""
    return Voucher(organisation, key, "post", day, CAUSE, (Transfer(LOAN, BANK, amount, "USD"),))


def count(connection: psycopg.Connection[Any], table: str) -> int:
    """Count the rows that are seen."""
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def code(refusal: pytest.ExceptionInfo[Any]) -> str:
    """Give the code of a refusal's first problem."""
    return str(refusal.value.problems[0].code)


@pytest.mark.parametrize("role", ["stannary_app", "stannary_owner"])
def test_who_names_no_organisation_sees_nothing(enter: Any, role: str) -> None:
    for organisation in (None, "", "CHN"):
        connection = enter(role, organisation)
        assert [count(connection, table) for table in TABLES] == [0] * len(TABLES)


def test_the_app_sees_the_rows_of_its_organisation_and_no_others(enter: Any) -> None:
    connection = enter("stannary_app", "USA")
    for table, rows in zip(TABLES, (3, 2, 1, 1, 0, 0), strict=True):
        assert count(connection, table) == rows
        assert count(connection, f"{table} WHERE organisation <> 'USA'") == 0


@pytest.mark.parametrize("table", FORGED)
def test_the_app_cannot_write_for_another_organisation(enter: Any, table: str) -> None:
    with pytest.raises(MAY_NOT, match="row-level security"):
        enter("stannary_app", "USA").execute(FORGED[table])


def test_the_app_cannot_move_the_balance_of_another_organisation(enter: Any) -> None:
    moved = enter("stannary_app", "USA").execute("UPDATE balance SET debits = 1 WHERE organisation = 'JPN'")
    assert moved.rowcount == 0
    closed = enter("stannary_app", "USA").execute("UPDATE account SET is_closed = true")
    assert closed.rowcount == 2


def test_a_connection_used_again_remembers_no_organisation(postgres_server: Server, database: str) -> None:
    url = postgres_server.url(database, "stannary_app")
    connections = Connections(url)
    with connections.session() as session:
        session.ask("SELECT set_config('stannary.organisation', %(of)s, true)", {"of": "USA"})
        first = session
        assert count(session.driver, "voucher") == 3
    with connections.session() as session:
        assert session is first
        assert count(session.driver, "voucher") == 0
    connections.drop()
    with Book(PostgresStore(url)) as book:
        assert [each.voucher.organisation for each in book.journal("USA")] == ["USA"] * 3
        assert [each.voucher.organisation for each in book.journal("JPN")] == ["JPN"] * 3
        assert list(book.journal("CHN")) == []


def test_keys_names_and_ids_of_others_are_free_and_tell_nothing(enter: Any) -> None:
    """Both organisations hold the same keys already; an id of another is refused as one that is not."""
    connection = enter("stannary_app", "USA")
    others = enter("postgres").execute("SELECT min(id) FROM voucher WHERE organisation = 'JPN'").fetchone()[0]
    said = set()
    for number in (others, 10**9):
        with pytest.raises(errors.ForeignKeyViolation) as refusal:
            connection.execute(
                f"INSERT INTO transfer VALUES ('USA', {number}, 7, '{BANK}', '{LOAN}', 1, 'USD')"
            )
        said.add(str(refusal.value).replace(str(number), "N"))
    assert len(said) == 1


CHANGES = [
    *(f"UPDATE {table} SET organisation = 'USA'" for table in TABLES),
    "UPDATE transfer SET amount = 1",
    "UPDATE account SET commodity = 'EUR'",
    *(f"DELETE FROM {table}" for table in TABLES),
    *(f"TRUNCATE {table} CASCADE" for table in TABLES),
    "DELETE FROM checkpoint",
    "UPDATE checkpoint SET size = 1",
]
CHANGES_OF_THE_TABLES = ["DROP TABLE leaf", "ALTER TABLE voucher DISABLE TRIGGER ALL"]


@pytest.mark.parametrize("role", ["stannary_app", "stannary_sealer", "stannary_auditor"])
def test_no_role_that_works_with_the_book_may_change_what_is_written(enter: Any, role: str) -> None:
    connection = enter(role, "USA")
    for change in (*CHANGES, *CHANGES_OF_THE_TABLES):
        with pytest.raises(MAY_NOT):
            connection.execute(change)


@pytest.mark.parametrize("role", ["stannary_owner", "postgres"])
def test_triggers_refuse_changes_to_the_owner_and_the_superuser_too(enter: Any, role: str) -> None:
    connection = enter(role, "USA")
    for change in CHANGES:
        with pytest.raises(errors.RaiseException):
            connection.execute(change)


def test_every_table_with_an_organisation_has_its_rows_kept_apart(enter: Any) -> None:
    asked = """
        SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class
        JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'organisation'
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    """
    assert dict(enter("postgres").execute(asked).fetchall()) == dict.fromkeys(TABLES, True)


def test_there_is_no_view_through_which_more_is_seen(enter: Any) -> None:
    asked = """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
        AND NOT coalesce(reloptions @> ARRAY['security_invoker=true'], false)
    """
    assert enter("postgres").execute(asked).fetchall() == []


def test_no_function_runs_with_the_rights_of_its_maker(enter: Any) -> None:
    asked = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    assert enter("postgres").execute(asked).fetchall() == []


def test_the_auditor_reads_everything_and_writes_nothing(
    postgres_server: Server, database: str, today: date
) -> None:
    with Book(PostgresStore(postgres_server.url(database, "stannary_auditor"))) as book:
        assert {each.voucher.organisation for each in book.journal()} == {"JPN", "USA"}
        assert book.balance("JPN", LOAN).balance == 400
        with pytest.raises(LedgerError) as refusal:
            book.post(drawing("JPN", "draw/2", 1, today))
        assert code(refusal) == "STN-LEDGER-023"
        with pytest.raises(LedgerError) as refusal:
            book.store.add_leaves(digest, 10)
        assert code(refusal) == "STN-LEDGER-023"


def test_the_sealer_seals_everything_and_posts_nothing(
    postgres_server: Server, database: str, today: date
) -> None:
    with Book(PostgresStore(postgres_server.url(database, "stannary_sealer"))) as book:
        assert [leaf.number for leaf in book.store.add_leaves(digest, 4)] == [0, 1, 2, 3]
        assert [leaf.number for leaf in book.store.add_leaves(digest, 4)] == [4, 5]
        assert {leaf.organisation for leaf in book.store.leaves()} == {"JPN", "USA"}
        with pytest.raises(LedgerError) as refusal:
            book.post(drawing("USA", "draw/2", 1, today))
        assert code(refusal) == "STN-LEDGER-023"


def digest(recorded: Any) -> bytes:
    """Give a digest of a voucher."""
    return bytes.fromhex(recorded.voucher.request_hash)


def test_the_app_is_refused_what_needs_every_organisation(postgres_server: Server, database: str) -> None:
    with Book(PostgresStore(postgres_server.url(database, "stannary_app"))) as book:
        for ask in (book.standings, lambda: list(book.journal()), lambda: list(book.store.leaves())):
            with pytest.raises(LedgerError) as refusal:
                ask()
            assert code(refusal) == "STN-LEDGER-023"
        with pytest.raises(LedgerError) as refusal:
            book.store.add_leaves(digest, 10)
        assert code(refusal) == "STN-LEDGER-023"


def test_vouchers_of_two_organisations_stand_or_fall_together(
    postgres_server: Server, database: str, today: date
) -> None:
    with Book(PostgresStore(postgres_server.url(database, "stannary_app"))) as book:
        with pytest.raises(LedgerError) as refusal:
            book.post(drawing("USA", "draw/2", 100, today), drawing("JPN", "draw/2", 700, today))
        assert code(refusal) == "STN-LEDGER-007"
        assert book.store.find("USA", "draw/2") is None
        book.post(drawing("USA", "draw/2", 100, today), drawing("JPN", "draw/2", 600, today))
        assert [book.balance(of, LOAN).balance for of in ("USA", "JPN")] == [500, 1_000]


def test_the_roles_can_be_made_before_the_tables_or_after_and_again(postgres_server: Server) -> None:
    name = postgres_server.new_database()
    url = postgres_server.url(name)
    migrate(url)
    create_roles(url)
    create_roles(url)
    with Book(PostgresStore(postgres_server.url(name, "stannary_app"))) as book:
        assert book.standings("USA") == []
    postgres_server.drop(name)


def test_migrations_go_up_down_and_up_again(postgres_server: Server, today: date) -> None:
    name = postgres_server.new_database()
    create_roles(postgres_server.url(name))
    url = postgres_server.url(name, "stannary_owner")
    migrate(url)
    made = schema(postgres_server, name)
    for version in ("0002_seal", "0001_book", "base"):
        migrate(url, version)
    assert schema(postgres_server, name) == []
    migrate(url, "0001_book")
    with pytest.raises(LedgerError) as refusal:
        open_book(url, clock=never)
    assert code(refusal) == "STN-LEDGER-017"
    migrate(url)
    assert schema(postgres_server, name) == made
    with Book(PostgresStore(postgres_server.url(name, "stannary_app"))) as book:
        book.post(*opening("USA", today))
    postgres_server.drop(name)


def never() -> Any:
    """Refuse to tell the time: the database has its own clock."""
    raise AssertionError("the clock was asked")


def schema(server: Server, name: str) -> list[Any]:
    """Give every column, constraint, index, trigger, policy and grant of the book's tables."""
    asked = """
        SELECT 'column', table_name, column_name || data_type || is_nullable || coalesce(column_default, '')
            FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
        UNION ALL SELECT 'constraint', conrelid::regclass::text, pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
            AND conrelid::regclass::text <> 'alembic_version'
        UNION ALL SELECT 'index', tablename, indexdef FROM pg_indexes
            WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'policy', tablename, policyname || coalesce(qual, '') FROM pg_policies
        UNION ALL SELECT 'grant', table_name, grantee || privilege_type
            FROM information_schema.role_table_grants
            WHERE table_schema = 'public' AND table_name <> 'alembic_version'
        ORDER BY 1, 2, 3
    """
    with psycopg.connect(server.url(name)) as connection:
        return connection.execute(asked).fetchall()


def test_a_book_is_opened_by_its_address(postgres_server: Server, database: str) -> None:
    with open_book(postgres_server.url(database, "stannary_auditor"), clock=never) as book:
        assert len(book.standings()) == 4


def test_a_database_that_is_not_there_is_named_without_its_password(postgres_server: Server) -> None:
    url = postgres_server.url("nowhere").replace("postgres@", "postgres:sesame@", 1)
    with pytest.raises(LedgerError) as refusal:
        open_book(url, clock=never)
    assert code(refusal) == "STN-LEDGER-020"
    assert "nowhere" in str(refusal.value)
    assert "sesame" not in str(refusal.value)


def test_a_database_without_a_book_is_told_apart(postgres_server: Server, today: date) -> None:
    store = PostgresStore(postgres_server.url("postgres"))
    for ask in (lambda: store.standings("USA"), lambda: Book(store).post(drawing("USA", "1", 1, today))):
        with pytest.raises(LedgerError) as refusal:
            ask()
        assert code(refusal) == "STN-LEDGER-020"
    store.close()


def test_accounts_held_too_long_by_another_make_the_book_busy(
    postgres_server: Server, database: str, enter: Any, today: date
) -> None:
    holder = enter("postgres")
    url = postgres_server.url(database, "stannary_app") + "&options=-c lock_timeout=100"
    with Book(PostgresStore(url)) as book, holder.transaction():
        holder.execute("SELECT FROM balance WHERE organisation = 'USA' FOR UPDATE")
        with pytest.raises(LedgerError) as refusal:
            book.post(drawing("USA", "draw/2", 1, today))
        assert code(refusal) == "STN-LEDGER-018"
        book.post(drawing("JPN", "draw/2", 1, today))


def test_connections_from_before_a_restart_are_replaced(
    postgres_server: Server, database: str, enter: Any, today: date
) -> None:
    with Book(PostgresStore(postgres_server.url(database, "clerk"))) as book:
        book.post(drawing("USA", "draw/2", 1, today))
        assert len(book.standings()) == 4
        others = "pid <> pg_backend_pid() AND usename = 'clerk'"
        enter("postgres").execute(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}"
        )
        book.post(drawing("USA", "draw/3", 1, today))
        assert len(book.standings()) == 4


def test_the_hour_of_recording_is_the_databases(enter: Any, postgres_server: Server, database: str) -> None:
    with Book(PostgresStore(postgres_server.url(database, "clerk"))) as book:
        hours = [each.recorded_at for each in book.journal("USA")]
    (now,) = enter("postgres").execute("SELECT clock_timestamp()").fetchone()
    assert hours == sorted(hours)
    assert now - timedelta(minutes=5) < hours[0] <= hours[-1] < now


SIGNS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


@given(st.lists(st.none() | st.text(SIGNS) | st.text('",\\{}N'), max_size=6))
def test_texts_reach_the_server_as_they_are(enter: Any, texts: list[str | None]) -> None:
    assert enter("postgres").execute("SELECT %s::text[]", [array(texts)]).fetchone() == (texts,)


def test_without_psycopg_the_room_opens_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import sys; sys.modules['psycopg'] = None; import stannary.ledger.opening"
    subprocess.run([sys.executable, "-c", program], check=True)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError) as refusal:
        PostgresStore("postgresql://app@host/books")
    assert code(refusal) == "STN-USAGE-006"
    assert "stannary[postgres]" in str(refusal.value)
