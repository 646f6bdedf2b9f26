"""Published cases: what laws and notices did with known numbers, as this house's law does it.

A case file patches the toy zone's charter and lists entry lines, or asks the charter's own formulas. See
README.md in this folder for how one is written.
"""

from __future__ import annotations

import csv
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from stannary.arithmetic import NUMBERS
from stannary.border.assessment import assess, assess_line
from stannary.border.determinations import Determination
from stannary.border.entries import COLUMNS_OF_AN_ENTRY
from stannary.border.law_tables import compile_law
from stannary.border.together import assess_lines
from stannary.charter.charter import ARTICLES, Charter
from stannary.charter.reader import open_charter
from stannary.charter.writer import to_data
from stannary.zone import Zone, open_zone

HERE = Path(__file__).parent
NAMES = ("id", "product", "origin")
"""What an item of a list goes by: a patch to an item of that name is laid over it, any other is added."""
COMPARED = ("outcome", "reason", "origin", "exemption", "rule", "customs_value_usd", "adjustment_usd")


@dataclass(frozen=True)
class Case:
    """One case file, every scalar of it as text."""

    path: Path
    data: Mapping[str, Any]

    @property
    def lines(self) -> list[dict[str, str]]:
        """Give the entry lines: what all have in common, then their own."""
        usual = {"entry_number": self.path.stem, "importer": "PUBLISHED", **self.data.get("line", {})}
        own = [{k: v for k, v in line.items() if k not in OF_THE_CASE} for line in self.data.get("lines", ())]
        return [{**usual, "line_number": str(number), **line} for number, line in enumerate(own, 1)]


OF_THE_CASE = ("why", "expect", "duty", "within")
CASES = [
    Case(path, yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader))
    for path in sorted(HERE.rglob("*.yaml"))
]
AT_THE_BORDER = [case for case in CASES if "lines" in case.data]
ASKING = [case for case in CASES if "asks" in case.data]


def cases(some: list[Case]) -> pytest.MarkDecorator:
    """Run a test once for each of some cases."""
    return pytest.mark.parametrize("case", some, ids=lambda case: case.path.relative_to(HERE).as_posix())


# -- what a case file must say ------------------------------------------------------------------------------


@cases(CASES)
def test_a_case_says_where_its_numbers_come_from(case: Case) -> None:
    article, day, _ = case.path.relative_to(HERE).parts
    assert (article, day) == (case.data["article"], case.data["date"])
    assert article in ARTICLES
    date.fromisoformat(day)
    source = case.data["source"]
    assert source["title"] and source["publisher"] and source["url"].startswith(("http://", "https://"))
    assert case.data["published"], "the numbers that are published"
    assert "derived" in case.data, "the numbers that are not, or an empty list"
    assert case in AT_THE_BORDER or case in ASKING


def test_a_case_holds_only_fields_that_are_read() -> None:
    known = {
        "article", "date", "title", "source", "published", "derived", "reading", "charter", "units", "line",
        "lines", "asks",
    }  # fmt: skip
    of_an_ask = {"call", "of", "with", "gives", "published", "within", "why"}
    columns = {column.name for column in COLUMNS_OF_AN_ENTRY}
    for case in CASES:
        assert set(case.data) <= known, case.path
        for line in case.lines:
            assert set(line) <= columns, (case.path, line)
        for ask in case.data.get("asks", ()):
            assert set(ask) <= of_an_ask, (case.path, ask)
            assert ("call" in ask) != ("of" in ask), (case.path, ask)


# -- at the border ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def toy() -> Zone:
    return open_zone("toy")


@pytest.fixture(scope="session")
def charter_of(toy: Zone, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Case], Charter]:
    """Write the toy charter with a case's patch to a folder, and open it; each case once."""
    made: dict[Path, Charter] = {}

    def charter(case: Case) -> Charter:
        if case.path not in made:
            articles = {name: to_data(article) for name, article in toy.charter.articles.items()}
            folder = tmp_path_factory.mktemp(case.path.stem) / "charter"
            folder.mkdir()
            for name, article in laid_over(articles, case.data["charter"]).items():
                text = yaml.safe_dump(article, sort_keys=False, allow_unicode=True)
                (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
            made[case.path] = open_charter(folder)
        return made[case.path]

    return charter


@cases(AT_THE_BORDER)
def test_each_line_comes_out_as_published(
    case: Case, toy: Zone, charter_of: Callable[[Case], Charter]
) -> None:
    found = assess_lines(compile_law(charter_of(case), toy.atlas), case.lines)
    for given, one in zip(case.data["lines"], found, strict=True):
        for name, expected in given["expect"].items():
            assert same(getattr(one, name), expected), (given, name, getattr(one, name))
        if "duty" in given:
            each = one.adjustment_usd / Decimal(case.data["units"])
            assert abs(each - Decimal(given["duty"])) <= Decimal(given.get("within", "0")), (given, each)


@cases(AT_THE_BORDER)
def test_a_line_alone_comes_out_as_among_the_others(
    case: Case, toy: Zone, charter_of: Callable[[Case], Charter]
) -> None:
    charter = charter_of(case)
    together = assess_lines(compile_law(charter, toy.atlas), case.lines)
    for line, one in zip(case.lines, together, strict=True):
        if not line.get("quota_order"):  # what is left of a quota hangs on the other lines
            assert assess_line(charter, toy.atlas, line) == one


@cases(AT_THE_BORDER)
def test_the_lines_in_bulk_come_out_the_same(
    case: Case, toy: Zone, charter_of: Callable[[Case], Charter], tmp_path: Path
) -> None:
    charter = charter_of(case)
    book = tmp_path / "lines.csv"
    columns = list(dict.fromkeys(name for line in case.lines for name in line))
    with book.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(case.lines)
    rows = list(assess(charter, toy.atlas, book).rows())
    single = assess_lines(compile_law(charter, toy.atlas), case.lines)
    assert [in_bulk(row) for row in rows] == [alone(one) for one in single]


def in_bulk(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Give what both readings decide, of a row of the bulk reading."""
    return row["line_number"], row["product_id"], *(row[name] for name in COMPARED)


def alone(one: Determination) -> tuple[Any, ...]:
    """Give what both readings decide, of a line of the plain-number reading."""
    return one.line_number, one.product, *(getattr(one, name) for name in COMPARED)


def laid_over(under: Any, patch: Any) -> Any:
    """Lay a patch over an article: fields replaced, items of a known name patched, other items added."""
    if isinstance(under, Mapping) and isinstance(patch, Mapping):
        merged = {name: laid_over(under[name], new) if name in under else new for name, new in patch.items()}
        return {**under, **merged}
    if isinstance(under, list) and isinstance(patch, list):
        items = list(under)
        for new in patch:
            place = next(
                (i for i, item in enumerate(items) if name_of(item) == name_of(new) is not None), None
            )
            if place is None:
                items.append(new)
            else:
                items[place] = laid_over(items[place], new)
        return items
    return patch


def name_of(item: Any) -> str | None:
    """Give what an item goes by, or `None`."""
    if not isinstance(item, Mapping):
        return None
    return next((str(item[name]) for name in NAMES if name in item), None)


# -- what the charter is asked ------------------------------------------------------------------------------


@cases(ASKING)
def test_the_law_answers_as_published(case: Case, charter_of: Callable[[Case], Charter]) -> None:
    for ask in case.data["asks"]:
        asked = called(ask["call"]) if "call" in ask else held(charter_of(case), ask["of"])
        found = answer(asked, ask.get("with", []))
        assert same(found, ask["gives"]), (ask, found)
        if "published" in ask:
            away = abs(Decimal(str(found)) - Decimal(ask["published"]))
            assert away <= Decimal(ask["within"]), (ask, found)


def called(path: str) -> Any:
    """Find a function by its path in the package, such as ``charter.stockpile_mandate.band_price``."""
    module, _, name = path.rpartition(".")
    home = import_module(f"stannary.{module}")
    assert name in home.__all__, f"{path} is not public"
    return getattr(home, name)


def held(charter: Charter, path: str) -> Any:
    """Find what a charter holds by its path, such as ``stockpile_mandate.bands[0].action``."""
    found: Any = charter
    for name, index in re.findall(r"([a-z_]+)|\[([0-9]+)\]", path):
        found = getattr(found, name) if name else found[int(index)]
    return found


def answer(asked: Any, given: Any) -> Any:
    """Give a value as it stands, or what a function answers; a formula is read on plain numbers."""
    if not callable(asked):
        return asked
    named = {"using": NUMBERS} if "using" in inspect.signature(asked).parameters else {}
    if isinstance(given, Mapping):
        return asked(**{name: value(text) for name, text in given.items()}, **named)
    return asked(*(value(text) for text in given), **named)


def value(text: str) -> Any:
    """Read a value as what it looks like: a number, a day, a truth or a text."""
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        return Decimal(text)
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return date.fromisoformat(text)
    return {"true": True, "false": False}.get(text, text)


def same(found: Any, expected: str) -> bool:
    """Compare by value: numbers exactly, the rest as text; a missing one is written `none`."""
    if isinstance(found, Decimal | int) and not isinstance(found, bool):
        return bool(found == Decimal(expected))
    return ("none" if found is None else str(found)) == expected
