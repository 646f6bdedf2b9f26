"""Write the reference pages that say what the code says: run by `make docs`, held to the code by a test."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

import stannary
from stannary.border.codes import EXEMPTION_NAMES, ORIGIN_NAMES, OUTCOMES, REASONS, Reason
from stannary.border.entries import COLUMNS_OF_AN_ENTRY, EntryColumn
from stannary.cli.main import COMMANDS
from stannary.errors import CATALOGUE
from stannary.settings import SETTINGS
from stannary.units import EVERYDAY_NAMES, MASS_UNITS
from stannary.zone import shipped_folder

DOCS = Path(__file__).parent
NOTE = "<!-- Written from the code by docs/reference_pages.py; change the code, then run make docs. -->"


def write_pages() -> None:
    """Write every page that is written from the code."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8", newline="\n")


# -- the command line ---------------------------------------------------------------------------------------


def command_line() -> str:
    """Write the tables of commands and of settings into their page, and leave its own words as they are."""
    text = (DOCS / "reference/command-line.md").read_text(encoding="utf-8")
    commands = ((f"`stannary {words}`", sentence, f"`{example}`") for words, _, sentence, example in COMMANDS)
    settings = (
        (f"`{one.key}`", f"`{one.variable}`", f"`{one.default}`" if one.default else "", one.words)
        for one in SETTINGS
    )
    text = _with_rows(text, "| command |", (" | ".join(row) for row in commands))
    return _with_rows(text, "| setting |", (" | ".join(row).replace("|  |", "| |") for row in settings))


def _with_rows(text: str, head: str, rows: Iterable[str]) -> str:
    """Put rows into the table of a page that begins with a head."""
    before, _, rest = text.partition(f"\n{head}")
    table_, _, after = rest.partition("\n\n")
    heads = table_.split("\n")[:2]
    return (
        "\n".join([f"{before}\n{head}{heads[0]}", heads[1], *(f"| {row} |" for row in rows)]) + f"\n\n{after}"
    )


# -- error codes --------------------------------------------------------------------------------------------

AREAS = {
    "CHARTER": "The charter",
    "ATLAS": "The atlas",
    "ZONE": "A zone: charter and atlas together",
    "ENTRY": "Files of entry lines",
    "UNIT": "Units and currencies",
    "LICENCE": "Licences",
    "FOUND": "Things asked for by name",
    "MARKET": "Markets",
    "SCENARIO": "Scenarios",
    "OUTLOOK": "Outlooks",
    "DESIGN": "Designs",
    "LEDGER": "The books",
    "PRICE": "Reference prices",
    "SETTLE": "What is owed",
    "USAGE": "The command line",
    "SOURCE": "Outside sources",
}


def error_codes() -> str:
    """Write the page of error codes, by area."""
    parts = [
        NOTE,
        "# Error codes",
        "A refusal lists every problem it found, each with a code, the place (file, line, column) and "
        "what would be right. A code keeps its meaning for good. `stannary codes errors` prints this "
        "list. A single bad entry line is no error: it becomes a row with the outcome `referred` and a "
        "[reason](outcomes-and-reasons.md).",
        "The command line leaves with 0 when done, 1 after a crash, 2 for wrong usage, 3 for invalid "
        "input, 4 when what was named does not exist, 5 for findings at or above `--fail-on`, 6 when a "
        "source is unavailable.",
    ]
    by_area: dict[str, list[str]] = {}
    for code in CATALOGUE:
        by_area.setdefault(code.split("-")[1], []).append(code)
    for area, codes in by_area.items():
        parts.append(f"## {AREAS[area]}")
        parts.append(table(("code", "meaning"), ((f"`{code}`", CATALOGUE[code]) for code in codes)))
    return page(parts)


# -- entry lines --------------------------------------------------------------------------------------------


def entry_lines() -> str:
    """Write the page of the columns of an entry line."""
    needed = [column for column in COLUMNS_OF_AN_ENTRY if column.required]
    welcome = [column for column in COLUMNS_OF_AN_ENTRY if not column.required]
    units = (
        (f"`{code}`", name, tonnes(factor), everyday(code)) for code, (factor, name) in MASS_UNITS.items()
    )
    return page(
        [
            NOTE,
            "# Entry lines",
            "A file of entry lines is CSV (UTF-8, comma, one header row), Parquet or NDJSON. Columns are "
            "found by name, in any order; unknown ones are kept and come out again as they were. Every "
            "line comes out once.",
            "Text is read as text: `NA` is Namibia, `0010` keeps its noughts. A decimal has a point and "
            "no separators, and is read to the decimals below, rounded half away from zero. A value that "
            "is given and cannot be read does not stop the file: its line is referred, with the reason.",
            "## Columns every line needs",
            columns(needed),
            "## Columns that are welcome",
            columns(welcome),
            "Economies are ISO 3166 codes of three or two letters; `UN`, `XX` or nothing means not "
            "known, which is an answer and has a price: the strictest rate. The third column gives the "
            "nearest term of the WCO Data Model.",
            "## Units of mass",
            table(("code", "name", "tonnes in one", "also written"), units),
            "Codes are those of UN/ECE Recommendation 20. Factors are exact by definition.",
        ]
    )


def columns(listed: Iterable[EntryColumn]) -> str:
    """Write some columns as a table."""
    rows = ((f"`{c.name}`", form(c), f"`{c.wco}`", c.words) for c in listed)
    return table(("column", "form", "WCO term", "meaning"), rows)


def form(column: EntryColumn) -> str:
    """Say in a word or two how a column is written."""
    if column.kind == "decimal":
        return f"decimal, {column.decimals} places"
    return {"text": "text", "code": "text", "date": "YYYY-MM-DD", "flag": "true or false"}[column.kind]


def tonnes(factor: object) -> str:
    """Write a factor in plain digits."""
    return f"{factor:f}"


def everyday(code: str) -> str:
    """List the everyday names of a unit."""
    return ", ".join(f"`{name}`" for name, stands_for in EVERYDAY_NAMES.items() if stands_for == code)


# -- outcomes and reasons -----------------------------------------------------------------------------------

OUTCOME_WORDS = {
    "out_of_scope": "The charter has nothing to say of the line.",
    "cleared": "In scope, and nothing is owed.",
    "preferential": "In scope, of zone origin, and free for that reason.",
    "adjusted": "In scope, and a border adjustment is owed.",
    "referred": "A fact is missing, unreadable or for an officer to decide; the reason says which.",
}
ORIGIN_WORDS = {
    "not_tested": "No test of origin was reached or in force.",
    "zone": "Every stage that counts was done in parties to the zone.",
    "developing": "Every stage that counts was done in parties or developing economies.",
    "neutral": "Every stage that counts is known, none in a covered economy, not all in the sets above.",
    "covered": "A stage that counts was done in a covered economy, beyond the tolerance.",
    "unknown": "A stage that counts is not known; the strictest rate applies.",
}


def outcomes_and_reasons() -> str:
    """Write the page of the closed lists a determination is written in."""
    return page(
        [
            NOTE,
            "# Outcomes and reasons",
            "A determination is written in codes: small integers in Parquet, the names below in CSV, "
            "JSON and Python. A code never changes its meaning and is never used again for another. "
            "`stannary codes reasons` prints the list of reasons.",
            "## Outcomes",
            table(("code", "outcome", "meaning"), numbered(OUTCOMES, OUTCOME_WORDS)),
            "## Why a line is referred",
            reasons(reason for reason in REASONS if 0 < reason.code < 60),
            "## Why a line was decided as it was",
            reasons(reason for reason in REASONS if reason.code >= 60),
            "## Origins",
            table(("code", "origin", "meaning"), numbered(ORIGIN_NAMES, ORIGIN_WORDS)),
            "## Exemptions",
            table(
                ("code", "exemption"), ((str(code), f"`{name}`") for code, name in enumerate(EXEMPTION_NAMES))
            ),
        ]
    )


def numbered(names: Iterable[str], words: dict[str, str]) -> Iterable[tuple[str, ...]]:
    """Give the rows of a closed list."""
    return ((str(code), f"`{name}`", words[name]) for code, name in enumerate(names))


def reasons(listed: Iterable[Reason]) -> str:
    """Write some reasons as a table."""
    rows = ((str(reason.code), f"`{reason.name}`", reason.words, reason.remedy) for reason in listed)
    return table(("code", "reason", "meaning", "what to do"), rows)


# -- Python -------------------------------------------------------------------------------------------------


def python_names() -> str:
    """Write the page of public names."""
    rows = [python_row(name, home) for name, home in stannary.HOMES.items()]
    return page(
        [
            NOTE,
            "# Python",
            "The public names, all to be had as `from stannary import …`. Each is loaded from its home "
            "when first asked for, so that `import stannary` costs next to nothing.",
            table(("name", "home", "what it is or does"), rows),
        ]
    )


def python_row(name: str, home: str) -> tuple[str, str, str]:
    """Give a name's row: the name, its home, the first sentence of its docstring."""
    thing = getattr(import_module(home), name)
    words = (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")
    return f"`{name}`", f"`{home}`", words.replace("``", "`")


# -- the atlas' tables --------------------------------------------------------------------------------------


def atlas_tables() -> str:
    """Write the page of the atlas' tables, from the schema that ships with them."""
    schema = json.loads((shipped_folder("forge") / "atlas" / "datapackage.json").read_text(encoding="utf-8"))
    parts = [
        NOTE,
        "# Tables of the atlas",
        "An atlas is a folder of CSV tables beside a `datapackage.json` (Frictionless Data Package, "
        "Table Schema). Every cell is text until read. A small atlas may hold fewer tables; `sources`, "
        "`economies`, `minerals`, `products` and `tariff_codes` it must hold.",
    ]
    for resource in schema["resources"]:
        parts.append(f"## {resource['name']}")
        parts.append(f"`{resource['path']}`: {resource['title']}.")
        rows = (
            (f"`{field['name']}`", field["type"], field.get("unit", ""), field.get("description", ""))
            for field in resource["schema"]["fields"]
        )
        parts.append(table(("field", "type", "unit", "meaning"), rows))
    return page(parts)


# -- Markdown -----------------------------------------------------------------------------------------------


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def page(parts: list[str]) -> str:
    """Put the parts of a page together."""
    return "\n\n".join(parts) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "reference/command-line.md": command_line,
    "reference/error-codes.md": error_codes,
    "reference/entry-lines.md": entry_lines,
    "reference/outcomes-and-reasons.md": outcomes_and_reasons,
    "reference/python.md": python_names,
    "reference/atlas-tables.md": atlas_tables,
}

if __name__ == "__main__":
    write_pages()
