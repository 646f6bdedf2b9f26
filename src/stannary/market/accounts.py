"""Where every tonne and every dollar of a solved period went: mass and money accounts that close.

Mass, for each good and region: what is made equals what is sold at home, sold abroad, put into stock (less
what came out of it) and taken off at agreed prices. Money, for each good and buying region: what users
lay out equals what producers receive, export taxes, freight, tariffs, levies, rents of quotas, and what
leakage channels keep. The gaps of both are kept beside the accounts, so that a reader sees that they close.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import Array

from stannary.market.economy import Economy, Form
from stannary.market.landed import rents_by_arc
from stannary.market.welfare import producers_surplus, users_gain

if TYPE_CHECKING:
    from stannary.market.equilibrium import Equilibrium

__all__ = ["UNITS", "Accounts", "accounts"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Accounts:
    """Tonnes and USD of one period, axes ``layer good region`` unless said; `UNITS` names the unit of each.

    Tonnes, by the region they are in: `output` (with by-products), `home` and `exports` sold, `imports`
    bought (of them `leaked` through channels), `stocked` (what went into stocks less what came out),
    `offtake`; `use` splits into `final_use` and `further_use` by the next layer; `losses` (``layer region``)
    are inputs that did not become output; `composite` is use that ordinary CES counts and no tonne matches.

    USD, by the region that buys: `outlay` equals `to_producers` + `export_taxes_paid` + `freight` +
    `tariffs` + `levies` + `quota_rents` (licence holders at home) + `quota_rents_abroad` + `leak_margins`.
    By the region that sells: `sales`, `export_taxes`, `export_rents`. By budget: `support` paid to
    producers, `stock_purchases`, `stock_sales` and `holding_cost` of the public stock, `offtake_cost`;
    `private_stocks` is what private holders put in, less what they took out.

    Gains, USD: `producers` (exact area left of the supply curve, with support), `users` (exact area left of
    the demand curve, from the price paid to the reference price), `above_cheapest` (what users pay over
    their cheapest source, for variety and habit). `floor_levies` and `floor_markups` split what floors raise
    on floored flows between the treasury and the sellers.
    """

    output: Array
    home: Array
    exports: Array
    imports: Array
    leaked: Array
    stocked: Array
    offtake: Array
    use: Array
    final_use: Array
    further_use: Array
    composite: Array
    losses: Array
    outlay: Array
    to_producers: Array
    export_taxes_paid: Array
    freight: Array
    tariffs: Array
    levies: Array
    quota_rents: Array
    quota_rents_abroad: Array
    leak_margins: Array
    sales: Array
    export_taxes: Array
    export_rents: Array
    support: Array
    stock_purchases: Array
    stock_sales: Array
    holding_cost: Array
    private_stocks: Array
    offtake_cost: Array
    producers: Array
    users: Array
    above_cheapest: Array
    floor_levies: Array
    floor_markups: Array
    mass_gap: Array
    money_gap: Array

    @property
    def treasury(self) -> Array:
        """Give what each region's budget takes in less what it pays out, ``layer good region``, USD."""
        taken = self.tariffs + self.levies + self.stock_sales
        return taken - self.support - self.stock_purchases - self.holding_cost - self.offtake_cost

    @property
    def stocks(self) -> Array:
        """Give the value of what was put away less what was taken out, at the price paid for it, USD."""
        return self.stock_purchases - self.stock_sales + self.private_stocks + self.offtake_cost


UNITS: dict[str, str] = {
    **dict.fromkeys(
        ("output", "home", "exports", "imports", "leaked", "stocked", "offtake", "use", "final_use",
         "further_use", "composite", "losses", "mass_gap"),
        "contained tonnes a period",
    ),
    **dict.fromkeys(
        ("outlay", "to_producers", "export_taxes_paid", "freight", "tariffs", "levies", "quota_rents",
         "quota_rents_abroad", "leak_margins", "sales", "export_taxes", "export_rents", "support",
         "stock_purchases", "stock_sales", "holding_cost", "private_stocks", "offtake_cost", "producers",
         "users", "above_cheapest", "floor_levies", "floor_markups", "money_gap", "treasury", "stocks"),
        "USD a period",
    ),
}  # fmt: skip
"""The unit of every account."""


def accounts(
    form: Form,
    economy: Economy,
    solved: Equilibrium,
    *,
    offtake_price: Array | None = None,
    held_abroad: Array | None = None,
    public: tuple[Array, Array, Array] | None = None,
) -> Accounts:
    """Account for every tonne and dollar of a solved period.

    `offtake_price` (``layer good region``) is the agreed price of offtake, the producers' price unless given.
    `held_abroad` (one a wedge) is the share of a quota's rent that belongs to the selling side: 1 for export
    quotas and 0 for others unless given. Channels keep the freight, markups and rents of their own flows.
    `public` are the public stock's purchases, sales and holding cost (USD, ``layer good region``); unless
    given, all stocks are public. One period; use `jax.vmap` for many.
    """
    agreed = solved.price if offtake_price is None else offtake_price
    parts = _per_tonne(form, economy, solved, held_abroad)
    money = {name: value * solved.flows for name, value in parts.items()}
    bought = {name: value.sum(-2) for name, value in money.items()}
    sold = {name: _by_seller(form, money[name]) for name in ("sales", "export_taxes", "quota_rents_abroad")}
    further = _inputs_used(economy, solved)
    stocked = solved.bought.sum(-1) - economy.released
    spent = stocked * solved.price
    purchases, sales, holding = public or (jnp.maximum(spent, 0.0), jnp.maximum(-spent, 0.0), 0.0 * spent)
    support = solved.support * solved.supported_output
    outlay = (solved.landed_price * solved.flows).sum(-2)
    told = sum(value for name, value in bought.items() if name not in OF_WHICH)
    return Accounts(
        output=solved.output,
        stocked=stocked,
        offtake=economy.offtake,
        use=solved.use,
        final_use=solved.final_use,
        further_use=further,
        composite=solved.use - solved.flows.sum(-2),
        losses=_losses(economy, solved, further),
        outlay=outlay,
        to_producers=bought["sales"],
        export_taxes_paid=bought["export_taxes"],
        sales=sold["sales"],
        export_taxes=sold["export_taxes"],
        export_rents=sold["quota_rents_abroad"],
        support=support,
        stock_purchases=purchases,
        stock_sales=sales,
        holding_cost=holding,
        private_stocks=spent - purchases + sales,
        offtake_cost=economy.offtake * agreed,
        producers=producers_surplus(form, economy, solved) + economy.offtake * (agreed - solved.price),
        users=users_gain(economy, solved.average_price),
        above_cheapest=_above_cheapest(economy, solved, outlay),
        money_gap=outlay - told,
        **{name: bought[name] for name in BY_BUYER},
        **_tonnes_sold(form, economy, solved, stocked),
    )


BY_BUYER = (
    "freight", "tariffs", "levies", "quota_rents", "quota_rents_abroad", "leak_margins", "floor_levies",
    "floor_markups",
)  # fmt: skip
OF_WHICH = ("floor_levies", "floor_markups")
"""Accounts that tell of others again, and are no part of the sum."""


def _per_tonne(
    form: Form, economy: Economy, solved: Equilibrium, held_abroad: Array | None
) -> dict[str, Array]:
    """Split the landed price of every flow into who receives it, USD/t, ``layer good origin region``."""
    origins = jnp.array(form.origins)
    shape = solved.flows.shape
    price = jnp.broadcast_to(solved.price[..., origins, None], shape)
    is_channel = (jnp.arange(len(form.origins)) >= form.regions)[:, None]
    markup = price * economy.export_tax
    quotas = _quotas(form, economy, solved, held_abroad)
    rests_with_channel = quotas["abroad"] + quotas["home"]
    floored = (solved.levy > 0) | ((economy.levied > 0) & (economy.floor[..., None, :] > 0))
    levies = solved.levy - quotas["levy_free"]
    return {
        "sales": price,
        "export_taxes": jnp.where(is_channel, 0.0, markup),
        "freight": jnp.where(is_channel, 0.0, economy.freight),
        "tariffs": solved.tariff_duty + quotas["over"],
        "levies": levies,
        "quota_rents": jnp.where(is_channel, 0.0, quotas["home"]) + quotas["levy_free"],
        "quota_rents_abroad": jnp.where(is_channel, 0.0, quotas["abroad"]),
        "leak_margins": jnp.where(is_channel, economy.freight + markup + rests_with_channel, 0.0),
        "floor_levies": jnp.where(floored, levies, 0.0),
        "floor_markups": jnp.where(floored & ~is_channel, markup + quotas["abroad"], 0.0),
    }


def _quotas(form: Form, economy: Economy, solved: Equilibrium, held_abroad: Array | None) -> dict[str, Array]:
    """Give the rents of quotas by who holds them, USD/t of flow.

    Beyond an import quota (a tariff-rate quota) the rent is a tariff on the tonnes that are over; within a
    levy-free quota the levy that is not charged is worth as much to whoever holds a licence.
    """
    nothing = jnp.zeros_like(solved.flows)
    found = {"abroad": nothing, "home": nothing, "over": nothing, "levy_free": nothing}
    if not form.wedges:
        return found
    _, rent, _ = rents_by_arc(form, economy, solved.wedge)
    for place, kind in enumerate(form.wedges):
        arcs = economy.wedge_arcs[place]
        volume = jnp.sum(arcs * solved.flows)
        within = jnp.minimum(1.0, economy.wedge_tonnes[place] / jnp.maximum(volume, 1e-300))
        if kind == "levy":
            found["levy_free"] = found["levy_free"] + arcs * within * solved.levy
            continue
        abroad: Any = float(kind == "export") if held_abroad is None else held_abroad[place]
        over = arcs * rent[place] * (1.0 - within) * (kind == "import")
        held = arcs * rent[place] - over
        found["over"] = found["over"] + over
        found["abroad"] = found["abroad"] + abroad * held
        found["home"] = found["home"] + (1.0 - abroad) * held
    return found


def _tonnes_sold(form: Form, economy: Economy, solved: Equilibrium, stocked: Array) -> dict[str, Array]:
    """Give what is sold at home and abroad, by the seller's region, and what is bought from abroad."""
    abroad = jnp.array(form.origins)[:, None] != jnp.arange(form.regions)
    is_channel = (jnp.arange(len(form.origins)) >= form.regions)[:, None]
    sold = _by_seller(form, solved.flows)
    exports = _by_seller(form, solved.flows * abroad)
    return {
        "home": sold - exports,
        "exports": exports,
        "imports": (solved.flows * abroad).sum(-2),
        "leaked": (solved.flows * is_channel).sum(-2),
        "mass_gap": solved.output - sold - stocked - economy.offtake,
    }


def _by_seller(form: Form, flows: Array) -> Array:
    """Sum flows by the region whose goods they are, ``layer good region``."""
    owner = jax.nn.one_hot(jnp.array(form.origins), form.regions, dtype=flows.dtype)
    return jnp.einsum("...od,or->...r", flows, owner)


def _inputs_used(economy: Economy, solved: Equilibrium) -> Array:
    """Give what the next layer takes of each good, ``layer good region``."""
    taken = jnp.einsum("kjir,kjr->kir", economy.inputs, solved.throughput)
    return jnp.concatenate([taken[1:], jnp.zeros_like(taken[:1])])


def _losses(economy: Economy, solved: Equilibrium, further: Array) -> Array:
    """Give the inputs of each layer that did not become its output, ``layer region``; none at the first."""
    made = jnp.einsum("kjer,kjr->kr", economy.yields, solved.throughput)
    taken = further.sum(1)
    return jnp.concatenate([jnp.zeros_like(made[:1]), taken[:-1] - made[1:]])


def _above_cheapest(economy: Economy, solved: Equilibrium, outlay: Array) -> Array:
    """Give what users pay above what the same tonnes cost at the cheapest source that sells to them."""
    can_buy = economy.weights > 0
    cheapest = jnp.min(jnp.where(can_buy, solved.landed_price, jnp.inf), axis=-2)
    bought = solved.flows.sum(-2)
    return jnp.where(bought > 0, outlay - jnp.where(jnp.isfinite(cheapest), cheapest, 0.0) * bought, 0.0)
