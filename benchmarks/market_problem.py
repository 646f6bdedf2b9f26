"""Problem A: one year of 12 regions x 4 layers, with floors on every layer, capacities and tariffs.

The base year is made so that it balances exactly: prices, freight and demand are drawn, sourcing shares
follow from gravity, and what each region makes is what all regions buy of it. Scenarios then move demand,
cost, capacity (the dominant supplier's most), how easily buyers turn elsewhere, and the zone's floors, all at
once. Everything is drawn from fixed seeds. Arrays are plain NumPy, for the peers; `form` and `economies` say
the same to Stannary.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

LAYERS, REGIONS = 4, 12
MEMBERS = range(5)
DOMINANT = REGIONS - 1
DRAWN = ("demand", "scale", "capacity", "sigma", "floor")
"""Fields that each scenario has its own of; the rest belong to the world."""


@dataclass(frozen=True)
class Problem:
    """Scenarios of one world: K layers, R regions, O origins (the regions), B scenarios where drawn.

    Prices and freight in USD/t, quantities in t/year of contained metal. `alpha`: tonnes of the layer before
    per tonne; `weights`, `freight`, `tariff`, `levied` run over layer, origin, region.
    """

    demand: np.ndarray  # BKR at the reference price
    scale: np.ndarray  # BKR
    capacity: np.ndarray  # BKR
    sigma: np.ndarray  # BK
    floor: np.ndarray  # BKR, 0 where there is none
    reference: np.ndarray  # KR
    eta: np.ndarray  # KR
    alpha: np.ndarray  # KR
    conversion: np.ndarray  # KR
    epsilon: np.ndarray  # KR
    price: np.ndarray  # KR of the base year, where every solver starts
    weights: np.ndarray  # KOR
    freight: np.ndarray  # KOR
    export_tax: np.ndarray  # KOR
    tariff: np.ndarray  # KOR
    levied: np.ndarray  # KOR

    @property
    def scenarios(self) -> int:
        """Count the scenarios."""
        return len(self.demand)

    def part(self, start: int, stop: int) -> Problem:
        """Give some of the scenarios of the same world."""
        return Problem(
            **{
                each.name: getattr(self, each.name)[start:stop]
                if each.name in DRAWN
                else getattr(self, each.name)
                for each in fields(self)
            }
        )


def draw(scenarios: int, seed: int = 0, *, moved: float = 1.0) -> Problem:
    """Draw scenarios of the one world; `moved` 0 leaves the base year as it is and sets no floor."""
    world = _world(np.random.default_rng(12_04))
    random = np.random.default_rng((seed, scenarios))
    size = (scenarios, LAYERS, REGIONS)

    def around_one(spread: float, *shape: int) -> np.ndarray:
        return np.exp(moved * spread * random.standard_normal(shape or size))

    capacity = world["capacity"] * around_one(0.05)
    capacity[:, :, DOMINANT] *= 1 - moved * random.uniform(0.0, 0.5, (scenarios, 1))
    level = world["price"].mean(axis=1)
    floor = np.zeros(size)
    if moved:
        floor[:, :, MEMBERS] = (level * random.uniform(0.8, 2.0, (scenarios, LAYERS)))[:, :, None]
    return Problem(
        demand=world.pop("demand") * around_one(0.1) * around_one(0.15, scenarios, 1, 1),
        scale=world.pop("scale") * around_one(0.1),
        capacity=capacity,
        sigma=world.pop("sigma") * (1 + moved * random.uniform(-0.1, 0.1, (scenarios, LAYERS))),
        floor=floor,
        **{name: value for name, value in world.items() if name != "capacity"},
    )


def _world(random: np.random.Generator) -> dict[str, np.ndarray]:
    """Make the base year, last layer first: what is used of a layer says what is made of it."""
    across = (LAYERS, REGIONS, REGIONS)
    abroad = 1 - np.eye(REGIONS)
    level = 20_000 * 2.2 ** np.arange(LAYERS)
    price = level[:, None] * random.uniform(0.95, 1.05, (LAYERS, REGIONS))
    freight = abroad * level[:, None, None] * random.uniform(0.01, 0.05, across)
    tariff = abroad * random.choice([0.0, 0.0, 0.025, 0.05], across)
    export_tax = np.zeros(across)
    export_tax[:, DOMINANT, :-1] = 0.02
    landed = (price[:, :, None] * (1 + export_tax) + freight) * (1 + tariff)

    mass = random.uniform(0.2, 1.0, (LAYERS, REGIONS, 1))
    mass[:, DOMINANT] = 6.0
    shares = mass * (0.05 * random.uniform(0.5, 2.0, across) + np.eye(REGIONS))
    shares /= shares.sum(axis=1, keepdims=True)
    sigma = random.uniform(4, 8, LAYERS)
    average = (shares * landed).sum(axis=1)

    alpha = random.uniform(1.02, 1.15, (LAYERS, REGIONS))
    alpha[0] = 0
    below = np.vstack([np.zeros(REGIONS), average[:-1]])
    margin = random.uniform(0.4, 0.7, (LAYERS, REGIONS)) * (price - alpha * below)
    epsilon = random.uniform(0.3, 1.2, (LAYERS, REGIONS))

    demand = random.uniform(20, 200, (LAYERS, REGIONS)) * np.array([0.3, 0.5, 0.5, 10.0])[:, None]
    made, use = np.zeros((LAYERS, REGIONS)), np.zeros(REGIONS)
    for layer in reversed(range(LAYERS)):
        made[layer] = shares[layer] @ (demand[layer] + use)
        use = alpha[layer] * made[layer]
    levied = np.zeros(across)
    levied[:, len(MEMBERS) :, : len(MEMBERS)] = 1
    return {
        "demand": demand,
        "scale": made / margin**epsilon,
        "capacity": made * random.uniform(1.1, 1.5, (LAYERS, REGIONS)),
        "sigma": sigma,
        "reference": average,
        "eta": random.uniform(0.2, 0.6, (LAYERS, REGIONS)),
        "alpha": alpha,
        "conversion": price - alpha * below - margin,
        "epsilon": epsilon,
        "price": price,
        "weights": shares * (landed / level[:, None, None]) ** sigma[:, None, None],
        "freight": freight,
        "export_tax": export_tax,
        "tariff": tariff,
        "levied": levied,
    }


def form() -> Any:
    """Say the size of problem A to Stannary."""
    from stannary.market.economy import Form  # noqa: PLC0415 - the peers need no JAX

    return Form(layers=LAYERS, goods=1, regions=REGIONS, origins=tuple(range(REGIONS)))


def economies(problem: Problem) -> tuple[Any, dict[str, np.ndarray]]:
    """Say a problem to Stannary: its first scenario as an economy, and what each scenario changes of it."""
    from stannary.market.economy import economy  # noqa: PLC0415 - the peers need no JAX

    drawn = {
        "final_demand": problem.demand[:, :, None],
        "supply_scale": problem.scale[:, :, None],
        "capacity": problem.capacity[:, :, None],
        "sigma": problem.sigma[:, :, None],
        "floor": problem.floor[:, :, None],
    }
    first = economy(
        form(),
        **{name: values[0] for name, values in drawn.items()},
        reference_price=problem.reference[:, None],
        demand_elasticity=problem.eta[:, None],
        inputs=problem.alpha[:, None, None],
        conversion_cost=problem.conversion[:, None],
        supply_elasticity=problem.epsilon[:, None],
        start_price=problem.price[:, None],
        weights=problem.weights[:, None],
        freight=problem.freight[:, None],
        export_tax=problem.export_tax[:, None],
        tariff=problem.tariff[:, None],
        levied=problem.levied[:, None],
    )
    return first, drawn
