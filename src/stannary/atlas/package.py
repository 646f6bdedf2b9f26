"""The description of an atlas' tables: a Frictionless Data Package (`datapackage.json`).

Each resource is one CSV file with a Table Schema: fields with type, unit and description, which may not be
empty, the primary key, and the keys into other tables. A table's columns are the fields of its row type;
a description that says otherwise is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stannary.atlas.tables import CORE_TABLES, TABLES, columns_of
from stannary.errors import AtlasError, Place, Problem, refuse

__all__ = ["Package", "Schema", "read_package"]

DESCRIPTION = "datapackage.json"


@dataclass(frozen=True, slots=True)
class Schema:
    """What the package says of one table: file, columns that must be filled, key, references."""

    table: str
    file: str
    columns: tuple[str, ...]
    required: frozenset[str]
    primary_key: tuple[str, ...]
    references: tuple[tuple[str, str], ...]
    """Pairs of a column and the table whose ids it names."""


@dataclass(frozen=True, slots=True)
class Package:
    """The tables that an atlas' description lists."""

    path: Path
    schemas: dict[str, Schema]


def read_package(folder: Path) -> Package:
    """Read `datapackage.json` of an atlas' folder.

    Raises `AtlasError`: STN-ATLAS-001 for a missing folder, file or table, -002 where it cannot be read,
    -003 where its columns are not those of the table.
    """
    path = folder / DESCRIPTION
    if not folder.is_dir():
        raise AtlasError([fault("001", folder, "The atlas' folder does not exist.", "Name a folder.")])
    document = load(path)
    resources = document.get("resources") if isinstance(document, dict) else None
    if not isinstance(resources, list):
        raise AtlasError(
            [fault("002", path, "The description lists no resources.", "See the Frictionless Data Package.")]
        )
    problems: list[Problem] = []
    schemas: dict[str, Schema] = {}
    listed: set[str] = set()
    for index, resource in enumerate(resources):
        name = resource.get("name") if isinstance(resource, dict) else None
        if not isinstance(name, str) or name not in TABLES:
            continue  # a package may carry tables of its own beside the atlas'
        if name in listed:
            problems.append(fault("007", path, f"The table {name} is listed twice.", "List it once."))
            continue
        listed.add(name)
        schema = read_schema(path, f"resources[{index}]", name, resource, problems)
        if schema is not None:
            schemas[name] = schema
    problems += [
        fault("001", path, f"The table {name} is missing.", "Every atlas needs it.")
        for name in CORE_TABLES
        if name not in listed
    ]
    refuse(AtlasError, problems)
    return Package(path, schemas)


def fault(number: str, path: Path, message: str, remedy: str, inside: str | None = None) -> Problem:
    """Say what is wrong with the description."""
    return Problem(f"STN-ATLAS-{number}", message, remedy, Place(str(path), path=inside))


def load(path: Path) -> Any:
    """Read the description as JSON."""
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        problem = fault("001", path, f"The atlas has no {DESCRIPTION}.", "Write one, or copy another zone's.")
    except json.JSONDecodeError as error:
        place = Place(str(path), error.lineno, error.colno)
        problem = Problem("STN-ATLAS-002", f"The description is not JSON: {error.msg}.", "Mend it.", place)
    except (OSError, ValueError, RecursionError) as error:
        problem = fault("002", path, f"It cannot be read ({type(error).__name__}).", "Write UTF-8 JSON.")
    raise AtlasError([problem])


def read_schema(
    path: Path, inside: str, table: str, resource: dict[str, Any], problems: list[Problem]
) -> Schema | None:
    """Read one resource; add what is wrong to `problems` and give `None` then."""
    before = len(problems)
    file = resource.get("path")
    if not isinstance(file, str) or not file or Path(file).name != file or file.startswith("."):
        problems.append(
            fault("002", path, f"The path of {table} is {file!r}.", "Name a file inside the folder.", inside)
        )
    body = resource.get("schema")
    body = body if isinstance(body, dict) else {}
    required = check_fields(path, inside, table, body.get("fields"), problems)
    key = body.get("primaryKey", [])
    key = [key] if isinstance(key, str) else key
    references = foreign_keys(body.get("foreignKeys", []))
    if references is None or not name_columns(table, key, references):
        where = f"{inside}.schema"
        problems.append(
            fault("003", path, f"The keys of {table} name no columns of it.", "Name some.", where)
        )
    if len(problems) > before:
        return None
    assert isinstance(file, str) and references is not None
    return Schema(table, file, tuple(columns_of(TABLES[table])), required, tuple(key), references)


def check_fields(path: Path, inside: str, table: str, fields: Any, problems: list[Problem]) -> frozenset[str]:
    """Hold the described fields against the table's columns; give the ones that must be filled."""
    described = [field for field in fields if isinstance(field, dict)] if isinstance(fields, list) else []
    kinds = {field["name"]: field.get("type") for field in described if isinstance(field.get("name"), str)}
    expected = columns_of(TABLES[table])
    where = f"{inside}.schema.fields"
    for name in sorted(expected.keys() - kinds.keys()):
        problems.append(fault("003", path, f"{table} needs the column {name}.", "Describe it.", where))
    for name in sorted(kinds.keys() - expected.keys()):
        remedy = f"Its columns: {', '.join(expected)}."
        problems.append(fault("003", path, f"{table} knows no column {name}.", remedy, where))
    for name in sorted(kinds.keys() & expected.keys()):
        kind = expected[name].kind
        if kinds[name] != kind:
            problems.append(
                fault("003", path, f"{table}.{name} is a {kind}.", f"Not {kinds[name]!r}.", where)
            )
    return frozenset(
        field["name"]
        for field in described
        if isinstance(field.get("name"), str)
        and isinstance(field.get("constraints"), dict)
        and field["constraints"].get("required") is True
    )


def name_columns(table: str, key: Any, references: tuple[tuple[str, str], ...]) -> bool:
    """Say whether a primary key and the references name columns of the table."""
    columns = columns_of(TABLES[table])
    if not isinstance(key, list) or not all(isinstance(name, str) for name in key):
        return False
    return all(name in columns for name in [*key, *(column for column, _ in references)])


def foreign_keys(keys: Any) -> tuple[tuple[str, str], ...] | None:
    """Read foreign keys into core tables; `None` where they are malformed."""
    try:
        found = tuple((key["fields"], key["reference"]["resource"]) for key in keys)
    except (TypeError, KeyError):
        return None
    if all(isinstance(column, str) and table in CORE_TABLES for column, table in found):
        return found
    return None
