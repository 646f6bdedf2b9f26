"""Amend a charter: a set of dated, cited changes in, the charter as amended out.

Nothing is overwritten. A new value stands below the old one, which ends the day before; a change to a value
that already begins on that day is refused, and so is a change to something that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from stannary.charter.charter import ARTICLES, Charter
from stannary.charter.checks import check
from stannary.charter.citation import LAW, Amount, Day, Name, Sourced, Text
from stannary.charter.document import read_document, tree_of
from stannary.charter.faults import faults, forms_at
from stannary.charter.provisions import Provision, find_list, find_provision
from stannary.charter.reader import validated
from stannary.charter.writer import fingerprint_of, to_data
from stannary.errors import CharterError, Place, Problem, refuse

__all__ = ["AddItem", "Amendment", "EndItem", "SetValue", "amend", "open_amendment"]

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class SetValue(Sourced):
    """Give something a new value from a day on: a floor, a reference price, a rate, a limit.

    `path` reads ``price_floors.ndpr.oxide`` or ``rules_of_origin.rates.developing``. A floor takes a `rule`,
    or a `value` for a fixed amount. `unit` is that of the earlier values where it is left out.
    """

    kind: Literal["set"] = "set"
    path: Text
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    value: Amount | None = None
    rule: dict[str, Any] | None = None
    unit: Text | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> SetValue:
        if (self.value is None) == (self.rule is None):
            raise ValueError("a change of value needs either `value:` or `rule:`")
        return self


@dataclass(frozen=True, kw_only=True, config=LAW)
class AddItem(Sourced):
    """Add an item to a list: a spell of membership, a product, a rule, a relief, a source.

    `path` reads ``membership.parties`` or ``border_adjustment.rules``. An item without a source takes this
    change's own. An open spell or rule for the same economy or products ends the day before.
    """

    kind: Literal["add"] = "add"
    path: Text
    item: dict[str, Any]


@dataclass(frozen=True, kw_only=True, config=LAW)
class EndItem(Sourced):
    """End what is in force: `on` is its last day. `path` reads ``membership.parties.AUS``."""

    kind: Literal["end"] = "end"
    path: Text
    on: Day


Change = Annotated[SetValue | AddItem | EndItem, Field(discriminator="kind")]


@dataclass(frozen=True, kw_only=True, config=LAW)
class Amendment:
    """A set of changes that are made together or not at all."""

    id: Name
    title: Text
    changes: tuple[Change, ...] = Field(min_length=1)
    note: str | None = None


def amend(charter: Charter, amendment: Amendment | Mapping[str, Any]) -> Charter:
    """Give the charter as amended; the charter given is left as it is.

    Instead of an `Amendment`, a mapping from path to change may be given, for what-if questions:
    ``{"price_floors.ndpr.oxide": {"2027-01-01": 120000}}``. Raises `CharterError` with every problem:
    STN-CHARTER-016 where an earlier value would be overwritten, 017 where nothing of that name is there,
    and whatever makes the amended charter bad law.
    """
    if not isinstance(amendment, Amendment):
        amendment = _from_mapping(amendment)
    data = {name: to_data(article) for name, article in charter.articles.items()}
    problems: list[Problem] = []
    touched: set[str] = set()
    for index, change in enumerate(amendment.changes):
        place = Place(path=f"{amendment.id}.changes[{index}]")
        problems += _apply(data, change, place)
        touched.add(change.path.partition(".")[0])
    refuse(CharterError, problems)
    articles: dict[str, Any] = {}
    for name in sorted(touched):
        articles[name], found = validated(ARTICLES[name], tree_of(data[name]), name)
        problems += [replace(each, place=Place(path=each.place.path)) for each in found]
    refuse(CharterError, problems)
    amended = replace(charter, **articles, folder=None, documents={}, fingerprint="")
    refuse(CharterError, check(amended))
    return replace(amended, fingerprint=fingerprint_of(amended))


def open_amendment(path: Path | str) -> Amendment:
    """Read an amendment from a YAML file, or refuse it with every problem found (`CharterError`)."""
    path = Path(path)
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        remedy = "Name the YAML file that holds the amendment."
        raise CharterError([Problem("STN-CHARTER-001", f"the amendment {what}.", remedy, Place(str(path)))])
    root, problems = read_document(path, path.name)
    refuse(CharterError, problems)
    if root is None:
        raise CharterError([Problem("STN-CHARTER-002", "the file is empty.", "", Place(path.name))])
    amendment, problems = validated(Amendment, root, path.name.removesuffix(".yaml"))
    refuse(CharterError, problems)
    read: Amendment = amendment
    return read


def _from_mapping(mapping: Mapping[str, Any]) -> Amendment:
    """Read the short form: path to a change of value, or to its dated values."""
    changes = []
    for path, change in mapping.items():
        if isinstance(change, Mapping) and ("from" in change or "start" in change):
            changes.append({"path": path, **change})
            continue
        dated = change if isinstance(change, Mapping) else {}
        for day, value in dated.items():
            reason = "a what-if; no source was given"
            changes.append({"path": path, "from": str(day), "value": to_data(value), "assumed": reason})
        if not dated:
            message = f"{path} is given no day from which the change holds."
            remedy = 'Write {"' + path + '": {"2027-01-01": value}}.'
            raise CharterError([Problem("STN-CHARTER-003", message, remedy, Place(path=path))])
    data = {
        "id": "mapping",
        "title": "Changes given as a mapping",
        "changes": [{"kind": "set", **change} for change in changes],
    }
    try:
        return TypeAdapter(Amendment).validate_python(data)
    except ValidationError as error:
        found = faults(Amendment, tree_of(data), "amendment", error)
        raise CharterError(replace(each, place=Place(path=each.place.path)) for each in found) from None


# -- making one change -----------------------------------------------------------------------------------


def _apply(data: dict[str, Any], change: Any, place: Place) -> list[Problem]:
    """Make one change to the articles as data; the problems where it cannot be made."""
    article = change.path.partition(".")[0]
    if article not in ARTICLES:
        return [_not_there(change.path, f"articles are {', '.join(ARTICLES)}.", place)]
    if isinstance(change, AddItem):
        return _add(data, change, place)
    provision = find_provision(data, change.path)
    if provision is None:
        return [_not_there(change.path, "name something the charter holds, or `add` it.", place)]
    if isinstance(change, EndItem):
        return _end(provision, change, place)
    return _set(provision, change, place)


def _set(provision: Provision, change: SetValue, place: Place) -> list[Problem]:
    if not provision.is_series:
        return [_not_there(change.path, "it has no dated values to set; `end` it and `add` another.", place)]
    values = provision.entries
    start = change.start.isoformat()
    if any(value["from"] == start for value in values):
        return [_overwritten(f"{change.path} already has a value from {start}.", place)]
    new: dict[str, Any] = _where_from(change)
    new["from"] = start
    if change.end is not None:
        new["to"] = change.end.isoformat()
    if change.path.startswith("price_floors."):
        new["rule"] = (
            {"kind": "fixed", "amount": to_data(change.value)}
            if change.rule is None
            else to_data(change.rule)
        )
    elif change.value is None:
        return [_not_there(change.path, "only floors have rules; write `value:`.", place)]
    else:
        new |= {"value": to_data(change.value), "unit": change.unit or _unit(values)}
    for value in values:
        if value["from"] < start <= value.get("to", ""):
            value["to"] = (change.start - ONE_DAY).isoformat()
    values.append(new)
    values.sort(key=lambda value: str(value["from"]))
    return []


def _unit(values: list[dict[str, Any]]) -> str:
    return str(values[-1]["unit"]) if values else ""


def _add(data: dict[str, Any], change: AddItem, place: Place) -> list[Problem]:
    found = find_list(data, change.path)
    if found is None:
        return [_not_there(change.path, "name a list of an article, such as membership.parties.", place)]
    article, steps, items = found
    item = to_data(change.item)
    forms = forms_at(ARTICLES[article], (*steps, 0))
    if forms and all(issubclass(form, Sourced) for form in forms) and not {"source", "assumed"} & set(item):
        item |= _where_from(change)
    key = SAME.get(change.path) or SAME.get(f"{article}.{steps[0]}")
    start = item.get("from")
    if key is not None and isinstance(start, str):
        for earlier in items:
            same = earlier.get(key, []) == item.get(key, [])
            if same and earlier["from"] == start:
                return [_overwritten(f"{change.path} already holds one from {start}.", place)]
            if same and earlier["from"] < start and "to" not in earlier:
                earlier["to"] = _day_before(start)
    items.append(item)
    return []


SAME = {
    **{f"membership.{name}": "economy" for name in (
        "forum_participants", "bilateral_signatories", "pax_silica_signatories", "parties",
        "covered_economies", "developing_economies",
    )},
    "border_adjustment.rules": "products",
    "rules_of_origin.tests": "products",
    "stockpile_mandate.bands": "products",
    "stockpile_mandate.targets": "product",
}  # fmt: skip
"""Lists whose items say their own end, and by what two of them are of the same thing."""


def _end(provision: Provision, change: EndItem, place: Place) -> list[Problem]:
    last = change.on.isoformat()
    for entry in provision.entries:
        if "from" in entry and entry["from"] <= last and last < entry.get("to", "9999-12-31"):
            later = [each["from"] for each in provision.entries if entry["from"] < each["from"] <= last]
            if later:
                continue
            if "to" in entry:
                return [_overwritten(f"{change.path} already ends on {entry['to']}.", place)]
            entry["to"] = last
            return []
    return [_not_there(change.path, f"nothing of it is in force on {last} that could end.", place)]


def _where_from(change: Sourced) -> dict[str, Any]:
    """Give the words that say where a change comes from."""
    words = {name: getattr(change, name) for name in ("source", "assumed", "locator", "derivation", "note")}
    return {name: text for name, text in words.items() if text is not None}


def _day_before(day: str) -> str:
    try:
        return (date.fromisoformat(day) - ONE_DAY).isoformat()
    except ValueError:
        return day  # the day's form is refused, with its place, when the article is read


def _not_there(path: str, remedy: str, place: Place) -> Problem:
    message = f"{path} cannot be changed: the charter holds nothing of that name to change so."
    return Problem("STN-CHARTER-017", message, remedy[:1].upper() + remedy[1:], place)


def _overwritten(message: str, place: Place) -> Problem:
    return Problem("STN-CHARTER-016", message, "A value is never overwritten: choose a later day.", place)
