"""Put what does not fit an article's form into plain words, each with its code and its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from stannary.charter.charter import path_text
from stannary.charter.citation import Sourced
from stannary.charter.document import Node, node_at, shown
from stannary.errors import Place, Problem

__all__ = ["faults", "field_names", "forms_at"]

Loc = tuple[str | int, ...]

SHAPES = {
    "tuple_type": "a list is wanted here, with a dash (-) before each item",
    "dict_type": "a set of fields (name: value) is wanted here",
    "mapping_type": "a set of fields (name: value) is wanted here",
    "dataclass_type": "a set of fields (name: value) is wanted here",
    "model_attributes_type": "a set of fields (name: value) is wanted here",
    "string_type": "one text is wanted here, not a list or a set of fields",
    "decimal_type": "one number is wanted here, not a list or a set of fields",
    "decimal_parsing": "this is not a number",
    "number_form": "this is not a number",
    "whole_form": "this is not a whole number",
    "finite_number": "this is not a finite number",
    "amount_range": "this number has more than 30 digits before or after the point",
    "int_type": "one whole number is wanted here, not a list or a set of fields",
    "int_parsing": "this is not a whole number",
    "int_parsing_size": "this whole number is too large",
    "int_from_float": "this is not a whole number",
    "bool_type": "true or false is wanted here",
    "bool_parsing": "this is neither true nor false",
    "day_form": "this is not a day written YYYY-MM-DD",
    "day_range": "this day is outside 1900-01-01 to 2999-12-31",
    "date_type": "one day is wanted here, not a list or a set of fields",
    "date_parsing": "this is not a day of the calendar",
    "date_from_datetime_parsing": "this is not a day of the calendar",
    "string_too_short": "the text is empty",
    "too_short": "the list is empty",
}

PATTERNS = {
    r"^[a-z][a-z0-9_.\-]*$": (
        "a name",
        "Names hold small letters, digits, dots, dashes and underscores: ndpr.oxide.",
    ),
    r"^[A-Z]{3}$": ("three capital letters", "Write an ISO 3166 alpha-3 code (CHN) or an Incoterm (CIF)."),
    r"^[0-9]{4,10}$": ("a tariff code", "Write 4 to 10 digits, without dots: 284690."),
}

REMEDIES = {
    "number_form": "Write digits and a point, without separators: 110000.50.",
    "whole_form": "Write digits only: 6.",
    "day_form": "Write, say, 2026-07-01.",
    "date_parsing": "Write, say, 2026-07-01.",
    "date_from_datetime_parsing": "Write, say, 2026-07-01.",
    "bool_parsing": "Write true or false.",
}


def faults(kind: type, root: Node, name: str, error: ValidationError) -> list[Problem]:
    """List the problems behind one validation error of article `name`, in the order of the file."""
    found = []
    broken: set[Loc] = set()
    sourceless: set[Loc] = set()
    for detail in error.errors(include_url=False, include_context=True):
        loc = detail["loc"]
        if detail["type"] == "too_short" and node_at(root, loc)[0].items:
            continue  # the list has items, and each of them is listed with its own fault
        found.append(_fault(kind, root, name, dict(detail)))
        if detail["type"] == "source_missing":
            sourceless.add(node_at(root, loc)[1])
        else:
            broken.add(node_at(root, loc[:-1])[1])
    # Where another field is broken, the form stops before it asks for the source: ask here.
    for loc in sorted(broken - sourceless, key=str):
        found += _source_missing(kind, root, name, loc)
    return sorted(set(found), key=_in_the_file)


def _in_the_file(problem: Problem) -> tuple[int, int, str]:
    return problem.place.line or 0, problem.place.column or 0, str(problem)


def field_names(form: type[Any]) -> list[str]:
    """List the fields of a form as they are written in a file (`from`, `to`)."""
    return [written for written, _ in _fields(form)]


def forms_at(kind: Any, loc: Loc) -> list[Any]:
    """Give the forms (dataclasses) that may stand at a path of an article."""
    forms = [kind]
    for step in loc:
        forms = [inner for form in forms for inner in _step(form, step)]
    return [form for outer in forms for form in _forms(outer) if is_dataclass(form)]


def _fault(kind: type, root: Node, name: str, detail: dict[str, Any]) -> Problem:
    loc: Loc = tuple(detail["loc"])
    node, followed = node_at(root, loc)
    place = Place(f"{name}.yaml", node.line, node.column, path_text(name, *followed))
    fault, last = str(detail["type"]), loc[-1] if loc else ""
    context = detail.get("ctx") or {}
    if fault in ("missing", "union_tag_not_found"):
        field = str(context.get("discriminator", last)).strip("'")
        return Problem("STN-CHARTER-003", f"`{field}` is missing{_of(followed)}.", f"Add `{field}:`.", place)
    if fault in ("unexpected_keyword_argument", "extra_forbidden"):
        spot = _key_place(root, loc, name)
        return Problem("STN-CHARTER-004", f"`{last}` is not a field here.", _nearest(kind, root, loc), spot)
    if fault == "source_missing":
        return Problem("STN-CHARTER-006", *_sourceless(followed), place)
    return Problem("STN-CHARTER-005", *_wrong_form(fault, node, context, detail), place)


def _wrong_form(fault: str, node: Node, context: dict[str, Any], detail: dict[str, Any]) -> tuple[str, str]:
    """Say what is wrong with a value and what would be right."""
    given = f" ({shown(node.text)})" if node.kind == "text" else ""
    if fault in SHAPES:
        return f"{SHAPES[fault]}{given}.", REMEDIES.get(fault, "")
    if fault == "string_pattern_mismatch":
        wanted, remedy = PATTERNS.get(str(context.get("pattern")), ("of the form wanted", ""))
        return f"{shown(node.text)} is not {wanted}.", remedy
    if fault == "literal_error":
        return (
            f"{shown(node.text)} is not one of the words allowed here.",
            f"Write {context.get('expected')}.",
        )
    if fault == "union_tag_invalid":
        return (
            f"{shown(str(context.get('tag')))} is not a kind known here.",
            f"Write {context.get('expected_tags')}.",
        )
    bounds = {
        "greater_than": ("gt", "must be more than"),
        "greater_than_equal": ("ge", "must be at least"),
        "less_than": ("lt", "must be less than"),
        "less_than_equal": ("le", "must be at most"),
    }
    if fault in bounds:
        key, words = bounds[fault]
        return f"the number{given} {words} {context.get(key)}.", ""
    if fault == "string_too_long":
        return f"the text is longer than {context.get('max_length')} characters.", "Shorten it."
    message = str(detail["msg"]).removeprefix("Value error, ")
    return f"{message}{given}.", ""


def _source_missing(kind: type, root: Node, name: str, loc: Loc) -> Iterator[Problem]:
    node, followed = node_at(root, loc)
    cited = [form for form in forms_at(kind, followed) if issubclass(form, Sourced)]
    if node.kind == "fields" and cited and not {"source", "assumed"} & set(node.fields):
        place = Place(f"{name}.yaml", node.line, node.column, path_text(name, *followed))
        yield Problem("STN-CHARTER-006", *_sourceless(followed), place)


def _sourceless(followed: Loc) -> tuple[str, str]:
    remedy = "Add `source:` with an id that citation.yaml lists, or `assumed:` with the reason."
    return f"neither a source nor a reason for assuming is given{_of(followed)}.", remedy


def _of(followed: Loc) -> str:
    named = [str(step) for step in followed if isinstance(step, str)]
    return f" in {named[-1]}" if named else ""


def _key_place(root: Node, loc: Loc, name: str) -> Place:
    parent, followed = node_at(root, loc[:-1])
    line, column = parent.keys.get(str(loc[-1]), (parent.line, parent.column))
    return Place(f"{name}.yaml", line, column, path_text(name, *followed, str(loc[-1])))


def _nearest(kind: type, root: Node, loc: Loc) -> str:
    followed = node_at(root, loc[:-1])[1]
    parent = node_at(root, followed)[0]
    chosen = parent.fields["kind"].text if "kind" in parent.fields else None
    forms = forms_at(kind, followed)
    forms = [form for form in forms if getattr(form, "kind", None) == chosen] or forms
    known = sorted({each for form in forms for each in field_names(form)})
    near = difflib.get_close_matches(str(loc[-1]), known, n=1)
    listed = f"Fields here are {', '.join(known)}." if known else "Remove it."
    return f"Did you mean `{near[0]}`? {listed}" if near else listed


# -- which form stands where --------------------------------------------------------------------------------


def _fields(form: Any) -> tuple[tuple[str, Any], ...]:
    """List the fields of a form with their types, under the name they have in a file."""
    hints = get_type_hints(form, include_extras=True)
    found = []
    for each in fields(form):
        info = each.default
        alias = info.alias if isinstance(info, FieldInfo) else None
        found.append((alias or each.name, hints[each.name]))
    return tuple(found)


def _forms(hint: Any) -> Iterator[Any]:
    """Look through annotations and alternatives to the types themselves."""
    origin = get_origin(hint)
    if origin is Annotated:
        yield from _forms(get_args(hint)[0])
    elif origin in (Union, UnionType):
        for option in get_args(hint):
            yield from _forms(option)
    elif origin is not Literal:
        yield hint


def _step(hint: Any, step: str | int) -> Iterator[Any]:
    """Give the types one step further along a path."""
    for form in _forms(hint):
        if isinstance(step, int) and get_origin(form) is tuple:
            yield get_args(form)[0]
        elif isinstance(step, str) and get_origin(form) is dict:
            yield get_args(form)[1]
        elif isinstance(step, str) and is_dataclass(form):
            yield from (inner for written, inner in _fields(form) if written == step)
