"""Witnessing: member organisations sign only logs that continue what they saw, so that none is shown another.

A witness remembers the last checkpoint it signed. Asked to sign the next, it has proved to it that the log
only grew; if it cannot be proved, there are two logs, and that is an alarm. A checkpoint is believed when
enough witnesses signed it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from stannary.errors import LedgerError, Place, Problem
from stannary.ledger.merkle import EMPTY_ROOT, Consistency, proves_consistency
from stannary.ledger.notes import (
    Body,
    Note,
    SigningKey,
    Vkey,
    cosign_note,
    parse_body,
    parse_note,
    signers_of,
)

if sys.platform != "win32":
    import fcntl

__all__ = ["Witness", "cosign", "last_seen", "quorum"]


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness of one log: its own key, the log's, and the file in which it keeps what it signed last."""

    key: SigningKey
    log: Vkey
    origin: str
    memory: Path


def cosign(witness: Witness, note: str, prove: Callable[[int, int], Consistency], at: int) -> Note:
    """Sign a checkpoint that continues the last one seen, and remember it.

    `prove(old_size, size)` asks the log for its proof; `at` is the hour in seconds since 1970. Raises
    `LedgerError` (STN-LEDGER-021) where the log did not sign, shrank, or forked: then nothing is signed and
    the memory stands.
    """
    asked = parse_note(note)
    body = parse_body(asked.text)
    if body.origin != witness.origin or not signers_of(asked, [witness.log]):
        _refuse(f"This is not a checkpoint of {witness.origin} signed by {witness.log.name}.", witness)
    with _alone(witness.memory):
        seen = last_seen(witness) or Body(witness.origin, 0, EMPTY_ROOT)
        if body.size < seen.size:
            _refuse(f"The log has {body.size} vouchers, and {seen.size} were seen already.", witness)
        if body.size == seen.size and body.root != seen.root:
            _refuse(f"The log forked: two different logs of {body.size} vouchers are signed.", witness)
        proof = prove(seen.size, body.size)
        if (proof.old_size, proof.size) != (seen.size, body.size) or not proves_consistency(
            proof, seen.root, body.root
        ):
            message = f"The log forked: its {body.size} vouchers do not begin with the {seen.size} seen."
            _refuse(message, witness)
        signed = cosign_note(asked, witness.key, at)
        _remember(witness.memory, str(signed))
    return signed


def last_seen(witness: Witness) -> Body | None:
    """Give what the witness signed last, or `None`. Raises `LedgerError` where its memory was changed."""
    try:
        text = witness.memory.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        _refuse(f"The memory cannot be read: {error.strerror}.", witness)
    note = parse_note(text)
    body = parse_body(note.text)
    if len(signers_of(note, [witness.log, witness.key.vkey])) != 2 or body.origin != witness.origin:
        _refuse("The memory does not hold what this witness signed.", witness)
    return body


def quorum(note: Note, log: Vkey, witnesses: Iterable[Vkey], needed: int) -> tuple[str, ...]:
    """Give the witnesses that signed a checkpoint, by name.

    Raises `LedgerError` (STN-LEDGER-021) where the log did not sign, or fewer than `needed` witnesses with
    keys of their own did.
    """
    vkeys = tuple(witnesses)
    if not signers_of(note, [log]):
        message, remedy = f"{log.name} did not sign the checkpoint.", "Ask for the log's own."
        raise LedgerError([Problem("STN-LEDGER-021", message, remedy)])
    # one key under two names is one witness
    signers = {each.public: each.name for each in signers_of(note, vkeys) if each.public != log.public}
    if len(signers) < needed:
        absent = sorted({each.name for each in vkeys} - set(signers.values()))
        message = f"{len(signers)} of {needed} witnesses signed; missing are {', '.join(absent) or 'others'}."
        raise LedgerError([Problem("STN-LEDGER-021", message, "Have it witnessed before relying on it.")])
    return tuple(sorted(signers.values()))


@contextmanager
def _alone(memory: Path) -> Iterator[None]:
    """Let one process at a time read and replace the memory: two at once could sign two logs."""
    place = Place(str(memory))
    try:
        handle = os.open(memory.with_name(f"{memory.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        message = f"The memory cannot be kept: {error.strerror}."
        raise LedgerError([Problem("STN-LEDGER-022", message, "Choose a place for it.", place)]) from None
    try:
        if sys.platform != "win32":
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remember(memory: Path, text: str) -> None:
    part = memory.with_name(f"{memory.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(memory)


def _refuse(message: str, witness: Witness) -> NoReturn:
    remedy = "Do not settle on this log; ask those who keep it, and the other witnesses, what they hold."
    raise LedgerError([Problem("STN-LEDGER-021", message, remedy, Place(str(witness.memory)))])
