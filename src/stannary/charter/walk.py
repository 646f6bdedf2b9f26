"""Go through an article form by form, each with its path as written in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic.fields import FieldInfo

__all__ = ["Path", "walk", "written_fields"]

Path = tuple[str | int, ...]

WRITTEN: dict[Any, tuple[tuple[str, str], ...]] = {}
"""The fields of each form, looked up once."""


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """List every form (dataclass) in a value, outermost first, with its path."""
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))
    elif is_dataclass(value):
        yield path, value
        for name, written in written_fields(type(value)):
            inner = getattr(value, name)
            if isinstance(inner, tuple) or is_dataclass(inner):
                yield from walk(inner, (*path, written))


def written_fields(form: Any) -> tuple[tuple[str, str], ...]:
    """List the fields of a form: their name in Python and their name in a file (`from`, `to`)."""
    if form not in WRITTEN:
        WRITTEN[form] = tuple(_written(form))
    return WRITTEN[form]


def _written(form: Any) -> Iterator[tuple[str, str]]:
    for each in fields(form):
        alias = each.default.alias if isinstance(each.default, FieldInfo) else None
        yield each.name, alias or each.name
