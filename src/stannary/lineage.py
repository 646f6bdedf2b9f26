"""Fingerprints of charter, atlas and inputs, so that every result can be traced and run again.

A fingerprint is the SHA-256 of the content alone: the same files give the same fingerprint on any
machine, whatever their folder, dates or order on disk.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Lineage", "fingerprint_file", "fingerprint_folder", "fingerprint_text"]

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a result was made from. Two runs with the same `run` are the same run."""

    charter: str
    atlas: str
    inputs: str
    software: str

    @property
    def run(self) -> str:
        """Give one fingerprint of everything the result depends on."""
        return fingerprint_text(json.dumps(asdict(self), sort_keys=True))[:16]


def fingerprint_text(text: str) -> str:
    """Give the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint_file(path: Path) -> str:
    """Give the SHA-256 of a file's bytes, read in blocks of 1 MiB."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def fingerprint_folder(folder: Path, endings: Iterable[str]) -> str:
    """Give the SHA-256 over the names and contents of a folder's files with the given endings."""
    wanted = tuple(endings)
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name.endswith(wanted):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(fingerprint_file(path).encode() + b"\n")
    return digest.hexdigest()
