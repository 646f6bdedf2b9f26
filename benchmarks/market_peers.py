"""The same problem A solved by others: a C kernel, SciPy on a residual of its own, a dense Jacobian in JAX.

The residual here is written anew from the model's equations, so that an error in Stannary's shows as another
price. Each solver gives prices, scenarios x layers x regions, and the largest relative gap it left.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import root

from market_problem import DRAWN, LAYERS, REGIONS, Problem

jax.config.update("jax_enable_x64", True)

LANES = 8
TOLERANCE = 1e-9
Solved = tuple[np.ndarray, np.ndarray]
"""Prices [scenario, layer, region] and the largest gap between use and output of each scenario."""
WORLD = ("reference", "eta", "alpha", "conversion", "epsilon", "price")
ARCS = ("weights", "freight", "export_tax", "tariff", "levied")


def first_margins(problem: Problem) -> np.ndarray:
    """Give the margins of the base year, where every solver starts."""
    below = np.vstack([np.zeros(REGIONS), problem.reference[:-1]])
    return np.asarray(problem.price - problem.conversion - problem.alpha * below)


def residual(xp: Any, log_margin: Any, own: dict[str, Any], world: dict[str, Any]) -> tuple[Any, Any]:
    """Give log(use / output) and the prices that log margins imply; `xp` is NumPy or JAX's NumPy."""
    margin = xp.exp(log_margin.reshape(LAYERS, REGIONS))
    prices, averages, shares = [], [], []
    below = xp.zeros(REGIONS)
    for layer in range(LAYERS):
        price = margin[layer] + world["conversion"][layer] + world["alpha"][layer] * below
        border = price[:, None] * (1 + world["export_tax"][layer]) + world["freight"][layer]
        duty = world["levied"][layer] * xp.maximum(0, own["floor"][layer][None, :] - border)
        landed = border * (1 + world["tariff"][layer]) + duty
        pull = world["weights"][layer] * landed ** -own["sigma"][layer]
        share = pull / pull.sum(axis=0)
        below = (share * landed).sum(axis=0)
        prices.append(price)
        averages.append(below)
        shares.append(share)
    wish = own["scale"] * margin ** world["epsilon"]
    output = xp.minimum(wish, own["capacity"])
    use = own["demand"] * (xp.stack(averages) / world["reference"]) ** -world["eta"]
    derived = xp.concatenate([world["alpha"][1:] * output[1:], xp.zeros((1, REGIONS))])
    bought = (xp.stack(shares) * (use + derived)[:, None, :]).sum(axis=2)
    return xp.log(bought / output).ravel(), xp.stack(prices)


def dictionaries(problem: Problem) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Split a problem into what each scenario has of its own and what belongs to the world."""
    own = {name: getattr(problem, name) for name in DRAWN}
    return own, {name: getattr(problem, name) for name in (*WORLD, *ARCS)}


def scipy_hybr(problem: Problem) -> Solved:
    """Solve each scenario with `scipy.optimize.root`, MINPACK's hybrid method, on the NumPy residual."""
    own, world = dictionaries(problem)
    start = np.log(first_margins(problem)).ravel()
    prices, gaps = [], []
    for scenario in range(problem.scenarios):
        each = {name: values[scenario] for name, values in own.items()}
        with np.errstate(over="ignore", invalid="ignore"):
            found = root(lambda x, e=each: residual(np, x, e, world)[0], start, method="hybr", tol=1e-12)
        gap, price = residual(np, found.x, each, world)
        prices.append(price)
        gaps.append(np.abs(np.expm1(gap)).max())
    return np.stack(prices), np.array(gaps)


def dense_jacfwd(problem: Problem) -> Callable[[Problem], Solved]:
    """Make a Newton solver from the residual and `jax.jacfwd`: a dense 48 x 48 Jacobian, vmapped."""
    world = {name: jnp.asarray(value) for name, value in dictionaries(problem)[1].items()}
    start = jnp.log(first_margins(problem)).ravel()

    def one(own: dict[str, Any]) -> tuple[Any, Any]:
        def gaps(x: Any) -> tuple[Any, Any]:
            gap = residual(jnp, x, own, world)[0]
            return gap, gap

        def again(state: tuple[Any, Any, Any]) -> Any:
            _, gap, steps = state
            return (jnp.abs(jnp.expm1(gap)).max() > TOLERANCE) & (steps < 60)

        def step(state: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
            x, _, steps = state
            slope, gap = jax.jacfwd(gaps, has_aux=True)(x)
            change = jnp.linalg.solve(slope, -gap)
            x = x + change / jnp.maximum(1, jnp.abs(change).max())
            return x, gaps(x)[0], steps + 1

        x, gap, _ = jax.lax.while_loop(again, step, (start, gaps(start)[0], 0))
        return residual(jnp, x, own, world)[1], jnp.abs(jnp.expm1(gap)).max()

    many = jax.jit(jax.vmap(one))

    def solve(problem: Problem) -> Solved:
        prices, gaps = many(dictionaries(problem)[0])
        return np.asarray(prices), np.asarray(gaps)

    return solve


class _World(ctypes.Structure):
    _fields_ = tuple((name, ctypes.POINTER(ctypes.c_double)) for name in (*WORLD, *ARCS))


def c_kernel(folder: Path) -> Callable[[Problem], Solved] | None:
    """Compile the C kernel for this very machine; None where there is no C compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    source, library = Path(__file__).with_name("market_floor.c"), folder / "market_floor.so"
    options = ["-O3", "-march=native", "-std=gnu11", "-shared", "-fPIC"]
    subprocess.run([compiler, *options, "-o", str(library), str(source)], check=True)
    solve_in_c = ctypes.CDLL(str(library)).market_floor
    solve_in_c.restype = None

    def solve(problem: Problem) -> Solved:
        own, world = dictionaries(problem)
        short = -problem.scenarios % LANES  # the last vector is filled up with its last scenario
        given = [np.ascontiguousarray(np.concatenate([v, v[-1:].repeat(short, 0)])) for v in own.values()]
        kept = {name: np.ascontiguousarray(value, dtype=np.float64) for name, value in world.items()}
        count = problem.scenarios + short
        prices, gaps = np.empty((count, LAYERS, REGIONS)), np.empty(count)
        steps = np.empty(count // LANES, dtype=np.intc)
        solve_in_c(
            ctypes.c_long(count),
            ctypes.c_double(TOLERANCE),
            60,
            ctypes.byref(_World(*(_pointer(kept[name]) for name in (*WORLD, *ARCS)))),
            *map(_pointer, given),
            _pointer(prices),
            _pointer(gaps),
            steps.ctypes.data_as(ctypes.POINTER(ctypes.c_int)),
        )
        return prices[: problem.scenarios], gaps[: problem.scenarios]

    return solve


def _pointer(array: np.ndarray) -> Any:
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
