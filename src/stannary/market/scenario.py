"""What may happen to a market: a story told as dated events, as an article of the charter is told as rules.

A scenario names economies by alpha-3 code, by a set of the charter (``parties``), or by one of the words
``everyone``, ``insiders``, ``outsiders`` (of the zone, on the day). It names goods by product, stage or
mineral; none of the three means all goods of the market. Both days of an event are inclusive; an event
without `to` is permanent.
"""

from __future__ import annotations

from dataclasses import dataclass as plain_dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from stannary.charter.citation import LAW, Amount, Citation, Day, Name, Sourced, Text
from stannary.charter.scope import Stage
from stannary.errors import Place

__all__ = [
    "EVENTS", "WORDS", "Compliance", "Demand", "Dump", "Event", "ExportBan", "ExportLicence", "ExportQuota",
    "Floors", "Happening", "LaxMember", "LeadTime", "Leak", "MarkUp", "Membership", "OfGoods", "Probability",
    "Project", "QuotaPart", "Response", "Retaliation", "Scenario", "ScenarioText", "Stockpile", "SupplyLoss",
    "Support", "Tariff",
]  # fmt: skip

WORDS = ("everyone", "insiders", "outsiders")
"""Words that stand for economies: all, those inside the zone on the day, those outside it."""

Economies = tuple[Text, ...]
Share = Annotated[Amount, Field(ge=0, le=1)]
EVERYONE: Economies = ("everyone",)
ONE = Decimal(1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Probability(Sourced):
    """How likely the scenario is to begin by a day, as a share of 1."""

    value: Share
    by: Day


@dataclass(frozen=True, kw_only=True, config=LAW)
class Happening(Sourced):
    """Something that happens from a day to a day, both inclusive; without `to`, for good."""

    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")


@dataclass(frozen=True, kw_only=True, config=LAW)
class OfGoods(Happening):
    """Something that happens to goods: of these products, stages and minerals (none named: to all)."""

    products: tuple[Name, ...] = ()
    stages: tuple[Stage, ...] = ()
    minerals: tuple[Name, ...] = ()


@dataclass(frozen=True, kw_only=True, config=LAW)
class ExportBan(OfGoods):
    """Nothing of these goods is sold by some economies to others."""

    kind: Literal["export_ban"] = "export_ban"
    by: Economies = Field(min_length=1)
    against: Economies = EVERYONE


@dataclass(frozen=True, kw_only=True, config=LAW)
class QuotaPart:
    """One destination's part of an export quota."""

    against: Economies = Field(min_length=1)
    share: Share


@dataclass(frozen=True, kw_only=True, config=LAW)
class ExportQuota(OfGoods):
    """Exports are at most a share of the base year's, or tonnes a year; `split` by destination sums to 1."""

    kind: Literal["export_quota"] = "export_quota"
    by: Economies = Field(min_length=1)
    against: Economies = EVERYONE
    share: Amount | None = Field(default=None, ge=0)
    tonnes_a_year: Amount | None = Field(default=None, ge=0)
    split: tuple[QuotaPart, ...] = ()


@dataclass(frozen=True, kw_only=True, config=LAW)
class ExportLicence(OfGoods):
    """Only a share of the normal volume is licensed, at an extra cost a tonne."""

    kind: Literal["export_licence"] = "export_licence"
    by: Economies = Field(min_length=1)
    against: Economies = EVERYONE
    let_through: Share
    cost_usd_per_t: Amount = Field(default=Decimal(0), ge=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Dump(OfGoods):
    """Goods are sold abroad below their price at home, by this share of it."""

    kind: Literal["dump"] = "dump"
    by: Economies = Field(min_length=1)
    against: Economies = EVERYONE
    price_cut: Amount = Field(gt=0, lt=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class MarkUp(OfGoods):
    """Goods are sold abroad above their price at home, by this share of it."""

    kind: Literal["mark_up"] = "mark_up"
    by: Economies = Field(min_length=1)
    against: Economies = EVERYONE
    mark_up: Amount = Field(gt=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class SupplyLoss(OfGoods):
    """Output is lost: a share of the economies' capacity, or contained tonnes a year."""

    kind: Literal["supply_loss"] = "supply_loss"
    by: Economies = Field(min_length=1)
    share: Share | None = None
    tonnes_a_year: Amount | None = Field(default=None, gt=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Project(OfGoods):
    """A mine or plant comes, or is lost: one of the atlas by id, or one described here.

    A described project names one economy, its product and its capacity in contained tonnes a year; of a
    project of the atlas, whatever is not given here is the atlas' own. Of several products the first one
    along the chain of the market is meant.
    """

    kind: Literal["project"] = "project"
    change: Literal["added", "lost"]
    project: Name | None = None
    by: Economies = ()
    tonnes_a_year: Amount | None = Field(default=None, gt=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class LeadTime(OfGoods):
    """New capacity ordered on these days takes so many years."""

    kind: Literal["lead_time"] = "lead_time"
    by: Economies = EVERYONE
    years: Amount = Field(gt=0, le=60)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Membership(Happening):
    """Economies join a set of the charter, leave it, or are suspended from it."""

    kind: Literal["membership"] = "membership"
    by: Economies = Field(min_length=1)
    change: Literal["joins", "leaves", "suspended"]
    set: Name = "parties"


@dataclass(frozen=True, kw_only=True, config=LAW)
class LaxMember(OfGoods):
    """Members collect only a share of the levy that is due at their border."""

    kind: Literal["lax_member"] = "lax_member"
    by: Economies = Field(min_length=1)
    enforced_share: Share


@dataclass(frozen=True, kw_only=True, config=LAW)
class Leak(OfGoods):
    """A way round the levy: another origin for buyers inside the zone, dearer and without the whole levy.

    A tonne costs `cost_usd_per_t` more than by the open way, `rising_cost_usd_per_t2` more with each
    tonne a year, and with the probability `detection` the levy and `penalty_usd_per_t`. `ease` is its
    weight in buyers' choice, as a share of the open way's.
    """

    kind: Literal["leak"] = "leak"
    by: Economies = Field(min_length=1)
    against: Economies = ("insiders",)
    channel: Literal["transshipment", "misdeclared_stage", "embedding", "over_invoicing", "scrap"]
    cost_usd_per_t: Amount = Field(ge=0)
    rising_cost_usd_per_t2: Amount = Field(default=Decimal(0), ge=0)
    tonnes_a_year: Amount | None = Field(default=None, gt=0)
    detection: Share = Decimal(0)
    penalty_usd_per_t: Amount = Field(default=Decimal(0), ge=0)
    ease: Amount = Field(default=Decimal("0.05"), gt=0, le=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Compliance(Happening):
    """Spending on enforcement changes: an undetected share u of a leak becomes ``u ** effort``."""

    kind: Literal["compliance"] = "compliance"
    effort: Amount = Field(ge=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Floors(OfGoods):
    """Which floors are in force: none, the charter's, only those of these goods, or one at every stage.

    `every` gives each good of the chain a floor at `factor` of its reference price (of the market's price
    of the base year where the charter publishes none); with the others `factor` scales the charter's.
    """

    kind: Literal["floors"] = "floors"
    use: Literal["none", "charter", "only", "every"]
    factor: Amount = Field(default=ONE, gt=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Support(OfGoods):
    """What treasuries pay: nothing, what the charter says, or `share` of the gap below `strike_usd_per_t`.

    With `two_way` producers pay the same share of the excess back.
    """

    kind: Literal["support"] = "support"
    use: Literal["none", "charter", "gap", "two_way"]
    by: Economies = ("insiders",)
    strike_usd_per_t: Amount | None = Field(default=None, gt=0)
    share: Share = ONE
    tonnes_a_year: Amount | None = Field(default=None, gt=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Stockpile(OfGoods):
    """A public stock: none, the charter's, or one that buys below a price and sells above another."""

    kind: Literal["stockpile"] = "stockpile"
    use: Literal["none", "charter", "bands"]
    by: Economies = ("insiders",)
    buy_below_usd_per_t: Amount | None = Field(default=None, gt=0)
    sell_above_usd_per_t: Amount | None = Field(default=None, gt=0)
    tonnes: Amount | None = Field(default=None, gt=0)
    cash_usd: Amount | None = Field(default=None, gt=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Tariff(OfGoods):
    """A duty ad valorem of some economies on goods of others, in place of the one in the model."""

    kind: Literal["tariff"] = "tariff"
    by: Economies = Field(min_length=1)
    against: Economies = ("outsiders",)
    rate: Amount = Field(ge=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Retaliation(OfGoods):
    """What some economies do to others once something has happened, and for how long.

    Watched are the goods and the economies acted against. `floor`: a floor is in force. `levy`, `support`,
    `purchases`: levies due, support paid or stock bought pass `above` USD a year. `pipeline`: capacity being
    built passes `above` tonnes a year. `price`: the producers' price passes `above` USD/t. `output_share`:
    the share of those who act in the world's output of the goods falls below `below`.
    """

    kind: Literal["retaliation"] = "retaliation"
    by: Economies = Field(min_length=1)
    against: Economies = ("insiders",)
    trigger: Literal["floor", "levy", "support", "purchases", "pipeline", "price", "output_share"]
    above: Amount | None = Field(default=None, ge=0)
    below: Share | None = None
    response: Literal["ban", "licence", "mark_up"]
    let_through: Share | None = None
    mark_up: Amount | None = Field(default=None, gt=0)
    after_years: Amount = Field(default=Decimal(0), ge=0)
    lasts_years: Amount | None = Field(default=None, gt=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Demand(OfGoods):
    """Final use changes: along a path of the atlas, by yearly growth, or by a factor.

    `path` names the outlook whose total demand the atlas holds (STEPS, APS, NZE); a mineral without one
    grows by `otherwise` a year.
    """

    kind: Literal["demand"] = "demand"
    by: Economies = EVERYONE
    path: Literal["STEPS", "APS", "NZE"] | None = None
    otherwise: Amount | None = Field(default=None, gt=-1)
    growth: Amount | None = Field(default=None, gt=-1)
    factor: Amount | None = Field(default=None, gt=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Response(OfGoods):
    """An elasticity is another one, or so many times the model's own."""

    kind: Literal["response"] = "response"
    by: Economies = EVERYONE
    parameter: Literal["demand_elasticity", "supply_elasticity", "byproduct_elasticity", "sigma"]
    value: Amount | None = Field(default=None, ge=0)
    factor: Amount | None = Field(default=None, ge=0)


Event = Annotated[
    ExportBan | ExportQuota | ExportLicence | Dump | MarkUp | SupplyLoss | Project | LeadTime | Membership
    | LaxMember | Leak | Compliance | Floors | Support | Stockpile | Tariff | Retaliation | Demand | Response,
    Field(discriminator="kind"),
]  # fmt: skip

EVENTS: tuple[type[Happening], ...] = (
    ExportBan, ExportQuota, ExportLicence, Dump, MarkUp, SupplyLoss, Project, LeadTime, Membership, LaxMember,
    Leak, Compliance, Floors, Support, Stockpile, Tariff, Retaliation, Demand, Response,
)  # fmt: skip
"""Every kind of event there is."""


@dataclass(frozen=True, kw_only=True, config=LAW)
class ScenarioText:
    """A scenario as its file says it."""

    id: Name
    title: Text
    story: Text
    probability: Probability | None = None
    minerals: tuple[Name, ...] = Field(min_length=1)
    builds_on: Name | None = None
    compare_with: Name | None = None
    start: Day | None = None
    events: tuple[Event, ...] = ()
    sources: tuple[Citation, ...] = ()
    note: str | None = None


@plain_dataclass(frozen=True, kw_only=True)
class Scenario:
    """A scenario, read and checked: its own words, and all its events, those it builds on first.

    `places` says where each event stands, `file` and `fingerprint` what was read. `start` is the day the
    simulation starts; `None` leaves it to the model's base year.
    """

    text: ScenarioText
    events: tuple[Event, ...]
    places: tuple[Place, ...] = ()
    file: str | None = None
    fingerprint: str = ""

    @property
    def id(self) -> str:
        """Give the scenario's name."""
        return self.text.id

    @property
    def title(self) -> str:
        """Give the title."""
        return self.text.title

    @property
    def minerals(self) -> tuple[str, ...]:
        """Name the minerals it is told for."""
        return self.text.minerals

    @property
    def outcome(self) -> str:
        """Say in a sentence what the scenario is."""
        chance = self.text.probability
        odds = "" if chance is None else f", {chance.value:.0%} likely by {chance.by}"
        told = ", ".join(self.minerals)
        return f"{self.title}. Events: {len(self.events)}; told for {told}{odds}."

    def place(self, index: int) -> Place:
        """Say where an event stands."""
        return self.places[index] if index < len(self.places) else Place(path=f"events[{index}]")
