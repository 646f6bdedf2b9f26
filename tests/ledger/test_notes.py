"""Signed notes: what others wrote is read, what we write holds, and nothing else is believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.errors import LedgerError
from stannary.ledger.notes import (
    Body,
    generate_key,
    parse_body,
    parse_note,
    parse_vkey,
    read_key,
    sign_note,
    signers_of,
)
from stannary.ledger.sealing import parse_proof

from .sealed_books import KEY, ORIGIN, OTHER_KEY, fails

# A note signed by the author of the Go implementation, from its documentation (golang.org/x/mod, BSD-3).
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNX"
    "gKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


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
    key = generate_key(path, ORIGIN, bytes(range(32)))
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(path) == key
    assert key.seed.hex() not in repr(key) and str(list(key.seed)) not in repr(key)
    fails("STN-LEDGER-022", lambda: generate_key(path, ORIGIN, bytes(range(32))))
    path.chmod(0o644)
    assert "others" in fails("STN-LEDGER-022", lambda: read_key(path))


def test_two_fresh_keys_are_never_the_same(tmp_path: Path) -> None:
    first, second = (generate_key(tmp_path / name, ORIGIN) for name in "ab")
    assert first.seed != second.seed


def test_a_key_needs_a_name_that_can_be_signed_with_and_all_its_bytes(tmp_path: Path) -> None:
    for name, seed in (("zone example", bytes(32)), ("", bytes(32)), ("a+b", bytes(32)), (ORIGIN, bytes(31))):
        fails("STN-LEDGER-022", lambda name=name, seed=seed: generate_key(tmp_path / "key", name, seed))
    assert list(tmp_path.iterdir()) == []
    member = generate_key(tmp_path / "key", "witness.example", bytes(32), is_witness=True)
    assert (read_key(tmp_path / "key"), parse_vkey(str(member.vkey)).kind) == (member, 4)


@pytest.mark.parametrize(
    "text", ["", "PRIVATE+KEY+", "PRIVATE+KEY+k+0+AA==", GO_VKEY, "\xff", "PRIVATE+KEY+" + GO_VKEY]
)
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "zone.key"
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o600)
    fails("STN-LEDGER-022", lambda: read_key(path))
    fails("STN-LEDGER-022", lambda: read_key(tmp_path / "none.key"))
