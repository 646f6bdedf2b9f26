"""Time the border against copying the file, hand-written SQL, and other engines, in one run.

    python benchmarks/border.py [--lines N] [--peers copy,stannary,…] [--runs K] [--folder FOLDER]

Makes the book of lines once, from fixed seeds. Then each variant runs in a fresh process, the variants taking
turns, K rounds; wall and processor seconds are the median of the rounds, ratios the median of each round's
ratio, peak memory the largest. Variants too slow for the whole book take the beginning of it, and their
seconds are scaled by the line: the table says so. What every variant wrote is held against what Stannary
wrote. Exits with 1 where an exact variant gives another answer.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Variant:
    """One way to assess the book: where its job is, and the most lines it is given."""

    words: str
    module: str
    job: str = "job"
    most_lines: int | None = None
    is_exact: bool = True


VARIANTS = {
    "copy": Variant("copy of the file (DuckDB)", "copying"),
    "stannary": Variant("Stannary, results only", "stannary_border"),
    "stannary-all": Variant("Stannary, every column kept", "stannary_border", "job_with_every_column"),
    "sql": Variant("hand SQL (DuckDB), floats proven", "hand_sql"),
    "sql-decimal": Variant("hand SQL (DuckDB), plain decimals", "hand_sql", "job_in_decimals"),
    "polars": Variant("Polars, streaming, integers", "polars_frames"),
    "openfisca": Variant("OpenFisca, a day at a time", "openfisca_law", most_lines=2_000_000, is_exact=False),
    "rules": Variant("rule-engine, row by row", "row_rules", most_lines=20_000),
    "single": Variant("Stannary, line by line", "stannary_border", "job_line_by_line", most_lines=20_000),
}
OWN_ANSWER = {"copy": "", "stannary": "(the measure)"}
"""Variants whose answer is held against none: there is none, or it is what others are held against."""
HAND_SQL = ("sql", "sql-decimal")
LIBRARIES = ("duckdb", "ibis-framework", "pyarrow", "polars", "OpenFisca-Core", "rule-engine", "numpy")


@dataclass
class Result:
    """What the rounds of one variant took, and what it answered."""

    lines: int
    scale: float
    rounds: list[dict[str, float]] = field(default_factory=list)
    answer: list[dict[str, Any]] = field(default_factory=list)

    def middle(self, what: str) -> float:
        """Give the median of the rounds, scaled to the whole book."""
        return median(taken[what] for taken in self.rounds) * self.scale

    def ratios(self, other: Result, what: str = "wall") -> list[float]:
        """Give each round's ratio to another variant, from smallest to largest."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return sorted(mine[what] * self.scale / (theirs[what] * other.scale) for mine, theirs in pairs)

    def times(self, other: Result, what: str = "wall") -> float:
        """Give the median of each round's ratio to another variant."""
        return median(self.ratios(other, what))

    @property
    def peak(self) -> float:
        """Give the largest peak memory of the rounds, in MB."""
        return max(taken["peak"] for taken in self.rounds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the books, run the variants in turn, print the table, the targets and the answers."""
    asked = _asked(arguments)
    folder = asked.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {name: min(VARIANTS[name].most_lines or asked.lines, asked.lines) for name in asked.peers}
    _child("border_book.py", folder, *sorted(set(sizes.values())))
    results = {name: Result(lines, asked.lines / lines) for name, lines in sizes.items()}
    references: dict[int, list[dict[str, Any]]] = {}
    for number in range(asked.runs):
        for name, result in results.items():
            print(f"round {number + 1} of {asked.runs}: {name}", file=sys.stderr, flush=True)
            out = folder / f"out-{name}.parquet"
            result.rounds.append(_timed(name, result.lines, folder, out))
            if number == 0 and name != "copy":  # a round repeats the one before
                result.answer = _child("answers.py", out)
                if name == "stannary":
                    references[result.lines] = result.answer
            out.unlink(missing_ok=True)
    for lines in {result.lines for name, result in results.items() if name != "copy"} - set(references):
        out = folder / "out-reference.parquet"
        _timed("stannary", lines, folder, out)
        references[lines] = _child("answers.py", out)
        out.unlink()
    print("\n".join(_report(results, references, asked.lines, asked.runs)))
    return int(not all(_same(results[name], references) for name in _held_to_one_answer(results)))


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--lines", type=int, default=10_000_000, help="lines of the book")
    parser.add_argument("--peers", default=",".join(VARIANTS), help="variants, with commas between")
    parser.add_argument("--runs", type=int, default=3, help="rounds")
    parser.add_argument(
        "--folder", type=Path, default=HERE.parent / "build" / "bench", help="for books and answers"
    )
    asked = parser.parse_args(arguments)
    asked.peers = asked.peers.split(",")
    unknown = [name for name in asked.peers if name not in VARIANTS]
    if unknown or asked.lines < 1 or asked.runs < 1:
        parser.error(f"no variant {', '.join(unknown)}" if unknown else "lines and runs start at 1")
    return asked


def _timed(name: str, lines: int, folder: Path, out: Path) -> dict[str, float]:
    """Run one variant in a fresh process, when nothing written before is still on its way to the disk."""
    os.sync()
    variant, book = VARIANTS[name], folder / f"lines-{lines}.parquet"
    taken: dict[str, float] = _child("one_run.py", variant.module, variant.job, folder, book, out)
    return taken


def _child(script: str, *arguments: Any) -> Any:
    """Run a script of this folder in a fresh process and read the JSON it prints.

    This process stays small: on Linux a child's peak memory begins at its parent's.
    """
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(printed) if printed.strip() else None


# -- what is printed ----------------------------------------------------------------------------------------


def _report(
    results: Mapping[str, Result], references: Mapping[int, Any], lines: int, runs: int
) -> Iterable[str]:
    yield from (f"{lines:,} lines, median of {runs} interleaved rounds; {_machine()}", "")
    copy = results.get("copy")
    hand = min((results[n] for n in HAND_SQL if n in results), key=lambda r: r.middle("wall"), default=None)
    heads = (
        "wall s",
        "CPU s",
        "peak MB",
        "x copy",
        "least to most",
        "x copy CPU",
        "x hand SQL",
        "same answer",
    )
    yield "| variant | " + " | ".join(heads) + " |"
    yield "|---|" + "---:|" * (len(heads) - 1) + "---|"
    for name, result in results.items():
        mark = "" if result.scale == 1 else f" (scaled from {result.lines:,} lines)"
        cells = [
            f"{result.middle('wall'):,.1f}",
            f"{result.middle('cpu'):,.1f}",
            f"{result.peak:,.0f}",
            f"{result.times(copy):,.2f}" if copy else "",
            f"{result.ratios(copy)[0]:,.2f} to {result.ratios(copy)[-1]:,.2f}" if copy else "",
            f"{result.times(copy, 'cpu'):,.2f}" if copy else "",
            f"{result.times(hand):,.2f}" if hand else "",
            OWN_ANSWER[name] if name in OWN_ANSWER else _compared(result, references),
        ]
        yield f"| {VARIANTS[name].words}{mark} | " + " | ".join(cells) + " |"
    yield ""
    yield from _targets(results, copy, hand)
    exact = _held_to_one_answer(results)
    same = all(_same(results[name], references) for name in exact)
    if exact:
        yield f"same answer: {'yes' if same else 'no'} ({', '.join(exact)}: every cell, to the cent)"
    else:
        yield "same answer: nothing was asked that could differ"
    if lines in references:
        yield from ("", *_answer(references[lines]))


def _targets(results: Mapping[str, Result], copy: Result | None, hand: Result | None) -> Iterable[str]:
    """Hold what was measured against what was asked."""
    for name in ("stannary", "stannary-all"):
        if name in results:
            words, result = VARIANTS[name].words, results[name]
            if copy:
                yield _ratio_held(f"{words}, times the copy", result, copy, 1.8)
            yield _held(f"{words}, peak memory in MB", result.peak, 600)
    if "stannary" in results and hand:
        yield _ratio_held("Stannary, results only, times the faster hand SQL", results["stannary"], hand, 1.1)
    if "stannary" in results and "sql-decimal" in results:
        what = "Stannary, results only, times the hand SQL in plain decimals"
        yield _ratio_held(what, results["stannary"], results["sql-decimal"], 1.1)
    if "single" in results:
        one = results["single"]
        each = median(taken["wall"] for taken in one.rounds) / one.lines * 1e6
        yield _held("Stannary, one line by one call in µs", each, 1000)


def _held(what: str, value: float, limit: float) -> str:
    return f"- {what}: {value:,.2f}, at most {limit:,.1f}: {'met' if value <= limit else 'not met'}"


def _ratio_held(what: str, result: Result, other: Result, limit: float) -> str:
    """Hold a ratio against its limit, and say where the rounds, or processor time, tell another story."""
    verdict = _held(what, result.times(other), limit)
    least, most = result.ratios(other)[0], result.ratios(other)[-1]
    processor = result.times(other, "cpu")
    doubt = "" if (least <= limit) == (most <= limit) == (processor <= limit) else " by the median only"
    return f"{verdict}{doubt} (rounds {least:,.2f} to {most:,.2f}; by processor time {processor:,.2f})"


def _held_to_one_answer(results: Mapping[str, Result]) -> list[str]:
    """List the variants that must answer as Stannary does."""
    return [name for name in results if VARIANTS[name].is_exact and name not in OWN_ANSWER]


def _same(result: Result, references: Mapping[int, Any]) -> bool:
    return bool(result.answer) and result.answer == references[result.lines]


def _compared(result: Result, references: Mapping[int, Any]) -> str:
    """Say whether an answer is Stannary's, and if not by how much it differs."""
    if _same(result, references):
        return "yes"
    wanted = references[result.lines]
    if [(r["outcome"], r["lines"]) for r in result.answer] != [(r["outcome"], r["lines"]) for r in wanted]:
        return "no: other outcomes"
    apart = [
        sum(Decimal(r[name] or 0) for r in result.answer) - sum(Decimal(r[name] or 0) for r in wanted)
        for name in ("customs_value_usd", "adjustment_usd")
    ]
    return f"no: outcomes alike, sums apart by {apart[0]} and {apart[1]} USD"


def _answer(rows: list[dict[str, Any]]) -> Iterable[str]:
    names = ("out_of_scope", "cleared", "preferential", "adjusted", "referred")
    yield "| outcome | lines | customs value USD | adjustment USD |"
    yield "|---|---:|---:|---:|"
    for row in rows:
        money = [f"{Decimal(row[name] or 0):,.2f}" for name in ("customs_value_usd", "adjustment_usd")]
        yield f"| {names[row['outcome']]} | {row['lines']:,} | {money[0]} | {money[1]} |"


def _machine() -> str:
    """Describe the machine and the libraries, naming neither."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        models = [
            line for line in cpus.read_text(encoding="utf-8").splitlines() if line.startswith("model name")
        ]
        model = models[0].partition(":")[2].strip() if models else model
    libraries = ", ".join(found for name in LIBRARIES if (found := _release(name)))
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, Python {platform.python_version()}, {libraries}"
    )


def _release(library: str) -> str | None:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    sys.exit(main())
