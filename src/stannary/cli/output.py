"""How answers leave: data to standard output or to a file, whole or not at all; talk goes to stderr."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType

from stannary.errors import Place, Problem, UsageError

__all__ = ["Answer", "arriving_folder", "as_json", "emit", "form_of", "json_line", "plain", "write_whole"]

Rows = Iterable[Mapping[str, Any]]
NARROW, WIDE = 60, 160


@dataclass(frozen=True)
class Answer:
    """What a command found, in the ways it can be shown.

    `table` draws it for people; `data` is the whole of it for programs; `rows` its lines, where it has any.
    """

    table: Callable[[], RenderableType]
    data: Any
    rows: Callable[[], Rows] | None = None


def emit(answer: Answer, form: str | None, out: str | None = None) -> None:
    """Write an answer in a form to a place. Raises `UsageError` where the two do not fit."""
    chosen = form_of(form, out)
    if chosen in ("ndjson", "csv", "parquet") and answer.rows is None:
        problem = Problem(
            "STN-USAGE-001", f"This answer has no rows to write as {chosen}.", "Use table or json."
        )
        raise UsageError([problem])
    if chosen == "table":
        text = drawn(answer.table())
    elif chosen == "json":
        text = as_json(answer.data) + "\n"
    elif chosen == "parquet":
        deliver(_parquet(_rows(answer)), out)
        return
    else:
        text = "".join(_csv(_rows(answer)) if chosen == "csv" else _ndjson(_rows(answer)))
    if chosen == "table" and out in (None, "-"):
        sys.stdout.write(text)
    else:
        deliver(text.encode("utf-8"), out)


def form_of(form: str | None, out: str | None = None) -> str:
    """Give the form an answer takes: as asked, else by the file's ending, else by who reads it."""
    if form is not None:
        return form
    if out not in (None, "-"):
        ending = Path(str(out)).suffix.lower().lstrip(".")
        return ending if ending in ("json", "ndjson", "csv", "parquet") else "table"
    return "table" if sys.stdout.isatty() else "json"


def drawn(thing: RenderableType) -> str:
    """Draw something for people as text, as wide as the terminal, coloured only there."""
    is_terminal = sys.stdout.isatty()
    console = Console(file=io.StringIO(), force_terminal=is_terminal or None, width=width(), highlight=False)
    console.print(thing)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def width() -> int:
    """Give the width to draw for: that of the terminal or of COLUMNS, within bounds."""
    given = os.environ.get("COLUMNS", "")
    found = int(given) if given.isdigit() else Console(file=sys.stdout).width if sys.stdout.isatty() else 100
    return max(NARROW, min(WIDE, found))


def deliver(content: bytes, out: str | None) -> None:
    """Write bytes to standard output, or to a file that appears whole or not at all."""
    if out in (None, "-"):
        if sys.stdout.isatty() and b"\0" in content:
            message = "Parquet is not for a terminal."
            raise UsageError([Problem("STN-USAGE-001", message, "Name a file with --out, or use a pipe.")])
        sys.stdout.flush()
        binary = getattr(sys.stdout, "buffer", None)
        if binary is None:
            sys.stdout.write(content.decode("utf-8"))
        else:
            binary.write(content)
            binary.flush()
        return
    write_whole(Path(str(out)), content)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one step: it appears whole or not at all. Raises `UsageError` (STN-USAGE-005)."""
    with refusing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        draft = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            draft.chmod(0o666 & ~mask())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def arriving_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to fill whose files move to `folder`, replacing theirs, when the block ends well."""
    with refusing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".stannary-", dir=folder) as space:
            yield Path(space)
            for path in sorted(Path(space).iterdir()):
                path.replace(folder / path.name)


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turn what the disk refuses while the block runs into a refusal in words."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"It cannot be written ({error.strerror or error})."
        problem = Problem("STN-USAGE-005", message, "Name another place.", Place(error.filename or str(path)))
        raise UsageError([problem]) from error


def mask() -> int:
    """Give the mask of file rights: temporary files are private, answers are not."""
    current = os.umask(0)
    os.umask(current)
    return current


def plain(value: Any) -> Any:
    """Give a value as JSON holds it; decimals become text, so that no digit is lost."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [plain(inner) for inner in value]
    return value


def as_json(data: Any) -> str:
    """Write data as JSON for people and programs; the same data gives the same text."""
    return json.dumps(plain(data), ensure_ascii=False, indent=2, default=str)


def json_line(row: Mapping[str, Any]) -> str:
    """Write a row as one line of NDJSON."""
    return json.dumps(plain(row), ensure_ascii=False, default=str) + "\n"


def _rows(answer: Answer) -> Rows:
    assert answer.rows is not None
    return answer.rows()


def _ndjson(rows: Rows) -> Iterator[str]:
    for row in rows:
        yield json_line(row)


def _csv(rows: Rows) -> Iterator[str]:
    text = io.StringIO()
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(text, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({key: _cell(value) for key, value in row.items()})
    yield text.getvalue()


def _cell(value: Any) -> Any:
    value = plain(value)
    return ";".join(map(str, value)) if isinstance(value, list) else value


def _parquet(rows: Rows) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), buffer)
    return buffer.getvalue()
