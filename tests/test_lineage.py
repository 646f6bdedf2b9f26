"""Fingerprints: of the content alone, the same on every machine."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.lineage import BLOCK, Lineage, fingerprint_file, fingerprint_folder, fingerprint_text

RUN = Lineage(charter="c" * 64, atlas="a" * 64, inputs="i" * 64, software="0.1.0")
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8)
FOLDERS = st.dictionaries(NAMES, st.binary(max_size=200), min_size=1, max_size=6)


def fill(folder: Path, files: dict[str, bytes], order: int = 1) -> Path:
    """Write files into a new folder, forwards or backwards."""
    folder.mkdir(parents=True)
    for name, content in list(files.items())[::order]:
        (folder / f"{name}.yaml").write_bytes(content)
    return folder


def test_a_fingerprint_is_the_published_sha_256() -> None:
    # FIPS 180-4 example: the one-block message "abc"
    assert fingerprint_text("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1])
def test_a_file_is_read_whole_whatever_its_size(tmp_path: Path, size: int) -> None:
    path = tmp_path / "lines.csv"
    path.write_bytes(b"x" * size)
    assert fingerprint_file(path) == hashlib.sha256(b"x" * size).hexdigest()


@given(FOLDERS)
def test_a_folder_has_one_fingerprint_wherever_and_however_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    place = tmp_path_factory.mktemp("law")
    here = fill(place / "here", files)
    there = fill(place / "deep" / "there", files, order=-1)
    for path in there.iterdir():
        os.utime(path, (0, 0))
    (there / "notes.txt").write_text("not law")
    assert fingerprint_folder(here, [".yaml"]) == fingerprint_folder(there, [".yaml"])


@given(FOLDERS, st.binary(min_size=1, max_size=5))
def test_any_change_of_name_or_content_changes_the_fingerprint(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], more: bytes
) -> None:
    place = tmp_path_factory.mktemp("law")
    name, content = next(iter(files.items()))
    before = fingerprint_folder(fill(place / "before", files), [".yaml"])
    assert fingerprint_folder(fill(place / "longer", files | {name: content + more}), [".yaml"]) != before
    renamed = {other: text for other, text in files.items() if other != name} | {name + "_": content}
    if renamed.keys() != files.keys() and len(renamed) == len(files):
        assert fingerprint_folder(fill(place / "renamed", renamed), [".yaml"]) != before


def test_the_files_of_inner_folders_count(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    before = fingerprint_folder(tmp_path, [".csv"])
    (tmp_path / "inner" / "table.csv").write_text("a\n")
    assert fingerprint_folder(tmp_path, [".csv"]) != before
    assert fingerprint_folder(tmp_path, [".yaml"]) == before


def test_the_same_run_has_the_same_name() -> None:
    assert RUN.run == replace(RUN).run
    assert len(RUN.run) == 16


@pytest.mark.parametrize("part", ["charter", "atlas", "inputs", "software"])
def test_a_run_changes_with_everything_it_depends_on(part: str) -> None:
    assert replace(RUN, **{part: "other"}).run != RUN.run
