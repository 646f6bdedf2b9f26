"""Time the market's solver against a C kernel, SciPy, a dense Jacobian, trade programs and gegravity.

    python benchmarks/market.py [--quick] [--scenarios N] [--runs K] [--draws N] [--chunk N]

All in one run. The contestants of one year (problem A of `market_problem.py`) take turns, K rounds, each with
as many scenarios as suits its speed; processor and wall time a solve are the median of the rounds, ratios the
median of each round's ratio. Fresh processes then measure first calls, two processes at once, 25-year paths
and their gradient, and the memory of an ensemble. Every answer is held against Stannary's: prices to 1e-8.
Exits with 1 where they differ, never because of time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import market_gravity
import market_peers
import market_problem
import market_stannary
import market_trade_lp

HERE = Path(__file__).resolve().parent
LIBRARIES = ("jax", "jaxlib", "numpy", "scipy", "highspy", "gegravity")
APART = 1e-8
"""How far prices may differ, as a share, between two solvers that both left gaps of at most 1e-9."""
AGREEMENTS = 64
OURS, KERNEL = "Stannary, in batches", "C kernel, eight scenarios a vector"


@dataclass
class Row:
    """One way to solve, how many solves a round holds, what rounds took, and how far its answer is off."""

    words: str
    count: int
    job: Callable[[], Any]
    said: Callable[[Any], tuple[bool, str]]
    rounds: list[dict[str, float]] = field(default_factory=list)
    answer: Any = None

    def each(self, what: str) -> float:
        """Give the median seconds a solve."""
        return median(taken[what] for taken in self.rounds) / self.count

    def ratios(self, other: Row, what: str = "cpu") -> list[float]:
        """Give each round's ratio to another row, from smallest to largest."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return sorted((mine[what] / self.count) / (theirs[what] / other.count) for mine, theirs in pairs)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the contestants in turn, then the fresh processes; print tables, measures and answers."""
    asked = _asked(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    load = os.getloadavg()[0]
    tables = {"one year, 12 regions x 4 layers": one_year(asked), "30 countries, gravity": gravity()}
    for rows in tables.values():
        _rounds(rows, asked.runs)
    loads = f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after"
    print(f"{asked.runs} interleaved rounds; {_machine()}; {loads}")
    if not any(row.words == KERNEL for row in tables["one year, 12 regions x 4 layers"]):
        print("There is no C compiler on this machine: the C kernel is left out.")
    same = True
    for title, rows in tables.items():
        verdicts = [row.said(row.answer) for row in rows]
        same = same and all(is_same for is_same, _ in verdicts)
        print("\n".join(("", *_table(title, rows, [words for _, words in verdicts]))))
    print("\n".join(("", *_processes(asked, tables["one year, 12 regions x 4 layers"]))))
    print(f"\nsame answers: {'yes' if same else 'no'}")
    return int(not same)


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="small batches and one round: answers, not times"
    )
    parser.add_argument("--scenarios", type=int, help="scenarios of a batch (2048; 64 if quick)")
    parser.add_argument("--runs", type=int, help="rounds (5; 1 if quick)")
    parser.add_argument("--draws", type=int, help="paths of the ensemble (10,000; 16 if quick)")
    parser.add_argument("--chunk", type=int, default=4, help="scenarios side by side; many for a GPU")
    parser.add_argument(
        "--folder", type=Path, default=HERE.parent / "build" / "bench", help="for the C kernel"
    )
    asked = parser.parse_args(arguments)
    for name, quick, full in (("scenarios", 64, 2048), ("runs", 1, 5), ("draws", 16, 10_000)):
        if getattr(asked, name) is None:
            setattr(asked, name, quick if asked.quick else full)
        if getattr(asked, name) < 1:
            parser.error(f"{name} start at 1")
    asked.folder = asked.folder.resolve()
    return asked


def _rounds(rows: Sequence[Row], runs: int) -> None:
    """Warm every row once, keeping its answer, then time them in turn."""
    for row in rows:
        print(f"first: {row.words}", file=sys.stderr, flush=True)
        row.answer = row.job()
    for number in range(runs):
        print(f"round {number + 1} of {runs}", file=sys.stderr, flush=True)
        for row in rows:
            wall, cpu = time.perf_counter(), time.process_time()
            row.job()
            row.rounds.append({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall})


# -- contestants --------------------------------------------------------------------------------------------


def one_year(asked: argparse.Namespace) -> list[Row]:
    """List the ways to solve problem A, each with the share of the scenarios it is given."""
    problem = market_problem.draw(asked.scenarios)
    few = problem.part(0, 4 if asked.quick else 32)
    batch = problem.part(0, 64)  # its best size: the slowest scenario holds up its batch
    solve = market_stannary.solver(problem, asked.chunk)
    reference = solve(problem)[0]

    def held(answer: market_peers.Solved) -> tuple[bool, str]:
        prices, gaps = answer
        apart = float(np.abs(prices / reference[: len(prices)] - 1).max())
        failed = int((~(gaps <= market_peers.TOLERANCE)).sum())
        return apart <= APART and not failed, f"{apart:.0e}" + (f", {failed} failed" if failed else "")

    def of(given: market_problem.Problem, by: Callable[[market_problem.Problem], Any]) -> Callable[[], Any]:
        return lambda: by(given)

    kernel = market_peers.c_kernel(asked.folder)
    rows = [Row(OURS, problem.scenarios, of(problem, solve), held)]
    if kernel:
        rows.insert(0, Row(KERNEL, problem.scenarios, of(problem, kernel), held))
    single = market_stannary.single(few)
    rows += [
        Row("Stannary, one scenario a call", few.scenarios, of(few, single), held),
        Row(
            "JAX, jacfwd and a dense 48 x 48 solve",
            batch.scenarios,
            of(batch, market_peers.dense_jacfwd(batch)),
            held,
        ),
        Row("scipy.optimize.root (hybr), NumPy", few.scenarios, of(few, market_peers.scipy_hybr), held),
    ]
    return rows + _programs(few, reference)


def _programs(few: market_problem.Problem, prices: np.ndarray) -> list[Row]:
    """List the ways to find the cheapest trade for the same final use."""
    programs, costs = [], []
    for scenario in range(few.scenarios):
        flows, output, final = market_trade_lp.trade(few, scenario, prices[scenario])
        programs.append(market_trade_lp.program(few, scenario, final))
        costs.append(programs[-1].cost @ np.concatenate([flows.ravel(), output.ravel()]))
    least = [market_trade_lp.by_scipy(each) for each in programs]

    def held(answer: list[float]) -> tuple[bool, str]:
        alike = np.allclose(answer, least, rtol=1e-8)
        saving = 1 - np.array(answer) / costs
        words = f"another question: its plan costs {saving.mean():.0%} less than the market's"
        return bool(alike and (saving > -1e-9).all()), words

    ways = [("scipy.optimize.linprog", market_trade_lp.by_scipy)]
    if find_spec("highspy"):
        ways.append(("highspy", market_trade_lp.by_highspy))
    return [
        Row(f"trade LP, HiGHS by {name}", few.scenarios, lambda by=by: [by(each) for each in programs], held)
        for name, by in ways
    ]


def gravity() -> list[Row]:
    """List the ways to solve the gravity counterfactual: base and experiment together are one solve."""
    world = market_gravity.draw()
    shares = market_gravity.base_shares(world)
    after, many = world.costs_after[None], market_gravity.agreements(world, AGREEMENTS)
    fixed = market_stannary.under_weights(*market_gravity.fixed_shares(world, after))
    batch = market_stannary.under_weights(*market_gravity.fixed_shares(world, many))
    full = market_stannary.under_weights(*market_gravity.endowment(world, shares))
    wanted = market_gravity.shares_held(world, after)
    wanted_full = market_gravity.endowment_by_scipy(world, shares)

    def held(reference: np.ndarray) -> Callable[[Any], tuple[bool, str]]:
        def say(answer: Any) -> tuple[bool, str]:
            apart = float(np.abs(np.asarray(answer) / reference - 1).max())
            return apart <= APART, f"{apart:.0e}"

        return say

    def fresh_gegravity() -> np.ndarray:
        return market_gravity.by_gegravity(market_gravity.gegravity_model(world))

    def full_prices() -> np.ndarray:
        before, after = full()
        return np.asarray(after / before)

    def ratios(costs: np.ndarray, prices: Callable[[], np.ndarray]) -> Callable[[], np.ndarray]:
        return lambda: market_gravity.factory_prices(world, costs, prices())

    by_scipy = "scipy.optimize.root, incomes follow"
    rows = [
        Row("Stannary, shares held", 1, ratios(after, fixed), held(wanted)),
        Row(
            f"Stannary, shares held, {AGREEMENTS} agreements a call",
            AGREEMENTS,
            ratios(many, batch),
            held(market_gravity.shares_held(world, many)),
        ),
        Row("Stannary, incomes follow", 1, full_prices, held(wanted_full)),
        Row(by_scipy, 1, lambda: market_gravity.endowment_by_scipy(world, shares), held(wanted_full)),
    ]
    if find_spec("gegravity"):
        rows.insert(2, Row("gegravity (what it calls full GE)", 1, fresh_gegravity, held(wanted)))
    return rows


# -- fresh processes ----------------------------------------------------------------------------------------


def _processes(asked: argparse.Namespace, rows: Sequence[Row]) -> Iterable[str]:
    """Measure what needs a process of its own, and hold all measures against what was asked."""
    ours = next(row for row in rows if row.words == OURS)
    yield "| measure | found | by processor time | asked | |"
    yield "|---|---:|---:|---:|---|"
    yield _held("a solve in batches, ms", ours.each("wall") * 1e3, ours.each("cpu") * 1e3, 0.35)
    with tempfile.TemporaryDirectory() as cache:
        for words, limit in (
            ("first call in a fresh process, s", 6),
            ("the same in the next process, s", 1.5),
        ):
            call = _child("first_call", cache)
            yield _held(words, call["wall"], call["cpu"], limit, by="wall")
        both = _two_at_once(cache, asked.chunk, 0.2 if asked.quick else 5.0)
        words = "solves a second, two processes at once"
        yield _held(words, both["rate"], both["cpu_rate"], 5_000, by="wall", at_least=True)
        path = _child("path", cache, asked.chunk, 2 if asked.quick else 64)
        yield _held("a 25-year path, ms", path["wall"] * 1e3, path["cpu"] * 1e3, 8)
        times = [path[f"gradient_{what}"] / path[what] for what in ("wall", "cpu")]
        yield _held("with its gradient, times the path", *times, 2.5)
        yield f"| the gradient and central differences apart | {path['apart']:.0e} | | | |"
        many = _child("ensemble", cache, asked.chunk, asked.draws)
        yield f"| {asked.draws:,} paths x 25 years, s | {many['wall']:,.1f} | {many['cpu']:,.1f} | | |"
        yield _held("their peak memory, MB", many["peak"], None, 4_096, by="wall")
        yield f"| of which the records kept, MB | {many['kept']:,.0f} | | | |"


def _child(job: str, *arguments: Any) -> dict[str, float]:
    """Run a job of `market_stannary.py` in a fresh process and read the JSON it prints."""
    print(f"fresh process: {job}", file=sys.stderr, flush=True)
    command = [sys.executable, str(HERE / "market_stannary.py"), job, *map(str, arguments)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, float] = json.loads(printed)
    return found


def _two_at_once(cache: str, chunk: int, seconds: float) -> dict[str, float]:
    """Let two processes solve at the same time, each on a core of its own; add up their solves a second."""
    print("fresh processes: throughput", file=sys.stderr, flush=True)
    script = str(HERE / "market_stannary.py")
    command = [sys.executable, script, "throughput", cache, str(chunk), str(seconds)]
    both = [
        subprocess.Popen([*command, str(core)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for core in range(2)
    ]
    for each in both:
        if each.stdout is None or each.stdout.readline() != "ready\n":
            raise RuntimeError("a process of the throughput measure did not start")
    found = []
    for each in both:
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in both:
        found.append(json.loads(each.communicate()[0]))
    return {name: found[0][name] + found[1][name] for name in ("rate", "cpu_rate")}


# -- what is printed ----------------------------------------------------------------------------------------


def _table(title: str, rows: Sequence[Row], answers: Sequence[str]) -> Iterable[str]:
    by_name = {row.words: row for row in rows}
    kernel, ours = by_name.get(KERNEL), by_name.get(OURS, rows[0])
    heads = ["CPU µs", "wall µs", "solves/s", f"x {ours.words}", "least to most", "prices apart"]
    if kernel:
        heads.insert(3, "x C kernel")
    yield f"| {title} | " + " | ".join(heads) + " |"
    yield "|---|" + "---:|" * (len(heads) - 1) + "---|"
    for row, words in zip(rows, answers, strict=True):
        ratios = row.ratios(ours)
        cells = [
            f"{row.each('cpu') * 1e6:,.1f}",
            f"{row.each('wall') * 1e6:,.1f}",
            f"{1 / row.each('wall'):,.0f}",
        ]
        cells += [f"{median(row.ratios(kernel)):,.2f}"] if kernel else []
        cells += [f"{median(ratios):,.2f}", f"{ratios[0]:,.2f} to {ratios[-1]:,.2f}", words]
        yield f"| {row.words} | " + " | ".join(cells) + " |"


def _held(
    what: str, wall: float, cpu: float | None, limit: float, *, by: str = "cpu", at_least: bool = False
) -> str:
    """Hold a measure against what was asked, by processor time (which others move least) or by the clock."""
    value = cpu if by == "cpu" and cpu is not None else wall
    met = value >= limit if at_least else value <= limit
    bound = f"{'at least' if at_least else 'at most'} {limit:,g}" + (
        " of processor time" if by == "cpu" else ""
    )
    cells = [f"{wall:,.2f}", "" if cpu is None else f"{cpu:,.2f}", bound, "met" if met else "not met"]
    return f"| {what} | " + " | ".join(cells) + " |"


def _machine() -> str:
    """Describe the machine and the libraries, naming neither."""
    model, cpus = platform.machine(), Path("/proc/cpuinfo")
    if cpus.exists():
        lines = [
            each for each in cpus.read_text(encoding="utf-8").splitlines() if each.startswith("model name")
        ]
        model = lines[0].partition(":")[2].strip() if lines else model
    libraries = ", ".join(found for name in LIBRARIES if (found := _release(name)))
    device = market_stannary.device()
    return (
        f"{os.cpu_count()} cores ({model}), device {device}, Python {platform.python_version()}, {libraries}"
    )


def _release(library: str) -> str | None:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    sys.exit(main())
