"""Refusals: every problem at once, each with its code, its place and what would be right."""

from __future__ import annotations

import inspect

import pytest

from stannary import errors
from stannary.errors import (
    CATALOGUE,
    CharterError,
    NotFoundError,
    Place,
    Problem,
    SourceUnavailableError,
    StannaryError,
    refuse,
)

MISSING = Problem(
    "STN-CHARTER-003", "The field from is missing.", "Add it.", Place("floors.yaml", 12, 5, "floors[0]")
)
LATE = Problem("STN-CHARTER-018", "The review of 2027 has passed.", severity="warning")

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, StannaryError)]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), ""),
        (Place("floors.yaml"), "floors.yaml"),
        (Place("floors.yaml", 12), "floors.yaml:12"),
        (Place("floors.yaml", 12, 5), "floors.yaml:12:5"),
        (Place("floors.yaml", 12, 5, "floors[0].from"), "floors.yaml:12:5 (floors[0].from)"),
        (Place(path="floors[0].from"), "floors[0].from"),
        (Place("floors.yaml", column=5), "floors.yaml"),
    ],
)
def test_a_place_reads_as_file_line_and_column(place: Place, text: str) -> None:
    assert str(place) == text


def test_a_problem_says_code_place_fact_and_remedy() -> None:
    assert str(MISSING) == "STN-CHARTER-003 floors.yaml:12:5 (floors[0]): The field from is missing. Add it."
    assert str(LATE) == "STN-CHARTER-018 The review of 2027 has passed."


def test_a_code_that_is_not_in_the_catalogue_cannot_be_used() -> None:
    with pytest.raises(KeyError, match="STN-CHARTER-999"):
        Problem("STN-CHARTER-999", "No such code.")


def test_an_error_carries_every_problem() -> None:
    error = CharterError(iter([MISSING, LATE]))
    assert error.problems == (MISSING, LATE)
    assert str(error).splitlines() == [str(MISSING), str(LATE)]


def test_an_error_without_a_problem_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="at least one problem"):
        CharterError([])


def test_warnings_alone_refuse_nothing() -> None:
    refuse(CharterError, [LATE])
    refuse(CharterError, [])


def test_refusing_leaves_warnings_out() -> None:
    with pytest.raises(CharterError) as caught:
        refuse(CharterError, [LATE, MISSING])
    assert caught.value.problems == (MISSING,)


def test_the_command_line_leaves_with_the_status_of_the_error() -> None:
    assert {kind.exit_status for kind in KINDS} == {2, 3, 4, 6}
    assert NotFoundError.exit_status == 4
    assert SourceUnavailableError.exit_status == 6
    assert CharterError.exit_status == 3


def test_errors_form_one_tree_and_each_says_when_it_is_raised() -> None:
    for kind in KINDS:
        assert issubclass(kind, StannaryError)
        assert inspect.getdoc(kind)
        assert kind.__name__ in errors.__all__


def test_codes_stand_in_order_within_their_area() -> None:
    for area in {code.rsplit("-", 1)[0] for code in CATALOGUE}:
        numbers = [code for code in CATALOGUE if code.startswith(area + "-")]
        assert numbers == sorted(numbers), area
