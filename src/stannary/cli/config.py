"""`stannary config`: where settings come from."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from stannary.cli.options import Form, Out, settings_of
from stannary.cli.output import Answer, emit
from stannary.report.tables import listing
from stannary.settings import SETTINGS, Found, explain_setting

__all__ = ["explain"]


def explain(
    key: Annotated[str | None, Parameter(help="The setting, such as zone; without one, all of them.")] = None,
    /,
    *,
    form: Form = None,
    out: Out = None,
) -> None:
    """Tell what a setting is, and which of flag, variable, file or default won.

    A flag beats a STANNARY_ variable, which beats stannary.toml, which beats the default. Keys of outside
    sources are never shown.
    """
    settings = settings_of(format=form)
    keys = [setting.key for setting in SETTINGS] if key is None else [key]
    rows = [_row(explain_setting(each, settings)) for each in keys]
    columns = ("Setting", "Value", "Comes from", "Which beats", "Variable", "What it is for")
    told = ([str(value) if value is not None else "–" for value in row.values()] for row in rows)
    emit(
        Answer(
            table=lambda: listing("", columns, told), data=rows if key is None else rows[0], rows=lambda: rows
        ),
        settings.format,
        out,
    )


def _row(found: Found) -> dict[str, object]:
    return {
        "setting": found.setting.key,
        "value": None if found.value is None else found.shown,
        "origin": found.origin,
        "beats": ", ".join(found.others) or None,
        "variable": found.setting.variable,
        "meaning": found.setting.words,
    }
