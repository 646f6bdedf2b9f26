"""A real PostgreSQL for tests and benchmarks: found, started in a folder of its own, stopped and deleted.

It listens on a socket in that folder only, so any number can run side by side. Started by the machine's
superuser, it runs as an ordinary user, since PostgreSQL refuses anything else.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from stannary.ledger.migrating import migrate
from stannary.ledger.postgres_roles import create_roles

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")
WHAT_TO_INSTALL = (
    "PostgreSQL's server programs (initdb, postgres) were not found: install them, "
    "on Debian and Ubuntu by apt-get install postgresql"
)
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Settings of a server whose data nobody will miss."""

STARTS_WITHIN_S = 60

EMPTY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid();
SET LOCAL session_replication_role = replica;  -- triggers refuse it otherwise, to the superuser too
TRUNCATE voucher, account, balance, transfer, period, leaf, checkpoint RESTART IDENTITY
"""


class Server:
    """One PostgreSQL server, with the superuser `postgres` and no other way in than its socket."""

    def __init__(self, programs: Path, folder: Path, settings: dict[str, str]) -> None:
        self.programs = programs
        self.folder = folder
        self.data = folder / "data"
        self._settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "max_connections": "60",
            "shared_buffers": "128MB",
            "timezone": "UTC",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """Give the address of a database."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def create(self) -> None:
        """Make the data folder."""
        if user := _ordinary_user():
            os.chown(self.folder, user["user"], user["group"])
        command = [str(self.programs / "initdb"), f"--pgdata={self.data}", "--username=postgres"]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.folder, check=False, **_ordinary_user()
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start, and wait until the server answers.

        After a kill the first tries are turned away until the last process of the old server has noticed.
        """
        until = time.monotonic() + STARTS_WITHIN_S
        while True:
            if self._process is None or self._process.poll() is not None:
                self._process = self._launch()
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise AssertionError((self.folder / "log").read_text()[-2000:]) from None
                time.sleep(0.05)

    def _launch(self) -> subprocess.Popen[bytes]:
        switches = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self.programs / "postgres"), "-D", str(self.data), *switches]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **_ordinary_user())

    def kill(self) -> None:
        """Kill the first process of the server without warning; its children notice by themselves."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Stop at once, dropping connections."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def today(self) -> date:
        """Give the day by the server's clock, in UTC."""
        with psycopg.connect(self.url()) as connection:
            row = connection.execute("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date").fetchone()
        assert row is not None
        day: date = row[0]
        return day

    def new_database(self, template: str = "template0") -> str:
        """Make a database and give its name."""
        self._made += 1
        name = f"book{self._made}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return name

    def drop(self, name: str) -> None:
        """Take a database away, whoever is still connected to it."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def find_programs() -> Path | None:
    """Give the folder that holds `initdb` and `postgres`, the newest there is, or `None`."""
    on_the_path = (shutil.which("initdb"), shutil.which("postgres"))
    folders = [Path(place).resolve().parent for place in on_the_path if place]
    pg_config = shutil.which("pg_config")
    if pg_config:
        said = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(said.stdout.strip()))
    for place in PLACES:
        folders += sorted(Path("/").glob(place[1:]), key=_version, reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def _version(folder: Path) -> float:
    found = re.search(r"[0-9.]+", folder.parent.name)
    return float(found[0]) if found else 0.0


@contextlib.contextmanager
def running(programs: Path, **settings: str) -> Iterator[Server]:
    """Run a server while the block lasts, then delete everything it wrote."""
    folder = Path(tempfile.mkdtemp(prefix="stannary-"))
    server = Server(programs, folder, settings)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def programs_or_skip() -> Path:
    """Give the server's programs; skip the test without them, but fail on a build server."""
    programs = find_programs()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail(WHAT_TO_INSTALL)
        pytest.skip(WHAT_TO_INSTALL)
    return programs


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """Give a quick server, one for each process that runs tests."""
    with running(programs_or_skip(), **QUICK) as server:
        yield server


@pytest.fixture(scope="session")
def empty_database(postgres_server: Server) -> str:
    """Give a database with roles, tables and nothing in them, to be copied.

    `clerk` may do what the roles of the book may do together, and is not above row-level security.
    """
    name = postgres_server.new_database()
    create_roles(postgres_server.url(name))
    migrate(postgres_server.url(name, "stannary_owner"))
    with psycopg.connect(postgres_server.url(name), autocommit=True) as connection:
        connection.execute("CREATE ROLE clerk LOGIN")
        connection.execute("GRANT stannary_app, stannary_sealer, stannary_auditor TO clerk")
    return name


class Databases:
    """Empty books, each a database of its own. One given back is emptied: that is quicker than a new copy."""

    def __init__(self, server: Server, template: str) -> None:
        self._server = server
        self._template = template
        self._free: list[str] = []

    def make(self) -> str:
        """Give the name of a database with an empty book."""
        return self._free.pop() if self._free else self._server.new_database(self._template)

    def give_back(self, name: str) -> None:
        """Empty a book and keep it for the next who asks."""
        with psycopg.connect(self._server.url(name)) as connection:
            connection.execute(EMPTY)
        self._free.append(name)


@pytest.fixture(scope="session")
def databases(postgres_server: Server, empty_database: str) -> Databases:
    """Give a stock of empty books."""
    return Databases(postgres_server, empty_database)


def _ordinary_user() -> dict[str, Any]:
    """Say as whom to run, in the words of `subprocess`: as we are, if not the superuser."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise AssertionError("there is neither a user postgres nor a user nobody to run PostgreSQL as")
