"""A busy source is asked again, as often as was said and no more."""

from __future__ import annotations

import pytest

from stannary.atlas.importers.patience import Busy, Patience, ask_patiently
from stannary.errors import Problem, SourceUnavailableError

PROBLEM = Problem("STN-SOURCE-002", "Busy.")


def test_an_answer_after_two_refusals_is_given() -> None:
    waits: list[float] = []
    answers = iter([Busy(PROBLEM), Busy(PROBLEM, wait_seconds=20), "answer"])
    assert ask_patiently(lambda: next(answers), Patience((1, 5, 9), waits.append)) == "answer"
    assert waits == [1, 20]


def test_patience_ends() -> None:
    asked: list[int] = []

    def ask() -> Busy:
        asked.append(1)
        return Busy(PROBLEM)

    with pytest.raises(SourceUnavailableError, match="STN-SOURCE-002"):
        ask_patiently(ask, Patience((1, 1), lambda _: None))
    assert len(asked) == 3


def test_no_source_makes_anyone_wait_longer_than_a_minute() -> None:
    waits: list[float] = []
    answers = iter([Busy(PROBLEM, wait_seconds=86_400), "answer"])
    ask_patiently(lambda: next(answers), Patience((1,), waits.append))
    assert waits == [60]
