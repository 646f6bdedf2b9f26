"""`stannary zones` and `stannary codes`: what ships, and what the codes mean."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from stannary.charter.reader import open_charter
from stannary.cli.options import Form, Out, settings_of
from stannary.cli.output import Answer, emit
from stannary.errors import CATALOGUE
from stannary.report.tables import listing
from stannary.zone import SHIPPED, shipped_folder

__all__ = ["codes", "zones"]


def zones(*, form: Form = None, out: Out = None) -> None:
    """List the zones that ship with Stannary."""
    rows: list[dict[str, Any]] = []
    for name in SHIPPED:
        citation = open_charter(shipped_folder(name) / "charter").citation
        rows.append(
            {
                "zone": name,
                "title": citation.title,
                "version": citation.version,
                "in_force_from": citation.in_force_from,
                "in_force_to": citation.in_force_to,
                "folder": str(shipped_folder(name)),
            }
        )
    told = ((r["zone"], r["title"], r["version"], str(r["in_force_from"]), r["folder"]) for r in rows)
    columns = ("Zone", "Title", "Version", "In force from", "Folder")
    emit(
        Answer(table=lambda: listing("", columns, told), data=rows, rows=lambda: rows),
        settings_of(format=form).format,
        out,
    )


def codes(
    kind: Annotated[
        Literal["errors", "reasons", "columns"],
        Parameter(
            help="errors: why a command refuses; reasons: why a line is decided so; columns: of a line."
        ),
    ] = "reasons",
    /,
    *,
    form: Form = None,
    out: Out = None,
) -> None:
    """List the codes of errors, the reasons of outcomes, or the columns of entry lines."""
    rows = {"errors": _errors, "reasons": _reasons, "columns": _columns}[kind]()
    headings = tuple(key.replace("_", " ").capitalize() for key in rows[0])
    told = ([_shown(value) for value in row.values()] for row in rows)
    emit(
        Answer(table=lambda: listing("", headings, told), data=rows, rows=lambda: rows),
        settings_of(format=form).format,
        out,
    )


def _shown(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _errors() -> list[dict[str, Any]]:
    return [{"code": code, "meaning": meaning} for code, meaning in CATALOGUE.items()]


def _reasons() -> list[dict[str, Any]]:
    from stannary.border.codes import REASONS

    return [
        {
            "code": reason.code,
            "reason": reason.name,
            "refers_the_line": 0 < reason.code < 60,
            "meaning": reason.words,
            "remedy": reason.remedy,
        }
        for reason in REASONS
    ]


def _columns() -> list[dict[str, Any]]:
    from stannary.border.entries import COLUMNS_OF_AN_ENTRY

    return [
        {
            "column": column.name,
            "required": column.required,
            "kind": column.kind,
            "meaning": column.words,
            "wco_data_model": column.wco,
        }
        for column in COLUMNS_OF_AN_ENTRY
    ]
