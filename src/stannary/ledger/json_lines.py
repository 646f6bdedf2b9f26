"""JSON as a book reads it: one document a line, nothing guessed, every fault with its column.

Numbers stay as they are written (`Number`), so that no float comes into being; a key said twice, ``NaN`` and
``Infinity`` are refused. Lines are parsed by the standard library; columns are looked for only when something
is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

__all__ = ["LONGEST", "MalformedError", "Number", "column_of", "columns_of", "parse_line"]

LONGEST = 1_000_000
"""The most characters of one line: a voucher of a thousand transfers has a fifth of that."""

Path = tuple[str | int, ...]

TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")|([{}\[\],:])|([^\s{}\[\],:"]+)')


class MalformedError(ValueError):
    """What is wrong with a line of JSON, and at which column, counted from 1."""

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.column = message, column


class Number(str):
    """A JSON number as it is written."""

    __slots__ = ()


class _SaidTwiceError(Exception):
    pass


def parse_line(line: str) -> Any:
    """Parse one line: objects, lists, text, `Number`, truth and nothing. Raises `MalformedError`."""
    if len(line) > LONGEST:
        raise MalformedError(f"The line has {len(line):,} characters; at most {LONGEST:,} are read.")
    try:
        return DECODER.decode(line)
    except json.JSONDecodeError as error:
        raise MalformedError(
            f"This is not JSON: {error.msg[:1].lower()}{error.msg[1:]}.", error.colno
        ) from None
    except _SaidTwiceError:
        name, column = _repeated(line)
        raise MalformedError(f"The field {name[:80]!r} is given twice.", column) from None
    except _NoNumberError as error:
        at = re.search(rf"[:,\[\s]({re.escape(error.args[0])})", line)
        raise MalformedError(f"{error.args[0]} is no number.", at.start(1) + 1 if at else 1) from None
    except RecursionError:
        raise MalformedError("Brackets are nested without end.") from None


def columns_of(line: str) -> dict[Path, int]:
    """Give the column at which each value of a well-formed line begins, by its path."""
    return {at: column for is_key, at, column in _walk(line) if not is_key}


def column_of(columns: Mapping[Path, int], path: Path) -> int:
    """Give the column at which the value at a path begins, or of its nearest ancestor that is there."""
    return next((columns[path[:depth]] for depth in range(len(path), -1, -1) if path[:depth] in columns), 1)


def _repeated(line: str) -> tuple[str, int]:
    seen: set[Path] = set()
    for is_key, at, column in _walk(line):
        if is_key and at in seen:
            return str(at[-1]), column
        if is_key:
            seen.add(at)
    return "", 1


def _walk(line: str) -> Iterator[tuple[bool, Path, int]]:
    """Give every key and value of a well-formed line: whether it is a key, its path, its column."""
    path: list[str | int | None] = []
    for token in TOKEN.finditer(line):
        piece, column = token[0], token.start() + 1
        if piece in ("}", "]"):
            path.pop()
        elif piece == ",":
            last = path[-1]
            path[-1] = last + 1 if isinstance(last, int) else None
        elif piece == ":":
            continue
        elif path and path[-1] is None:
            path[-1] = json.loads(piece)
            yield True, _whole(path), column
        else:
            yield False, _whole(path), column
            if piece in ("{", "["):
                path.append(None if piece == "{" else 0)


def _whole(path: list[str | int | None]) -> Path:
    return tuple(part for part in path if part is not None)


class _NoNumberError(Exception):
    pass


def _no_number(word: str) -> NoReturn:
    raise _NoNumberError(word)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise _SaidTwiceError
    return data


DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_float=Number, parse_int=Number, parse_constant=_no_number
)
