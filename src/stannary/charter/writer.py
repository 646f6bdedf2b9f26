"""Write a charter to a folder, so that it reads back as the same charter."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from stannary.charter.charter import Charter
from stannary.charter.walk import written_fields
from stannary.errors import CharterError, Place, Problem

__all__ = ["fingerprint_of", "render", "to_data", "write_charter"]


WHERE_FROM = ("source", "assumed", "locator", "derivation", "note")


def write_charter(charter: Charter, folder: Path | str) -> None:
    """Write every article of a charter into a new or empty folder, one YAML file each.

    The folder appears whole or not at all. Raises `CharterError` (STN-CHARTER-019) where it holds something
    already or cannot be written.
    """
    folder = Path(folder)
    texts = render(charter)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise _cannot_write(folder, "it already holds something.")
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".charter-") as space:
            draft = Path(space) / "charter"
            draft.mkdir()
            for name, text in texts.items():
                (draft / f"{name}.yaml").write_text(text, encoding="utf-8", newline="\n")
            draft.replace(folder)
    except OSError as error:
        raise _cannot_write(folder, f"{error.strerror}.") from error


def render(charter: Charter) -> dict[str, str]:
    """Give the YAML text of every article, by name."""
    return {
        name: yaml.dump(
            to_data(article),
            Dumper=_Literal,
            sort_keys=False,
            allow_unicode=True,
            width=100,
            default_flow_style=None,
        )
        for name, article in charter.articles.items()
    }


def fingerprint_of(charter: Charter) -> str:
    """Give the fingerprint that the charter's folder will have once it is written."""
    digest = hashlib.sha256()
    for name, text in sorted(render(charter).items(), key=lambda item: f"{item[0]}.yaml"):
        digest.update(f"{name}.yaml".encode() + b"\0")
        digest.update(hashlib.sha256(text.encode()).hexdigest().encode() + b"\n")
    return digest.hexdigest()


def to_data(value: Any) -> Any:
    """Give an article as it is written: nested fields, lists and texts, defaults left out."""
    if is_dataclass(value):
        form: Any = type(value)
        declared = form.__pydantic_fields__
        found = {}
        # Where a thing comes from reads best after what it is.
        for name, written in sorted(written_fields(form), key=lambda pair: pair[0] in WHERE_FROM):
            inner = getattr(value, name)
            default = declared[name].get_default(call_default_factory=True)
            if name == "kind" or inner != default or declared[name].is_required():
                found[written] = to_data(inner)
        return found
    if isinstance(value, Mapping):
        return {str(key): to_data(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [to_data(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


class _Literal(yaml.CSafeDumper):
    """Write texts plainly: nothing but text is ever read back, so 2026-07-01 and 0010 need no quotes."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (the name PyYAML looks for)

    def ignore_aliases(self, data: Any) -> bool:
        """Write every value out where it stands."""
        return True


# What stands for "nothing" when it is not quoted must be quoted.
_Literal.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"~|null|Null|NULL|"), ["~", "n", "N", ""]
)


def _cannot_write(folder: Path, why: str) -> CharterError:
    remedy = "Name a folder that does not exist yet, or an empty one."
    message = f"the charter cannot be written there: {why}"
    return CharterError([Problem("STN-CHARTER-019", message, remedy, Place(str(folder)))])
