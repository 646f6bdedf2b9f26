"""Determinations: what the border decided, one row a line, in codes, with the words beside them.

The Parquet file holds the input columns as they came and, for each line, small integers: outcome,
reason, product, origin, exemption, duty rule and law segment, with two amounts in USD. The words the
integers stand for, and the lineage of the run, travel in the file's own metadata.
"""

from __future__ import annotations

import base64
import json
import shutil
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from stannary.border.codes import BY_CODE, EXEMPTION_NAMES, ORIGIN_NAMES, OUTCOMES
from stannary.border.columns import exactly, small_table
from stannary.border.law_tables import LawTables
from stannary.border.single import Line
from stannary.border.summary import Summary, order_of, summarise
from stannary.border.workplace import Workplace, arriving, rows_a_group
from stannary.errors import EntriesError, Place, Problem
from stannary.lineage import Lineage

__all__ = [
    "Determination",
    "Determinations",
    "determination_of",
    "open_determinations",
    "words_of",
    "write_determinations",
]

METADATA = "stannary"
RESULT_COLUMNS = (
    "outcome", "reason", "product_index", "origin", "exemption", "rule_index", "segment",
    "customs_value_usd", "adjustment_usd",
)  # fmt: skip


@dataclass(frozen=True)
class Determination:
    """What was decided of one line, in words and exact numbers.

    Amounts are USD to the cent; `facts` holds every number found on the way.
    """

    outcome: str
    reason: str
    entry_number: str | None
    line_number: str | None
    product: str | None
    mineral: str | None
    stage: str | None
    origin: str
    exemption: str
    rule: str | None
    segment: int | None
    floor_usd_per_t: Decimal | None
    customs_value_usd: Decimal | None
    adjustment_usd: Decimal
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


def determination_of(line: Line, law: LawTables) -> Determination:
    """Put the cells of an assessed line into words."""
    cells = line.cells
    product = None if cells["product_index"] is None else law.products[cells["product_index"]]
    rule = None if cells["rule_index"] is None else law.rules[cells["rule_index"]].id
    return Determination(
        outcome=OUTCOMES[cells["outcome"]],
        reason=BY_CODE[cells["reason"]].name,
        entry_number=cells["in_entry_number"],
        line_number=cells["in_line_number"],
        product=product.id if product else None,
        mineral=product.mineral if product else None,
        stage=product.stage if product else None,
        origin=ORIGIN_NAMES[cells["origin"]],
        exemption=EXEMPTION_NAMES[cells["exemption"]],
        rule=rule,
        segment=cells["segment"],
        floor_usd_per_t=cells["floor"],
        customs_value_usd=_usd(cells["customs_value_cents"]),
        adjustment_usd=_usd(cells["owed_cents"]) or Decimal("0.00"),
        facts=cells,
    )


def _usd(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents).scaleb(-2)


def write_determinations(
    lines: ir.Table, kept: Sequence[str], words: dict[str, Any], backend: Any, out: Path
) -> None:
    """Write assessed lines to a Parquet file of determinations, all or nothing."""
    beside = {name: lines[f"given_{number}"] for number, name in enumerate(kept)}
    table = lines.select(
        **beside,
        outcome=lines.outcome.cast("int32").cast("int8"),
        reason=lines.reason.cast("int32").cast("int16"),
        product_index=lines.product_index,
        origin=lines.origin.cast("int32").cast("int8"),
        exemption=lines.exemption.cast("int32").cast("int8"),
        rule_index=lines.rule_index,
        segment=lines.segment,
        customs_value_usd=_in_usd(lines.customs_value_cents),
        adjustment_usd=_in_usd(lines.owed_cents),
    )
    packed = base64.b64encode(json.dumps(words).encode()).decode()
    with arriving(out) as draft:
        backend.to_parquet(
            table,
            draft,
            compression="snappy",
            row_group_size=rows_a_group(len(table.columns)),
            kv_metadata={METADATA: packed},
        )


def _in_usd(cents: Any) -> Any:
    cent = exactly(ibis.literal(Decimal("0.01"), type="decimal(3, 2)"))
    return (exactly(cents.cast("decimal(18, 0)")) * cent).cast("decimal(18, 2)")


def words_of(law: LawTables, lineage: Lineage, entries: Path) -> dict[str, Any]:
    """Give what the codes of this run stand for."""
    return {
        "lineage": asdict(lineage),
        "run": lineage.run,
        "charter": law.charter.citation.title,
        "entries": str(entries.resolve()),
        "products": [[p.id, p.mineral, p.stage, p.title] for p in law.products],
        "rules": [[rule.id, rule.rule.kind] for rule in law.rules],
        "segments": [
            [
                s.index,
                s.product,
                s.start.isoformat(),
                s.end.isoformat(),
                None if s.floor is None else str(s.floor),
            ]
            for s in law.segments
        ],
    }


WORDS = ("product_id", "mineral", "stage", "rule")
"""Columns that words are put in; a column of the entries that bears such a name gives way."""


class Determinations:
    """A file of determinations, with the words of its codes.

    `held` is a folder of its own that goes with the object.
    """

    def __init__(self, path: Path, held: Path | None = None) -> None:
        self.path = path
        if held is not None:
            weakref.finalize(self, shutil.rmtree, held, ignore_errors=True)
        words = _read_words(path)
        self.lineage = Lineage(**words["lineage"])
        self.products: tuple[tuple[str, str, str, str], ...] = tuple(tuple(p) for p in words["products"])
        self.rules: tuple[str, ...] = tuple(rule[0] for rule in words["rules"])
        self.charter: str = words["charter"]
        self.entries = Path(words["entries"])
        """Where the entry lines were read from."""
        self.lines: int = pq.read_metadata(path).num_rows

    def in_words(self, backend: Any) -> ir.Table:
        """Give the determinations as a table with words in place of codes (an Ibis expression)."""
        table = backend.read_parquet(self.path)
        table = table.drop(*[name for name in WORDS if name in table.columns])
        names = ("word_index", "product_id", "mineral", "stage")
        kinds = (pa.int16(), pa.string(), pa.string(), pa.string())
        rows = [(index, *product[:3]) for index, product in enumerate(self.products)]
        products = backend.create_table(
            "product_words", small_table(names, kinds, rows), temp=True, overwrite=True
        )
        table = table.left_join(products, table.product_index == products.word_index).drop("word_index")
        return table.mutate(
            outcome=_word(table.outcome, dict(enumerate(OUTCOMES))),
            reason=_word(table.reason, {code: reason.name for code, reason in BY_CODE.items()}),
            origin=_word(table.origin, dict(enumerate(ORIGIN_NAMES))),
            exemption=_word(table.exemption, dict(enumerate(EXEMPTION_NAMES))),
            rule=_word(table.rule_index, dict(enumerate(self.rules))),
        ).drop("product_index", "rule_index")

    def rows(self, entry: str | None = None, line: str | None = None) -> Iterator[dict[str, Any]]:
        """Give rows in words, in the order of the input; all, or those of one entry (and line)."""
        with Workplace() as work:
            table = self.in_words(work.backend)
            if entry is not None:
                table = table.filter(table.entry_number.cast("string") == entry)
            if line is not None:
                table = table.filter(table.line_number.cast("string") == line)
            order = order_of(table)
            # moments with a time zone go out as text: to fetch them takes a package of zones
            zoned = [name for name, kind in table.schema().items() if kind.is_timestamp() and kind.timezone]
            table = table.mutate(**{name: table[name].cast("string") for name in zoned})
            cursor = work.backend.raw_sql(ibis.to_sql(table.order_by(*order), dialect="duckdb"))
            names = [column[0] for column in cursor.description]
            while rows := cursor.fetchmany(10_000):
                yield from (dict(zip(names, row, strict=True)) for row in rows)

    def write_csv(self, out: Path) -> None:
        """Write the determinations in words as CSV, in the order of the input, all or nothing."""
        with Workplace() as work, arriving(out) as draft:
            table = self.in_words(work.backend)
            work.backend.to_csv(table.order_by(*order_of(table)), draft)

    def write_ndjson(self, out: Path) -> None:
        """Write the determinations in words, one JSON object a line, all or nothing."""
        with Workplace() as work, arriving(out) as draft:
            table = self.in_words(work.backend)
            query = ibis.to_sql(table.order_by(*order_of(table)), dialect="duckdb")
            work.backend.raw_sql(f"COPY ({query}) TO '{quoted(draft)}' (FORMAT json)").fetchall()

    def summary(self) -> Summary:
        """Add up the determinations: counts and exact totals by outcome, mineral, stage, origin, importer."""
        with Workplace() as work:
            return summarise(self.in_words(work.backend), work.backend)


def quoted(path: Path) -> str:
    """Give a path as it stands inside single quotes in SQL."""
    return str(path).replace("'", "''")


def open_determinations(path: Path) -> Determinations:
    """Open a Parquet file of determinations. Raises `EntriesError` when it is not one."""
    return Determinations(path)


def _word(code: Any, words: Mapping[int, str]) -> Any:
    return (
        ibis.cases(*[(code == number, word) for number, word in words.items()], else_=ibis.null("string"))
        if words
        else ibis.null("string")
    )


def _read_words(path: Path) -> dict[str, Any]:
    place = Place(str(path))
    if not path.is_file():
        raise EntriesError(
            [
                Problem(
                    "STN-ENTRY-001",
                    "There is no such file of determinations.",
                    "Run stannary assess first.",
                    place,
                )
            ]
        )
    try:
        metadata = pq.read_metadata(path).metadata or {}
        found: dict[str, Any] = json.loads(base64.b64decode(metadata[METADATA.encode()]))
    except (KeyError, ValueError, OSError) as error:
        raise EntriesError(
            [
                Problem(
                    "STN-ENTRY-003",
                    "The file is not one of determinations.",
                    "Name a Parquet file that stannary assess wrote.",
                    place,
                )
            ]
        ) from error
    return found
