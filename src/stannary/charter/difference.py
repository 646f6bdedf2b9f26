"""Tell in words and numbers what changed between two charters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from stannary.charter.charter import ARTICLES, Charter
from stannary.charter.membership import SETS, Membership
from stannary.charter.writer import to_data
from stannary.dated import LAST_DAY
from stannary.units import EXACT

__all__ = ["Diff", "Difference", "diff"]

ONE_DAY = timedelta(days=1)
TENTH = Decimal("0.1")
LONGEST = 160
Steps = tuple[str, ...]
Stretch = tuple[date, date, Any, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: where, of what, from which day to which, before and after, and the words for it.

    `path` is that of the charter (``price_floors.ndpr.oxide``). `before` and `after` are numbers for floors,
    prices and rates, else texts; `None` where there was or is nothing. `percent` is the change of a number,
    rounded to a tenth.
    """

    article: str
    path: str
    start: date | None
    end: date | None
    before: Any
    after: Any
    unit: str | None
    percent: Decimal | None
    words: str


@dataclass(frozen=True, slots=True)
class Diff:
    """Everything that changed, article by article."""

    changes: tuple[Difference, ...]

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __str__(self) -> str:
        return "\n".join(each.words for each in self.changes) or "The two charters say the same."

    @property
    def outcome(self) -> str:
        """Say in a sentence how much changed."""
        if not self.changes:
            return "The two charters say the same."
        articles = sorted({each.article for each in self.changes})
        count = len(self.changes)
        return f"{count} change{'s' if count > 1 else ''} in {', '.join(articles)}."

    def rows(self) -> list[dict[str, Any]]:
        """Give the changes as rows, one dictionary each."""
        return [asdict(each) for each in self.changes]


def diff(old: Charter, new: Charter) -> Diff:
    """Tell what changed from one charter to another, in words and numbers.

    Nothing exactly when the two are equal. Floors and memberships are compared as they stand in force, day
    by day; all else as it is written.
    """
    changes = [*_floors(old, new), *_memberships(old.membership, new.membership)]
    told = {each.path for each in changes}
    before, after = old.articles, new.articles
    for name in ARTICLES:
        if before.get(name) == after.get(name):
            continue
        first, second = (to_data(each[name]) if name in each else {} for each in (before, after))
        changes += _written((name,), first, second, told)
    order = list(ARTICLES)
    return Diff(tuple(sorted(changes, key=lambda each: order.index(each.article))))


# -- floors, as they stand in force -------------------------------------------------------------------------


def _floors(old: Charter, new: Charter) -> Iterator[Difference]:
    spells = []
    for charter in (old, new):
        held: dict[str, list[tuple[date, date, Any]]] = {}
        for floor in charter.floors:
            held.setdefault(floor.product, []).append((floor.start, floor.end or LAST_DAY, floor.usd_per_t))
        spells.append(held)
    for product in sorted({*spells[0], *spells[1]}):
        for stretch in _stretches(spells[0].get(product, []), spells[1].get(product, [])):
            path = f"price_floors.{product}"
            yield _number(path, f"floor of {product}", "USD/t", stretch)


def _stretches(old: Iterable[tuple[date, date, Any]], new: Iterable[tuple[date, date, Any]]) -> list[Stretch]:
    """Cut two histories into stretches of days on which they differ, neighbours alike merged."""
    old, new = list(old), list(new)
    cuts = sorted({day for start, end, _ in (*old, *new) for day in (start, _after(end))})
    found: list[Stretch] = []
    for start, following in zip(cuts, [*cuts[1:], None], strict=True):
        end = LAST_DAY if following is None else following - ONE_DAY
        before, after = _on(old, start), _on(new, start)
        if before == after:
            continue
        if found and (found[-1][1] + ONE_DAY, found[-1][2], found[-1][3]) == (start, before, after):
            found[-1] = (found[-1][0], end, before, after)
        else:
            found.append((start, end, before, after))
    return found


def _after(end: date) -> date:
    return end if end == LAST_DAY else end + ONE_DAY


def _on(spells: list[tuple[date, date, Any]], day: date) -> Any:
    return next((value for start, end, value in spells if start <= day <= end), None)


def _number(path: str, label: str, unit: str, stretch: Stretch) -> Difference:
    """Tell the change of a number over some days."""
    start, end, before, after = stretch
    measure = "" if unit.startswith("share") else f" {unit}"
    days = f"from {start}" if end == LAST_DAY else f"from {start} to {end}"
    percent = None
    if before is None:
        words = f"{label} begins at {_plain(after)}{measure} {days}"
    elif after is None:
        words = f"{label} of {_plain(before)}{measure} is no longer in force {days}"
    else:
        verb = "rises" if after > before else "falls"
        words = f"{label} {verb} from {_plain(before)} to {_plain(after)}{measure}"
        if before:
            percent = EXACT.divide((after - before) * 100, before).quantize(TENTH, ROUND_HALF_UP, EXACT)
            words += f" ({percent:+}%)"
        words += f" {days}"
    last = None if end == LAST_DAY else end
    return Difference(path.partition(".")[0], path, start, last, before, after, unit, percent, words)


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# -- memberships, as they stand in force --------------------------------------------------------------------


VERBS: dict[tuple[str | None, str | None], str] = {
    (None, "member"): "joins {}",
    (None, "suspended"): "is suspended from {}",
    ("member", "suspended"): "is suspended from {}",
    ("suspended", "member"): "is a full member again of {}",
    ("member", None): "is no longer in {}",
    ("suspended", None): "is no longer in {}, where it was suspended",
}


def _memberships(old: Membership, new: Membership) -> Iterator[Difference]:
    for name in SETS:
        economies = sorted({spell.economy for each in (old, new) for spell in each.spells(name)})
        for economy in economies:
            histories = [
                [(s.start, s.end or LAST_DAY, s.status) for s in each.spells(name) if s.economy == economy]
                for each in (old, new)
            ]
            for start, end, before, after in _stretches(*histories):
                days = f"from {start}" if end == LAST_DAY else f"from {start} to {end}"
                words = f"{economy} {VERBS[before, after].format(name)} {days}"
                last = None if end == LAST_DAY else end
                path = f"membership.{name}.{economy}"
                yield Difference("membership", path, start, last, before, after, None, None, words)


# -- everything else, as it is written ----------------------------------------------------------------------


def _written(path: Steps, old: Any, new: Any, told: set[str]) -> Iterator[Difference]:
    """Compare two pieces of an article as written; what was told already is passed over."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for field in [*old, *(each for each in new if each not in old)]:
            yield from _written((*path, field), old.get(field), new.get(field), told)
    elif isinstance(old, list) or isinstance(new, list):
        yield from _list(path, old or [], new or [], told)
    else:
        yield _text(path, old, new)


def _list(path: Steps, old: list[Any], new: list[Any], told: set[str]) -> Iterator[Difference]:
    """Compare two lists item by item, by name where their items have one, else as a whole."""
    if all(isinstance(each, dict) and _is_dated_value(each) for each in (*old, *new)):
        yield from _series(path, old, new, told)
        return
    key = next((key for key in NAMES if all(isinstance(i, dict) and key in i for i in (*old, *new))), None)
    if key is None:
        yield from _loose(path, old, new)
        return
    first, second = _grouped(key, old), _grouped(key, new)
    for name in [*first, *(each for each in second if each not in first)]:
        inner = (*path, name)
        before, after = first.get(name, []), second.get(name, [])
        if before == after or (path[0] == "membership" and ".".join(inner) in told):
            continue
        if len(before) == len(after) == 1:
            yield from _written(inner, before[0], after[0], told)
        elif not (path == ("price_floors", "floors") and f"price_floors.{name}" in told):
            yield from _loose(inner, before, after)
    if first.keys() == second.keys() and list(first) != list(second):
        yield _text(path, f"order {', '.join(first)}", f"order {', '.join(second)}")


def _is_dated_value(item: dict[str, Any]) -> bool:
    return "from" in item and "id" not in item and ("value" in item or "rule" in item)


NAMES = ("id", "economy", "product", "origin", "code", "term")
"""Fields by which the items of a list are told apart."""


def _grouped(key: str, items: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        groups.setdefault(str(item[key]), []).append(item)
    return groups


def _loose(path: Steps, old: list[Any], new: list[Any]) -> Iterator[Difference]:
    gone = [each for each in old if each not in new]
    come = [each for each in new if each not in old]
    yield from (_text(path, each, None) for each in gone)
    yield from (_text(path, None, each) for each in come)
    if not gone and not come:
        yield _text(path, f"order {_brief(old)}", f"order {_brief(new)}")


def _series(path: Steps, old: list[Any], new: list[Any], told: set[str]) -> Iterator[Difference]:
    """Compare the dated values of one thing: as numbers in force, and where those agree, as written."""
    short = _short(path[:-1])
    if short in told:
        return
    if all("value" in each for each in (*old, *new)):
        unit = str((new or old)[-1].get("unit", ""))
        stretches = _stretches(_spells(old), _spells(new))
        label = LABELS.get(path[0], "{}").format(path[-2] if len(path) > 2 else ".".join(path))
        yield from (_number(short, label, unit, stretch) for stretch in stretches)
        if stretches:
            return
    yield from _loose(path, old, new)


LABELS = {
    "reference_prices": "reference price of {}",
    "rules_of_origin": "share of the adjustment paid by {} origin",
}


def _spells(values: list[dict[str, Any]]) -> list[tuple[date, date, Any]]:
    read = sorted(
        (date.fromisoformat(each["from"]), each.get("to"), Decimal(each["value"])) for each in values
    )
    spells = []
    for index, (start, end, value) in enumerate(read):
        following = read[index + 1][0] - ONE_DAY if index + 1 < len(read) else LAST_DAY
        spells.append((start, date.fromisoformat(end) if end else following, value))
    return spells


def _short(path: Steps) -> str:
    """Write a path as an amendment does: an article of one list is known by the names in it."""
    if path[:2] in (("price_floors", "floors"), ("reference_prices", "prices")):
        path = (path[0], *path[2:])
    return ".".join(path)


def _text(path: Steps, old: Any, new: Any) -> Difference:
    """Tell a change of words, or of a thing as a whole."""
    where = _short(path)
    before, after = (None if each is None else _brief(each) for each in (old, new))
    start = next((each.get("from") for each in (new, old) if isinstance(each, dict) and "from" in each), None)
    if before is None:
        words = f"{where} is added: {after}"
    elif after is None:
        words = f"{where} is removed: {before}"
    else:
        words = f"{where} changes from {before} to {after}"
    day = date.fromisoformat(start) if start else None
    return Difference(path[0], where, day, None, before, after, None, None, words)


def _brief(value: Any) -> str:
    """Give a piece of an article in one short line."""
    if isinstance(value, dict):
        text = ", ".join(f"{key} {_brief(inner)}" for key, inner in value.items())
    elif isinstance(value, list):
        text = "; ".join(map(_brief, value))
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
