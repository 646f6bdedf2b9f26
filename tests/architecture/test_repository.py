"""What the repository may not hold: other machines' paths, other indexes, text that is not text."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

# written in pieces, so that this file does not hold what it looks for
FOREIGN = [
    "/" + "home/", "/" + "root/", "/" + "Users/", "/" + "work/", "/" + "opt/", "/" + "tmp/", "C:" + "\\",
    ".." + "/shared", "." + "library", "site" + "-packages/",
    "pypi." + "org", "python" + "hosted", "index" + "-url", "find" + "-links",
]  # fmt: skip
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".csv", ".json", ".txt", ".lock", ".svg", ".html", ".css", ""}
SAYS_WHERE_TO_SEND_REPORTS = {"LICENSE"}
LOCKS = ("requirements.lock", "benchmarks/requirements.lock")
REQUIREMENT = re.compile(r"(?m)^([A-Za-z0-9._-]+)==(\S+)")


def texts(repository: Any) -> list[tuple[Path, bytes]]:
    """Give the bytes of every file that should be text; excerpts of foreign files are left out."""
    return [(p, p.read_bytes()) for p in repository if p.suffix in TEXT and "data" not in p.parts]


def test_no_file_names_a_machine_or_an_index(repository: Any) -> None:
    found = [
        f"{path}: {word}"
        for path, content in texts(repository)
        if path.name not in SAYS_WHERE_TO_SEND_REPORTS
        for word in FOREIGN
        if word.encode() in content
    ]
    assert found == []


def test_text_is_utf8_with_plain_line_ends(repository: Any) -> None:
    for path, content in texts(repository):
        content.decode("utf-8")
        assert b"\r" not in content, path
        assert not content.startswith(b"\xef\xbb\xbf"), path
        assert content.endswith(b"\n") or not content, path


def test_tables_of_a_zone_are_not_ragged(root: Path) -> None:
    tables = sorted((root / "src/stannary/zones").rglob("*.csv"))
    assert tables
    for path in tables:
        with path.open(encoding="utf-8", newline="") as stream:
            widths = {len(row) for row in csv.reader(stream, strict=True)}
        assert len(widths) == 1, path


def test_yaml_of_a_zone_is_indented_with_spaces(root: Path) -> None:
    for path in sorted((root / "src/stannary/zones").rglob("*.yaml")):
        assert "\t" not in path.read_text(encoding="utf-8"), path
    assert not list((root / "src/stannary/zones").rglob("*.yml")), "the ending is .yaml"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_version_carries_hashes(root: Path, lock: str) -> None:
    blocks = re.split(r"\n(?=\S)", (root / lock).read_text(encoding="utf-8").strip())
    blocks = [block for block in blocks if not block.startswith("#")]
    assert blocks
    for block in blocks:
        assert REQUIREMENT.match(block), block
        assert "--hash=sha256:" in block, block


def test_every_dependency_is_locked(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [name for extra in project["project"]["optional-dependencies"].values() for name in extra]
    groups = project["dependency-groups"]
    wanted = {normal(name) for name in (*project["project"]["dependencies"], *extras, *groups["dev"])}
    assert wanted - locked(root / LOCKS[0]) == set()
    assert (wanted | {normal(name) for name in groups["bench"]}) - locked(root / LOCKS[1]) == set()


def test_benchmarks_time_the_engines_that_ship(root: Path) -> None:
    shipped, timed = (dict(REQUIREMENT.findall((root / lock).read_text(encoding="utf-8"))) for lock in LOCKS)
    for engine in ("duckdb", "ibis-framework", "pyarrow", "sqlglot", "pydantic"):
        assert shipped[engine] == timed[engine]


def locked(lock: Path) -> set[str]:
    """Give the names a lock holds."""
    return {normal(found[1]) for line in lines(lock) if (found := REQUIREMENT.match(line))}


def lines(lock: Path) -> list[str]:
    """Give the lines of a lock."""
    return lock.read_text(encoding="utf-8").splitlines()


def normal(requirement: str) -> str:
    """Give a requirement's name in the one spelling that counts."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s<>=!~\[;]", requirement)[0]).lower()
