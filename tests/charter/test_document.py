"""A file is read literally: every scalar is text, every node knows its place, tricks are refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.charter.document import DEEPEST, LONGEST, MOST, node_at, plain, read_document, tree_of
from stannary.errors import Problem


def read(folder: Path, text: str | bytes) -> tuple[object, list[Problem]]:
    path = folder / "a.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    root, problems = read_document(path, "a.yaml")
    return (None if root is None else plain(root)), problems


def test_every_scalar_stays_text(tmp_path: Path) -> None:
    data, problems = read(tmp_path, "a: NO\nb: 0010\nc: 1.10\nd: 2026-07-01\ne: 1:30\nf: off\n")
    assert data == {"a": "NO", "b": "0010", "c": "1.10", "d": "2026-07-01", "e": "1:30", "f": "off"}
    assert problems == []


def test_every_node_knows_its_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("floors:\n  - product: oxide\n    values: [1, 22]\n")
    root, _ = read_document(path, "a.yaml")
    assert root is not None
    node, followed = node_at(root, ("floors", 0, "values", 1))
    assert (node.line, node.column, node.text) == (3, 17, "22")
    assert followed == ("floors", 0, "values", 1)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (b"", "STN-CHARTER-002", None),
        (b"# only words\n", "STN-CHARTER-002", None),
        (b"---\n", "STN-CHARTER-002", None),
        (b"a: \xe9\n", "STN-CHARTER-002", None),
        (b"\xff\xfea\x00:\x00 \x001\x00", "STN-CHARTER-002", None),
        (b"a: 1\n\tb: 2\n", "STN-CHARTER-002", 2),
        (b"a: [1, 2\n", "STN-CHARTER-002", 2),
        (b"a: &x [1]\n", "STN-CHARTER-002", 1),
        (b"a: *x\n", "STN-CHARTER-002", 1),
        (b"a: !!python/object:os.system x\n", "STN-CHARTER-002", 1),
        (b"a: 1\n---\nb: 2\n", "STN-CHARTER-002", 2),
        (b"? [1, 2]\n: 3\n", "STN-CHARTER-002", 1),
        (b"a: 1\nb: 2\na: 3\n", "STN-CHARTER-013", 3),
        (b"a: 1\nb:\nc: 2\n", "STN-CHARTER-003", 2),
        (b"a: ~\n", "STN-CHARTER-003", 1),
        (b"a: [1, null]\n", "STN-CHARTER-003", 1),
        (b"PK\x03\x04\x00\x00", "STN-CHARTER-002", None),
    ],
)
def test_what_is_not_plain_text_is_refused_at_its_line(
    tmp_path: Path, text: bytes, code: str, line: int | None
) -> None:
    _, problems = read(tmp_path, text)
    assert [(each.code, each.place.line) for each in problems] == [(code, line)]
    assert problems[0].remedy


def test_a_quoted_null_is_a_word(tmp_path: Path) -> None:
    assert read(tmp_path, "a: 'null'\nb: \"\"\n") == ({"a": "null", "b": ""}, [])


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfa: 1\n") == ({"a": "1"}, [])


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_endless_nesting_is_refused_and_does_not_exhaust_the_stack(tmp_path: Path, opening: str) -> None:
    _, problems = read(tmp_path, opening * 50_000)
    assert f"more than {DEEPEST} deep" in problems[0].message


def test_a_file_of_too_many_values_is_refused(tmp_path: Path) -> None:
    _, problems = read(tmp_path, "- a\n" * (MOST + 1))
    assert [each.code for each in problems] == ["STN-CHARTER-002"]
    _, problems = read(tmp_path, "#" * (LONGEST + 1))
    assert "longer than 16 MiB" in problems[0].message


def test_a_billion_laughs_are_refused_at_the_first(tmp_path: Path) -> None:
    text = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
    )
    _, problems = read(tmp_path, text)
    assert [each.place.line for each in problems] == [1]


@given(
    st.binary(max_size=200) | st.text(alphabet="ab:-[]{}&*!|>%@`'\"#?,\n\t ~", max_size=60).map(str.encode)
)
def test_no_bytes_whatever_raise(tmp_path: Path, content: bytes) -> None:
    data, problems = read(tmp_path, content)
    assert data is not None or problems


TEXTS = st.recursive(
    st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(TEXTS)
def test_a_tree_gives_back_the_data_it_was_made_of(data: object) -> None:
    assert plain(tree_of(data)) == data
