"""How a refusal, a wrong usage and a crash are told: on stderr, in plain words, never as a traceback."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from stannary.errors import Problem, StannaryError

if TYPE_CHECKING:
    from cyclopts import CycloptsError

__all__ = ["as_data", "as_sentence", "show_crash", "show_refusal", "show_usage", "told", "warn"]

CRASHED, USAGE = 1, 2
MOST = 200
"""The most problems listed in words; all of them are in the JSON list."""


def show_refusal(error: StannaryError, tokens: Sequence[str]) -> int:
    """Tell every problem of a refusal and give its exit code."""
    if wants_json(tokens):
        tell_json(error.problems)
    else:
        meaning = (type(error).__doc__ or "").strip().splitlines()[0].rstrip(".")
        count = len(error.problems)
        heading = f"{meaning} ({count} problems)." if count > 1 else f"{meaning}."
        tell([heading, "", *told(error.problems)])
    return error.exit_status


def show_usage(error: CycloptsError, tokens: Sequence[str]) -> int:
    """Tell what is wrong with the command as it was typed."""
    message = " ".join(str(error).split())
    remedy = "Add --help to a command to see its options."
    if wants_json(tokens):
        tell_json([Problem("STN-USAGE-002", message, remedy)])
    else:
        tell([message, remedy])
    return USAGE


def show_crash(error: Exception) -> int:
    """Tell of an error nobody foresaw, in a sentence; the traceback only with STANNARY_DEBUG=1."""
    if os.environ.get("STANNARY_DEBUG") == "1":
        traceback.print_exception(error)
        return CRASHED
    tell(
        [
            f"Stannary stopped on an error it did not foresee: {type(error).__name__}: {error}".splitlines()[
                0
            ],
            "This is a fault of the program, not of your input. Run the command again with "
            "STANNARY_DEBUG=1 and report what it prints, with the command.",
        ]
    )
    return CRASHED


def told(problems: Sequence[Problem]) -> Iterable[str]:
    """Tell problems in words: code and place, the fact, what would be right."""
    for problem in problems[:MOST]:
        mark = "" if problem.severity == "error" else " (warning)"
        yield f"  {problem.code}{mark}  {problem.place}".rstrip()
        yield f"    {as_sentence(problem.message)}"
        if problem.remedy:
            yield f"    {problem.remedy}"
    if len(problems) > MOST:
        yield f"  … and {len(problems) - MOST:,} more; --format json lists them all."


def as_sentence(message: str) -> str:
    """Begin a message with a capital, unless it begins with a name such as ndpr.oxide."""
    first = message.partition(" ")[0]
    return message[:1].upper() + message[1:] if first.isalpha() and first.islower() else message


def as_data(problem: Problem) -> dict[str, object]:
    """Give a problem as data."""
    place = problem.place
    return {
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "remedy": problem.remedy,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "path": place.path,
    }


def warn(words: str) -> None:
    """Say something on stderr that is no error."""
    tell([words])


def tell(lines: Iterable[str]) -> None:
    """Write lines to stderr; a closed or odd stderr must not hide the exit code."""
    try:
        sys.stderr.write("\n".join(lines) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def tell_json(problems: Iterable[Problem]) -> None:
    """Write problems to stderr as one JSON document."""
    tell([json.dumps({"problems": [as_data(problem) for problem in problems]}, ensure_ascii=False, indent=2)])


def wants_json(tokens: Sequence[str]) -> bool:
    """Say whether the command asked for JSON in so many words, even when it could not be read."""
    chosen = os.environ.get("STANNARY_FORMAT", "")
    for index, token in enumerate(tokens):
        if token == "--format" and index + 1 < len(tokens):
            chosen = tokens[index + 1]
        elif token.startswith("--format="):
            chosen = token.partition("=")[2]
    return chosen == "json"
