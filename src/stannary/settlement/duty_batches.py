"""Duties in bulk: a file of determinations, of any size, as a stream of vouchers.

The file is read in batches, so that memory does not grow with it, and amounts go from its decimal column to
whole cents without a float between. Every adjusted line gives the very voucher that `settle_duty` gives for
it. A line that is there more than once is owed more than once, and each time gets a key of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Collection as Holds
from dataclasses import astuple, dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stannary.border.codes import BY_CODE, ORIGIN_NAMES, OUTCOMES
from stannary.border.determinations import Determinations, open_determinations
from stannary.border.entries import BLANKS
from stannary.border.workplace import Workplace
from stannary.errors import SettlementError
from stannary.ledger.book import Book
from stannary.ledger.vouchers import Cause, Voucher
from stannary.settlement.chart import Chart, openings
from stannary.settlement.duties import (
    CURRENCY,
    NOT_STATED,
    Collection,
    Duty,
    assessment,
    day_of,
    reference_of,
    statement_of,
)
from stannary.settlement.reckoning import problem

__all__ = ["Posted", "duties_of", "duty_vouchers", "post_duties"]

ROWS = 16_384
"""Lines read at a time."""

ADJUSTED = OUTCOMES.index("adjusted")
TO_CENTS = pa.scalar(Decimal(100), pa.decimal128(3, 0))
NEEDED = ("outcome", "reason", "product_index", "origin", "rule_index", "customs_value_usd", "adjustment_usd")
BESIDE = ("entry_number", "line_number", "importer", "entered_on", "row")


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a file: how many vouchers, worth how much (cents), and how many were known before."""

    vouchers: int
    cents: int
    repeated: int


def duty_vouchers(
    determinations: Path | str | Determinations,
    collection: Collection,
    *,
    opened: Holds[tuple[str, str]] = frozenset(),
    entered_on: date | None = None,
) -> Iterator[Voucher]:
    """Give a voucher for each adjusted line of a file, and before it those that open its accounts.

    `opened` names accounts that the book holds (organisation, name) and that are not opened again.
    `entered_on` is the day for lines of a file that was written without it. Raises `EntriesError` where the
    file is not one of determinations, `SettlementError` where its lines have no number or no day.
    """
    found = _open(determinations)
    accounts: dict[str, tuple[str, str]] = {}
    opening = None
    seen: set[tuple[str, str]] = set()
    for duty in duties_of(found, entered_on=entered_on):
        names = accounts.get(duty.importer)
        if names is None:
            chart = Chart(collection.member_of(duty.importer), CURRENCY)
            both = (chart.duties_receivable(duty.importer), chart.duty_income())
            accounts[duty.importer] = names = (both[0].name, both[1].name)
            opening = opening or entered_on or _first_day(found)
            missing = [a for a in both if (a.organisation, a.name) not in seen]
            seen.update((a.organisation, a.name) for a in missing)
            missing = [a for a in missing if (a.organisation, a.name) not in opened]
            yield from openings(
                missing, opening, Cause("determinations", collection.run or found.lineage.run)
            )
        yield assessment(duty, statement_of(duty, collection), *names)


def post_duties(
    book: Book,
    determinations: Path | str | Determinations,
    collection: Collection,
    *,
    entered_on: date | None = None,
    batch: int = 1_000,
    progress: Callable[[int], None] | None = None,
) -> Posted:
    """Put the duties of a file into a book, a batch a transaction.

    Stopped at any point and run again it goes on where it stood; run twice it adds nothing. `progress` is
    told how many vouchers of the file stand in the book.
    """
    members = {collection.member, *collection.members.values()}
    opened = {(member, each.account.name) for member in members for each in book.standings(member)}
    count = cents = repeated = 0
    vouchers = duty_vouchers(determinations, collection, opened=opened, entered_on=entered_on)
    for receipt in book.post_many(vouchers, batch):
        voucher = receipt.recorded.voucher
        if voucher.kind == "open_account":
            continue
        count += 1
        repeated += receipt.is_repeat
        cents += sum(each.amount for each in voucher.transfers)
        if progress is not None and count % batch == 0:
            progress(count)
    return Posted(count, cents, repeated)


def duties_of(
    determinations: Path | str | Determinations, *, entered_on: date | None = None
) -> Iterator[Duty]:
    """Give the duty of each adjusted line of a file, in the order of the file, in flat memory."""
    found = _open(determinations)
    parquet = pq.ParquetFile(found.path)
    columns = [name for name in (*NEEDED, *BESIDE) if name in parquet.schema_arrow.names]
    _must_tell(found, columns, entered_on)
    words = _Words(found, entered_on)
    names = _names_of_repeated(found, parquet, columns, words)
    for duty, row in _adjusted(parquet, columns, words):
        if duty.reference in names:
            ordinal = names[duty.reference][_place(duty, row)].pop(0)
            yield replace(duty, reference=f"{duty.reference}/{ordinal}") if ordinal > 1 else duty
        else:
            yield duty


def _open(determinations: Path | str | Determinations) -> Determinations:
    if isinstance(determinations, Determinations):
        return determinations
    return open_determinations(Path(determinations))


def _must_tell(found: Determinations, columns: list[str], entered_on: date | None) -> None:
    wanted = ["entry_number", "line_number", *(["entered_on"] if entered_on is None else [])]
    missing = [name for name in wanted if name not in columns]
    if missing:
        message = f"The determinations do not hold {' and '.join(missing)}."
        remedy = "Assess with every column kept, or name the day of entry."
        raise SettlementError([problem("003", message, remedy, str(found.path))])


def _adjusted(
    parquet: pq.ParquetFile, columns: list[str], words: _Words
) -> Iterator[tuple[Duty, int | None]]:
    for batch in parquet.iter_batches(ROWS, columns=columns):
        table = pa.table(batch)
        yield from words.read(table.filter(pc.equal(table["outcome"], pa.scalar(ADJUSTED, pa.int8()))))


def _names_of_repeated(
    found: Determinations, parquet: pq.ParquetFile, columns: list[str], words: _Words
) -> dict[str, dict[tuple[Any, ...], list[int]]]:
    """Number the lines that share their entry and line number, by row, or else by what they say.

    The order of a file of determinations may change when it is written again; the numbers do not.
    """
    seen: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _repeated(found)}
    if not seen:
        return {}
    for duty, row in _adjusted(parquet, columns, words):
        if duty.reference in seen:
            seen[duty.reference].append(_place(duty, row))
    names: dict[str, dict[tuple[Any, ...], list[int]]] = {}
    for reference, places in seen.items():
        for ordinal, place in enumerate(sorted(places), 1):
            names.setdefault(reference, {}).setdefault(place, []).append(ordinal)
    return names


def _repeated(found: Determinations) -> Iterator[str]:
    """Give the names that more than one adjusted line bears; the database spills what memory cannot hold."""
    with Workplace("400MB") as work:
        table = work.backend.read_parquet(found.path)
        keys = table.filter(table.outcome == ADJUSTED).select(
            entry=table.entry_number.cast("string"), line=table.line_number.cast("string")
        )
        # a hash takes less room than the texts; lines that share one by chance are sorted out after
        keys = keys.mutate(mark=(keys.entry + "/" + keys.line).hash())
        marks = keys.group_by("mark").aggregate(times=keys.count())
        twice = keys.semi_join(marks.filter(marks.times > 1), "mark")
        counts = twice.group_by("entry", "line").aggregate(times=twice.count())
        found_twice = counts.filter(counts.times > 1)
        for row in work.with_room(lambda: work.backend.to_pyarrow(found_twice)).to_pylist():
            yield reference_of(row["entry"], row["line"])


def _place(duty: Duty, row: int | None) -> tuple[Any, ...]:
    """Give what a line is put in order by, among lines of its number."""
    return (row,) if row is not None else tuple(map(str, astuple(duty)))


def _first_day(found: Determinations) -> date:
    """Give the first day of entry of a file, on which the accounts of its duties are opened."""
    columns = ["outcome", "entered_on"]
    days: set[Any] = set()
    for batch in pq.ParquetFile(found.path).iter_batches(ROWS * 8, columns=columns):
        table = pa.table(batch)
        table = table.filter(pc.equal(table["outcome"], pa.scalar(ADJUSTED, pa.int8())))
        days |= set(pc.unique(table["entered_on"]).to_pylist())
    return min(map(day_of, days))


class _Words:
    """The words behind the codes of a file, and the days of its lines, each read once."""

    def __init__(self, found: Determinations, entered_on: date | None) -> None:
        self.products = {i: (each[0], each[1]) for i, each in enumerate(found.products)}
        self.rules = dict(enumerate(found.rules))
        self.reasons = {code: reason.name for code, reason in BY_CODE.items()}
        self.entered_on = entered_on
        self.days: dict[Any, date] = {}

    def read(self, table: pa.Table) -> Iterator[tuple[Duty, int | None]]:
        """Give the duties of adjusted lines, with the number of each line's row where the file holds it."""
        lines = table.num_rows
        texts = (_texts(table, name, lines) for name in ("entry_number", "line_number", "importer"))
        days = table["entered_on"].to_pylist() if "entered_on" in table.column_names else [None] * lines
        rows = table["row"].to_pylist() if "row" in table.column_names else [None] * lines
        codes = (table[name].to_pylist() for name in ("reason", "product_index", "origin", "rule_index"))
        values = _cents(table["customs_value_usd"])
        amounts = _cents(table["adjustment_usd"])
        for entry, line, importer, day, row, reason, product, origin, rule, value, cents in zip(
            *texts, days, rows, *codes, values, amounts, strict=True
        ):
            name, mineral = self.products.get(product, (NOT_STATED, ""))
            yield (
                Duty(
                    reference_of(entry, line),
                    importer if importer and importer.strip(BLANKS) else NOT_STATED,
                    self.entered_on or self._day(day, entry),
                    "adjusted",
                    self.reasons[reason],
                    name,
                    mineral,
                    ORIGIN_NAMES[origin],
                    self.rules.get(rule, ""),
                    value,
                    cents,
                ),
                row,
            )

    def _day(self, given: Any, entry: str) -> date:
        day = self.days.get(given)
        if day is None:
            self.days[given] = day = day_of(given, entry)
        return day


def _texts(table: pa.Table, name: str, lines: int) -> list[Any]:
    if name not in table.column_names:
        return [None] * lines
    texts: list[Any] = pc.cast(table[name], pa.string()).to_pylist()
    return texts


def _cents(column: pa.ChunkedArray) -> list[int | None]:
    """Turn decimals of two places into whole cents; the cast refuses to drop a digit."""
    cents: list[int | None] = pc.cast(pc.multiply(column, TO_CENTS), pa.int64()).to_pylist()
    return cents
