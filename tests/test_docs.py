"""What the documents say is so: their Python runs, their outputs are real, their links lead somewhere."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from stannary.cli.main import COMMANDS, main
from stannary.zone import open_zone

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
AT_THE_ROOT = ("README.md", "ARCHITECTURE.md", "GLOSSARY.md", "CONTRIBUTING.md", "CHANGELOG.md")
PAGES = sorted([ROOT / name for name in AT_THE_ROOT] + list(DOCS.rglob("*.md")))
WRITTEN = runpy.run_path(str(DOCS / "reference_pages.py"))["PAGES"]

BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
TYPED = re.compile(r"(?:^|`)\s*stannary ((?:[a-z]+ ?){1,2})", re.MULTILINE)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
SAMPLES = {"MCS2026_Commodities_Data.csv": "tests/atlas/importers/data/mcs2026_excerpt.csv"}
"""Small excerpts that stand in for the official files a page tells the reader to fetch."""


def name_of(path: Path) -> str:
    """Give the path from the root, for the name of a test."""
    return path.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[tuple[str, str]]:
    """Give the fenced blocks of a page: language and text."""
    return [(language, text) for _, language, text in BLOCK.findall(page.read_text(encoding="utf-8"))]


RUNNABLE = [page for page in PAGES if any(language == "python" for language, _ in blocks(page))]


@pytest.mark.parametrize("page", RUNNABLE, ids=name_of)
def test_the_python_of_a_page_runs_and_prints_what_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, sample in SAMPLES.items():
        shutil.copy(ROOT / sample, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "page"}
    if page.is_relative_to(DOCS / "reference"):  # a reference page takes the reader's zone as given
        zone = open_zone("toy")
        names |= {"zone": zone, "charter": zone.charter, "atlas": zone.atlas}
    printed = ""
    for language, text in blocks(page):
        if language == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(text, name_of(page), "exec"), names)
            printed = out.getvalue()
            check_comments(text, printed)
        elif language == "text" and printed:
            assert printed == text
            printed = ""


def check_comments(text: str, printed: str) -> None:
    """Hold a comment behind a single `print` to what it printed."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    if sum(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls) == 1:
        said = re.search(r"^print\(.*\)  # (.+)$", text, re.MULTILINE)
        assert said is None or printed.strip() == said[1]


def test_the_readme_has_python_that_runs() -> None:
    assert ROOT / "README.md" in RUNNABLE


def test_the_demo_prints_what_the_readme_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = (text for language, text in blocks(ROOT / "README.md") if language == "console")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["demo", "--out", "demo", "--format", "table"]) == 0
    printed = "".join(f"{line.rstrip()}\n" for line in capsys.readouterr().out.splitlines())
    assert printed.startswith(first)
    assert [each for each in others if each not in printed] == []


@pytest.mark.parametrize("page", WRITTEN)
def test_a_page_written_from_the_code_says_what_the_code_says(page: str) -> None:
    assert (DOCS / page).read_text(encoding="utf-8") == WRITTEN[page](), "run make docs"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    lost = []
    for target in LINK.findall(text):
        file, _, heading = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        place = page if not file else (page.parent / file).resolve()
        if not place.exists() or (heading and heading not in anchors(place)):
            lost.append(target)
    assert lost == []


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings."""
    heads = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^a-z0-9 _-]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_a_page_tells_to_type_exists(page: Path) -> None:
    known = {command for command, *_ in COMMANDS}
    typed = TYPED.findall(page.read_text(encoding="utf-8"))
    strange = [words for words in typed if not {words.strip(), words.split()[0]} & known]
    assert strange == []


def test_the_pages_are_all_in_the_table_of_contents() -> None:
    listed = set(leaves(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]))
    assert listed == {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}


def leaves(entry: Any) -> list[str]:
    """Give the files that a table of contents names."""
    if isinstance(entry, str):
        return [entry]
    parts = entry.values() if isinstance(entry, dict) else entry
    return [leaf for part in parts for leaf in leaves(part)]


def test_every_decision_is_listed_on_their_page() -> None:
    text = (DOCS / "decisions/index.md").read_text(encoding="utf-8")
    for page in (DOCS / "decisions").glob("*.md"):
        assert page.name == "index.md" or f"({page.name})" in text, page.name


def test_building_and_reading_the_pages_fetches_nothing() -> None:
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert settings["theme"]["font"] is False
    for picture in DOCS.rglob("*.svg"):
        outside = re.findall(r"https?://[^\"' ]+", picture.read_text(encoding="utf-8"))
        assert set(outside) <= {"http://www.w3.org/2000/svg"}, picture


def test_a_picture_says_in_words_what_it_shows() -> None:
    for picture in DOCS.rglob("*.svg"):
        text = picture.read_text(encoding="utf-8")
        assert "<title" in text, picture
        assert "<desc" in text, picture


TERMS = (
    "floor",
    "determination",
    "net frontier price",
    "party",
    "segment",
    "contained tonne",
    "origin",
    "reading",
)


@pytest.mark.parametrize("term", TERMS)
def test_the_glossary_holds_the_words_the_code_is_written_in(term: str) -> None:
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    assert re.search(rf"^\*\*(?:[^*]*, )?{term}[.,*]", text, re.MULTILINE)


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=name_of)
def test_an_example_runs_and_has_something_to_say(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(example), run_name="__main__")
    assert capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
