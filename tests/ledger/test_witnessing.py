"""Witnesses: they sign a log that grows, refuse one that forked, and are counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from stannary.errors import LedgerError
from stannary.ledger.book import Book
from stannary.ledger.memory import MemoryStore
from stannary.ledger.merkle import Consistency
from stannary.ledger.notes import Body, SigningKey, cosign_note, parse_note, sign_note, signers_of
from stannary.ledger.sealing import SealedLog, keep_cosignatures, seal
from stannary.ledger.store import Store
from stannary.ledger.witnessing import cosign, last_seen, quorum

from .sealed_books import HOUR, KEY, ORIGIN, OTHER_KEY, Clock, duty, fails, filled, opening, witness


def test_a_witness_signs_a_log_that_grows_and_remembers(tmp_path: Path) -> None:
    store, member = filled(MemoryStore(Clock())), witness(tmp_path)
    sealed = SealedLog(store)
    assert last_seen(member) is None
    for number in range(5, 9):
        checkpoint = sealed.seal(KEY, ORIGIN, Clock())
        note = cosign(member, checkpoint.note, sealed.continues, HOUR)
        assert signers_of(note, [KEY.vkey, member.key.vkey]) == (KEY.vkey, member.key.vkey)
        assert last_seen(member) == Body(ORIGIN, checkpoint.size, checkpoint.root)
        Book(store).post(duty(number))


def test_a_cosignature_is_over_the_hour_too() -> None:
    note = cosign_note(sign_note(str(Body(ORIGIN, 7, bytes(32))), KEY), witness(Path()).key, HOUR)
    line = note.signatures[1]
    assert int.from_bytes(line.signed[:8], "big") == HOUR
    assert len(line.signed) == 72
    later = replace(line, signed=(HOUR + 1).to_bytes(8, "big") + line.signed[8:])
    vkey = witness(Path()).key.vkey
    for spoiled in (later, replace(line, signed=line.signed[:-1]), replace(line, signed=b"\xff" * 72)):
        fails(
            "STN-LEDGER-021", lambda spoiled=spoiled: signers_of(replace(note, signatures=(spoiled,)), [vkey])
        )


def test_a_forked_log_is_refused_by_the_witness(tmp_path: Path) -> None:
    ours, theirs = filled(MemoryStore(Clock())), MemoryStore(Clock())
    Book(theirs).post(*opening(), *(duty(number, amount=500) for number in range(5)))
    member = witness(tmp_path)
    cosign(member, seal(ours, KEY, ORIGIN, Clock()).note, SealedLog(ours).continues, HOUR)
    seen = last_seen(member)
    same_size = seal(theirs, KEY, ORIGIN, Clock())
    message = fails(
        "STN-LEDGER-021", lambda: cosign(member, same_size.note, SealedLog(theirs).continues, HOUR)
    )
    assert "forked" in message
    Book(theirs).post(duty(5))
    longer = seal(theirs, KEY, ORIGIN, Clock())
    message = fails("STN-LEDGER-021", lambda: cosign(member, longer.note, SealedLog(theirs).continues, HOUR))
    assert "do not begin" in message
    assert last_seen(member) == seen


def test_a_log_that_shrank_or_lies_about_sizes_is_refused(tmp_path: Path) -> None:
    store, member = filled(MemoryStore(Clock())), witness(tmp_path)
    sealed = SealedLog(store)
    first = sealed.seal(KEY, ORIGIN, Clock())
    Book(store).post(duty(5))
    second = sealed.seal(KEY, ORIGIN, Clock())
    cosign(member, second.note, sealed.continues, HOUR)
    assert "seen already" in fails(
        "STN-LEDGER-021", lambda: cosign(member, first.note, sealed.continues, HOUR)
    )
    Book(store).post(duty(6))
    third = sealed.seal(KEY, ORIGIN, Clock())
    for proof in (Consistency(0, 10, ()), Consistency(10, 10, ()), Consistency(9, 10, (bytes(32),) * 4)):
        fails("STN-LEDGER-021", lambda proof=proof: cosign(member, third.note, lambda old, new: proof, HOUR))
    assert cosign(member, third.note, sealed.continues, HOUR)


def test_a_witness_signs_nothing_that_the_log_did_not_sign(tmp_path: Path) -> None:
    body = str(Body(ORIGIN, 0, bytes(32)))
    member = witness(tmp_path)
    for note in (sign_note(body, OTHER_KEY), sign_note(str(Body("other.example", 0, bytes(32))), KEY)):
        fails(
            "STN-LEDGER-021",
            lambda note=note: cosign(member, str(note), lambda *_: Consistency(0, 0, ()), HOUR),
        )
    assert not member.memory.exists()


@pytest.mark.parametrize(
    "spoil", [lambda text: text.replace("8\n", "7\n", 1), lambda text: text[:-120] + "\n", lambda text: ""]
)
def test_a_witness_whose_memory_was_changed_signs_nothing(
    tmp_path: Path, spoil: Callable[[str], str]
) -> None:
    store, member = filled(MemoryStore(Clock())), witness(tmp_path)
    checkpoint = seal(store, KEY, ORIGIN, Clock())
    cosign(member, checkpoint.note, SealedLog(store).continues, HOUR)
    member.memory.write_text(spoil(member.memory.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(LedgerError):
        cosign(member, checkpoint.note, SealedLog(store).continues, HOUR)


def test_a_quorum_counts_witnesses_and_not_signatures(tmp_path: Path) -> None:
    store = filled(MemoryStore(Clock()))
    sealed = SealedLog(store)
    checkpoint = sealed.seal(KEY, ORIGIN, Clock())
    members = [witness(tmp_path, number) for number in (1, 2, 3)]
    vkeys = [member.key.vkey for member in members]
    for member in members[:2]:
        checkpoint = keep_cosignatures(
            store, cosign(member, checkpoint.note, sealed.continues, HOUR), KEY.vkey, vkeys
        )
    note = parse_note(store.checkpoints()[-1].note)
    assert quorum(note, KEY.vkey, vkeys, 2) == ("witness1.example", "witness2.example")
    assert "witness3.example" in fails("STN-LEDGER-021", lambda: quorum(note, KEY.vkey, vkeys, 3))
    fails("STN-LEDGER-021", lambda: quorum(note, OTHER_KEY.vkey, vkeys, 1))
    twin = SigningKey("twin.example", 4, members[0].key.seed)
    twice = cosign_note(note, twin, HOUR)
    fails("STN-LEDGER-021", lambda: quorum(twice, KEY.vkey, [*vkeys, twin.vkey], 3))
    assert seal(store, KEY, ORIGIN, Clock()) == store.checkpoints()[-1]


def test_only_signatures_of_named_witnesses_under_our_own_checkpoint_are_kept(
    new_store: Callable[[], Store], clock: Callable[[], datetime], tmp_path: Path
) -> None:
    store, member = filled(new_store()), witness(tmp_path)
    checkpoint = seal(store, KEY, ORIGIN, clock)
    note = cosign(member, checkpoint.note, SealedLog(store).continues, HOUR)
    assert keep_cosignatures(store, note, KEY.vkey, []).note == checkpoint.note
    foreign = cosign_note(sign_note(str(Body(ORIGIN, 8, bytes(32))), KEY), member.key, HOUR)
    fails("STN-LEDGER-021", lambda: keep_cosignatures(store, foreign, KEY.vkey, [member.key.vkey]))
    assert keep_cosignatures(store, note, KEY.vkey, [member.key.vkey]).note == str(note)
    assert store.checkpoints()[-1].note == str(note)
