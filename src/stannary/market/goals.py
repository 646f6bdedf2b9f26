"""Goals of a design as small values, read from the words in which people say them.

``share CHN of gallium.metal <= 50% by 2035 with 95%`` is a measure, a limit, the year from which it must hold
and how likely it must be. Measures are

- ``share X``: of what the zone's users buy, the part made in region X; ``share any`` is the largest of one
  outside region, ``share outside`` that of all of them;
- ``made``: what the zone makes, as a share of what its users buy;
- ``price``: what the zone's users pay on average, USD per contained tonne.

Without ``of PRODUCT`` a share or ``made`` is that of the worst stage of the chain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from stannary.errors import MarketError, Place, Problem, refuse
from stannary.market.baseline import baseline
from stannary.market.layout import Layout
from stannary.market.model import Model
from stannary.market.period import Kept

__all__ = ["Aim", "Goal", "Kind", "Level", "aim", "read_goal", "read_measure"]

Kind = Literal["share", "made", "price"]
KINDS: tuple[Kind, ...] = ("share", "made", "price")
EXAMPLE = "For example: share CHN of gallium.metal <= 50% by 2035 with 95%"
LONGEST = 300
"""Characters of a goal: more is not a goal."""
LEAST_USE = 1e-9
"""Tonnes under which nothing is bought, and no share exists."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A measure of a market's safety, its limit, the year from which it holds, and how likely.

    `supplier` is a region, ``any`` or ``outside`` (shares only); `product` ``None`` is the worst stage.
    `limit` is a share of 1, or USD/t; `probability` a share of 1.
    """

    kind: Kind
    supplier: str | None = None
    product: str | None = None
    limit: float
    by: int
    probability: float = 0.95

    @property
    def words(self) -> str:
        """Say the goal as it is read."""
        sign = ">=" if self.kind == "made" else "<="
        sure = f"{100.0 * self.probability:.4g}%"
        return f"{self.measured} {sign} {self.told(self.limit)} by {self.by} with {sure}"

    @property
    def measured(self) -> str:
        """Say what is measured."""
        who = f" {self.supplier}" if self.supplier else ""
        return f"{self.kind}{who}" + (f" of {self.product}" if self.product else "")

    def told(self, value: float) -> str:
        """Say a value of the measure, with its unit."""
        return f"{value:,.0f} USD/t" if self.kind == "price" else f"{100.0 * value:.4g}%"

    def is_met(self, levels: np.ndarray) -> np.ndarray:
        """Say of each level whether it meets the goal; one that is missing does not."""
        with np.errstate(invalid="ignore"):
            return np.asarray(levels >= self.limit if self.kind == "made" else levels <= self.limit)

    def with_limit(self, limit: float) -> Goal:
        """Give the same goal with another limit."""
        return replace(self, limit=limit)


# -- reading ------------------------------------------------------------------------------------------------

NUMBER = r"[-+]?(?:\d+(?:[_,]\d{3})*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
LIMIT = re.compile(rf"(<=|≤|>=|≥|at most|at least)\s*({NUMBER})\s*(%|percent|usd/t|usd/kg)?(?!\S)", re.I)
YEAR = re.compile(r"\b(?:by|in|from)\s+(\S+)", re.I)
CHANCE = re.compile(rf"\bwith\s+(?:a\s+)?(?:probability\s+)?(?:of\s+)?({NUMBER})\s*(%|percent)?(?!\S)", re.I)


def read_goal(text: str, *, probability: float | None = None) -> Goal:
    """Read a goal such as ``share CHN of gallium.metal <= 50% by 2035 with 95%``.

    Also reads ``share_from("CHN") <= 0.5 by 2035 with probability 0.95``. Raises `MarketError`
    (STN-DESIGN-001) with everything that is wrong or missing. The probability is 95% unless said.
    """
    problems: list[str] = []
    rest, kind, supplier, product = _measure(text, problems)
    found = LIMIT.search(rest)
    limit = 0.0
    if found is None:
        problems.append("it sets no limit, such as <= 50%")
    else:
        rest = rest.replace(found[0], " ")
        limit = _limit(kind, found[1].lower(), found[2], (found[3] or "").lower(), problems)
    chance = CHANCE.search(rest)
    sure = 0.95 if probability is None else probability
    if chance is not None:
        rest = rest.replace(chance[0], " ")
        sure = _number(chance[1]) / (100.0 if chance[2] else 1.0)
        if not chance[2] and 1.0 < sure < 100.0:
            problems.append(f"a probability of {chance[1]} is above one: write {chance[1]}% or a share of 1")
    if not 0.0 < sure < 1.0:
        problems.append(f"a probability lies between 0 and 1, not at {sure:g}")
    rest, by = _year(rest, problems)
    if kind is not None and rest.split():
        problems.append(f"{' '.join(rest.split())!r} is not understood")
    _refuse(text, problems)
    assert kind is not None
    return Goal(kind=kind, supplier=supplier, product=product, limit=limit, by=by, probability=sure)


def read_measure(text: str) -> Goal:
    """Read a measure alone, such as ``price of gallium.metal in 2035``; its limit is nothing.

    Raises `MarketError` (STN-DESIGN-001) with everything that is wrong or missing.
    """
    problems: list[str] = []
    rest, kind, supplier, product = _measure(text, problems)
    rest, by = _year(rest, problems)
    if kind is not None and rest.split():
        problems.append(f"{' '.join(rest.split())!r} is not understood")
    _refuse(text, problems)
    assert kind is not None
    return Goal(kind=kind, supplier=supplier, product=product, limit=float("nan"), by=by)


def _refuse(text: str, problems: Sequence[str]) -> None:
    shown = text if len(text) <= LONGEST else f"{text[:40]}…"
    place = Place(path="goal")
    refuse(
        MarketError,
        [Problem("STN-DESIGN-001", f"In the goal {shown!r}: {each}.", EXAMPLE, place) for each in problems],
    )


def _measure(text: str, problems: list[str]) -> tuple[str, Kind | None, str | None, str | None]:
    """Read what is measured; give the rest of the text, kind, supplier, product."""
    if len(text) > LONGEST:
        problems.append("it is longer than any goal")
        return "", None, None, None
    plain = " ".join(re.sub(r"[()\"'“”‘’]", " ", text.replace("share_from", "share ")).split())
    words = plain.split()
    head = words[0].lower() if words else ""
    if head not in KINDS:
        near = get_close_matches(head, KINDS, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]}?" if near else ""
        problems.append(
            f"it begins with {head!r}, not with share, made or price{hint}" if head else "it is empty"
        )
        return plain, None, None, None
    kind: Kind = next(each for each in KINDS if each == head)
    words = words[1:]
    supplier = product = None
    if kind == "share":
        if words and not re.match(r"^(of|<|>|≤|≥|at|by|in|with)", words[0], re.I):
            supplier, words = words[0], words[1:]
            supplier = supplier.lower() if supplier.lower() in ("any", "outside") else supplier
        else:
            problems.append("a share is that of a supplier: name a region such as CHN, or any, or outside")
    if words and words[0].lower() == "of":
        if len(words) > 1:
            product, words = words[1], words[2:]
        else:
            problems.append("a product follows the word of")
            words = []
    return " ".join(words), kind, supplier, product


def _limit(kind: Kind | None, sign: str, digits: str, unit: str, problems: list[str]) -> float:
    value = _number(digits)
    at_least = sign in (">=", "≥", "at least")
    if kind is not None and at_least != (kind == "made"):
        problems.append(
            f"{kind} is held {'above' if kind == 'made' else 'below'} a limit, not {sign} {digits}"
        )
    if kind == "price":
        if unit in ("%", "percent"):
            problems.append("a price is in USD/t, not in percent")
        value *= 1000.0 if unit == "usd/kg" else 1.0
        if value <= 0.0:
            problems.append(f"a price is above 0, not {digits}")
    elif kind is not None:
        if unit.startswith("usd"):
            problems.append(f"{kind} is a share, not USD/t")
        if not unit and 1.0 < value <= 100.0:
            problems.append(f"a share of {digits} is above one: write {digits}% or a share of 1")
        value /= 100.0 if unit else 1.0
        most = 10.0 if kind == "made" else 1.0
        if not 0.0 <= value <= most:
            problems.append(f"a limit of {digits}{unit} is outside 0% to {100 * most:.0f}%")
    return value


def _year(rest: str, problems: list[str]) -> tuple[str, int]:
    found = YEAR.search(rest)
    if found is None:
        problems.append("it names no year, such as by 2035")
        return rest, 0
    if not re.fullmatch(r"(?:19|20|21)\d\d", found[1]):
        problems.append(f"{found[1]!r} is not a year")
        return rest.replace(found[0], " "), 0
    return rest.replace(found[0], " "), int(found[1])


def _number(digits: str) -> float:
    return float(digits.replace(",", "").replace("_", ""))


# -- on a market --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Aim:
    """A goal's measure on one market: places of goods (layer, good), of suppliers, and of periods."""

    kind: Kind
    goods: tuple[tuple[int, int], ...]
    suppliers: tuple[int, ...]
    largest: bool
    periods: tuple[int, ...]


def aim(goal: Goal, model: Model, labels: Sequence[str]) -> Aim:
    """Find what a goal is about on a model.

    Raises `MarketError` (STN-DESIGN-001) with all that is not there.
    """
    problems: list[str] = []
    base = baseline(model)
    inside = [place for place, name in enumerate(model.regions) if name in model.zone]
    outside = tuple(place for place in range(len(model.regions)) if place not in inside)
    used = [
        (k, e)
        for k, row in enumerate(model.goods)
        for e, name in enumerate(row)
        if name and base.use[k, e, inside].sum() > LEAST_USE
    ]
    goods = tuple(used)
    known = {name: (k, e) for k, row in enumerate(model.goods) for e, name in enumerate(row) if name}
    if goal.product is not None:
        if goal.product not in known:
            problems.append(_unknown("product", goal.product, known))
        elif known[goal.product] not in used:
            problems.append(f"the zone's users buy no {goal.product}")
        else:
            goods = (known[goal.product],)
    elif goal.kind == "price":
        problems.append(f"a price is that of a product: {', '.join(model.goods[k][e] for k, e in used)}")
    suppliers = outside
    if goal.supplier not in (None, "any", "outside"):
        if goal.supplier in model.regions:
            suppliers = (model.regions.index(goal.supplier),)
        else:
            named = dict.fromkeys((*model.regions, "any", "outside"))
            problems.append(_unknown("region", str(goal.supplier), named))
    periods = tuple(place for place, label in enumerate(labels) if int(label[:4]) >= goal.by)
    if not periods:
        problems.append(f"the simulation ends in {labels[-1][:4]}, before {goal.by}")
    _refuse(goal.words, problems)
    return Aim(goal.kind, goods, suppliers, goal.supplier == "any", periods)


def _unknown(noun: str, name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, list(known), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
    return f"the market has no {noun} {name!r}: {hint}"


@dataclass(frozen=True)
class Level:
    """Reads the worst level of an aim's measure over its goods and periods: ``level``, a scalar.

    `rounding` above 0 puts a smooth maximum (a share of the measure wide, never below the largest) in place
    of the largest, for gradients.
    """

    aim: Aim
    rounding: float = 0.0
    needs_flows: bool = False

    def read(self, layout: Layout, changes: Mapping[str, Array], kept: Kept) -> dict[str, Array]:
        """Give the level, the largest share or price, or the least that is made."""
        record, zone = kept[0], changes["zone"]
        layers = jnp.array([k for k, _ in self.aim.goods])
        goods = jnp.array([e for _, e in self.aim.goods])
        periods = jnp.array(self.aim.periods)
        inside = zone[periods][:, None, :]

        def at(values: Array) -> Array:
            return values[periods][:, layers, goods]

        bought = at(record.sources)
        total = jnp.sum(bought, axis=-1)
        held = jnp.where(total > LEAST_USE, total, 1.0)
        if self.aim.kind == "price":
            tonnes = at(record.use) * inside
            paid = jnp.sum(tonnes * at(record.average_price), -1) / jnp.maximum(tonnes.sum(-1), LEAST_USE)
            return {"level": jnp.exp(self._largest(jnp.log(paid)))}
        if self.aim.kind == "made":
            made = jnp.sum(at(record.output) * inside, axis=-1) / held
            return {"level": -self._largest(-made)}
        share = bought[..., jnp.array(self.aim.suppliers)] / held[..., None]
        share = share if self.aim.largest else jnp.sum(share, axis=-1)
        return {"level": self._largest(share)}

    def _largest(self, values: Array) -> Array:
        if not self.rounding:
            return jnp.max(values)
        smooth: Array = self.rounding * jax.nn.logsumexp(values / self.rounding)
        return smooth
