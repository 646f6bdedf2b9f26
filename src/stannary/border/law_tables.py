"""The charter compiled, once per run, to small tables that both readings look things up in.

A *segment* is a stretch of days on which everything the charter says of one product stays the same:
floor, reference price, duty rule, test of origin. A few thousand rows hold the whole charter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import overload

from stannary.atlas.atlas import Atlas
from stannary.border.codes import ORIGIN_NAMES
from stannary.charter.border_adjustment import RuleInForce
from stannary.charter.charter import Charter
from stannary.charter.citation import history
from stannary.charter.membership import Membership
from stannary.charter.price_floors import FloorInForce
from stannary.charter.rules_of_origin import OriginTest
from stannary.charter.scope import Product, TariffLine
from stannary.dated import LAST_DAY
from stannary.units import EVERYDAY_NAMES, EXACT, MASS_UNITS

__all__ = ["Claim", "LawTables", "Segment", "compile_law"]

ONE_DAY = timedelta(days=1)
CODE_OK, CODE_AMBIGUOUS, CODE_MISMATCH, CODE_UNREADABLE = range(4)
UNKNOWN_MARKS = ("", "UN", "UNKNOWN", "N/A", "XX", "ZZ", "XOT", "WLD")
"""What stands for an economy that is not known (CBP uses UN; trade tables use XOT and WLD)."""
RATE_LIFE = timedelta(days=10)
"""A published exchange rate stands until the next one, at most this long (weekends, holidays)."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Days on which all the charter says of one product stays the same (both ends inclusive)."""

    index: int
    product: int
    start: date
    end: date
    floor_row: int | None
    floor: Decimal | None
    reference: Decimal | None
    rule: int | None
    test: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """What the scope makes of one tariff code (with the product declared) on a day."""

    status: int
    product: int | None = None
    contained_share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LawTables:
    """The compiled charter."""

    charter: Charter
    products: tuple[Product, ...]
    rules: tuple[RuleInForce, ...]
    tests: tuple[OriginTest, ...]
    floors: tuple[FloorInForce, ...]
    segments: tuple[Segment, ...]
    codes: dict[str, tuple[tuple[TariffLine, int], ...]]
    code_days: tuple[date, ...]
    """Days on which what is under some code changes."""
    standings: tuple[tuple[date, date, dict[str, int]], ...]
    """How the charter looks on each economy (a code of ORIGIN_NAMES), by every spelling, from day to day."""
    shares: dict[str, tuple[tuple[date, date, Decimal], ...]]
    de_minimis: tuple[tuple[date, date, Decimal], ...]
    units: dict[str, Decimal]
    quantity_limits: dict[str, Decimal]
    spellings: dict[str, str]
    rates: tuple[tuple[str, date, date, Decimal], ...]

    @property
    def first_day(self) -> date:
        """Give the first day the charter is in force."""
        return self.charter.citation.in_force_from

    @property
    def last_day(self) -> date:
        """Give the last day the charter is in force."""
        return self.charter.citation.in_force_to or LAST_DAY

    @property
    def settled_from(self) -> date:
        """Give the day from which nothing changes any more: later days read as this one."""
        changes = [segment.start for segment in self.segments]
        changes += [segment.end + ONE_DAY for segment in self.segments if segment.end < LAST_DAY]
        return max([*changes, self.first_day])

    @property
    def share_decimals(self) -> int:
        """Give the most decimals of any share of the adjustment that an origin pays."""
        shares = [share for stretches in self.shares.values() for _, _, share in stretches]
        return max((decimals_of(share) for share in shares), default=0)

    def claim(self, tariff_code: str, product: str | None, on: date | None) -> Claim | None:
        """Say what the scope makes of a code: `None` when nothing under it is covered.

        The longest code in the scope that begins the declared one decides.
        """
        digits = re.sub(r"[.\s]", "", tariff_code)
        if not re.fullmatch(r"[0-9]{4,12}", digits):
            return Claim(CODE_UNREADABLE)
        for length in range(min(len(digits), 10), 3, -1):
            lines = [
                (line, index)
                for line, index in self.codes.get(digits[:length], ())
                if on is None or ((line.start or date.min) <= on <= (line.end or date.max))
            ]
            if lines:
                return self._chosen(lines, product)
        return None

    def _chosen(self, lines: list[tuple[TariffLine, int]], product: str | None) -> Claim:
        if not product:
            if len({index for _, index in lines}) > 1:
                return Claim(CODE_AMBIGUOUS)
            return Claim(CODE_OK, lines[0][1], held(lines[0][0].contained_share, SHARE_DECIMALS))
        for line, index in lines:
            if self.products[index].id == product:
                return Claim(CODE_OK, index, held(line.contained_share, SHARE_DECIMALS))
        return Claim(CODE_MISMATCH)


def compile_law(charter: Charter, atlas: Atlas) -> LawTables:
    """Compile a charter, with the atlas' economies and exchange rates, to lookup tables.

    The last few are kept: asking again with the same two objects costs nothing.
    """
    return _compiled(_Pair(charter, atlas))


class _Pair:
    """A charter and an atlas, the same only as the very same objects (comparing them would cost more)."""

    __slots__ = ("atlas", "charter")

    def __init__(self, charter: Charter, atlas: Atlas) -> None:
        self.charter = charter
        self.atlas = atlas

    def __hash__(self) -> int:
        return hash((id(self.charter), id(self.atlas)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pair) and self.charter is other.charter and self.atlas is other.atlas


@lru_cache(maxsize=4)
def _compiled(pair: _Pair) -> LawTables:
    charter, atlas = pair.charter, pair.atlas
    products = charter.scope.products
    codes: dict[str, list[tuple[TariffLine, int]]] = {}
    for index, product in enumerate(products):
        for line in product.codes:
            codes.setdefault(line.code, []).append((line, index))
    spellings = _spellings(atlas)
    return LawTables(
        charter=charter,
        products=products,
        rules=charter.border_adjustment.rules,
        tests=charter.rules_of_origin.tests,
        floors=charter.floors,
        segments=_segments(charter),
        codes={code: tuple(lines) for code, lines in codes.items()},
        code_days=tuple(sorted(_code_days(codes))),
        standings=_standings(charter.membership, spellings),
        shares=_shares(charter),
        de_minimis=tuple(
            (s.start, s.last_day, held(s.value.value, PRICE_DECIMALS))
            for s in history(charter.exemptions.de_minimis)
        ),
        units=_units(),
        quantity_limits={
            unit: (charter.border_adjustment.valuation.absurd_quantity_t / factor).quantize(Decimal(1))
            for unit, factor in _units().items()
        },
        spellings=spellings,
        rates=_rates(atlas),
    )


def _segments(charter: Charter) -> tuple[Segment, ...]:
    rules = charter.border_adjustment.rules
    tests = charter.rules_of_origin.tests
    found: list[Segment] = []
    for index, product in enumerate(charter.scope.products):
        floor_of = product.id if charter.price_floors.floor(product.id) else product.content_of or product.id
        floors = [(row, floor) for row, floor in enumerate(charter.floors) if floor.product == floor_of]
        reference = charter.reference_prices.price(product.id)
        prices = list(reference.history()) if reference else []
        spans: list[tuple[date, date | None]] = [(floor.start, floor.end) for _, floor in floors]
        spans += [(spell.start, spell.end) for spell in prices]
        spans += [(rule.start, rule.end) for rule in rules]
        spans += [(test.start, test.end) for test in tests]
        for start, end in _stretches(spans, charter.citation.in_force_from):
            row, floor = next(
                ((r, f) for r, f in floors if f.start <= start <= (f.end or LAST_DAY)), (None, None)
            )
            rule = charter.border_adjustment.rule_for(product.id, start)
            test = charter.rules_of_origin.test_for(product.id, start)
            found.append(
                Segment(
                    len(found), index, start, end, row,
                    floor.usd_per_t if floor else None,
                    held(next((s.value.value for s in prices if s.holds(start)), None), PRICE_DECIMALS),
                    rules.index(rule) if rule else None,
                    tests.index(test) if test else None,
                )
            )  # fmt: skip
    return tuple(found)


def _stretches(spans: Iterable[tuple[date, date | None]], first: date) -> list[tuple[date, date]]:
    """Cut the days from `first` on wherever a span starts or has ended."""
    cuts = {first}
    for start, end in spans:
        cuts.add(max(start, first))
        if end is not None and end < LAST_DAY and end >= first:
            cuts.add(end + ONE_DAY)
    days = sorted(cuts)
    return [
        (day, LAST_DAY if following is None else following - ONE_DAY)
        for day, following in zip(days, [*days[1:], None], strict=True)
    ]


def _code_days(codes: dict[str, list[tuple[TariffLine, int]]]) -> set[date]:
    days = set()
    for lines in codes.values():
        for line, _ in lines:
            if line.start:
                days.add(line.start)
            if line.end:
                days.add(line.end + ONE_DAY)
    return days


def _standings(
    membership: Membership, spellings: dict[str, str]
) -> tuple[tuple[date, date, dict[str, int]], ...]:
    """Give how the charter looks on each economy, by every spelling, on each stretch of days.

    Covered comes before party, party before developing; any other economy that the atlas knows is neutral.
    """
    sets = (("developing_economies", "developing"), ("parties", "zone"), ("covered_economies", "covered"))
    spans = [(spell.start, spell.end) for name, _ in sets for spell in membership.spells(name)]
    found: list[tuple[date, date, dict[str, int]]] = []
    for start, end in _stretches(spans, date(1900, 1, 1)):
        standing = dict.fromkeys(spellings.values(), ORIGIN_NAMES.index("neutral"))
        for name, origin in sets:
            standing |= dict.fromkeys(membership.members(name, start), ORIGIN_NAMES.index(origin))
        names = standing | {name: standing[economy] for name, economy in spellings.items()}
        if found and found[-1][2] == names:
            found[-1] = (found[-1][0], end, names)
        else:
            found.append((start, end, names))
    return tuple(found)


def _shares(charter: Charter) -> dict[str, tuple[tuple[date, date, Decimal], ...]]:
    """Give, per origin, the dated share of the adjustment it pays; unknown pays the largest."""
    rules = charter.rules_of_origin
    spans = [(s.start, s.end) for rate in rules.rates for s in history(rate.shares)]
    stretches = _stretches(spans, charter.citation.in_force_from)
    found = {}
    for origin in ("zone", "developing", "neutral", "covered", "unknown"):
        shares = ((start, end, rules.share(origin, start)) for start, end in stretches)
        found[origin] = tuple(
            (start, end, held(share, SHARE_DECIMALS)) for start, end, share in shares if share is not None
        )
    return found


def _units() -> dict[str, Decimal]:
    units = {code: factor for code, (factor, _) in MASS_UNITS.items()}
    for name, code in EVERYDAY_NAMES.items():
        units[name] = MASS_UNITS[code][0]
    variants = {
        form(name): factor for name, factor in units.items() for form in (str.upper, str.lower, str.title)
    }
    return variants | units


def _spellings(atlas: Atlas) -> dict[str, str]:
    """Map every accepted spelling of an economy (alpha-3, alpha-2, either case) to its alpha-3 code."""
    spellings = {}
    for economy in atlas.economies:
        for code in (economy.id, economy.alpha_2):
            if code and code.upper() not in UNKNOWN_MARKS:
                spellings[code.upper()] = economy.id
                spellings[code.lower()] = economy.id
    return spellings


def _rates(atlas: Atlas) -> tuple[tuple[str, date, date, Decimal], ...]:
    """Give each exchange rate with its days: until the next one, at most `RATE_LIFE`."""
    by_currency: dict[str, list[tuple[date, Decimal]]] = {}
    for rate in atlas.exchange_rates:
        by_currency.setdefault(rate.currency, []).append((rate.day, held(rate.usd_per_unit, RATE_DECIMALS)))
    found = []
    for currency, rates in by_currency.items():
        ordered = sorted(rates)
        for (day, value), following in zip(ordered, [*ordered[1:], None], strict=True):
            last = day + RATE_LIFE - ONE_DAY
            end = last if following is None else min(last, following[0] - ONE_DAY)
            found.append((currency, day, end, value))
    return tuple(found)


SHARE_DECIMALS, PRICE_DECIMALS, RATE_DECIMALS = 6, 4, 10
"""Decimals to which the numbers of the law and of the atlas are read, in every reading alike."""


@overload
def held(number: Decimal, decimals: int) -> Decimal: ...
@overload
def held(number: None, decimals: int) -> None: ...
@overload
def held(number: Decimal | None, decimals: int) -> Decimal | None: ...
def held(number: Decimal | None, decimals: int) -> Decimal | None:
    """Give a number as the tables hold it: rounded half away from zero where it has more decimals."""
    if number is None or decimals_of(number) <= decimals:
        return number
    return number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=EXACT)


def decimals_of(number: Decimal) -> int:
    """Give the decimals a number has, without trailing zeros."""
    return max(0, -int(number.normalize().as_tuple().exponent))
