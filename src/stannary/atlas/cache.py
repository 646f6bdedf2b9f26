"""Answers of outside sources, kept on disk so that an interrupted import asks only for what is missing.

One file an answer, named by the fingerprint of its request. An answer is written beside its place, flushed
to disk and moved there in one step: at any moment a file is whole or absent. It carries its own SHA-256;
one that does not match (a damaged disk, an edited file) counts as absent and is asked for again.
`manifest.json` lists the answers for people and tools; the files are the truth, and the list is written
anew from them.

No secret is ever written: a request that names a key is refused, and where a source echoes a key in its
answer it is struck out first.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from stannary.errors import AtlasError, Place, Problem
from stannary.lineage import fingerprint_text

__all__ = ["AnswerCache", "SourceRequest"]

SOURCE = re.compile(r"[a-z][a-z0-9-]{0,63}", re.ASCII)
ANSWER_FILE = re.compile(r"[0-9a-f]{64}\.json", re.ASCII)
SECRET_NAMES = re.compile(r"key|token|secret|password|authori[sz]ation|credential", re.IGNORECASE)
STRUCK_OUT = "[struck out]"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """What is asked of a source, without the key it is asked with. The order of parameters is no matter."""

    source: str
    parameters: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if not SOURCE.fullmatch(self.source):
            raise ValueError(f"{self.source!r} is no name for a source")
        for name, _ in self.parameters:
            if SECRET_NAMES.search(name):
                raise ValueError(f"the parameter {name!r} looks like a secret: leave it out")

    @property
    def canonical(self) -> str:
        """Write the request in the one form that its fingerprint is taken of."""
        return json.dumps({"source": self.source, "parameters": sorted(self.parameters)}, sort_keys=True)

    @property
    def fingerprint(self) -> str:
        """Give the SHA-256 of the request."""
        return fingerprint_text(self.canonical)


@dataclass(frozen=True, slots=True)
class AnswerCache:
    """A folder of answers. Two processes may share it: each file is written in one step."""

    folder: Path

    def get(self, request: SourceRequest) -> str | None:
        """Give the answer kept for a request, or `None` when there is none that is whole.

        Raises `AtlasError` (STN-ATLAS-020) when the folder is no folder or may not be read.
        """
        path = self.path(request)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unusable(self.folder, error) from error
        return sound_answer(content, request)

    def put(self, request: SourceRequest, answer: str, *, secrets: Collection[str] = ()) -> str:
        """Keep an answer, with every one of `secrets` struck out of it; give the answer as kept.

        Raises `AtlasError` (STN-ATLAS-020) when the folder cannot be written.
        """
        kept = struck_out(answer, secrets)
        envelope = {
            "request": json.loads(request.canonical),
            "sha256": digest(kept),
            "answer": kept,
        }
        if struck_out(request.canonical, secrets) != request.canonical:
            raise ValueError("a secret is part of the request")
        write_whole(self.path(request), json.dumps(envelope, sort_keys=True), self.folder)
        return kept

    def forget(self, request: SourceRequest) -> None:
        """Drop the answer of a request, so that it is asked for again."""
        with contextlib.suppress(FileNotFoundError):
            self.path(request).unlink()

    def write_manifest(self) -> Path:
        """List the whole answers in `manifest.json`: fingerprint, request, SHA-256 and length."""
        entries = {}
        for path in sorted(self.folder.glob("*.json")):
            if ANSWER_FILE.fullmatch(path.name):
                entry = manifest_entry(path)
                if entry is not None:
                    entries[path.stem] = entry
        target = self.folder / MANIFEST
        write_whole(target, json.dumps({"answers": entries}, indent=1, sort_keys=True) + "\n", self.folder)
        return target

    def path(self, request: SourceRequest) -> Path:
        """Say where the answer of a request is kept."""
        return self.folder / f"{request.fingerprint}.json"


def sound_answer(content: bytes, request: SourceRequest | None = None) -> str | None:
    """Give the answer in a file's content when it is whole and belongs to the request, else `None`."""
    try:
        envelope = json.loads(content)
        answer, sha256, asked = envelope["answer"], envelope["sha256"], envelope["request"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(answer, str) or digest(answer) != sha256:
        return None
    if request is not None and asked != json.loads(request.canonical):
        return None
    return answer


def digest(answer: str) -> str:
    """Give the SHA-256 of an answer; text that no encoding can hold has none that would match."""
    return hashlib.sha256(answer.encode("utf-8", "replace")).hexdigest()


def manifest_entry(path: Path) -> dict[str, object] | None:
    """Describe one file of the cache, or `None` when it is not whole."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    answer = sound_answer(content)
    if answer is None:
        return None
    envelope = json.loads(content)
    return {"request": envelope["request"], "sha256": envelope["sha256"], "characters": len(answer)}


def struck_out(text: str, secrets: Collection[str]) -> str:
    """Strike every secret out of a text; an empty one is none."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, STRUCK_OUT)
    return text


def write_whole(path: Path, text: str, folder: Path) -> None:
    """Write a file beside its place, flush it to disk, and move it there in one step."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("w", encoding="utf-8", newline="") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise unusable(folder, error) from error


def unusable(folder: Path, error: OSError) -> AtlasError:
    """Say that the folder cannot be used."""
    message = f"The folder of kept answers cannot be used ({error.strerror})."
    return AtlasError([Problem("STN-ATLAS-020", message, "Name another folder.", Place(str(folder)))])
