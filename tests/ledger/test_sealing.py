"""Notes, seals, proofs to take away, witnesses, and the log moved from book to book."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.errors import LedgerError, NotFoundError
from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.logbook import (
    hash_log,
    import_log,
    leaf_bytes,
    number_leaves,
    read_log,
    write_log,
)
from stannary.ledger.memory import MemoryStore
from stannary.ledger.merkle import Consistency, leaf_hash, root_of
from stannary.ledger.notes import (
    Body,
    SigningKey,
    cosign_note,
    generate_key,
    parse_body,
    parse_note,
    parse_vkey,
    read_key,
    sign_note,
    signers_of,
)
from stannary.ledger.sealing import SealedLog, check_proof, keep_cosignatures, parse_proof, seal
from stannary.ledger.store import Checkpoint, Store
from stannary.ledger.vouchers import Cause, Transfer, Voucher
from stannary.ledger.witnessing import Witness, cosign, last_seen, quorum

ORIGIN = "zone.example/books"
KEY = SigningKey(ORIGIN, 1, bytes(range(32)))
OTHER_KEY = SigningKey(ORIGIN, 1, bytes(range(1, 33)))
DAY = date(2024, 1, 2)
HOUR = 1_793_600_000
CAUSE = Cause("determination", "E-100/1", "a" * 64, "b" * 64, "floors-3", "0.1.0")

# A note signed by the author of the Go implementation, from its documentation (golang.org/x/mod, BSD-3).
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNX"
    "gKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


class Clock:
    """A clock that moves a second each time it is read."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def opening() -> list[Voucher]:
    names = ("Assets:Cash", "Income:Duties", "Assets:Receivable:Duties")
    return [
        Voucher("USA", f"open/{at}", "open_account", DAY, CAUSE, account=Account("USA", name, "USD"))
        for at, name in enumerate(names)
    ]


def duty(number: int, amount: int = 100) -> Voucher:
    transfers = (Transfer("Assets:Receivable:Duties", "Income:Duties", amount + number, "USD"),)
    return Voucher("USA", f"duty/{number}", "post", DAY, CAUSE, transfers, narrative="Żółć – 関税")


def filled(store: Store, count: int = 5) -> Store:
    book = Book(store)
    book.post(*opening())
    for number in range(count):
        book.post(duty(number))
    return store


def fails(code: str, act: Callable[[], object]) -> str:
    with pytest.raises(LedgerError) as caught:
        act()
    assert [problem.code for problem in caught.value.problems] == [code]
    return caught.value.problems[0].message


# ------------------------------------------------------------ notes


def test_a_note_of_the_go_implementation_is_read_and_verified() -> None:
    vkey = parse_vkey(GO_VKEY)
    assert str(vkey) == GO_VKEY
    note = parse_note(GO_NOTE)
    assert signers_of(note, [vkey]) == (vkey,)
    assert str(note) == GO_NOTE


def test_a_signed_note_says_what_was_signed_and_by_whom() -> None:
    note = sign_note(str(Body(ORIGIN, 7, bytes(32))), KEY)
    assert str(note).startswith(f"{ORIGIN}\n7\n{'A' * 43}=\n\n— {ORIGIN} ")
    assert parse_body(parse_note(str(note)).text) == Body(ORIGIN, 7, bytes(32))
    assert signers_of(note, [KEY.vkey]) == (KEY.vkey,)
    assert signers_of(note, [OTHER_KEY.vkey]) == ()


def test_no_letter_of_a_signed_note_can_be_changed() -> None:
    text = str(sign_note(str(Body(ORIGIN, 7, bytes(32))), KEY))
    for at, sign in enumerate(text):
        for other in ("A" if sign != "A" else "B", "\n", "é"):
            try:
                signed = signers_of(parse_note(text[:at] + other + text[at + 1 :]), [KEY.vkey])
            except LedgerError:
                continue
            assert signed == () or other == sign


@given(st.one_of(st.text(), st.binary(), st.text(alphabet="a —\n+=\x00\ud800Aé1")))
def test_any_text_is_a_note_or_a_typed_error(text: str | bytes) -> None:
    for read in (parse_note, parse_proof if isinstance(text, str) else parse_note):
        try:
            found = read(text)  # type: ignore[operator]
        except LedgerError as error:
            assert {problem.code for problem in error.problems} == {"STN-LEDGER-022"}
        else:
            assert str(found) == (text if isinstance(text, str) else text.decode())


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "a\n", "a\n\n", "a\n\n— k AAAAAAA=", "a\n\n- k AAAAAAA=\n", "a\n\n—  AAAAAAA=\n",
        "a\n\n— k+ AAAAAAA=\n", "a\n\n— k AAAA\n", "a\n\n— k AAAAAAB=\n", "a\n\n— k AA AAAAA=\n",
        "a\n\n— k !!!\n", "a\x00\n\n— k AAAAAAA=\n", "a\r\n\n— k AAAAAAA=\n", "\ud800\n\n— k AAAAAAA=\n",
        "a\n\n" + "— k AAAAAAA=\n" * 65, "a" * 70_000 + "\n\n— k AAAAAAA=\n",
    ],
)  # fmt: skip
def test_a_malformed_note_is_refused(text: str) -> None:
    fails("STN-LEDGER-022", lambda: parse_note(text))


@pytest.mark.parametrize(
    "text",
    [
        "o\n1\n", "o\n01\n" + "A" * 43 + "=\n", "o\n-1\n" + "A" * 43 + "=\n", "\n1\n" + "A" * 43 + "=\n",
        "o\n1\nAAAA\n", "o\n1\n" + "A" * 43 + "=\nmore\n", "o\n1e3\n" + "A" * 43 + "=\n",
        "o\n" + "9" * 20 + "\n" + "A" * 43 + "=\n", "o o\n1\n" + "A" * 43 + "=\n",
        "o\n1\n" + "A" * 42 + "B=\n",
    ],
)  # fmt: skip
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    fails("STN-LEDGER-022", lambda: parse_body(text))


@pytest.mark.parametrize(
    "text",
    ["", "k", "k+c74f20a3", "k+c74f20a3+AQ==", "k+00000000+" + GO_VKEY.split("+", 2)[2],
     "Peter Neumann" + GO_VKEY[12:], GO_VKEY[:-1] + "X", GO_VKEY.replace("+ARpc", "+AhpC")],
)  # fmt: skip
def test_a_key_copied_wrongly_is_refused(text: str) -> None:
    fails("STN-LEDGER-022", lambda: parse_vkey(text))


def test_a_forged_line_of_a_known_key_spoils_the_note() -> None:
    note = sign_note(str(Body(ORIGIN, 7, bytes(32))), KEY)
    forged = replace(note.signatures[0], signed=bytes(64))
    fails(
        "STN-LEDGER-021",
        lambda: signers_of(replace(note, signatures=(*note.signatures, forged)), [KEY.vkey]),
    )
    stranger = replace(forged, name="someone.example")
    assert signers_of(replace(note, signatures=(*note.signatures, stranger)), [KEY.vkey]) == (KEY.vkey,)


def test_a_key_file_is_for_its_owner_alone_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "zone.key"
    key = generate_key(path, ORIGIN)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(path) == key
    assert key.seed.hex() not in repr(key) and str(list(key.seed)) not in repr(key)
    fails("STN-LEDGER-022", lambda: generate_key(path, ORIGIN))
    path.chmod(0o644)
    assert "others" in fails("STN-LEDGER-022", lambda: read_key(path))


def test_two_keys_are_never_the_same(tmp_path: Path) -> None:
    first, second = (generate_key(tmp_path / name, ORIGIN) for name in "ab")
    assert first.seed != second.seed


@pytest.mark.parametrize(
    "text", ["", "PRIVATE+KEY+", "PRIVATE+KEY+k+0+AA==", GO_VKEY, "\xff", "PRIVATE+KEY+" + GO_VKEY]
)
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "zone.key"
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o600)
    fails("STN-LEDGER-022", lambda: read_key(path))
    fails("STN-LEDGER-022", lambda: read_key(tmp_path / "none.key"))


# ------------------------------------------------------------ seals


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


def test_every_kind_of_store_has_the_same_root(new_store: Callable[[], Store], tmp_path: Path) -> None:
    sealed = filled(MemoryStore(Clock()))
    path = tmp_path / "log.ndjson"
    expected = seal(sealed, KEY, ORIGIN, Clock()).root
    write_log(sealed, path)
    store = new_store()
    assert hash_log(path).root == expected
    assert [leaf_bytes(each) for each in read_log(path)] == [leaf_bytes(each) for each in sealed.sealed()]
    book = Book(store)
    book.post(*(each.voucher for each in read_log(path)))
    assert [each.voucher for each in store.journal()] == [each.voucher for each in sealed.journal()]


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
        lambda store: store.forge(replace(store.checkpoints()[-1], note=GO_NOTE)),
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


# ------------------------------------------------------------ witnesses


def witness(folder: Path, number: int = 1) -> Witness:
    key = SigningKey(f"witness{number}.example", 4, bytes([number]) * 32)
    return Witness(key, KEY.vkey, ORIGIN, folder / f"seen{number}")


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


# ------------------------------------------------------------ the log moved


def test_a_log_put_into_another_book_has_the_same_rows_and_root(
    new_store: Callable[[], Store], clock: Callable[[], datetime], tmp_path: Path
) -> None:
    store = filled(MemoryStore(Clock()), 30)
    book = Book(store)
    book.post(replace(duty(90), kind="pending", expires_on=date(2026, 12, 1)), duty(91))
    book.post(Voucher("USA", "take", "post_pending", DAY, CAUSE, refers_to="duty/90"))
    book.post(Voucher("USA", "undo", "reverse", DAY, CAUSE, refers_to="duty/91"))
    book.post(Voucher("USA", "close", "close_period", DAY, CAUSE))
    expected = seal(store, KEY, ORIGIN, Clock())
    path = tmp_path / "log.ndjson"
    assert write_log(store, path) == expected.size
    copied = import_log(path, MemoryStore, batch=7)
    assert list(copied.journal()) == list(store.journal())
    assert copied.standings() == store.standings()
    assert seal(copied, KEY, ORIGIN, Clock()).root == expected.root
    again = tmp_path / "again.ndjson"
    write_log(copied, again)
    assert again.read_bytes() == path.read_bytes()


def test_only_what_is_sealed_is_written_and_nothing_half(tmp_path: Path) -> None:
    store = filled(MemoryStore(Clock()))
    path = tmp_path / "log.ndjson"
    assert write_log(store, path) == 0
    assert len(number_leaves(store, batch=3)) == 8
    assert write_log(store, path) == 8
    fails("STN-LEDGER-022", lambda: write_log(store, tmp_path / "none" / "log.ndjson"))
    assert [each.name for each in tmp_path.iterdir()] == ["log.ndjson"]


def test_a_log_changed_by_hand_is_refused_with_its_line(tmp_path: Path) -> None:
    store = filled(MemoryStore(Clock()))
    number_leaves(store)
    path = tmp_path / "log.ndjson"
    write_log(store, path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    data = json.loads(lines[5])
    twice = lines[5].replace('"kind":"post"', '"kind":"post","kind":"post"')
    for spoiled in (
        "\n", "{}\n", "[]\n", "null\n", "1\n", '"x"\n', "NaN\n", "[" * 100_000 + "\n", "9" * 5_000 + "\n",
        lines[5][:-1], lines[5][:-9] + "\n", " " + lines[5], twice, lines[5].replace("102", "102.0"),
        lines[5].replace("102", '"102"'), lines[5].replace("000+00:00", "000"),
        lines[5].replace("02T", "32T"),
        json.dumps(data) + "\n", lines[5].replace('"USA"', "true"), lines[5].replace("duty/2", "\ud83d"),
        lines[5].replace('"made":[[', '"made":[[1,'), lines[5].replace("102", "102" * 2_000),
    ):  # fmt: skip
        path.write_text("".join([*lines[:5], spoiled]), encoding="utf-8", errors="surrogatepass")
        with pytest.raises(LedgerError) as caught:
            list(read_log(path))
        (problem,) = caught.value.problems
        assert (problem.code, problem.place.line) == ("STN-LEDGER-022", 6)


def test_a_log_that_the_rules_would_write_otherwise_is_refused(tmp_path: Path) -> None:
    store = filled(MemoryStore(Clock()))
    number_leaves(store)
    path = tmp_path / "log.ndjson"
    write_log(store, path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    made, _, sent = lines[5].partition('"voucher"')
    path.write_text("".join([*lines[:5], made.replace("102", "103") + '"voucher"' + sent]), encoding="utf-8")
    fails("STN-LEDGER-021", lambda: import_log(path, MemoryStore))
    path.write_text("".join([*lines[:5], lines[7], lines[6]]), encoding="utf-8")
    fails("STN-LEDGER-021", lambda: import_log(path, MemoryStore))
    path.write_text("".join([*lines[:2], *lines[3:]]), encoding="utf-8")
    with pytest.raises(LedgerError, match="STN-LEDGER-002"):
        import_log(path, MemoryStore)
    fails("STN-LEDGER-020", lambda: import_log(path, lambda clock: store))
    fails("STN-LEDGER-022", lambda: import_log(tmp_path / "none", MemoryStore))
