"""A charter is read whole or refused whole, with every problem named by its line."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stannary.charter.charter import OPTIONAL, REQUIRED, Charter
from stannary.charter.checks import check
from stannary.charter.coherence import exposure
from stannary.charter.difference import diff
from stannary.charter.reader import open_charter
from stannary.charter.writer import render
from stannary.errors import CharterError, Problem
from stannary.lineage import fingerprint_folder

Write = Callable[..., Path]
Problems = Callable[..., tuple[Problem, ...]]


def refused(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(CharterError) as caught:
        open_charter(folder)
    return caught.value.problems


def test_a_charter_is_read_with_its_fingerprint(write: Write) -> None:
    folder = write()
    charter = open_charter(folder)
    assert charter.fingerprint == fingerprint_folder(folder, (".yaml",))
    assert charter.folder == folder
    assert charter.scope.products[1].codes[0].code == "0010"
    assert charter.border_adjustment.valuation.incoterms[0].adds_insurance is False
    assert "2 products in scope, 2 of them with a price floor" in charter.outcome


def test_the_place_of_a_value_is_known(write: Write) -> None:
    place = open_charter(write()).place("price_floors", "floors", 1, "values", 0, "rule", "amount")
    assert str(place) == "price_floors.yaml:5:61 (price_floors.floors[1].values[0].rule.amount)"


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_article_is_named(write: Write, name: str) -> None:
    problems = refused(write(**{name: None}))
    assert [(each.code, each.place.file) for each in problems] == [("STN-CHARTER-001", f"{name}.yaml")]


@pytest.mark.parametrize("name", OPTIONAL)
def test_a_later_article_may_be_absent_or_empty_of_rules(charter: Callable[..., Charter], name: str) -> None:
    assert getattr(charter(), name) is None
    assert getattr(charter(**{name: "{}\n"}), name) == OPTIONAL[name]()


def test_a_folder_that_is_missing_or_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "does not exist" in refused(tmp_path / "nowhere")[0].message
    assert "is a file" in refused(tmp_path / "file")[0].message


def test_a_folder_that_is_no_charter_is_not_searched_through(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "scope.yaml").write_text("{}")
    (found,) = refused(tmp_path)
    assert found.message == "the folder holds no article of a charter."


@pytest.mark.parametrize("name", ["extra.yaml", "scope.yml", "sub/scope.yaml"])
def test_a_file_that_is_no_article_is_refused(write: Write, name: str) -> None:
    folder = write()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("{}")
    assert [(each.code, each.place.file) for each in refused(folder)] == [("STN-CHARTER-004", name)]


def test_a_folder_in_place_of_an_article_is_refused(write: Write) -> None:
    folder = write(scope=None)
    (folder / "scope.yaml").mkdir()
    assert [each.code for each in refused(folder)] == ["STN-CHARTER-001"]


def test_words_beside_the_articles_are_let_be(write: Write) -> None:
    folder = write()
    (folder / "README.md").write_text("words")
    assert open_charter(folder).citation.charter == "small"


def test_all_problems_of_all_files_are_listed_at_once(problems: Problems) -> None:
    found = problems(
        price_floors="floors:\n  - product: oxide\n    valeus: []\n    values:\n"
        "      - {from: 2026-07-01, rule: {kind: fixd, amount: 1}, source: treaty}\n"
        "      - {from: 2026, rule: {kind: fixed, amount: 1,000}}\n",
        membership="parties: [{economy: norway, from: 2026-02-30, source: treaty}]\n",
        exemptions="{\n",
        scope=None,
    )
    assert [(each.code[-3:], each.place.file, each.place.line) for each in found] == [
        ("002", "exemptions.yaml", 2),
        ("005", "membership.yaml", 1),
        ("005", "membership.yaml", 1),
        ("004", "price_floors.yaml", 3),
        ("005", "price_floors.yaml", 5),
        ("006", "price_floors.yaml", 6),
        ("005", "price_floors.yaml", 6),
        ("004", "price_floors.yaml", 6),
        ("003", "price_floors.yaml", 6),
        ("001", "scope.yaml", None),
    ]


@pytest.mark.parametrize(
    ("rule", "code", "words"),
    [
        ("{kind: fixed, amount: 1_000}", "005", "not a number"),
        ("{kind: fixed, amount: 1e5}", "005", "not a number"),
        ("{kind: fixed, amount: NaN}", "005", "not a number"),
        ("{kind: fixed, amount: ١}", "005", "not a number"),
        ("{kind: fixed, amount: -1}", "005", "must be at least 0"),
        ("{kind: fixed, amount: 1" + "0" * 31 + "}", "005", "more than 30 digits"),
        ("{kind: fixed, amount: [1]}", "005", "one number is wanted here"),
        ("{kind: fixed}", "003", "`amount` is missing"),
        ("{amount: 1}", "003", "`kind` is missing"),
        ("{kind: fixed, amount: 1, ammount: 1}", "004", "`ammount` is not a field"),
        ("fixed", "005", "set of fields"),
        ("{kind: share_of_reference, share: 3}", "005", "must be at most 2"),
    ],
)
def test_a_fault_of_form_is_put_in_plain_words(problems: Problems, rule: str, code: str, words: str) -> None:
    text = f"floors:\n  - product: oxide\n    values:\n      - from: 2026-07-01\n        rule: {rule}\n"
    found = problems(price_floors=text + "        source: treaty\n")
    assert [each.code for each in found] == [f"STN-CHARTER-{code}"]
    assert words in found[0].message
    assert found[0].place.line == 5


def test_an_unknown_field_names_the_nearest_that_is_known(problems: Problems) -> None:
    (found,) = problems(exemptions="goods_aflot: {}\n")
    assert "Did you mean `goods_afloat`?" in found.remedy


def test_a_number_without_a_source_is_refused(problems: Problems) -> None:
    (found,) = problems(exemptions="de_minimis: [{from: 2026-07-01, value: 800, unit: USD}]\n")
    assert (found.code, found.place.line, found.place.column) == ("STN-CHARTER-006", 1, 14)


def test_a_missing_source_is_listed_beside_other_faults_of_the_same_number(problems: Problems) -> None:
    found = problems(exemptions="de_minimis: [{from: soon, value: 800, unit: USD}]\n")
    assert {each.code for each in found} == {"STN-CHARTER-005", "STN-CHARTER-006"}


# -- mutations of a valid charter ---------------------------------------------------------------------------


def block_texts(charter: Charter) -> dict[str, str]:
    """Give every article of a charter with one field a line."""
    texts = {name: yaml.load(text, Loader=yaml.CBaseLoader) for name, text in render(charter).items()}
    return {name: yaml.safe_dump(data, sort_keys=False, width=10_000) for name, data in texts.items()}


def lines_with_fields(texts: dict[str, str]) -> list[tuple[str, int]]:
    """List article and number of every line that holds a field and its value."""
    return [
        (name, number)
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines())
        if re.match(r"^[ -]*\w+: \S", line)
    ]


MUST_HAVE = {
    "mineral", "stage", "title", "contained_basis", "publisher", "economy", "value", "unit", "decision",
    "importer", "left_before", "entered_by", "version", "term", "adds_freight",
}  # fmt: skip


@settings(max_examples=150)
@given(st.data())
def test_a_charter_with_any_field_changed_is_refused_at_its_line_or_still_law(
    toy: Charter, tmp_path: Path, data: st.DataObject
) -> None:
    texts = block_texts(toy)
    name, number = data.draw(st.sampled_from(lines_with_fields(texts)))
    lines = texts[name].splitlines()
    found = re.match(r"^([ -]*)(\w+): (.*)$", lines[number])
    assert found is not None
    lead, key, value = found.groups()
    change = data.draw(st.sampled_from(["drop", "rename", "twice", "garble"]))
    if change == "drop":
        assume("-" not in lead)
        del lines[number]
    elif change == "rename":
        lines[number] = f"{lead}{key}_zz: {value}"
    elif change == "twice":
        lines.insert(number + 1, f"{lead.replace('-', ' ')}{key}: {value}")
    else:
        lines[number] = f"{lead}{key}: [garbled]"
    folder = tmp_path / f"mutant-{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    for each, text in (texts | {name: "\n".join(lines) + "\n"}).items():
        (folder / f"{each}.yaml").write_text(text)
    try:
        open_charter(folder)
    except CharterError as error:
        places = {(each.place.file, each.place.line) for each in error.problems}
        text = str(error)
        if change == "twice":
            assert (f"{name}.yaml", number + 2) in places
        elif change == "rename" and key != "kind":
            assert (f"{name}.yaml", number + 1) in places
        elif change == "garble":
            assert any(file == f"{name}.yaml" for file, _ in places)
        elif change == "drop" and key in MUST_HAVE:
            assert f"`{key}` is missing" in text
    else:
        assert change == "drop"
        assert key not in MUST_HAVE


@settings(max_examples=60)
@given(st.sampled_from(list(REQUIRED)), st.binary(max_size=300))
def test_no_content_of_a_file_gives_anything_but_a_charter_error(
    write: Write, name: str, content: bytes
) -> None:
    folder = write()
    (folder / f"{name}.yaml").write_bytes(content)
    try:
        open_charter(folder)
    except CharterError as error:
        assert all(each.place.file for each in error.problems)


ANY_DATA: Any = st.recursive(
    st.text(max_size=8) | st.sampled_from(["2026-07-01", "1", "oxide", "treaty", "gap"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["floors", "product", "values", "rule", "kind", "from", "to", "source", "rules", "id"]
            ),
            inner,
            max_size=4,
        )
    ),
)


@settings(max_examples=100)
@given(st.sampled_from(list(REQUIRED)), ANY_DATA)
def test_no_shape_of_data_gives_anything_but_a_charter_error(write: Write, name: str, data: Any) -> None:
    folder = write()
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    try:
        open_charter(folder)
    except CharterError as error:
        assert error.problems


def test_two_thousand_dated_floors_open_in_two_seconds(write: Write) -> None:
    days = [f"20{y}-{month:02}-{day:02}" for y in (27, 28) for month in range(1, 13) for day in (1, 8, 15)]
    products, floors = ["products:"], ["floors:"]
    for number in range(30):
        name = f"p{number}"
        products += [
            f"  - {{id: {name}, mineral: m, stage: mine, title: P, contained_basis: t, source: treaty}}"
        ]
        floors += [f"  - product: {name}", "    values:"]
        rule = f"{{kind: fixed, amount: {number + 1}}}"
        floors += [f"      - {{from: {day}, rule: {rule}, source: treaty}}" for day in days]
    folder = write(scope="\n".join(products), price_floors="\n".join(floors), reference_prices="prices: []\n")
    began = time.perf_counter()
    opened = open_charter(folder)
    assert time.perf_counter() - began < 2
    assert len(opened.floors) == 2160


SMALLEST, LARGEST = "0." + "0" * 29 + "1", "9" * 30


@pytest.mark.parametrize("ore", [SMALLEST, LARGEST])
@pytest.mark.parametrize("oxide", [SMALLEST, LARGEST])
@pytest.mark.parametrize("tonnes", [SMALLEST, LARGEST])
def test_numbers_of_any_size_are_reckoned_with(
    write: Write, small_texts: dict[str, str], ore: str, oxide: str, tonnes: str
) -> None:
    floors = small_texts["price_floors"].replace("40000", ore).replace("100000", oxide)
    prices = small_texts["reference_prices"].replace("20000", oxide).replace("60000", ore)
    scope = small_texts["scope"].replace("tonnes_per_tonne: 1.5", f"tonnes_per_tonne: {tonnes}")
    opened = open_charter(write(price_floors=floors, reference_prices=prices, scope=scope))
    assert len(exposure(opened, date(2026, 7, 1))) == 2
    assert all(each.severity == "warning" for each in check(opened))
    assert str(diff(opened, open_charter(write())))
    assert str(diff(open_charter(write()), opened))


def test_two_charters_are_equal_when_their_articles_are(write: Write) -> None:
    first, second = open_charter(write()), open_charter(write())
    assert first == second
    assert first != replace(
        first, exemptions=replace(first.exemptions, de_minimis=()), review=OPTIONAL["review"]()
    )
