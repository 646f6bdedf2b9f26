"""A picture with the table that says the same, and the templates that pages are made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from stannary.report import words

__all__ = ["ENVIRONMENT", "Figure"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its heading, what it shows, and the table that says the same.

    The columns named in `right` hold numbers.
    """

    title: str
    note: str
    picture: Markup | None
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[str, ...] = ()


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["cents"] = words.cents
    made.filters["per_tonne"] = words.per_tonne
    made.filters["named"] = words.named
    made.filters["exact"] = words.exact
    made.filters["percent"] = words.percent
    made.filters["sentence"] = words.sentence
    return made


ENVIRONMENT = _environment()
"""The templates of this folder: everything is escaped, and a name without a value is an error."""
