"""Time the book beside pgbench on one PostgreSQL, in SQLite, in bulk, and under the verifier, in one run.

    python benchmarks/ledger.py [--seconds S] [--scale K] [--clients N] [--lines N] [--parts single,batch,…]

Starts a PostgreSQL of its own that keeps what it acknowledges (fsync on), and stops it. pgbench's TPC-B-like
transaction runs before and after the postings; ratios are to the mean of both, since a shared machine is not
equally fast twice. Clients are processes; each voucher moves an amount from one account to a loan with a
limit, under the role of the application, with rows kept apart by organisation. What stands is counted at the
end.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import mean
from typing import Any

import psycopg

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from tests.postgres import WHAT_TO_INSTALL, Server, find_programs, running  # noqa: E402

from border_book import make_book, make_world, open_world  # noqa: E402
from stannary.border.assessment import assess  # noqa: E402
from stannary.ledger.accounts import Account  # noqa: E402
from stannary.ledger.book import Book  # noqa: E402
from stannary.ledger.logbook import hash_log, write_log  # noqa: E402
from stannary.ledger.migrating import begin_book, migrate  # noqa: E402
from stannary.ledger.notes import generate_key  # noqa: E402
from stannary.ledger.opening import open_book  # noqa: E402
from stannary.ledger.postgres import PostgresStore  # noqa: E402
from stannary.ledger.postgres_roles import create_roles  # noqa: E402
from stannary.ledger.sealing import seal  # noqa: E402
from stannary.ledger.verifier import verify  # noqa: E402
from stannary.ledger.vouchers import Cause, Transfer, Voucher  # noqa: E402
from stannary.settlement.duties import Collection  # noqa: E402
from stannary.settlement.duty_batches import post_duties  # noqa: E402

SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min"}
PARTS = ("single", "batch", "sqlite", "verify", "duties")
LOANS = 50_000  # pgbench spreads its work too: over 5,000,000 accounts at scale 50
BATCH = 1_000
BANK = "Assets:Bank"
CAUSE = Cause("loan event", "L-1", "ab" * 32, "cd" * 32, "Article 5", "0.1.0")
RATIO_SINGLE, RATIO_BATCH = 0.3, 4.0
SQLITE_A_SECOND, ROWS_A_SECOND, LINES_A_SECOND = 5_000, 100_000, 10_000_000 / 3_600


@dataclass
class Line:
    """One line of the table that is printed: what was timed, how often a second, and what is asked of it."""

    words: str
    a_second: float
    ratio: float | None = None
    target: str = ""
    is_met: bool | None = None
    note: str = ""

    def __str__(self) -> str:
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        met = "" if self.is_met is None else "yes" if self.is_met else "no"
        return f"| {self.words} | {self.a_second:,.0f} | {ratio} | {self.target} | {met} | {self.note} |"


def now() -> datetime:
    """Give the hour."""
    return datetime.now(UTC)


def openings(day: date) -> list[Voucher]:
    """Give the vouchers that open a bank account and the loans."""
    loans = [Account("USA", f"Assets:Loan:L{number}", "USD", highest=10**15) for number in range(LOANS)]
    accounts = [Account("USA", BANK, "USD"), *loans]
    return [
        Voucher("USA", f"open/{each.name}", "open_account", day, CAUSE, account=each) for each in accounts
    ]


def draws(client: int, day: date, loans: int = LOANS) -> Iterator[Voucher]:
    """Give vouchers without end, each drawing on a loan that looks chosen at random."""
    number = 0
    while True:
        loan = f"Assets:Loan:L{(client * 7_919 + number * 104_729) % loans}"
        transfers = (Transfer(loan, BANK, 100 + number % 900, "USD"),)
        yield Voucher(
            "USA", f"{client}/{number}", "post", day, CAUSE, transfers, "Draw", mineral="ndpr.oxide"
        )
        number += 1


def client(url: str, number: int, size: int, seconds: float, start: Any, answers: Any) -> None:
    """Be one client: post `size` vouchers a transaction for some seconds, and tell how it went."""
    book = Book(PostgresStore(url))
    vouchers = draws(number, now().date())
    for _ in range(5):
        book.post(*(next(vouchers) for _ in range(size)))
    start.wait()
    waits: list[float] = []
    used = time.process_time()
    began = last = time.perf_counter()
    while last - began < seconds:
        book.post(*(next(vouchers) for _ in range(size)))
        waits.append(-last + (last := time.perf_counter()))
    answers.put((len(waits) * size, last - began, time.process_time() - used, waits))


def post_with(url: str, clients: int, size: int, seconds: float, first: int) -> tuple[float, str]:
    """Let clients post at once; give vouchers a second, and their waits and processor time in words."""
    processes = multiprocessing.get_context("spawn")
    start, answers = processes.Barrier(clients), processes.Queue()
    running_clients = [
        processes.Process(target=client, args=(url, first + number, size, seconds, start, answers))
        for number in range(clients)
    ]
    for each in running_clients:
        each.start()
    found = [answers.get(timeout=seconds + 120) for _ in running_clients]
    for each in running_clients:
        each.join()
    waits = sorted(wait for one in found for wait in one[3])
    posted = sum(one[0] for one in found)
    middle, high = waits[len(waits) // 2] * 1e3, waits[int(len(waits) * 0.99)] * 1e3
    used = sum(one[2] for one in found) / posted * 1e3
    words = f"p50 {middle:.1f} ms, p99 {high:.1f} ms, client {used:.3f} ms of processor a voucher"
    return sum(one[0] / one[1] for one in found), words


class Tpcb:
    """pgbench on a database of its own."""

    def __init__(self, server: Server, scale: int, clients: int, seconds: float) -> None:
        self._server = server
        self._run = ["--client", str(clients), "--jobs", "2", "--time", str(max(1, round(seconds)))]
        server.new_database()
        self._database = server.new_database()
        self._call("--initialize", "--quiet", "--scale", str(scale))
        self.rates: list[float] = []

    def run(self) -> None:
        """Time it once more."""
        checkpoint(self._server)
        said = self._call("--protocol", "prepared", "--no-vacuum", *self._run)
        found = re.search(r"tps = ([0-9.]+)", said)
        assert found is not None, said
        self.rates.append(float(found[1]))

    def _call(self, *options: str) -> str:
        program = self._server.programs / "pgbench"
        command = [str(program), "--host", str(self._server.folder), "--username", "postgres", *options]
        done = subprocess.run([*command, self._database], capture_output=True, text=True, check=True)
        return done.stdout


def checkpoint(server: Server) -> None:
    """Write everything out, so that no part pays for the one before it."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def new_book(server: Server) -> tuple[str, str]:
    """Make an empty book; give the addresses for the application and for the auditor."""
    name = server.new_database()
    create_roles(server.url(name))
    migrate(server.url(name, "stannary_owner"))
    return server.url(name, "stannary_app"), server.url(name, "stannary_auditor")


def time_postgres(server: Server, options: argparse.Namespace) -> Iterator[Line]:
    """Time pgbench, postings one by one and in batches, and pgbench again; then count."""
    tpcb = Tpcb(server, options.scale, options.clients, options.seconds)
    app, auditor = new_book(server)
    with Book(PostgresStore(app)) as book:
        opened = openings(now().date())
        for at in range(0, len(opened), 500):
            book.post(*opened[at : at + 500])
    tpcb.run()
    found: list[tuple[str, float, float | None, str]] = []
    if "single" in options.parts:
        checkpoint(server)
        rate, words = post_with(app, options.clients, 1, options.seconds, 0)
        found.append((f"one by one, {options.clients} clients", rate, RATIO_SINGLE, words))
    if "batch" in options.parts:
        for at, clients in enumerate((1, 2, 4), 1):
            checkpoint(server)
            rate, words = post_with(app, clients, BATCH, options.seconds, 100 * at)
            found.append((f"{BATCH} a transaction, {clients} client(s)", rate, None, words))
    tpcb.run()
    reference = mean(tpcb.rates)
    rates = " and ".join(f"{rate:,.0f}" for rate in tpcb.rates)
    yield Line(f"pgbench, TPC-B-like, {options.clients} clients", reference, 1.0, note=f"{rates}")
    best = max((rate for _, rate, target, _ in found if target is None), default=0.0)
    for what, rate, target, words in found:
        target = RATIO_BATCH if target is None and rate == best else target
        ratio = rate / reference
        asked = "" if target is None else f"{target} x pgbench"
        is_met = None if target is None else ratio >= target
        yield Line(f"PostgreSQL, {what}", rate, ratio, asked, is_met, words)
    count(auditor)


def count(url: str) -> None:
    """Check that debits equal credits and that the kept sums of loans are those of the transfers."""
    asked = """
        SELECT (SELECT sum(amount) FROM transfer), (SELECT sum(debits - credits) FROM balance),
            (SELECT count(*) FROM voucher WHERE kind = 'post'), (SELECT count(*) FROM transfer)
    """
    with psycopg.connect(url) as connection:
        moved, kept, vouchers, transfers = connection.execute(asked).fetchone() or ()
    assert moved == kept and vouchers == transfers, (moved, kept, vouchers, transfers)


def time_sqlite(folder: Path, options: argparse.Namespace) -> Iterator[Line]:
    """Time batches in SQLite, then sealing them, then the verifier over all of it."""
    path = folder / "book.db"
    with begin_book(path, clock=now) as book:
        book.post(*openings(now().date())[:BATCH])
        vouchers = draws(0, now().date(), BATCH - 1)
        posted, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < options.seconds:
            posted += len(book.post(*(next(vouchers) for _ in range(BATCH))))
        rate = posted / took
        yield Line(
            f"SQLite, {BATCH} a transaction", rate, None, f"{SQLITE_A_SECOND:,}", rate >= SQLITE_A_SECOND
        )
        if "verify" not in options.parts:
            return
        key = generate_key(folder / "key", "bench.example/books")
        began = time.perf_counter()
        sealed = seal(book.store, key, "bench.example/books", now)
        yield Line("sealed (SQLite)", posted / (time.perf_counter() - began))
        rows = write_log(book.store, folder / "log.ndjson")
    used = time.process_time()
    tree = hash_log(folder / "log.ndjson")
    rate = rows / (time.process_time() - used)
    assert tree.size == rows
    met = rate >= ROWS_A_SECOND
    yield Line("hashed again, log (rows a second of one core)", rate, None, f"{ROWS_A_SECOND:,}", met)
    for words, at, notes in (("log", folder / "log.ndjson", (sealed.note,)), ("SQLite", path, ())):
        used = time.process_time()
        report = verify(at, notes, str(key.vkey))
        rate = report.rows / (time.process_time() - used)
        assert not report.faults, report.faults[:3]
        yield Line(f"verified with every rule, {words} (rows a second of one core)", rate)


def time_duties(server: Server, folder: Path, options: argparse.Namespace) -> Iterator[Line]:
    """Time determinations turned into vouchers and posted, in both stores, each in a process of its own."""
    make_world(folder)
    lines = make_book(folder, options.lines)
    charter, atlas = open_world(folder)
    found = assess(charter, atlas, lines, out=folder / "determinations.parquet", keep="results")
    app, _ = new_book(server)
    sqlite = str(folder / "duties.db")
    begin_book(sqlite, clock=now).store.close()
    processes = multiprocessing.get_context("spawn")
    for words, where in (("SQLite", sqlite), ("PostgreSQL", app)):
        answers = processes.Queue()
        job = processes.Process(target=post_the_duties, args=(where, str(found.path), answers))
        job.start()
        vouchers, seconds, memory = answers.get()
        job.join()
        rate = options.lines / seconds
        hours = 10_000_000 / rate / 3_600
        note = (
            f"{vouchers:,} vouchers in {seconds:.1f} s; ten million in {hours:.2f} h at that rate; {memory}"
        )
        what = f"{options.lines:,} determinations posted, {words}"
        yield Line(what, rate, None, f"{LINES_A_SECOND:,.0f}", rate >= LINES_A_SECOND, note)


def post_the_duties(where: str, determinations: str, answers: Any) -> None:
    """Post a file of determinations and tell how many vouchers, how long, and the memory on the way."""
    memory: list[int] = []
    began = time.perf_counter()
    with open_book(where, clock=now) as book:
        posted = post_duties(
            book,
            determinations,
            Collection("USA"),
            entered_on=now().date(),
            batch=BATCH,
            progress=lambda _: memory.append(resident()),
        )
    seconds = time.perf_counter() - began
    marks = [memory[round(at * (len(memory) - 1))] for at in (0, 0.25, 0.5, 0.75, 1)] if memory else []
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    words = f"memory {' → '.join(map(str, marks))} MB on the way, peak {peak} MB"
    answers.put((posted.vouchers, seconds, words))


def resident() -> int:
    """Give the memory this process holds, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


@contextmanager
def postgres(wanted: bool) -> Iterator[Server | None]:
    """Start a server if one is needed."""
    if not wanted:
        yield None
        return
    programs = find_programs()
    if programs is None:
        sys.exit(WHAT_TO_INSTALL)
    with running(programs, **SETTINGS) as server:
        yield server


def main() -> int:
    """Print the table; fail where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--scale", type=int, default=50)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--parts", default=",".join(PARTS), type=lambda text: text.split(","))
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    print("| what | a second | x pgbench | asked | met | |\n|---|---:|---:|---:|---|---|", flush=True)
    missed = False
    needed = {"single", "batch", "duties"} & set(options.parts)
    with tempfile.TemporaryDirectory(prefix="stannary-") as made, postgres(bool(needed)) as server:
        folder = Path(made)
        parts: list[Callable[[], Iterator[Line]]] = []
        if server is not None and {"single", "batch"} & set(options.parts):
            parts.append(lambda: time_postgres(server, options))
        if {"sqlite", "verify"} & set(options.parts):
            parts.append(lambda: time_sqlite(folder, options))
        if server is not None and "duties" in options.parts:
            parts.append(lambda: time_duties(server, folder, options))
        for part in parts:
            for line in part():
                print(line, flush=True)
                missed = missed or line.is_met is False
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
