"""The small verifier: reads a book by itself and says whether it holds. One file, to be read before trusted.

It imports the standard library and `cryptography`, and nothing of the software that keeps the book, whose
errors it would share. It reads a log (NDJSON, a voucher a line) or a book in SQLite, and checks the bytes
(every row has the hash that was sealed; the RFC 6962 tree of them has the root that the log and its witnesses
signed) and the books (every row is what was sent, once per key, balanced, on open accounts within limits, in
no closed period; what is pending is settled once and reversals mirror; kept balances are the sums of rows).

    python -m stannary.ledger.verifier LOG.ndjson --checkpoint FILE --key VKEY [--witness VKEY ...]

A checkpoint may also be a proof (tlog-proof): its own is used. Exit status 0: it holds; 5: it does not, with
each fault named; 2: the question was not well put. Memory grows with the number of vouchers."""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import json
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

__all__ = ["Report", "main", "verify"]

LARGEST = 2**61
ABOUT_ACCOUNTS = ("open_account", "close_account", "set_limits")
WORDS = "effective_on expires_on key kind member mineral narrative organisation programme refers_to"
PLAIN = WORDS.split()
SENT = sorted(["account", "cause", "transfers", *PLAIN])
CAUSE = ("kind", "reference", "digest", "charter", "article", "software")
ACCOUNT = ("name", "commodity", "lowest", "highest", "clears_within_days")
UNREADABLE = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
Rows = list[list[Any]]
Row = tuple[bytes, bytes | None, dict[str, Any]]
write = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
read = json.JSONDecoder().raw_decode


@dataclass
class Report:
    """What was found: how many rows, how many of them under checkpoints that hold, and every fault."""

    rows: int = 0
    sealed: int = 0
    root: str = ""
    signers: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def verify(
    book: Path, checkpoints: Sequence[str] = (), key: str | None = None, witnesses: Sequence[str] = ()
) -> Report:
    """Verify a book or log against checkpoints (their texts), the vkey of its log, and those of witnesses.

    All witnesses named must have signed the largest. Without a key only the books are checked.
    """
    report = Report()
    try:
        with book.open("rb") as file:
            if file.read(16) != b"SQLite format 3\x00":
                file.seek(0)
                roots = _roots(checkpoints, key, witnesses, report)
                _fold(((line, None, {}) for line in file), roots, report)
                return report
        with contextlib.closing(sqlite3.connect(f"{book.resolve().as_uri()}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            notes = [row["note"] for row in database.execute(CHECKPOINTS)]
            roots = _roots([*notes, *checkpoints], key, witnesses, report)
            books = _fold(_rows(database, report.faults.append), roots, report)
            report.faults += _faults_of_tables(database, books)
    except (OSError, sqlite3.Error, *UNREADABLE) as error:
        report.faults.append(f"the book cannot be read further: {error}")
    return report


def _roots(texts: Sequence[str], key: str | None, witnesses: Sequence[str], report: Report) -> dict[int, str]:
    """Give the root (base64) each checkpoint claims, by size, once its signatures are found to hold."""
    roots: dict[int, str] = {}
    signers: dict[int, set[str]] = {}
    if key is not None and not texts:
        report.faults.append("there is no checkpoint to hold the book against")
    for number, text in enumerate(texts if key is not None else (), 1):
        try:
            size, root, names = _read_checkpoint(text, key or "", witnesses)
        except (InvalidSignature, *UNREADABLE) as error:
            report.faults.append(f"checkpoint {number} is not to be believed: {str(error) or 'it is forged'}")
            continue
        if roots.setdefault(size, root) != root:
            report.faults.append(f"the log is forked: two checkpoints of {size} rows differ")
        signers.setdefault(size, set()).update(names)
    if signers:
        report.signers = sorted(signers[max(signers)])
        absent = {vkey.split("+")[0] for vkey in witnesses}.difference(report.signers)
        report.faults += [f"{name} did not sign the checkpoint of {max(signers)} rows" for name in absent]
    return roots


def _read_checkpoint(text: str, key: str, witnesses: Sequence[str]) -> tuple[int, str, set[str]]:
    if text.startswith("c2sp.org/tlog-proof@v1\n"):
        text = text.partition("\n\n")[2]
    body, _, below = text.rpartition("\n\n")
    lines, found = body.split("\n"), [line.split(" ") for line in below.removesuffix("\n").split("\n")]
    if len(lines) != 3 or not re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]) or not below.endswith("\n"):
        raise ValueError("it is not a signed checkpoint")
    names: set[str] = set()
    for vkey in (key, *witnesses):
        name, key_id, encoded = vkey.split("+", 2)
        kind, public = base64.b64decode(encoded)[:1], base64.b64decode(encoded)[1:]
        if hashlib.sha256(name.encode() + b"\n" + kind + public).hexdigest()[:8] != key_id:
            raise ValueError(f"the key {name} was copied wrongly")
        for dash, signer, signature in found:
            signed = base64.b64decode(signature, validate=True)
            if (dash, signer, signed[:4].hex()) != ("—", name, key_id):
                continue
            message, signed = f"{body}\n".encode(), signed[4:]
            if kind == b"\x04":  # a witness signs the hour too
                at, signed = int.from_bytes(signed[:8], "big"), signed[8:]
                message = f"cosignature/v1\ntime {at}\n".encode() + message
            Ed25519PublicKey.from_public_bytes(public).verify(signed, message)
            names.add(name)
    if key.split("+")[0] not in names:
        raise ValueError(f"{key.split('+')[0]} did not sign it")
    return int(lines[1]), lines[2], names


def _fold(rows: Iterator[Row], roots: dict[int, str], report: Report) -> Books:
    """Hash every row into the tree and put it into the books; a database kept its leaf hash and its parts."""
    books, sha256, say = Books(), hashlib.sha256, report.faults.append
    peaks: list[bytes] = []
    _hold(report, roots, peaks)
    for number, (line, kept, parts) in enumerate(rows):
        carried = sha256(b"\x00" + line.removesuffix(b"\n")).digest()
        if kept is not None and kept != carried:
            say(f"row {number}: its content is not what was sealed")
        at = number
        while at & 1:
            carried = sha256(b"\x01" + peaks.pop() + carried).digest()
            at >>= 1
        peaks.append(carried)
        report.rows = number + 1
        _hold(report, roots, peaks)
        books.add(number, line, parts, say)
    if max(roots, default=0) > report.rows:
        say(f"the book was cut: a checkpoint counts {max(roots)} rows, {report.rows} are here")
    report.root = _root(peaks)
    return books


def _hold(report: Report, roots: dict[int, str], peaks: list[bytes]) -> None:
    if report.rows in roots and roots[report.rows] == _root(peaks):
        report.sealed = report.rows
    elif report.rows in roots:
        report.faults.append(f"the first {report.rows} rows are not those of the checkpoint of {report.rows}")


def _root(peaks: list[bytes]) -> str:
    root = peaks[-1] if peaks else hashlib.sha256(b"").digest()
    for peak in reversed(peaks[:-1]):
        root = hashlib.sha256(b"\x01" + peak + root).digest()
    return base64.b64encode(root).decode()


@dataclass(slots=True)
class Standing:
    """An account as its rows leave it: how it was opened, and its sums."""

    commodity: str
    lowest: int | None
    highest: int | None
    clears: int | None = None
    is_closed: bool = False
    debits: int = 0
    credits: int = 0
    pending_debits: int = 0
    pending_credits: int = 0

    def is_within(self) -> bool:
        """Say whether it is within its limits, whatever becomes of what is pending."""
        low = self.debits - self.credits - self.pending_credits
        high = self.debits - self.credits + self.pending_debits
        return (self.lowest is None or low >= self.lowest) and (self.highest is None or high <= self.highest)


class Books:
    """The books as the rows make them, by this file's own reading of the rules."""

    def __init__(self) -> None:
        self.accounts: dict[tuple[str, str], Standing] = {}
        self.closed: dict[str, list[str]] = {}
        self._known: dict[tuple[str, str], tuple[str, str, str | None, Rows]] = {}
        self._settled: set[tuple[str, str]] = set()
        self._hour = ""

    def add(self, number: int, line: bytes, parts: dict[str, Any], say: Callable[[str], None]) -> None:
        """Add a row, and say what is wrong with it."""
        try:
            row = parts or read(line.decode())[0]
            sent, made = row["voucher"], row["made"]
            where = f"row {number} ({sent['organisation']}/{sent['key']})"
            if not parts and (f"{write(row)}\n".encode() != line or len(row) != 4 or [*sent] != SENT):
                say(f"{where}: it is not written as a log is")
            if hashlib.sha256(line[line.index(b'"voucher":') + 10 : -2]).hexdigest() != row["request_hash"]:
                say(f"{where}: it is not what was sent; the hash of the request differs")
            for fault in self._faults(sent, made, row["recorded_at"]):
                say(f"{where}: {fault}")
        except UNREADABLE as error:
            say(f"row {number}: it is no voucher ({type(error).__name__}: {error})")

    def _faults(self, sent: dict[str, Any], made: Rows, hour: str) -> Iterator[str]:
        organisation, kind, day = sent["organisation"], sent["kind"], sent["effective_on"]
        if hour < self._hour:
            yield "it was recorded before the row above it"
        self._hour = max(hour, self._hour)
        if not all(sent["cause"][:2]):
            yield "it names no cause"
        closed = self.closed.get(organisation)
        if closed and day <= closed[-1]:
            yield f"it takes effect on {day}, and the books are closed up to {closed[-1]}"
        if (organisation, sent["key"]) in self._known:
            yield "its key was used before"
        self._known[organisation, sent["key"]] = (kind, day, sent["expires_on"], made)
        if (kind in ABOUT_ACCOUNTS or kind in ("close_period", "void_pending")) and made:
            yield f"a voucher of kind {kind} moves nothing, and this one does"
        if kind in ABOUT_ACCOUNTS:
            yield from self._account(organisation, kind, sent["account"])
        elif kind == "close_period":
            self.closed.setdefault(organisation, []).append(day)
            if day > hour[:10]:
                yield "it closes a period that is not over"
        else:
            yield from self._money(organisation, sent, made, hour)

    def _account(self, of: str, kind: str, told: list[Any]) -> Iterator[str]:
        name, commodity, low, high, clears = told
        standing = self.accounts.get((of, name))
        if kind == "open_account":
            if standing is not None:
                yield f"the account {name} was open already"
            standing = self.accounts[of, name] = Standing(commodity, low, high, clears)
        elif standing is None or standing.is_closed or standing.commodity != commodity:
            yield f"there is no open account {name} of {commodity}"
            return
        elif kind == "set_limits":
            standing.lowest, standing.highest = low, high
        else:
            standing.is_closed = True
            if standing.debits != standing.credits or standing.pending_debits or standing.pending_credits:
                yield f"the account {name} was closed and not at zero"
        if not standing.is_within():
            yield f"the limits of {name} do not hold what it stands at"

    def _money(self, organisation: str, sent: dict[str, Any], made: Rows, hour: str) -> Iterator[str]:
        kind, target, due = sent["kind"], (organisation, sent["refers_to"]), sent["transfers"]
        freed: Rows = []
        if kind in ("post_pending", "void_pending", "reverse"):
            of, day, expires, held = self._known.get(target, ("", "", None, []))
            if of not in (("post", "post_pending") if kind == "reverse" else ("pending",)):
                yield f"{target[1]} is nothing that a {kind} acts on"
            if target in self._settled:
                yield f"{target[1]} was settled before"
            self._settled.add(target)
            if sent["effective_on"] < day:
                yield f"{target[1]} takes effect later"
            if kind == "reverse":
                due = [[credit, debit, *rest] for debit, credit, *rest in held]
            else:
                freed, due = held, [] if kind == "void_pending" else due or held
            if kind == "post_pending":
                beyond = [a for a, b in zip(made, held, strict=False) if a[:2] != b[:2] or a[2] > b[2]]
                if beyond or len(made) != len(held):
                    yield f"it posts what {target[1]} does not hold"
                if expires is not None and expires <= hour[:10]:
                    yield f"{target[1]} had expired on {expires}"
        elif kind not in ("post", "pending") or target[1] is not None or not made:
            yield f"it is no voucher of kind {kind}"
        if made != due:
            yield "the transfers made are not those that follow from it"
        moves = [*((-1, each) for each in freed), *((1, each) for each in made)]
        yield from self._move(organisation, moves, kind)

    def _move(self, of: str, transfers: list[tuple[int, list[Any]]], kind: str) -> Iterator[str]:
        moved: dict[str, Standing] = {}
        accounts, absent = self.accounts, Standing("", None, None)
        for sign, (debit, credit, amount, commodity) in transfers:
            if type(amount) is not int or not 0 < amount <= LARGEST or debit == credit:
                yield f"the transfer from {credit} to {debit} is of no amount"
                continue
            to, giver = accounts.get((of, debit), absent), accounts.get((of, credit), absent)
            moved[debit], moved[credit] = to, giver
            if to.commodity != commodity or giver.commodity != commodity or to.is_closed or giver.is_closed:
                yield f"of {debit} and {credit}, not both are open accounts of {commodity}"
            if sign < 0 or kind == "pending":
                to.pending_debits += sign * amount
                giver.pending_credits += sign * amount
            else:
                to.debits += amount
                giver.credits += amount
        for name in (name for name, standing in moved.items() if not standing.is_within()):
            yield f"the account {name} passes its limits"


ROWS = """SELECT v.*, l.number, l.digest, l.organisation AS sealed_of, l.sealed_at, (SELECT json_group_array(
 json_array(number, organisation, debit, credit, amount, commodity)) FROM (SELECT * FROM transfer WHERE
 voucher_id = v.id ORDER BY number)) AS made FROM voucher v LEFT JOIN leaf l ON l.voucher_id = v.id
 ORDER BY l.number IS NULL, l.number, v.id"""
ACCOUNTS = """SELECT organisation, name, commodity, lowest, highest, clears_within_days, is_closed, debits,
 credits, pending_debits, pending_credits, is_constrained FROM account NATURAL LEFT JOIN balance"""
PERIODS = """SELECT p.organisation, p.closed_through, v.effective_on FROM period p LEFT JOIN voucher v
 ON v.id = p.voucher_id AND v.kind = 'close_period' AND v.organisation = p.organisation"""
CHECKPOINTS = """SELECT size, root, note, sealed_at, (SELECT count(*) FROM leaf),
 (SELECT max(l.sealed_at) FROM leaf l WHERE l.number < size) FROM checkpoint ORDER BY size"""


def _rows(database: sqlite3.Connection, say: Callable[[str], None]) -> Iterator[Row]:
    """Write every voucher of the tables as the line of a log, from all its columns."""
    hour = ""
    for number, v in enumerate(database.execute(ROWS)):
        moved, _ = read(v["made"])
        ties = [[n, v["organisation"]] for n in range(1, len(moved) + 1)]
        if [each[:2] for each in moved] != ties or v["carries_transfers"] not in (0, bool(moved)):
            say(f"row {number}: its transfers are not numbered through, or are another's")
        if v["number"] is not None and (v["number"], v["sealed_of"]) != (number, v["organisation"]):
            say(f"row {number}: the leaf {v['number']} of {v['sealed_of']} stands in its place")
        if v["number"] is not None and v["sealed_at"] < max(hour, v["recorded_at"]):
            say(f"row {number}: it was sealed before it was recorded, or before the row above it")
        hour, made = v["sealed_at"] or hour, [each[2:] for each in moved]
        sent: dict[str, Any] = {name: v[name] for name in PLAIN}
        sent["cause"] = [v[f"cause_{name}"] for name in CAUSE]
        told = [v[f"account_{name}"] for name in ACCOUNT]
        sent["account"] = None if told == [None] * 5 else told
        sent["transfers"] = made if v["carries_transfers"] else []
        row = {"made": made, "voucher": sent} | {name: v[name] for name in ("recorded_at", "request_hash")}
        yield f"{write(row)}\n".encode(), v["digest"], row


def _faults_of_tables(database: sqlite3.Connection, books: Books) -> Iterator[str]:
    """Say where a table does not hold what the rows make of it."""
    damage = (row[0] for row in database.execute("PRAGMA integrity_check") if row[0] != "ok")
    yield from (f"the file is damaged: {found}" for found in damage)
    for table, row, parent, _ in database.execute("PRAGMA foreign_key_check"):
        yield f"{table}: its row {row or ''} points to nothing in {parent}"
    guards = [row[0] for row in database.execute("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")]
    for table in ("voucher", "transfer", "account", "balance", "period", "leaf", "checkpoint"):
        if guards.count(table) < 2:
            yield f"{table}: its rows are no longer guarded against change"
    kept = {(row[0], row[1]): tuple(row)[2:] for row in database.execute(ACCOUNTS)}
    for at in sorted(kept.keys() | books.accounts.keys()):
        made: tuple[Any, ...] = ()
        if one := books.accounts.get(at):
            limited = one.lowest is not None or one.highest is not None
            sums = (one.debits, one.credits, one.pending_debits, one.pending_credits)
            made = (one.commodity, one.lowest, one.highest, one.clears, one.is_closed)
            made += (*(sums if limited else (None,) * 4), limited)
        if kept.get(at) != made:
            yield f"account {'/'.join(at)}: what is kept of it is not what the rows make"
    periods = sorted(tuple(row) for row in database.execute(PERIODS))
    if periods != sorted((of, day, day) for of in books.closed for day in books.closed[of]):
        yield "period: what is kept is not what the rows closed"
    hour = ""
    for size, root, note, at, leaves, latest in database.execute(CHECKPOINTS):
        told = [str(size), base64.b64encode(root).decode()]
        if note.split("\n")[1:3] != told or leaves < size or not max(hour, latest or "") <= at < "9":
            yield f"checkpoint of {size} rows: it, or the leaves it counts, are not kept as signed"
        hour = at


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify what the command line names, write what was found, and give the exit status."""
    parser = argparse.ArgumentParser("verifier", description="Verify a book by itself.")
    parser.add_argument("book", type=Path, help="a log (NDJSON), or a book in SQLite")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], help="or a proof")
    parser.add_argument("--key", help="the vkey of the log: name+id+base64")
    parser.add_argument("--witness", action="append", default=[], help="the vkey of one who must have signed")
    parser.add_argument("--unsealed", action="store_true", help="check the books only, without a key")
    asked = parser.parse_args(arguments)
    if (asked.key is None) != asked.unsealed:
        parser.error("give --key, the vkey of the log; or --unsealed, to check the books only")
    try:
        texts = [each.read_text(encoding="utf-8") for each in asked.checkpoint]
    except (OSError, ValueError) as error:
        parser.error(f"the checkpoint cannot be read: {error}")
    report = verify(asked.book, texts, asked.key, asked.witness)
    sys.stdout.writelines(f"{fault}\n" for fault in report.faults)
    signed = f"{report.sealed} sealed by {', '.join(report.signers) or 'nobody'}, root {report.root}"
    sys.stdout.write(f"{report.rows} rows, {signed}: it {'does not hold' if report.faults else 'holds'}\n")
    return 5 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
