"""Stannary's side of `market.py`: the solver in batches and alone, and the jobs of fresh processes.

    python benchmarks/market_stannary.py first_call CACHE
    python benchmarks/market_stannary.py throughput CACHE CHUNK SECONDS CORE
    python benchmarks/market_stannary.py path CACHE CHUNK PATHS
    python benchmarks/market_stannary.py ensemble CACHE CHUNK PATHS

A job prints JSON. CACHE is a folder for the persistent compilation cache, CHUNK the scenarios side by side;
what a job says of processor time is after its first call. The first call is timed from before JAX's import.
"""

from __future__ import annotations

import time

BEGAN = time.perf_counter()

import json  # noqa: E402
import os  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import replace  # noqa: E402
from pathlib import Path  # noqa: E402
from statistics import median  # noqa: E402
from typing import Any  # noqa: E402

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # processes may share a GPU
if __name__ == "__main__":
    os.environ["JAX_COMPILATION_CACHE_DIR"] = sys.argv[2]
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    if sys.argv[1] == "throughput":  # before any thread begins: one process a core
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(sys.argv[5]) % len(cores)]})

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

import market_problem  # noqa: E402
import market_world  # noqa: E402
from stannary.market.economy import Economy, Form  # noqa: E402
from stannary.market.equilibrium import solve  # noqa: E402
from stannary.market.path import path  # noqa: E402

Solved = tuple[np.ndarray, np.ndarray]
AT_ONCE = 500
"""Paths of an ensemble computed before their records are put away."""


def device() -> str:
    """Name the device that JAX runs on."""
    found = jax.devices()[0]
    return f"{found.platform} ({found.device_kind})"


def solver(problem: market_problem.Problem, chunk: int) -> Callable[[market_problem.Problem], Solved]:
    """Make the batch solver of the problem's world, `chunk` scenarios side by side."""
    form = market_problem.form()
    first, _ = market_problem.economies(problem)

    def one(drawn: dict[str, Any]) -> tuple[Any, Any]:
        found = solve(form, first.but(**drawn))
        return found.price[:, 0], found.residual

    many = jax.jit(lambda drawn: jax.lax.map(one, drawn, batch_size=chunk))

    def solve_all(problem: market_problem.Problem) -> Solved:
        prices, gaps = many(market_problem.economies(problem)[1])
        return np.asarray(prices), np.asarray(gaps)

    return solve_all


def single(problem: market_problem.Problem) -> Callable[[market_problem.Problem], Solved]:
    """Make the solver of one scenario a call."""
    form = market_problem.form()
    first, _ = market_problem.economies(problem)

    @jax.jit
    def one(drawn: dict[str, Any]) -> tuple[Any, Any]:
        found = solve(form, first.but(**drawn))
        return found.price[:, 0], found.residual

    def each(problem: market_problem.Problem) -> Solved:
        _, drawn = market_problem.economies(problem)
        found = [
            jax.device_get(one({name: values[scenario] for name, values in drawn.items()}))
            for scenario in range(problem.scenarios)
        ]
        return np.stack([prices for prices, _ in found]), np.array([gap for _, gap in found])

    return each


def under_weights(form: Form, economy: Economy, weights: np.ndarray) -> Callable[[], np.ndarray]:
    """Make a solver of a market of one layer under several sets of weights: prices, ``case region``."""

    def one(weights: Any) -> tuple[Any, Any]:
        found = solve(form, economy.but(weights=weights))
        return found.price[0, 0], found.converged

    every = jax.jit(lambda weights: jax.lax.map(one, weights, batch_size=min(len(weights), 4)))

    def cases() -> np.ndarray:
        prices, converged = jax.device_get(every(weights))
        if not converged.all():
            raise RuntimeError("a gravity case was not solved")
        return np.asarray(prices)

    return cases


# -- jobs of fresh processes --------------------------------------------------------------------------------


def first_call() -> dict[str, float]:
    """Solve one scenario, the first thing this process does."""
    problem = market_problem.draw(1)
    single(problem)(problem)
    return {"wall": time.perf_counter() - BEGAN, "cpu": time.process_time()}


def throughput(chunk: int, seconds: float) -> dict[str, float]:
    """Solve batches for some seconds once told to go; give solves a second, by clock and processor."""
    problem = market_problem.draw(256)
    solve_all = solver(problem, chunk)
    solve_all(problem)
    print("ready", flush=True)
    sys.stdin.readline()
    began, used, done = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - began < seconds:
        solve_all(problem)
        done += problem.scenarios
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    return {"rate": done / wall, "cpu_rate": done / cpu}


def paths(chunk: int, count: int) -> dict[str, float]:
    """Run paths of 25 years, and the same with the gradient of what users pay in each layer's floor.

    Gives processor seconds a path of each, and how far the gradient is from central differences.
    """
    paid = _bill()
    levels = jnp.ones(market_problem.LAYERS)

    def with_slope(draw: dict[str, Any]) -> Any:
        return jax.value_and_grad(paid)(levels, draw)

    drawn = market_world.draws(count)
    forward = jax.jit(lambda given: jax.lax.map(lambda draw: paid(levels, draw), given, batch_size=chunk))
    gradient = jax.jit(lambda given: jax.lax.map(with_slope, given, batch_size=chunk))
    values, (again, slopes) = np.asarray(forward(drawn)), jax.device_get(gradient(drawn))
    if not (np.isfinite(values).all() and np.allclose(values, again) and np.isfinite(slopes).all()):
        raise RuntimeError(f"{int((~np.isfinite(values)).sum())} of {count} paths were not solved")
    found = {name: seconds / count for name, seconds in _middle(forward, drawn).items()}
    found |= {f"gradient_{name}": seconds / count for name, seconds in _middle(gradient, drawn).items()}
    found["apart"] = 0.0
    first = {name: value[0] for name, value in drawn.items()}
    one, width = jax.jit(paid), 1e-6  # wider ones straddle kinks
    for layer in range(market_problem.LAYERS):
        step = width * np.eye(market_problem.LAYERS)[layer]
        between = float(one(levels + step, first) - one(levels - step, first)) / (2 * width)
        apart = abs(between - slopes[0, layer]) / np.abs(slopes[0]).max()
        found["apart"] = max(found["apart"], float(apart))
    return found


def _bill() -> Callable[[Any, dict[str, Any]], Any]:
    """Give what final users pay over all years, in billions, of a factor on each layer's floor and a draw."""
    world = market_world.model()
    years = market_world.years(world)

    def paid(levels: Any, draw: dict[str, Any]) -> Any:
        floors = jnp.asarray(world.economy.floor) * levels[:, None, None]
        record = path(world, years, draw={**draw, "floor": floors}, slots=market_world.SLOTS).record
        return jnp.sum(record.average_price * record.final_use) / 1e9

    return paid


def _middle(job: Callable[[Any], Any], given: Any) -> dict[str, float]:
    """Give the medians of three times, seconds by the clock and of the processor."""
    walls, cpus = [], []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        jax.block_until_ready(job(given))
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return {"wall": median(walls), "cpu": median(cpus)}


def ensemble(chunk: int, count: int) -> dict[str, float]:
    """Run an ensemble and keep the record of every path; give seconds, and the process's peak in MB."""
    world, drawn = market_world.model(), market_world.draws(count)
    years = market_world.years(world)

    def one(draw: dict[str, Any]) -> Any:
        record = path(world, years, draw=draw, slots=market_world.SLOTS).record
        return replace(record, responding=None)  # nobody reacts: an empty array, which `lax.map` cannot cut

    many = jax.jit(lambda given: jax.lax.map(one, given, batch_size=chunk))
    kept: Any = None
    jax.block_until_ready(many({name: values[:AT_ONCE] for name, values in drawn.items()}))  # compile
    wall, cpu = time.perf_counter(), time.process_time()
    for start in range(0, count, AT_ONCE):
        part = {name: values[start : start + AT_ONCE] for name, values in drawn.items()}
        records = jax.device_get(many(part))
        if kept is None:
            kept = jax.tree.map(lambda each: np.empty((count, *each.shape[1:]), each.dtype), records)
        for whole, piece in zip(jax.tree.leaves(kept), jax.tree.leaves(records), strict=True):
            whole[start : start + AT_ONCE] = piece
    if not kept.converged.all():
        raise RuntimeError(f"{int((~kept.converged.all(axis=1)).sum())} of {count} paths were not solved")
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "peak": _peak(),
        "kept": sum(each.nbytes for each in jax.tree.leaves(kept)) / 1e6,
    }


def _peak() -> float:
    """Give this process's peak memory in MB, not its parent's where the system can tell."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    JOBS = {
        "first_call": first_call,
        "throughput": lambda: throughput(int(sys.argv[3]), float(sys.argv[4])),
        "path": lambda: paths(int(sys.argv[3]), int(sys.argv[4])),
        "ensemble": lambda: ensemble(int(sys.argv[3]), int(sys.argv[4])),
    }
    print(json.dumps(JOBS[sys.argv[1]]()))
