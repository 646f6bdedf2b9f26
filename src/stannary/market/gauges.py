"""What is read off a path while it is still in the machine, so that thousands of paths fit into memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import jax
import jax.numpy as jnp
from jax import Array

from stannary.market.accounts import Accounts, accounts
from stannary.market.economy import Economy, Form
from stannary.market.equilibrium import Equilibrium
from stannary.market.layout import Layout
from stannary.market.period import Kept
from stannary.market.record import Record

__all__ = ["MONEY", "PRICES_AND_TONNES", "Gauge", "Money", "Recorded", "gains_of"]


class Gauge(Protocol):
    """Reads arrays off a path, by name. It is compared by value: equal gauges share one compilation."""

    @property
    def needs_flows(self) -> bool:
        """Say whether solved markets are read, and not their record alone."""

    def read(self, layout: Layout, changes: Mapping[str, Array], kept: Kept) -> dict[str, Array]:
        """Give what is read, by name; first axis period unless the gauge says otherwise."""

    def __hash__(self) -> int:
        """Give equal gauges one hash."""


PRICES_AND_TONNES = ("price", "average_price", "output", "final_use", "sources", "capacity", "stock")
"""What an ensemble keeps of a path unless more is asked for."""


@dataclass(frozen=True)
class Recorded:
    """Reads fields of the record, ``period layer good region`` or ``period region`` (`record.AXES`)."""

    names: tuple[str, ...] = PRICES_AND_TONNES
    needs_flows: bool = False

    def read(self, layout: Layout, changes: Mapping[str, Array], kept: Kept) -> dict[str, Array]:
        """Give the fields as they were recorded."""
        return {name: getattr(kept[0], name) for name in self.names}


MONEY = ("producers", "users", "treasury", "exporters", "licences", "leakers")
"""Who gains: producers, final users, budgets, and who holds export taxes, licences, and leakage channels."""


@dataclass(frozen=True)
class Money:
    """Reads what each party of each region gains in every period, USD, ``period region``."""

    names: tuple[str, ...] = MONEY
    needs_flows: bool = True

    def read(self, layout: Layout, changes: Mapping[str, Array], kept: Kept) -> dict[str, Array]:
        """Give the gains by party: areas beside curves and flows of money, as in the accounts."""
        found = gains_of(layout, kept)
        return {name: found[name] for name in self.names}


def gains_of(layout: Layout, kept: Kept) -> dict[str, Array]:
    """Give the gains of all parties (`MONEY`), USD, ``period region``."""
    record, solved, economies = kept
    assert solved is not None
    assert economies is not None
    found = jax.vmap(lambda *each: _account(layout.form, *each))(economies, solved, record)
    by_party = {
        "producers": found.producers,
        "users": found.users,
        "treasury": found.treasury,
        "exporters": found.export_taxes + found.export_rents,
        "licences": found.quota_rents,
        "leakers": found.leak_margins,
    }
    return {name: jnp.sum(values, axis=(1, 2)) for name, values in by_party.items()}


def _account(form: Form, economy: Economy, solved: Equilibrium, record: Record) -> Accounts:
    taken = economy.offtake > 0
    agreed = jnp.where(taken, record.offtake_cost / jnp.where(taken, economy.offtake, 1.0), solved.price)
    public = (record.stock_purchases, record.stock_sales, record.holding_cost)
    return accounts(form, economy, solved, offtake_price=agreed, public=public)
