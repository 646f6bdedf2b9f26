"""Text tables are read line by line, and their faults named."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.atlas.importers.delimited import LARGEST_WHOLE_FILE, Faults, read_lines, read_whole
from stannary.errors import AtlasError


def accept(header: list[str], faults: Faults) -> None:
    """Accept any header."""


def read(content: bytes, *, trailing_blanks: bool = False) -> tuple[list[dict[str, str]], Faults]:
    faults = Faults("table.csv")
    stream = io.BytesIO(content)
    lines = read_lines(stream, faults, check_header=accept, trailing_blanks=trailing_blanks)
    return [line.cells for line in lines], faults


def test_text_stays_text() -> None:
    cells, faults = read(b"code,economy\n0123,NA\n")
    assert cells == [{"code": "0123", "economy": "NA"}]
    assert not faults.problems


def test_a_quoted_line_break_does_not_shift_the_line_numbers() -> None:
    _, faults = read(b'a,b\n"x\ny",1\n1\n')
    assert [problem.place.line for problem in faults.problems] == [4]


def test_a_short_last_line_is_noted_as_a_file_cut_short() -> None:
    cells, faults = read(b"a,b\n1,2\n3")
    assert cells == [{"a": "1", "b": "2"}]
    assert faults.problems[0].place.line == 3


def test_a_bad_byte_is_noted_at_its_place_and_reading_goes_on() -> None:
    cells, faults = read(b"a,b\n\xff,1\n3,4\n")
    assert cells == [{"a": "3", "b": "4"}]
    assert (faults.problems[0].place.line, faults.problems[0].place.column) == (2, 1)


def test_reading_stops_after_a_hundred_problems_and_says_so() -> None:
    _, faults = read(b"a,b\n" + b"1\n" * 100_000)
    assert len(faults.problems) == 100
    with pytest.raises(AtlasError, match="There may be more"):
        faults.refuse()


def test_blank_columns_and_lines_at_the_end_are_passed_over_where_asked() -> None:
    cells, faults = read(b"a,b,,\n1,2,,\n,,,\n", trailing_blanks=True)
    assert (cells, faults.problems) == ([{"a": "1", "b": "2"}], [])
    _, faults = read(b"a,b\n1,2,,\n")
    assert faults.problems


def test_a_file_too_large_to_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.write(b"a,b\n")
        stream.truncate(LARGEST_WHOLE_FILE + 1)
    with pytest.raises(AtlasError, match="larger than 64 MiB"):
        read_whole(path)


@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_break_the_reading(content: bytes, trailing_blanks: bool) -> None:
    cells, faults = read(content, trailing_blanks=trailing_blanks)
    assert cells or faults.problems or content.count(b"\n") <= 1 or trailing_blanks
