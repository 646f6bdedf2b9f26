"""Seals over a book, and the proofs taken away from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from stannary.errors import LedgerError, NotFoundError
from stannary.ledger.book import Book
from stannary.ledger.logbook import leaf_bytes
from stannary.ledger.memory import MemoryStore
from stannary.ledger.merkle import leaf_hash, root_of
from stannary.ledger.notes import parse_body, parse_note, sign_note, signers_of
from stannary.ledger.sealing import SealedLog, check_proof, parse_proof, seal
from stannary.ledger.store import Checkpoint, Store

from .sealed_books import CAUSE, DAY, KEY, ORIGIN, OTHER_KEY, Clock, duty, fails, filled


def test_a_seal_covers_every_voucher_and_is_given_again_until_there_are_more(
    new_store: Callable[[], Store], clock: Callable[[], datetime]
) -> None:
    store = filled(new_store())
    first = seal(store, KEY, ORIGIN, clock)
    assert (first.size, parse_body(parse_note(first.note).text).root) == (8, first.root)
    assert seal(store, KEY, ORIGIN, clock) == first
    Book(store).post(duty(5))
    second = seal(store, KEY, ORIGIN, clock)
    assert (second.size, store.checkpoints()) == (9, [first, second])
    assert second.sealed_at > first.sealed_at
    assert [leaf.number for leaf in store.leaves()] == list(range(9))


def test_an_empty_book_has_a_seal_of_no_vouchers(
    new_store: Callable[[], Store], clock: Callable[[], datetime]
) -> None:
    store = new_store()
    assert seal(store, KEY, ORIGIN, clock).size == 0
    assert seal(filled(store), KEY, ORIGIN, clock).size == 8


def test_one_sealed_log_reads_only_what_is_new_and_seals_as_a_fresh_one_does() -> None:
    store, clock = MemoryStore(Clock()), Clock()
    sealed = SealedLog(filled(store))
    for number in range(5, 60):
        Book(store).post(duty(number))
        checkpoint = sealed.seal(KEY, ORIGIN, clock)
        assert checkpoint.root == root_of([leaf.digest for leaf in store.leaves()])


def test_another_key_or_name_does_not_seal_on(clock: Callable[[], datetime]) -> None:
    store = filled(MemoryStore(Clock()))
    seal(store, KEY, ORIGIN, clock)
    Book(store).post(duty(5))
    assert "another key" in fails("STN-LEDGER-021", lambda: seal(store, OTHER_KEY, ORIGIN, clock))
    fails("STN-LEDGER-021", lambda: seal(store, KEY, "other.example/books", clock))
    witness = replace(KEY, kind=4)
    fails("STN-LEDGER-021", lambda: seal(store, witness, ORIGIN, clock))
    fails("STN-LEDGER-022", lambda: seal(filled(MemoryStore(Clock())), witness, ORIGIN, clock))
    assert len(store.checkpoints()) == 1
    changed = seal(store, OTHER_KEY, ORIGIN, clock, former=[KEY.vkey])
    assert changed.size == 9
    assert signers_of(parse_note(changed.note), [OTHER_KEY.vkey])


FOREIGN = str(sign_note("other\n", OTHER_KEY))


class Rewriting(MemoryStore):
    """A store whose keeper rewrites what was sealed."""

    def rewrite(self, number: int, digest: bytes) -> None:
        self._leaves[number] = replace(self._leaves[number], digest=digest)

    def cut(self, size: int) -> None:
        del self._leaves[size:]
        del self._journal[size:]

    def forge(self, checkpoint: Checkpoint) -> None:
        self._checkpoints[checkpoint.size] = checkpoint


@pytest.mark.parametrize(
    "tamper",
    [
        lambda store: store.rewrite(2, leaf_hash(b"another voucher")),
        lambda store: store.cut(6),
        lambda store: store.forge(replace(store.checkpoints()[-1], root=bytes(32))),
        lambda store: store.forge(replace(store.checkpoints()[-1], note=FOREIGN)),
        lambda store: store.rewrite(7, leaf_hash(b"the last")),
    ],
)
def test_a_log_that_was_rewritten_is_not_sealed_on(tamper: Callable[[Rewriting], None]) -> None:
    store = Rewriting(Clock())
    filled(store)
    seal(store, KEY, ORIGIN, Clock())
    tamper(store)
    kept = store.checkpoints()
    Book(store).post(duty(5))
    fails("STN-LEDGER-021", lambda: seal(store, KEY, ORIGIN, Clock()))
    assert store.checkpoints() == kept


# ------------------------------------------------------------ proofs


def test_every_voucher_has_a_proof_that_holds_as_text(
    new_store: Callable[[], Store], clock: Callable[[], datetime]
) -> None:
    store = filled(new_store(), 9)
    checkpoint = seal(store, KEY, ORIGIN, clock)
    sealed = SealedLog(store)
    for recorded in store.sealed():
        text = str(sealed.prove("USA", recorded.voucher.key))
        proof = parse_proof(text)
        assert str(proof) == text
        assert check_proof(proof, leaf_hash(leaf_bytes(recorded)), KEY.vkey).size == checkpoint.size


def test_no_letter_of_a_proof_can_be_changed() -> None:
    store = filled(MemoryStore(Clock()))
    seal(store, KEY, ORIGIN, Clock())
    text = str(SealedLog(store).prove("USA", "duty/1"))
    (leaf,) = (leaf.digest for leaf in store.leaves() if leaf.key == "duty/1")
    for at, sign in enumerate(text):
        changed = text[:at] + ("A" if sign != "A" else "B") + text[at + 1 :]
        with pytest.raises(LedgerError):
            check_proof(parse_proof(changed), leaf, KEY.vkey)


def test_a_voucher_changed_in_any_field_is_not_proved() -> None:
    store = filled(MemoryStore(Clock()))
    seal(store, KEY, ORIGIN, Clock())
    proof = SealedLog(store).prove("USA", "duty/1")
    recorded = store.find("USA", "duty/1")
    assert recorded is not None
    voucher = recorded.voucher
    others = [
        replace(voucher, narrative="other"), replace(voucher, member="CHN"), replace(voucher, mineral="x"),
        replace(voucher, cause=replace(CAUSE, software="0.1.1")), replace(voucher, programme="x"),
        replace(voucher, effective_on=DAY + timedelta(1)), replace(voucher, key="duty/2"),
    ]  # fmt: skip
    changed = [replace(recorded, voucher=other) for other in others]
    changed.append(replace(recorded, recorded_at=recorded.recorded_at + timedelta(microseconds=1)))
    changed.append(replace(recorded, transfers=(replace(recorded.transfers[0], amount=102),)))
    for each in changed:
        fails("STN-LEDGER-021", lambda each=each: check_proof(proof, leaf_hash(leaf_bytes(each)), KEY.vkey))
    assert check_proof(proof, leaf_hash(leaf_bytes(recorded)), KEY.vkey).size == 8
    fails("STN-LEDGER-021", lambda: check_proof(proof, leaf_hash(leaf_bytes(recorded)), OTHER_KEY.vkey))


def test_what_is_not_sealed_has_no_proof() -> None:
    store = filled(MemoryStore(Clock()))
    with pytest.raises(NotFoundError, match="sealed"):
        SealedLog(store).prove("USA", "duty/1")
    seal(store, KEY, ORIGIN, Clock())
    Book(store).post(duty(5))
    for organisation, key in (("USA", "duty/5"), ("CAN", "duty/1"), ("USA", "nothing")):
        with pytest.raises(NotFoundError, match="sealed"):
            SealedLog(store).prove(organisation, key)
