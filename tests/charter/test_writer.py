"""What is written reads back as the same charter, with the fingerprint foretold."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stannary.zones
from stannary.charter.charter import Charter
from stannary.charter.reader import open_charter
from stannary.charter.writer import fingerprint_of, render, write_charter
from stannary.errors import CharterError

ZONES = Path(str(stannary.zones.__file__)).parent


@pytest.mark.parametrize("zone", ["toy", "forge"])
def test_a_zone_s_charter_reads_back_identically(zone: str, tmp_path: Path) -> None:
    charter = open_charter(ZONES / zone / "charter")
    write_charter(charter, tmp_path / "written")
    again = open_charter(tmp_path / "written")
    assert again == charter
    assert again.fingerprint == fingerprint_of(charter) == fingerprint_of(again)


WORDS = st.text(max_size=40).filter(str.strip) | st.sampled_from(
    [
        "null",
        "~",
        "NO",
        "0010",
        "2026-07-01",
        "a: b",
        "- x",
        "#",
        "'",
        '"',
        "*x",
        "&x",
        "!t",
        "|",
        "1e5",
        "é\u2028",
    ]
)
# A lone half of a surrogate pair is no text that UTF-8 can hold.
TEXTS = WORDS.filter(lambda text: not any("\ud800" <= sign <= "\udfff" for sign in text))


@settings(max_examples=60)
@given(st.lists(TEXTS, min_size=3, max_size=3))
def test_any_words_survive_being_written(small: Charter, tmp_path: Path, words: list[str]) -> None:
    (source,) = small.citation.sources
    # Articles trim the blanks round their texts when they are made.
    title, publisher, note = (text.strip() for text in words)
    changed = replace(
        small,
        citation=replace(
            small.citation, note=note, sources=(replace(source, title=title, publisher=publisher),)
        ),
    )
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    write_charter(changed, folder)
    assert open_charter(folder) == changed


@pytest.fixture
def small(charter: Callable[..., Charter]) -> Charter:
    return charter()


def test_a_folder_that_holds_something_is_left_alone(small: Charter, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("kept")
    with pytest.raises(CharterError) as caught:
        write_charter(small, tmp_path)
    assert caught.value.problems[0].code == "STN-CHARTER-019"
    assert {each.name for each in tmp_path.iterdir() if each.is_file()} == {"kept.txt"}


def test_an_empty_folder_is_filled_and_nothing_else_is_left(small: Charter, tmp_path: Path) -> None:
    place = tmp_path / "a" / "b"
    place.mkdir(parents=True)
    write_charter(small, place)
    assert {each.stem for each in place.iterdir()} == set(render(small))
    assert [each.name for each in place.parent.iterdir()] == ["b"]


def test_a_place_under_a_file_cannot_be_written(small: Charter, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CharterError):
        write_charter(small, tmp_path / "file" / "charter")


def test_defaults_are_left_out_and_kinds_are_not(small: Charter) -> None:
    texts = render(small)
    assert "kind: gap" in texts["border_adjustment"]
    assert "levy" not in texts["border_adjustment"]
    assert texts["exemptions"] == "{}\n"
