"""The log of what was published: one line a publication or correction, each holding the digest of the last.

A line is a record as JSON: its number, what it is, the publication whole (prices, what was left unpriced and
why, every report that came in and what became of it), and the SHA-256 of the line before and of itself.
Changing any byte breaks a digest. Cutting whole lines off the end breaks none: keep the last digest
elsewhere, and compare it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from stannary.errors import Place, PriceError, Problem
from stannary.pricing.publication import REASONS, Publication

__all__ = ["NOTHING", "PriceLog", "Record", "read_log", "record"]

FORM = "stannary price log 1"
NOTHING = "0" * 64
"""The digest before the first record."""

SEALED = re.compile(rb',"digest":"([0-9a-f]{64})"\}')
FIELDS = ("form", "number", "kind", "corrects", "reason", "publication", "previous", "digest")
PUBLICATION: TypeAdapter[Publication] = TypeAdapter(Publication)


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the log; a correction names the record it corrects, and says why."""

    number: int
    kind: Literal["publication", "correction"]
    publication: Publication
    corrects: int | None
    reason: str | None
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class PriceLog:
    """All records, in the order they were made; none is ever changed or taken away."""

    records: tuple[Record, ...] = ()

    @property
    def head(self) -> str:
        """Give the digest that stands for the whole log."""
        return self.records[-1].digest if self.records else NOTHING

    @property
    def publications(self) -> tuple[Publication, ...]:
        """Give the publications that stand: of each period the last, corrections included."""
        last = {(each.publication.start, each.publication.end): each.publication for each in self.records}
        return tuple(last.values())

    def of(self, publication: Publication) -> Record | None:
        """Give the last record of the period that a publication is for, or `None`."""
        same = (each for each in reversed(self.records) if _is_same_period(each.publication, publication))
        return next(same, None)

    def number(self, number: int) -> Record | None:
        """Give a record by its number, or `None`."""
        return self.records[number - 1] if 1 <= number <= len(self.records) else None


def record(path: Path | str, publication: Publication, *, after: str | None = None) -> Record:
    """Write a publication, or the correction of one, below all others; give its record.

    The file is begun where there is none, and appears whole or not at all. `after` is the head of the log
    that the publication was made from. Raises `PriceError`: STN-PRICE-009 for a period that is published
    already and not corrected, that overlaps another or lies before it, or for a correction without a reason
    or of anything but what stands; 007 for a damaged log; 008 while another program writes, or where one has
    written since `after`; `OSError` where the place cannot be written.
    """
    named, path = Place(str(path)), Path(path).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.writing")
    try:
        # Made by one program only: the draft is also the lock, and is let go of by its renaming.
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        message = "Another program is writing the price log, or stopped while it did."
        remedy = f"Wait for it; if none is at work, remove {draft}."
        raise PriceError([Problem("STN-PRICE-008", message, remedy, named)]) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            held = path.read_bytes() if path.exists() else b""
            log = _read(held, named.file or "")
            if after not in (None, log.head):
                message = "The price log has grown since it was read."
                raise PriceError([Problem("STN-PRICE-008", message, "Make the publication again.", named)])
            made = _next(log, publication, named)
            stream.write(held + _line(made))
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _keep_name(path.parent)
    return made


def _keep_name(folder: Path) -> None:
    """Make the renaming outlast a loss of power, where folders can be told to."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # folders cannot be opened on Windows, which keeps the order of renamings itself
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_log(path: Path | str) -> PriceLog:
    """Read a log and check every digest; a file that is not there is an empty log.

    Raises `PriceError` (STN-PRICE-007) naming the first record that does not hold.
    """
    path = Path(path)
    try:
        is_there = path.exists()
        if is_there and not path.is_file():
            what = "a folder" if path.is_dir() else "no file that keeps what is written"
            remedy = "Name the file that `stannary prices publish` wrote."
            raise _damaged(f"It is {what}.", remedy, Place(str(path)))
        content = path.read_bytes() if is_there else b""
    except OSError as error:
        raise _damaged(f"It cannot be read ({error.strerror}).", "Name a file.", Place(str(path))) from error
    return _read(content, str(path))


def _read(content: bytes, name: str) -> PriceLog:
    records: list[Record] = []
    previous = NOTHING
    for number, line in enumerate(_lines(content), start=1):
        made = _believed(line, number, previous, Place(name, number))
        records.append(made)
        previous = made.digest
    return PriceLog(tuple(records))


def _lines(content: bytes) -> Iterator[bytes]:
    """Give the lines with their ends: the last of a log that was cut short has none."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start) + 1 or len(content)
        yield content[start:end]
        start = end


KEEP = "Nothing after it can be believed: put back a copy of the log that holds."


def _believed(line: bytes, number: int, previous: str, place: Place) -> Record:
    """Give the record of a line, or refuse it."""
    sealed = SEALED.fullmatch(line[-78:-1])
    if not line.endswith(b"}\n") or sealed is None:
        raise _damaged(f"Record {number} is not whole.", KEEP, place)
    body, digest = line[:-78] + b"}", sealed[1].decode()
    if sha256(body).hexdigest() != digest:
        raise _damaged(f"Record {number} is not as it was written: its digest differs.", KEEP, place)
    try:
        data = json.loads(body)
        if not isinstance(data, dict) or {*data, "digest"} != set(FIELDS) or data["form"] != FORM:
            raise ValueError("it is not a record of this form")
        publication = PUBLICATION.validate_python(data["publication"])
        strange = sorted({each.reason for each in publication.log} - REASONS.keys())
        if strange:
            raise ValueError(f"{strange[0]!r} is no reason for using a report or not")
        made = Record(
            int(data["number"]), data["kind"], publication, data["corrects"], data["reason"],
            str(data["previous"]), digest,
        )  # fmt: skip
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        told = "its publication is not in its form" if isinstance(error, ValidationError) else error
        raise _damaged(f"Record {number} cannot be read: {told}.", KEEP, place) from None
    if made.number != number or made.previous != previous:
        before = "the beginning" if number == 1 else f"record {number - 1}"
        raise _damaged(f"Record {number} does not follow {before}: one was changed or left out.", KEEP, place)
    return made


def _damaged(message: str, remedy: str, place: Place) -> PriceError:
    return PriceError([Problem("STN-PRICE-007", message, remedy, place)])


# -- the next record -------------------------------------------------------------------------------------


def _next(log: PriceLog, publication: Publication, place: Place) -> Record:
    """Make the record that follows; its digest is the one its line will carry."""
    earlier = log.of(publication)
    fault = _fault(log, publication, earlier)
    if fault is not None:
        raise PriceError([Problem("STN-PRICE-009", *fault, place)])
    kind: Literal["publication", "correction"] = "publication" if earlier is None else "correction"
    corrects = None if earlier is None else earlier.number
    bare = Record(len(log.records) + 1, kind, publication, corrects, publication.reason, log.head, "")
    return replace(bare, digest=sha256(_body(bare)).hexdigest())


def _fault(log: PriceLog, publication: Publication, earlier: Record | None) -> tuple[str, str] | None:
    """Give what is wrong with writing this next, and what would be right."""
    period = f"{publication.start} to {publication.end}"
    if publication.corrects is not None:
        if not (publication.reason or "").strip():
            return f"{period} is corrected without a reason.", "Say why it is corrected."
        if earlier is None:
            return f"{period} cannot be corrected: it was never published.", "Publish it first."
        if earlier.publication.id != publication.corrects:
            message = f"What is corrected is not what stands for {period}: that is record {earlier.number}."
            return message, "Correct the last record of the period."
        return None
    if earlier is not None:
        message = f"{period} is published already, as record {earlier.number}."
        return message, "A price is never overwritten: correct it, and say why."
    for each in log.records:
        if each.publication.end >= publication.start:
            held = f"{each.publication.start} to {each.publication.end}"
            message = f"{period} does not come after {held}, which record {each.number} holds."
            return message, "Publish periods in order, each day once."
    return None


def _is_same_period(one: Publication, other: Publication) -> bool:
    return (one.start, one.end) == (other.start, other.end)


def _body(made: Record) -> bytes:
    data: dict[str, Any] = {
        "form": FORM,
        "number": made.number,
        "kind": made.kind,
        "corrects": made.corrects,
        "reason": made.reason,
        "publication": PUBLICATION.dump_python(made.publication, mode="json"),
        "previous": made.previous,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _line(made: Record) -> bytes:
    return _body(made)[:-1] + f',"digest":"{made.digest}"}}\n'.encode()
