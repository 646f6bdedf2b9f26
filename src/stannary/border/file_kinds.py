"""What kind of file it is, by its name and its first bytes, and whether it can be one of entry lines at all.

These looks are cheap and come before any reading: a file that fails them is refused.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from stannary.errors import EntriesError, Place, Problem

__all__ = ["HEAD", "KINDS", "LONGEST_LINE", "kind_of", "refusal"]

KINDS = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet", ".ndjson": "ndjson", ".jsonl": "ndjson"}
LONGEST_LINE = 2_000_000
BLOCK = 1 << 20
HEAD = 1 << 16
OTHER_FILES = {
    b"PK\x03\x04": "a ZIP archive (or an Excel workbook)",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"SQLite format 3": "an SQLite database",
}


def kind_of(path: Path) -> str:
    """Find what kind of file it is, by name and by its first bytes."""
    if not path.exists():
        raise refusal("STN-ENTRY-001", "There is no such file.", "Check the path.", path)
    if not path.is_file():
        what = "a folder" if path.is_dir() else "a pipe or a device"
        raise refusal("STN-ENTRY-001", f"This is {what}, not a file.", "Name one file of entry lines.", path)
    if path.stat().st_size == 0:
        raise refusal("STN-ENTRY-002", "The file is empty.", "It needs a header and at least one line.", path)
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    kind = KINDS.get(path.suffix.lower())
    for magic, what in OTHER_FILES.items():
        if head.startswith(magic):
            raise refusal(
                "STN-ENTRY-003",
                f"The content is {what}.",
                "Unpack or export it to CSV, Parquet or NDJSON.",
                path,
            )
    if kind is None:
        known = ", ".join(sorted(KINDS))
        raise refusal(
            "STN-ENTRY-003",
            f"The ending {path.suffix or '(none)'!r} is not known.",
            f"Use one of {known}.",
            path,
        )
    if (kind == "parquet") != head.startswith(b"PAR1"):
        what = "not Parquet" if kind == "parquet" else "Parquet"
        raise refusal(
            "STN-ENTRY-003",
            f"The name says {kind}, the content is {what}.",
            "Rename or convert the file.",
            path,
        )
    if kind != "parquet":
        _must_be_text(path, head)
        _must_have_line_ends(path)
    return kind


def _must_be_text(path: Path, head: bytes) -> None:
    """Refuse UTF-16 and binary content, and a first line too long to be a header."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head:
        raise refusal("STN-ENTRY-005", "The file is not UTF-8 text.", "Save it again as UTF-8.", path)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD)
    except UnicodeDecodeError as error:
        line = head[: error.start].count(b"\n") + 1
        raise refusal(
            "STN-ENTRY-005", "The file is not UTF-8 text.", "Save it again as UTF-8.", path, line
        ) from error
    if len(head) == HEAD and b"\n" not in head:
        raise refusal(
            "STN-ENTRY-010", "The first line runs past 64 KiB.", "Break the file into lines.", path, 1
        )


def _must_have_line_ends(path: Path) -> None:
    """Refuse a line too long for an entry: a database would drop an endless last line without a word."""
    since, before = 0, 0
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            first = block.find(b"\n")
            since += len(block) if first < 0 else first
            if since > LONGEST_LINE:
                raise refusal(
                    "STN-ENTRY-010",
                    "The line is too long.",
                    "One entry is one line.",
                    path,
                    _line_at(path, before),
                )
            if first >= 0:
                since = len(block) - block.rfind(b"\n") - 1
            before += len(block)


def _line_at(path: Path, offset: int) -> int:
    """Give the number of the line that a byte lies in."""
    line = 1
    with path.open("rb") as stream:
        while offset > 0 and (block := stream.read(min(BLOCK, offset))):
            line += block.count(b"\n")
            offset -= len(block)
    return line


def refusal(code: str, message: str, remedy: str, path: Path, line: int | None = None) -> EntriesError:
    """Give the refusal of a file for one problem."""
    return EntriesError([Problem(code, message, remedy, Place(str(path), line))])
