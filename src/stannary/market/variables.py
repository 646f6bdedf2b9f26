"""What an outlook can hold: the name, axes, unit, basis and meaning of every variable.

Axes letters are those of `economy`: K layer, E good, R region, O origin; draws and periods come before them.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DIMENSIONS", "KEPT", "MEASURES", "Measure"]

DIMENSIONS: dict[str, str] = {"K": "layer", "E": "good", "R": "region", "O": "origin"}
"""The dimension each axis letter stands for; the region of a flow is where it is used."""

TONNES = "contained tonnes a period"
PRICE = "USD per contained tonne"
MONEY = "USD a period"
EX_WORKS = "ex works"
DELIVERED = "delivered, duty paid, average over origins"


@dataclass(frozen=True, slots=True)
class Measure:
    """One variable. `basis` is said of prices only; `adds`: may its periods and regions be summed?"""

    axes: str
    unit: str
    words: str
    basis: str = ""
    adds: bool = False


def _tonnes(words: str, axes: str = "KER") -> Measure:
    return Measure(axes, TONNES, words, adds=True)


def _money(words: str, axes: str = "KER") -> Measure:
    return Measure(axes, MONEY, words, adds=True)


MEASURES: dict[str, Measure] = {
    # prices
    "price": Measure("KER", PRICE, "Price that producers receive", EX_WORKS),
    "average_price": Measure("KER", PRICE, "Price that users pay", DELIVERED),
    "expected_price": Measure("KER", PRICE, "Price that those who build expect", EX_WORKS),
    "floor": Measure("KER", PRICE, "Floor in force", "net, at the frontier"),
    "price_without_floors": Measure("KER", PRICE, "Producers' price without floors", EX_WORKS),
    "border_price": Measure("KEOR", PRICE, "Price at the border", "with freight, before duty"),
    "landed_price": Measure("KEOR", PRICE, "Price where it lands", "delivered, duty paid"),
    # tonnes
    "output": _tonnes("Output, with by-products"),
    "output_without_floors": _tonnes("Output without floors"),
    "sources": _tonnes("Bought by the zone's users, by the region that made it"),
    "use": _tonnes("Use: final use and that of the next layer"),
    "final_use": _tonnes("Final use"),
    "further_use": _tonnes("Use by the next layer"),
    "home": _tonnes("Sold at home"),
    "exports": _tonnes("Sold abroad"),
    "imports": _tonnes("Bought from abroad"),
    "leaked": _tonnes("Bought through leakage channels"),
    "stocked": _tonnes("Put into stocks, less what came out"),
    "offtake": _tonnes("Taken at agreed prices"),
    "composite": _tonnes("Use of a composite that no tonne matches (ordinary CES only)"),
    "losses": _tonnes("Inputs that did not become output", "KR"),
    "mass_gap": _tonnes("What the mass account fails to close by"),
    "flows": _tonnes("Flow from origin to region", "KEOR"),
    # states
    "capacity": Measure("KER", "contained tonnes a period", "Working capacity"),
    "mothballed": Measure("KER", "contained tonnes a period", "Capacity on care and maintenance"),
    "pipeline": Measure("KER", "contained tonnes a period", "Capacity being built"),
    "stock": Measure("KER", "contained tonnes", "Public stock at the end of the period"),
    "storage": Measure("KER", "contained tonnes", "Private stock at the end of the period"),
    "fund": Measure("R", "USD", "What the stock's fund holds"),
    # money of buyers
    "outlay": _money("What users lay out"),
    "to_producers": _money("Of the outlay: to producers"),
    "export_taxes_paid": _money("Of the outlay: export taxes and markups"),
    "freight": _money("Of the outlay: freight"),
    "tariffs": _money("Of the outlay: tariffs"),
    "levies": _money("Of the outlay: the zone's levies, to the treasury"),
    "quota_rents": _money("Of the outlay: rents of quota licences held at home"),
    "quota_rents_abroad": _money("Of the outlay: rents of quotas held abroad"),
    "leak_margins": _money("Of the outlay: what leakage channels keep above the price"),
    "money_gap": _money("What the money account fails to close by"),
    # money of sellers and budgets
    "sales": _money("What producers receive of users"),
    "export_taxes": _money("Export taxes and markups received"),
    "export_rents": _money("Rents of quotas received by the selling side"),
    "support": _money("Support paid to producers"),
    "stock_purchases": _money("Spent on the public stock"),
    "stock_sales": _money("Received for sales of the public stock"),
    "holding_cost": _money("Cost of holding the public stock"),
    "private_stocks": _money("Put into private stocks, less what came out"),
    "offtake_cost": _money("Spent on offtake at agreed prices"),
    "treasury": _money("Budget: taken in less paid out"),
    "stocks": _money("Value put into stocks, less what came out"),
    # gains
    "producers": _money("Producers' surplus"),
    "users": _money("Final users' gain over paying the reference price"),
    "above_cheapest": _money("What users pay above their cheapest source"),
    "floor_levies": _money("Of what floors raise on floored flows: to the treasury"),
    "floor_markups": _money("Of what floors raise on floored flows: to sellers, as taxes and markups"),
    # the chain
    "protection": Measure("KER", "share of value added without floors", "Effective protection"),
}  # fmt: skip
"""Every variable an outlook can hold, by name."""

KEPT = (
    "price", "average_price", "expected_price", "floor", "price_without_floors", "output",
    "output_without_floors", "use", "sources", "final_use", "imports", "exports", "leaked", "stocked",
    "capacity",
    "pipeline", "stock", "outlay", "levies", "tariffs", "support", "treasury", "producers", "users",
    "export_taxes", "export_rents", "quota_rents", "leak_margins", "stocks", "floor_levies", "floor_markups",
    "protection", "border_price", "landed_price", "flows",
)  # fmt: skip
"""What is kept unless all accounts are asked for: what pictures, tables and comparisons need."""
