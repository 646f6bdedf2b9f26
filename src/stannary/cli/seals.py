"""`stannary ledger seal`, `verify` and what belongs to them: keys, witnesses, proofs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Group as Stack
from rich.text import Text

from stannary.cli.bookkeeping import BookPlace, content_of, now, opened, organisation_of, shown_place
from stannary.cli.failures import warn
from stannary.cli.options import Form, Out, settings_of
from stannary.cli.output import Answer, deliver, emit, write_whole
from stannary.errors import LedgerError, Place, Problem, UsageError
from stannary.ledger.book import Book
from stannary.ledger.logbook import leaf_bytes, write_log
from stannary.ledger.notes import Vkey, generate_key, parse_vkey, read_key
from stannary.ledger.sealing import SealedLog, keep_cosignatures
from stannary.ledger.sealing import seal as seal_store
from stannary.ledger.store import Checkpoint
from stannary.ledger.verifier import Report
from stannary.ledger.verifier import verify as verify_book
from stannary.ledger.witnessing import Witness, cosign
from stannary.report.words import count

__all__ = ["new_key", "prove", "seal", "verify", "witness"]

FINDINGS = 5

KeyFile = Annotated[
    str,
    Parameter(
        name="--key", metavar="FILE", help="The file with the key to sign with; only its owner may read it."
    ),
]
NoteFile = Annotated[
    str | None,
    Parameter(
        name="--note", metavar="FILE", help="Also write the signed checkpoint to this file, to publish."
    ),
]


def new_key(
    file: Annotated[str, Parameter(help="The new file for the secret half; it is never overwritten.")],
    /,
    *,
    name: Annotated[
        str, Parameter(metavar="NAME", help="Who signs, best as an address: zone.example/books.")
    ],
    is_witness: Annotated[
        bool, Parameter(name="--witness", negative="", help="The key of a witness, not of the book itself.")
    ] = False,
    form: Form = None,
) -> None:
    """Make a key to sign with, and tell its public half, which others verify with.

    The public half is written beside it, ending in .vkey. Keep the secret half from everyone and keep a copy
    of it: a book goes on only under its key.
    """
    settings = settings_of(format=form)
    public = Path(file).with_suffix(".vkey")
    if public.exists():
        problem = Problem(
            "STN-USAGE-005", "A file stands there already.", "Name another key.", Place(str(public))
        )
        raise UsageError([problem])
    vkey = generate_key(Path(file), name, is_witness=is_witness).vkey
    write_whole(public, f"{vkey}\n".encode())
    data = {"secret": file, "public": str(public), "name": name, "vkey": str(vkey)}
    words = f"The secret half is in {file}, for nobody else; the public half is in {public}, to hand out."
    emit(Answer(table=lambda: Text(words), data=data), settings.format)


def seal(
    *,
    key: KeyFile,
    origin: Annotated[
        str | None, Parameter(metavar="NAME", help="The name of the log; that of the key, unless you say.")
    ] = None,
    former: Annotated[
        list[str] | None,
        Parameter(metavar="VKEY", negative="", help="An earlier key of this log, where it was changed."),
    ] = None,
    place: BookPlace | None = None,
    note: NoteFile = None,
    form: Form = None,
) -> None:
    """Seal a book: number every voucher in its hash tree, and sign the root.

    Who holds the signed checkpoint can tell from then on whether a voucher was changed, removed or put in
    before it. Nothing is signed that does not continue what was sealed before.
    """
    settings = _settings(place, form)
    signing = read_key(Path(key))
    with opened(settings) as book:
        checkpoint = seal_store(book.store, signing, origin or signing.name, now, map(_vkey, former or ()))
    _tell(
        checkpoint,
        f"{count(checkpoint.size, 'voucher')} sealed in {shown_place(settings)}.",
        note,
        settings.format,
    )


def witness(
    *,
    key: KeyFile,
    log: Annotated[
        str, Parameter(metavar="VKEY", help="The public key of the book, as its keeper hands it out.")
    ],
    memory: Annotated[
        str, Parameter(metavar="FILE", help="Where this witness remembers what it signed last; keep it.")
    ],
    origin: Annotated[
        str | None, Parameter(metavar="NAME", help="The name of the log; that of its key, unless you say.")
    ] = None,
    place: BookPlace | None = None,
    note: NoteFile = None,
    form: Form = None,
) -> None:
    """Sign a book's last checkpoint as a witness, if it continues the last one this witness signed.

    A log that was changed behind what the witness saw, or shown to others otherwise, is refused: an alarm.
    """
    settings = _settings(place, form)
    vkey, signing = _vkey(log), read_key(Path(key))
    who = Witness(signing, vkey, origin or vkey.name, Path(memory))
    with opened(settings) as book:
        checkpoints = book.store.checkpoints()
        if not checkpoints:
            remedy = "stannary ledger seal comes first."
            raise UsageError([Problem("STN-USAGE-002", "The book has never been sealed.", remedy)])
        signed = cosign(who, checkpoints[-1].note, SealedLog(book.store).continues, int(now().timestamp()))
        checkpoint = keep_cosignatures(book.store, signed, vkey, [signing.vkey])
    _tell(checkpoint, f"{signing.name} signed {count(checkpoint.size, 'voucher')}.", note, settings.format)


def prove(
    voucher: Annotated[str, Parameter(help="The key of a sealed voucher.")],
    /,
    *,
    place: BookPlace | None = None,
    out: Out = None,
) -> None:
    """Prove that a voucher is in the sealed book: a text to give to whom it concerns.

    It holds against the book's public key alone, whatever becomes of the book.
    """
    settings = _settings(place, None)
    with opened(settings) as book:
        proof = SealedLog(book.store).prove(organisation_of(settings, book), voucher)
    deliver(str(proof).encode("utf-8"), out)


def verify(
    log: Annotated[
        str | None,
        Parameter(help="A log written by stannary ledger export; the book itself, unless you say."),
    ] = None,
    /,
    *,
    key: Annotated[
        str | None,
        Parameter(
            metavar="VKEY", help="The public key of the book; without one, signatures are not verified."
        ),
    ] = None,
    witness_keys: Annotated[
        list[str] | None,
        Parameter(
            name="--witness",
            metavar="VKEY",
            negative="",
            help="A witness that must have signed; as often as needed.",
        ),
    ] = None,
    checkpoint: Annotated[
        list[str] | None,
        Parameter(
            name="--checkpoint",
            metavar="FILE",
            negative="",
            help="A checkpoint or proof kept elsewhere, to hold the book against; as often as needed.",
        ),
    ] = None,
    place: BookPlace | None = None,
    form: Form = None,
) -> int:
    """Verify a book or its log with the small verifier, which shares no code with the rest; 5 for any fault.

    It checks every voucher: its hash and place in the sealed tree, that it balances and keeps every limit,
    closed period and key; and that the checkpoints were signed.
    """
    settings = _settings(place, form)
    vkey = None if key is None else str(_vkey(key))
    witnesses = [str(_vkey(each)) for each in witness_keys or ()]
    notes = [content_of(each).decode("utf-8", "replace") for each in checkpoint or ()]
    if vkey is None:
        warn("Without --key the books are checked and no signature is.")
    if log is not None:
        if not Path(log).is_file():
            problem = Problem("STN-LEDGER-020", "There is no such file.", "Check its name.", Place(log))
            raise LedgerError([problem])
        report, name = verify_book(Path(log), notes, vkey, witnesses), log
    else:
        report, name = _verify_book(settings, notes, vkey, witnesses), shown_place(settings)
    emit(Answer(table=lambda: _drawn(report, name), data=_data(report, name)), settings.format)
    return 0 if not report.faults else FINDINGS


def _verify_book(settings: Any, notes: list[str], vkey: str | None, witnesses: list[str]) -> Report:
    with opened(settings) as book:
        path = _file_of(str(settings.book))
        if path is not None:
            return verify_book(path, notes, vkey, witnesses)
        kept = [each.note for each in book.store.checkpoints()]
        with tempfile.TemporaryDirectory(prefix="stannary-") as space:
            log = Path(space) / "book.log"
            _write_all(book, log)
            return verify_book(log, [*kept, *notes], vkey, witnesses)


def _write_all(book: Book, log: Path) -> None:
    """Write the sealed log and behind it what is not sealed yet, so that all of it is verified."""
    write_log(book.store, log)
    sealed = {(leaf.organisation, leaf.key) for leaf in book.store.leaves()}
    with log.open("ab") as file:
        for recorded in book.journal():
            if (recorded.voucher.organisation, recorded.voucher.key) not in sealed:
                file.write(leaf_bytes(recorded) + b"\n")


def _file_of(where: str) -> Path | None:
    """Give the file of a book kept in one, which is verified in place."""
    path = Path(where.removeprefix("sqlite:///"))
    return path if path.is_file() else None


def _settings(place: BookPlace | None, form: str | None) -> Any:
    place = place or BookPlace()
    return settings_of(book=place.book, organisation=place.organisation, format=form)


def _vkey(given: str) -> Vkey:
    """Read a public key as it is written, or from the file that is named."""
    path = Path(given)
    return parse_vkey(
        content_of(given).decode("utf-8", "replace") if len(given) < 200 and path.is_file() else given
    )


def _tell(checkpoint: Checkpoint, words: str, note: str | None, form: str | None) -> None:
    if note is not None:
        write_whole(Path(note), checkpoint.note.encode("utf-8"))
    data = {
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "sealed_at": checkpoint.sealed_at.isoformat(),
        "note": checkpoint.note,
    }
    where = f"The signed checkpoint is in {note}." if note else "With --note FILE it is written, to publish."
    lines = (Text(words), Text(f"Root {checkpoint.root.hex()}"), Text(where))
    emit(Answer(table=lambda: Stack(*lines), data=data), form)


MOST = 50


def _drawn(report: Report, name: str) -> Stack:
    words = "holds" if not report.faults else f"DOES NOT HOLD: {count(len(report.faults), 'fault')}"
    signers = ", ".join(report.signers) or "nobody whose key was given"
    parts = [
        Text(f"{name} {words}.", style="bold" if not report.faults else "bold yellow"),
        Text(f"{count(report.rows, 'voucher')}, {report.sealed:,} of them under a checkpoint that holds."),
        Text(f"Signed by {signers}."),
        *(Text(f"  {fault}") for fault in report.faults[:MOST]),
    ]
    if len(report.faults) > MOST:
        parts.append(Text(f"  and {len(report.faults) - MOST:,} more; --format json lists them all."))
    return Stack(*parts)


def _data(report: Report, name: str) -> dict[str, Any]:
    return {
        "book": name,
        "holds": not report.faults,
        "rows": report.rows,
        "sealed": report.sealed,
        "root": report.root,
        "signers": report.signers,
        "faults": report.faults,
    }
