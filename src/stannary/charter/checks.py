"""Check a charter as a whole: do its articles, each well formed, also hold together?"""

from __future__ import annotations

from stannary.charter.charter import Charter
from stannary.errors import Problem

__all__ = ["check"]


def check(charter: Charter) -> tuple[Problem, ...]:
    """List everything wrong with a charter as a whole: errors, and warnings to be read by a person."""
    return ()
