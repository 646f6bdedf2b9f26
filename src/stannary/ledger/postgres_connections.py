"""Connections to PostgreSQL: lent, kept for the next, and told apart by how they fail."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from stannary.errors import LedgerError, Place, Problem, StannaryError, UsageError

__all__ = ["Connections", "Sent", "Session", "connected", "is_lost", "is_passing", "refusal", "state_of"]

OPTIONS = {
    "timezone": "UTC",
    "lock_timeout": "20s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
}
"""A program that stops in the middle holds its locks for a minute and no longer."""

UNPREPARED = "26000"
"""A prepared statement is gone: something between us and the server shares connections out, say."""

PASSING = {"40001", "40P01", "23505", UNPREPARED}
"""Serialisation failure, deadlock, and a unique key that another transaction was faster to use."""

LOST = {"57P01", "57P02", "57P03", "57P05", "25P03"}
"""The server was shut down, crashed, is starting, or gave up waiting for us."""

PARAMETER = re.compile(r"%\((\w+)\)s")
FATAL_ERROR = 7
"""What libpq calls the result of a statement that failed."""

Sent = tuple[str, Mapping[str, Any]]

OVERSEES = """
SELECT NOT row_security_active('voucher') OR EXISTS (
    SELECT FROM pg_roles
    WHERE rolname IN ('stannary_auditor', 'stannary_sealer') AND pg_has_role(oid, 'USAGE')
)
"""


class Session:
    """One connection: SQLAlchemy's, for what is read, and the driver's below it, for what must be quick."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.driver: Any = connection.connection.driver_connection
        self._oversees: bool | None = None
        self._uses = 0
        self._prepared: dict[str, tuple[bytes, list[str]]] = {}
        # Imported where a connection is at hand: the room opens without the driver.
        self._errors = import_module("psycopg.errors")
        self._generators = import_module("psycopg.generators")

    def oversees(self) -> bool:
        """Say whether the role may see every organisation."""
        if self._oversees is None:
            self._oversees = bool(self.connection.execute(text(OVERSEES)).scalar())
        return self._oversees

    def ask(self, statement: str, parameters: dict[str, Any]) -> Any:
        """Send a prepared statement, and give the cursor its rows will be on."""
        return self.driver.cursor(binary=True).execute(statement, parameters, prepare=True)

    def converse(self, statements: Sequence[Sent]) -> list[Any]:
        """Send statements together and give their results, in one journey there and back.

        The driver's own pipeline sends each by itself, which costs both sides more than the work. What is
        sent and what comes back is text; a result is libpq's. Raises the driver's error for the first that
        fails.
        """
        for statement, _ in statements:
            if statement not in self._prepared:
                self._prepare(statement)
        libpq = self.driver.pgconn
        libpq.enter_pipeline_mode()
        try:
            for statement, values in statements:
                name, order = self._prepared[statement]
                libpq.send_query_prepared(name, [_as_text(values[each]) for each in order])
            libpq.pipeline_sync()
            answers = self.driver.wait(self._fetch(len(statements)))
        finally:
            self._leave_pipeline()
        for answer in answers:
            if answer.status == FATAL_ERROR:
                error = self._errors.error_from_result(answer)
                if state_of(error) == UNPREPARED:
                    self.driver.close()
                raise error
        return list(answers)

    def _fetch(self, expected: int) -> Generator[Any, Any, list[Any]]:
        libpq, answers = self.driver.pgconn, []
        yield from self._generators.send(libpq)
        for _ in range(expected):
            answers += yield from self._generators.fetch_many(libpq)
        yield from self._generators.fetch_many(libpq)  # the end of the journey
        return answers

    def _leave_pipeline(self) -> None:
        if self.driver.broken or self.driver.closed:
            raise self._errors.OperationalError("the connection was lost")
        try:
            self.driver.pgconn.exit_pipeline_mode()
        except self._errors.Error:
            self.driver.close()
            raise

    def _prepare(self, statement: str) -> None:
        order: list[str] = []

        def place(found: re.Match[str]) -> str:
            if found[1] not in order:
                order.append(found[1])
            return f"${order.index(found[1]) + 1}"

        name = f"stannary{len(self._prepared)}".encode()
        done = self.driver.pgconn.prepare(name, PARAMETER.sub(place, statement).encode())
        if done.status == FATAL_ERROR:
            raise self._errors.error_from_result(done)
        self._prepared[statement] = (name, order)

    def is_to_plan_afresh(self) -> bool:
        """Say at the first use, the second, the fourth and so on that plans are to be made anew.

        Made while the book was empty, they would go the ways of an empty book until the server next gathers
        statistics, which takes it a minute.
        """
        self._uses += 1
        return self._uses & (self._uses - 1) == 0

    def is_in_transaction(self) -> bool:
        """Say whether a transaction is under way."""
        return bool(self.driver.pgconn.transaction_status)

    def forget(self) -> None:
        """Undo what was not committed.

        Not by the driver, which drops every prepared statement then, ours too, lest a table was undone.
        """
        if self.is_in_transaction():
            self.driver.pgconn.exec_(b"ROLLBACK")
        if self.connection.in_transaction():
            self.connection.rollback()

    def is_open(self) -> bool:
        """Say whether the connection can be used again."""
        return not self.driver.closed

    def close(self) -> None:
        """Let go of the connection, whatever state it is in."""
        with suppress(DBAPIError):
            self.connection.invalidate()
        with suppress(DBAPIError):
            self.connection.close()


class Connections:
    """A stock of connections to one database; threads may share it."""

    def __init__(self, url: str, **options: str) -> None:
        self._url = url
        self._engine = _engine(url, OPTIONS | options)
        self._idle: deque[Session] = deque()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Lend a connection. What was not committed when it comes back is undone."""
        try:
            session = self._idle.pop()
        except IndexError:
            session = connected(self._engine, self._url)
        try:
            yield session
        finally:
            with suppress(Exception):  # a lost connection cannot undo, and needs not
                session.forget()
            if session.is_open():
                self._idle.append(session)
            else:
                session.close()

    def drop(self) -> None:
        """Close the connections that are not lent out."""
        while self._idle:
            self._idle.pop().close()


def connected(engine: Engine, url: str) -> Session:
    """Open a connection. Raises `LedgerError` where there is no such database, or it does not let us in."""
    try:
        return Session(engine.connect())
    except DBAPIError as error:
        place = make_url(url).render_as_string(hide_password=True)
        message = f"PostgreSQL does not open this database: {_first_line(error)}"
        remedy = "Check the address, the role and its password, and that the server runs."
        raise LedgerError([Problem("STN-LEDGER-020", message, remedy, Place(path=place))]) from error


def state_of(error: BaseException) -> str:
    """Give the SQLSTATE of an error of the database, or nothing."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


def is_passing(error: BaseException) -> bool:
    """Say whether the same may well succeed when done again from the start."""
    return state_of(error) in PASSING


def is_lost(error: BaseException) -> bool:
    """Say whether the connection is gone, and with it the answer whether anything was committed."""
    if isinstance(error, StannaryError):  # told so while connecting
        return error.__cause__ is not None and is_lost(error.__cause__)
    state, source = state_of(error), getattr(error, "orig", error)
    is_operational = any(kind.__name__ == "OperationalError" for kind in type(source).__mro__)
    return state in LOST or state.startswith("08") or (is_operational and not state)


def refusal(error: BaseException, organisation: str) -> LedgerError | None:
    """Put an error of the database that its sender can do something about in our words, or give `None`."""
    state, place = state_of(error), Place(path=organisation)
    if state == "55P03" or state in PASSING:
        message = "Other programs held the accounts for longer than we wait."
        return LedgerError([Problem("STN-LEDGER-018", message, "Send the vouchers again.", place)])
    if state == "42501":
        message = f"The role may not do this: {_first_line(error)}."
        remedy = "Use a role that may: stannary_app posts, stannary_sealer seals, stannary_auditor reads."
        return LedgerError([Problem("STN-LEDGER-023", message, remedy, place)])
    if state in ("42P01", "3F000"):
        remedy = "Make one: stannary ledger migrate."
        return LedgerError([Problem("STN-LEDGER-020", "There is no book in this database.", remedy, place)])
    if is_lost(error):
        message = "PostgreSQL does not answer; whether the vouchers stand is not known."
        remedy = "Send them again, with the same keys."
        return LedgerError([Problem("STN-LEDGER-018", message, remedy, place)])
    return None


def _as_text(value: Any) -> bytes | None:
    if value is None:
        return None
    return (value if isinstance(value, str) else str(value)).encode()


def _first_line(error: BaseException) -> str:
    return str(getattr(error, "orig", error)).strip().partition("\n")[0][:200]


def _engine(url: str, options: dict[str, str]) -> Engine:
    try:
        address = make_url(url).set(drivername="postgresql+psycopg")
        given = address.query.get("options", "")
        switches = " ".join([*(f"-c {name}={value}" for name, value in options.items()), str(given)])
        return create_engine(
            address, connect_args={"options": switches.strip()}, poolclass=NullPool, use_native_hstore=False
        )
    except ArgumentError as error:
        message = "That is not the address of a PostgreSQL database."
        remedy = "Write postgresql://role@host/database."
        raise LedgerError([Problem("STN-LEDGER-020", message, remedy)]) from error
    except ModuleNotFoundError as error:
        message = "A book in PostgreSQL needs psycopg, which is not installed."
        remedy = "Install it: pip install 'stannary[postgres]'."
        raise UsageError([Problem("STN-USAGE-006", message, remedy)]) from error
