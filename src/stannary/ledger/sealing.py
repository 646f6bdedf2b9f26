"""Sealing: the log of a book is numbered, hashed as a tree, and its root signed, again and again.

A checkpoint commits to every voucher before it. Who holds one can have it proved that a voucher is in the
log, and that a later log continues it; who changes a voucher, or leaves one out, cannot make such a proof.
Nothing is kept unsigned, and nothing is signed that does not continue what was signed before.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from stannary.errors import LedgerError, NotFoundError, Place, Problem
from stannary.ledger.logbook import number_leaves
from stannary.ledger.merkle import Consistency, Inclusion, Tree, proves_inclusion
from stannary.ledger.notes import (
    Body,
    Note,
    SigningKey,
    Vkey,
    parse_body,
    parse_note,
    sign_note,
    signers_of,
)
from stannary.ledger.store import Checkpoint, Store

__all__ = ["Proof", "SealedLog", "check_proof", "keep_cosignatures", "parse_proof", "seal"]

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


def seal(
    store: Store,
    key: SigningKey,
    origin: str,
    clock: Callable[[], datetime],
    former: Iterable[Vkey] = (),
) -> Checkpoint:
    """Number every voucher, sign the root of them all, keep the checkpoint and give it.

    `origin` names the log, best as the key is named. `former` are earlier keys of this log: a new key goes on
    where one of them signed last. Without new vouchers the last checkpoint is given again. Raises
    `LedgerError` (STN-LEDGER-021) where the log does not continue the last checkpoint, or that one is not
    signed by a key of this log; then nothing is kept.
    """
    return SealedLog(store).seal(key, origin, clock, former)


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof to take away: that a leaf is in the log of a checkpoint. As text it is a C2SP tlog-proof."""

    inclusion: Inclusion
    note: Note

    def __str__(self) -> str:
        path = "".join(f"{base64.b64encode(each).decode()}\n" for each in self.inclusion.path)
        return f"{PROOF_HEADER}\nindex {self.inclusion.index}\n{path}\n{self.note}"


class SealedLog:
    """The hash tree over the leaves of a store, kept between calls so that each reads only what is new."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._tree = Tree(self._digests)

    def _digests(self, start: int, stop: int) -> Sequence[bytes]:
        return [leaf.digest for leaf in self.store.leaves(start, stop)]

    def seal(
        self, key: SigningKey, origin: str, clock: Callable[[], datetime], former: Iterable[Vkey] = ()
    ) -> Checkpoint:
        """Seal as the function `seal` does."""
        last = self._last((key.vkey, *former), origin)
        number_leaves(self.store)
        size, hours = self._count(0 if last is None else last.size)
        if last is not None:
            self._must_continue(last, size)
            if last.size == size:
                return last
        body = Body(origin, size, self._root(size))
        note = sign_note(str(body), key)
        if parse_body(note.text) != body or not signers_of(note, [key.vkey]):
            _broken("The checkpoint could not be signed.", "Check the key.")
        hours += [clock()] if last is None else [clock(), last.sealed_at]
        checkpoint = Checkpoint(size, body.root, str(note), max(hours))
        self.store.add_checkpoint(checkpoint)
        return checkpoint

    def prove(self, organisation: str, key: str) -> Proof:
        """Prove that a voucher is in the log, against the last checkpoint.

        Raises `NotFoundError` (STN-FOUND-001) where the voucher is not sealed.
        """
        leaf = self.store.leaf_of(organisation, key)
        last = self._newest()
        if leaf is None or last is None or leaf.number >= last.size:
            message = f"No voucher {key} of {organisation} is sealed."
            raise NotFoundError([Problem("STN-FOUND-001", message, "Check its key, or seal the book.")])
        self._grow(last.size)
        proof = Proof(self._tree.inclusion(leaf.number, last.size), parse_note(last.note))
        if not proves_inclusion(proof.inclusion, leaf.digest, last.root):
            _broken("The leaves are not those of the checkpoint.", "Verify the book.")
        return proof

    def continues(self, old_size: int, size: int) -> Consistency:
        """Prove that the log of `size` leaves begins with that of `old_size`, for a witness."""
        if not 0 <= old_size <= size:
            _broken(
                f"A log of {size} leaves does not continue one of {old_size}.", "Ask for what was sealed."
            )
        self._grow(size)
        return self._tree.consistency(old_size, size)

    def _newest(self) -> Checkpoint | None:
        checkpoints = self.store.checkpoints()
        return checkpoints[-1] if checkpoints else None

    def _last(self, vkeys: tuple[Vkey, ...], origin: str) -> Checkpoint | None:
        last = self._newest()
        if last is None:
            return None
        note = parse_note(last.note)
        if not signers_of(note, vkeys):
            remedy = "Seal with the key of this log; name earlier keys if it was changed."
            _broken("The last checkpoint was signed by another key.", remedy)
        if parse_body(note.text) != Body(origin, last.size, last.root):
            _broken(f"The last checkpoint is not one of {origin}, or was changed.", "Verify the book.")
        return last

    def _count(self, size: int) -> tuple[int, list[datetime]]:
        """Count leaves from one on, and give the hour of the last."""
        hours: list[datetime] = []
        for leaf in self.store.leaves(size):
            if leaf.number != size:
                _broken(f"The leaf {size} is missing.", "Verify the book.")
            size, hours = size + 1, [leaf.sealed_at]
        return size, hours

    def _must_continue(self, last: Checkpoint, size: int) -> None:
        if size < last.size or self._root(last.size) != last.root:
            message = f"The log does not continue its checkpoint of {last.size} vouchers: it was changed."
            _broken(message, "Verify the book, and compare it with a copy.")

    def _root(self, size: int) -> bytes:
        self._grow(size)
        return self._tree.root(size)

    def _grow(self, size: int) -> None:
        try:
            self._tree.grow(max(size, self._tree.size))
            self._tree.root(size)
        except ValueError as error:
            _broken(f"The log is cut: {error}.", "Verify the book.")


def keep_cosignatures(store: Store, note: Note, log: Vkey, witnesses: Iterable[Vkey]) -> Checkpoint:
    """Keep what witnesses signed under a checkpoint of this store; give the checkpoint with all signatures.

    Lines of keys that are not named are left out. Raises `LedgerError` (STN-LEDGER-021) for a note that is
    not of a checkpoint kept here, or with a signature that does not hold.
    """
    vkeys = tuple(witnesses)
    body = parse_body(note.text)
    kept = next((each for each in store.checkpoints() if each.size == body.size), None)
    held = None if kept is None else parse_note(kept.note)
    if kept is None or held is None or held.text != note.text or not signers_of(held, [log]):
        _broken(f"No such checkpoint of {body.size} vouchers stands here.", "Have the log's own cosigned.")
    signers_of(note, vkeys)
    named = {(each.name, each.key_id) for each in vkeys}
    lines = {(each.name, each.key_id): each for each in held.signatures}
    lines |= {(each.name, each.key_id): each for each in note.signatures if (each.name, each.key_id) in named}
    checkpoint = replace(kept, note=str(Note(held.text, tuple(lines.values()))))
    store.add_checkpoint(checkpoint)
    return checkpoint


def parse_proof(text: str) -> Proof:
    """Read a proof. Raises `LedgerError` (STN-LEDGER-022) where it is none."""
    head, blank, rest = text.partition("\n\n")
    lines = head.split("\n")
    index = INDEX.fullmatch(lines[1]) if len(lines) > 1 else None
    if not blank or lines[0] != PROOF_HEADER or index is None or len(lines) > 66:
        _no_proof("The text is not a proof of inclusion.")
    path = []
    for line in lines[2:]:
        try:
            path.append(base64.b64decode(line, validate=True))
        except (binascii.Error, ValueError):
            _no_proof(f"{line[:60]!r} is not a hash.")
        if len(path[-1]) != 32 or base64.b64encode(path[-1]).decode() != line:
            _no_proof(f"{line[:60]!r} is not a hash.")
    note = parse_note(rest)
    return Proof(Inclusion(int(index[1]), parse_body(note.text).size, tuple(path)), note)


def check_proof(proof: Proof, leaf: bytes, log: Vkey) -> Body:
    """Say of which checkpoint a proof shows a leaf hash to be part.

    Raises `LedgerError` (STN-LEDGER-021) where it does not, or the log's key did not sign.
    """
    body = parse_body(proof.note.text)
    if not signers_of(proof.note, [log]):
        _broken(f"{log.name} did not sign the checkpoint of the proof.", "Ask for the proof anew.")
    if proof.inclusion.size != body.size or not proves_inclusion(proof.inclusion, leaf, body.root):
        _broken("The proof does not hold: the voucher is not in the log.", "Ask for the proof anew.")
    return body


def _no_proof(message: str) -> NoReturn:
    raise LedgerError([Problem("STN-LEDGER-022", message, "Send the proof as it was given.", Place())])


def _broken(message: str, remedy: str) -> NoReturn:
    raise LedgerError([Problem("STN-LEDGER-021", message, remedy)])
