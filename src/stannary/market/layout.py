"""What is fixed of a path while it runs: sizes, and which of its parts are needed at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Protocol

import jax
import numpy as np

from stannary.market.dynamics import Dynamics
from stannary.market.economy import Form
from stannary.market.reactions import Reaction

__all__ = ["Course", "Keep", "Layout", "lay_out"]

Keep = Literal["measures", "flows"]


class Course(Protocol):
    """What a path needs of a schedule: how many periods, what changes in each, and who would react.

    `overrides` hold ``[period, *axes]`` by field of `Economy` or `Dynamics`, in the model's own units; `zone`
    (``[period, region]``, 1 or 0) among them says who is inside where that changes.
    """

    @property
    def periods(self) -> int:
        """Give the number of periods."""

    @property
    def start_year(self) -> int:
        """Give the year of the first period."""

    @property
    def overrides(self) -> Mapping[str, Any]:
        """Give what changes, by field."""

    @property
    def reactions(self) -> tuple[Reaction, ...]:
        """Give who would react, and how."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What is fixed of a path while it runs; paths of one layout share one compilation.

    `slots` is the longest lead time in periods; `builds`, `stocks` and `stores` say whether anybody invests,
    holds a public stock, or stores privately.
    """

    form: Form
    periods: int
    periods_a_year: int
    slots: int
    builds: bool
    stocks: bool
    stores: bool
    keep: Keep

    @property
    def solved(self) -> Form:
        """Give the form of the market that is solved: with the bands of the stocks after its own."""
        return replace(self.form, bands=self.form.bands + 2 * self.stocks + self.stores)


def lay_out(
    form: Form,
    dynamics: Dynamics,
    schedule: Course,
    *,
    periods_a_year: int = 1,
    draw: Mapping[str, Any] | None = None,
    keep: Keep = "measures",
    slots: int | None = None,
) -> Layout:
    """Find what a path needs: whether anybody builds or holds stock, and the longest lead time.

    What is traced (drawn, or differentiated) is taken to be needed; a lead time then has room for twice
    what the dynamics say, or `slots`.
    """
    own = {each.name: getattr(dynamics, each.name) for each in fields(dynamics)}
    sources = (own, schedule.overrides, draw or {})

    def highest(*names: str) -> float:
        values = [each[name] for each in sources for name in names if name in each]
        known = [float(np.max(value)) for value in values if not isinstance(value, jax.core.Tracer)]
        return float("inf") if len(known) < len(values) else max(known, default=0.0)

    builds = highest("capex") > 0
    longest = highest("lead_periods")
    if np.isinf(longest):
        known = not isinstance(own["lead_periods"], jax.core.Tracer)
        longest = 2.0 * float(np.max(own["lead_periods"])) if known else 20.0 * periods_a_year
    return Layout(
        form=form,
        periods=schedule.periods,
        periods_a_year=periods_a_year,
        slots=slots or (max(int(np.ceil(longest)), 1) if builds else 1),
        builds=builds,
        stocks=form.bands > 0 or highest("stock_floor", "stock_opening", "offtake_stocked") > 0,
        stores=highest("storage_tonnes", "storage_opening") > 0,
        keep=keep,
    )
