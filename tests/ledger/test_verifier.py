"""The small verifier against every change a keeper of the log could make."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings

from stannary.ledger import verifier
from stannary.ledger.book import Book
from stannary.ledger.logbook import hash_log, number_leaves, write_log
from stannary.ledger.memory import MemoryStore
from stannary.ledger.notes import SigningKey, sign_note
from stannary.ledger.sealing import SealedLog, seal
from stannary.ledger.verifier import Report, main, verify
from stannary.ledger.vouchers import Transfer

from .drawn_histories import History, histories
from .sealed_books import (
    DUTIES,
    KEY,
    ORIGIN,
    OTHER_KEY,
    OWED,
    VKEY,
    WITNESS,
    Clock,
    fill,
    seal_a_lively_book,
    voucher,
)

OTHER_VKEY = str(OTHER_KEY.vkey)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    return seal_a_lively_book(tmp_path_factory.mktemp("verifier"))


def test_a_sound_book_holds_in_both_forms(sealed: tuple[Path, Path, str]) -> None:
    book, log, note = sealed
    for report in (
        verify(log, [note], VKEY, [str(WITNESS.vkey)]),
        verify(book, [], VKEY, [str(WITNESS.vkey)]),
        verify(book, [note], VKEY),
    ):
        assert report.faults == []
        assert report.rows == report.sealed == 24
        assert report.root == note.split("\n")[2]
        assert ORIGIN in report.signers


def test_the_verifier_imports_nothing_of_the_software() -> None:
    source = Path(verifier.__file__).read_text(encoding="utf-8")
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert imported <= {*sys.stdlib_module_names, "cryptography"}
    assert source.count("\n") <= 400


def test_the_verifier_runs_alone_from_anywhere(sealed: tuple[Path, Path, str], tmp_path: Path) -> None:
    _, log, note = sealed
    alone = Path(shutil.copy(verifier.__file__, tmp_path / "v.py"))
    (tmp_path / "checkpoint").write_text(note, encoding="utf-8")
    asked = [str(log), "--checkpoint", "checkpoint", "--key", VKEY, "--witness", str(WITNESS.vkey)]
    done = subprocess.run([sys.executable, "-I", alone, *asked], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"24 rows, 24 sealed by witness.example, {ORIGIN}, root {note.split(chr(10))[2]}: it holds\n"
    )


# ------------------------------------------------------------ the log


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the way to every single value of a document."""
    if isinstance(value, dict | list) and value:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*at, key))
    else:
        yield at


def changed(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [value + "1", value[1:] or "x", None, 5]
    if isinstance(value, int):
        return [value + 1, value - 1, -value - 1, float(value), str(value)]
    return ["x", 5, [None]]


def test_every_field_of_every_row_of_a_log_is_guarded(sealed: tuple[Path, Path, str], tmp_path: Path) -> None:
    _, log, note = sealed
    lines = log.read_bytes().splitlines(keepends=True)
    other, count = tmp_path / "other.ndjson", 0
    for number, line in enumerate(lines):
        row = json.loads(line)
        for path in paths(row):
            inner = row
            for step in path[:-1]:
                inner = inner[step]
            kept = inner[path[-1]]
            for value in changed(kept)[:: 1 if number % 6 == 0 else 3]:
                inner[path[-1]] = value
                written = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
                other.write_bytes(b"".join([*lines[:number], written.encode() + b"\n", *lines[number + 1 :]]))
                faults = verify(other, [note], VKEY).faults
                assert any(fault.startswith(f"row {number}") for fault in faults) or path == ("recorded_at",)
                assert "the first 24 rows are not those of the checkpoint of 24" in faults
                count += 1
            inner[path[-1]] = kept
    assert count > 500


def test_a_log_cut_swapped_or_added_to_is_found(sealed: tuple[Path, Path, str], tmp_path: Path) -> None:
    _, log, note = sealed
    lines = log.read_bytes().splitlines(keepends=True)
    other = tmp_path / "other.ndjson"

    def faults(*rows: bytes) -> str:
        other.write_bytes(b"".join(rows))
        return "\n".join(verify(other, [note], VKEY).faults)

    assert faults(*lines[:-1]) == "the book was cut: a checkpoint counts 24 rows, 23 are here"
    assert "the book was cut: a checkpoint counts 24 rows, 0 are here" in faults()
    assert "not those of the checkpoint" in faults(*lines[:8], lines[9], lines[8], *lines[10:])
    assert "its key was used before" in faults(*lines, lines[-1])
    assert "no voucher" in faults(*lines, b"{}\n")
    assert faults(*lines) == ""


def test_rows_after_the_checkpoint_are_checked_by_the_rules(tmp_path: Path) -> None:
    store = MemoryStore(Clock())
    fill(store)
    checkpoint = seal(store, KEY, ORIGIN, Clock())
    Book(store).post(voucher("duty/9", "post", Transfer(OWED, DUTIES, 3, "USD")))
    number_leaves(store)
    write_log(store, tmp_path / "log")
    report = verify(tmp_path / "log", [checkpoint.note], VKEY)
    assert (report.rows, report.sealed, report.faults) == (25, 24, [])


def test_a_receipt_finds_the_tail_that_was_cut(tmp_path: Path) -> None:
    store = MemoryStore(Clock())
    fill(store)
    early = seal(store, KEY, ORIGIN, Clock()).note
    number_leaves(store)
    path = tmp_path / "log"
    write_log(store, path)
    Book(store).post(voucher("duty/9", "post", Transfer(OWED, DUTIES, 3, "USD")))
    seal(store, KEY, ORIGIN, Clock())
    proof = str(SealedLog(store).prove("USA", "duty/9"))
    assert verify(path, [early], VKEY).faults == []
    assert verify(path, [early, proof], VKEY).faults == [
        "the book was cut: a checkpoint counts 25 rows, 24 are here"
    ]


def test_checkpoints_of_another_key_or_without_the_witness_are_not_believed(
    sealed: tuple[Path, Path, str], tmp_path: Path
) -> None:
    _, log, note = sealed
    plain = note.rpartition("— witness")[0]
    forged = note.replace(note.split("\n")[2], "A" * 43 + "=")
    stranger = str(SigningKey("stranger.example", 4, bytes([8]) * 32).vkey)
    other = str(sign_note(forged.partition("\n\n")[0] + "\n", KEY))
    for texts, key, witnesses, expected in (
        ([note], OTHER_VKEY, [], "checkpoint 1 is not to be believed"),
        ([forged], VKEY, [], "checkpoint 1 is not to be believed"),
        ([note], VKEY, [stranger], "stranger.example did not sign"),
        ([plain], VKEY, [str(WITNESS.vkey)], "witness.example did not sign"),
        ([], VKEY, [], "there is no checkpoint"),
        (["", "x\n\n", "o\n1\n\n— a\n"], VKEY, [], "checkpoint 3 is not to be believed"),
        ([note], VKEY[:-3] + "AA=", [], "copied wrongly"),
        ([note], "nonsense", [], "not to be believed"),
        ([note, other], VKEY, [], "the log is forked"),
    ):
        faults = verify(log, texts, key, witnesses).faults
        assert any(expected in fault for fault in faults), (expected, faults)
    damaged = note[:-6] + "AAAA=\n"
    assert any("believed" in each for each in verify(log, [damaged], VKEY, [str(WITNESS.vkey)]).faults)


def test_anything_that_is_no_book_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for content in (
        b"\xff\xfe",
        b"SQLite format 3\x00" + bytes(200),
        b"[[[" * 90_000,
        b"\n\n",
        b'{"made":[]}',
    ):
        path.write_bytes(content)
        assert verify(path).faults
    assert verify(tmp_path / "none").faults
    assert verify(tmp_path).faults


def test_the_command_says_what_it_found_and_leaves_with_it(
    sealed: tuple[Path, Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, log, note = sealed
    (tmp_path / "note").write_text(note, encoding="utf-8")
    (tmp_path / "cut").write_bytes(log.read_bytes()[:-20])
    given = ["--checkpoint", str(tmp_path / "note"), "--key", VKEY]
    assert main([str(log), *given]) == 0
    assert main([str(book), "--key", VKEY]) == 0
    assert main([str(log), "--unsealed"]) == 0
    assert "0 sealed by nobody" in capsys.readouterr().out
    assert main([str(tmp_path / "cut"), *given]) == 5
    assert "row 23: it is no voucher" in capsys.readouterr().out
    for asked in (
        [str(log)],
        [str(log), *given, "--unsealed"],
        [str(log), "--key", VKEY, "--checkpoint", "none"],
    ):
        with pytest.raises(SystemExit) as left:
            main(asked)
        assert left.value.code == 2


@settings(max_examples=25)
@given(histories())
def test_two_readings_of_the_rules_agree_on_every_history(history: History) -> None:
    number_leaves(history.book.store)
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log.ndjson"
        rows = write_log(history.book.store, log)
        assert verify(log) == Report(rows, 0, b64encode(hash_log(log).root).decode(), [], [])


# ------------------------------------------------------------ broken rules, well sealed


def resealed(path: Path, rows: list[dict[str, Any]]) -> Report:
    """Write rows as a keeper would who seals what the rules forbid, and verify them."""
    for row in rows:
        text = json.dumps(row["voucher"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        row["request_hash"] = sha256(text.encode()).hexdigest()
    lines = [json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for row in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return verify(path)


def set_at(*path: Any) -> Callable[[list[dict[str, Any]]], None]:
    *way, value = path

    def change(rows: list[dict[str, Any]]) -> None:
        inner: Any = rows
        for step in way[:-1]:
            inner = inner[step]
        inner[way[-1]] = value

    return change


def amounts(row: int, transfer: int, amount: Any) -> Callable[[list[dict[str, Any]]], None]:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[row]["made"][transfer][2] = amount
        if rows[row]["voucher"]["transfers"]:
            rows[row]["voucher"]["transfers"][transfer][2] = amount

    return change


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            amounts(9, 0, 0),
            "row 9 (USA/duty/1): the transfer from Income:Duties to Assets:Receivable:Duties is of no",
        ),
        (amounts(9, 0, 2**61 + 1), "is of no amount"),
        (amounts(9, 0, 1.0), "is of no amount"),
        (amounts(10, 0, 501), "row 10 (USA/draw/1): the account Assets:Loans:Acme passes its limits"),
        (amounts(12, 0, 301), "row 12 (USA/draw/1/post): it posts what draw/1 does not hold"),
        (set_at(9, "made", 0, 2, 102), "row 9 (USA/duty/1): the transfers made are not those that follow"),
        (set_at(17, "made", 0, 2, 8), "row 17 (USA/duty/2/undo): the transfers made are not those"),
        (set_at(17, "voucher", "refers_to", "stock/9"), "stock/9 is nothing that a reverse acts on"),
        (set_at(17, "voucher", "refers_to", "draw/2"), "draw/2 is nothing that a reverse acts on"),
        (set_at(15, "voucher", "refers_to", "draw/1"), "draw/1 was settled before"),
        (set_at(13, "made", [[OWED, DUTIES, 1, "USD"]]), "a voucher of kind void_pending moves nothing"),
        (set_at(10, "voucher", "expires_on", "2024-01-02"), "draw/1 had expired on 2024-01-02"),
        (set_at(12, "voucher", "effective_on", "2024-01-01"), "draw/1 takes effect later"),
        (set_at(9, "made", 0, 0, "Assets:None"), "not both are open accounts of USD"),
        (set_at(23, "voucher", "effective_on", "2024-01-01"), "the books are closed up to 2024-01-01"),
        (set_at(22, "voucher", "effective_on", "2024-01-03"), "it closes a period that is not over"),
        (set_at(16, "voucher", "key", "duty/1"), "its key was used before"),
        (set_at(9, "voucher", "cause", 0, ""), "it names no cause"),
        (set_at(9, "recorded_at", "2024-01-02T08:00:00.000000+00:00"), "recorded before the row above it"),
        (set_at(9, "voucher", "kind", "gift"), "it is no voucher of kind gift"),
        (set_at(9, "voucher", "transfers", []), "the transfers made are not those that follow"),
        (set_at(0, "voucher", "account", 0, DUTIES), "the account Income:Duties was open already"),
        (set_at(3, "voucher", "account", 2, 1), "the limits of Assets:Loans:Acme do not hold"),
        (set_at(19, "voucher", "account", 3, 100), "the limits of Assets:Loans:Acme do not hold"),
        (set_at(20, "voucher", "account", 0, OWED), f"the account {OWED} was closed and not at zero"),
        (set_at(20, "voucher", "account", 1, "EUR"), "there is no open account Assets:Old of EUR"),
        (set_at(21, "voucher", "extra", 1), "it is not written as a log is"),
        (lambda rows: rows[21]["voucher"].pop("member"), "it is not written as a log is"),
        (lambda rows: rows.pop(4), "not both are open accounts"),
        (lambda rows: rows[9].pop("made"), "row 9: it is no voucher"),
    ],
)
def test_what_the_rules_forbid_is_found_however_well_it_is_sealed(
    sealed: tuple[Path, Path, str],
    tmp_path: Path,
    change: Callable[[list[dict[str, Any]]], None],
    expected: str,
) -> None:
    rows = [json.loads(line) for line in sealed[1].read_bytes().splitlines()]
    assert resealed(tmp_path / "sound", rows).faults == []
    change(rows)
    faults = resealed(tmp_path / "changed", rows).faults
    assert any(expected in fault for fault in faults), faults
