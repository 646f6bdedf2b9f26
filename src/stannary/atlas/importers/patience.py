"""How often to ask an outside source again, and how long to wait before.

The waits and the clock's `sleep` are passed in: nothing here decides on its own to wait, and tests do not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from stannary.errors import Problem, SourceUnavailableError

__all__ = ["Busy", "Patience", "ask_patiently"]

Answer = TypeVar("Answer")

LONGEST_WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """The seconds to wait before each further attempt; as many further attempts as there are waits."""

    waits_seconds: tuple[float, ...] = (2.0, 8.0, 30.0)
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Busy:
    """An answer that says "not now": why, and the seconds the source itself asks to wait, where it does."""

    problem: Problem
    wait_seconds: float = 0.0


def ask_patiently(ask: Callable[[], Answer | Busy], patience: Patience) -> Answer:
    """Ask until there is an answer or patience ends.

    A source that names its own wait is given it, up to a minute. Raises `SourceUnavailableError` with the
    last problem when every attempt was met with "not now".
    """
    answer = ask()
    for wait_seconds in patience.waits_seconds:
        if not isinstance(answer, Busy):
            break
        patience.sleep(min(max(wait_seconds, answer.wait_seconds), LONGEST_WAIT_SECONDS))
        answer = ask()
    if isinstance(answer, Busy):
        raise SourceUnavailableError([answer.problem])
    return answer
