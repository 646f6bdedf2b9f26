"""Connections to PostgreSQL: lent, kept for the next, and told apart by how they fail."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from stannary.errors import LedgerError, Place, Problem, StannaryError, UsageError

__all__ = ["Connections", "Session", "connected", "is_lost", "is_passing", "refusal", "state_of"]

OPTIONS = {
    "timezone": "UTC",
    "lock_timeout": "20s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
}
"""A program that stops in the middle holds its locks for a minute and no longer."""

PASSING = {"40001", "40P01", "23505"}
"""Serialisation failure, deadlock, and a unique key that another transaction was faster to use."""

LOST = {"57P01", "57P02", "57P03", "57P05", "25P03"}
"""The server was shut down, crashed, is starting, or gave up waiting for us."""

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

    def oversees(self) -> bool:
        """Say whether the role may see every organisation."""
        if self._oversees is None:
            self._oversees = bool(self.connection.execute(text(OVERSEES)).scalar())
        return self._oversees

    def ask(self, statement: str, parameters: dict[str, Any]) -> Any:
        """Send a prepared statement, and give the cursor its rows will be on."""
        return self.driver.cursor(binary=True).execute(statement, parameters, prepare=True)

    def plan_afresh(self) -> None:
        """Have statements planned anew after the first use, the second, the fourth and so on.

        Prepared while the book was empty, they would go the ways of an empty book until the server next
        gathers statistics, which takes it a minute.
        """
        self._uses += 1
        if self._uses & (self._uses - 1) == 0:
            self.driver.execute("DISCARD PLANS")

    def forget(self) -> None:
        """Undo what was not committed."""
        if self.connection.in_transaction():
            self.connection.rollback()
        self.driver.rollback()

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
