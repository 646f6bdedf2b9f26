"""The same assessment in OpenFisca: variables, dated parameters, a group entity for consignments.

OpenFisca reads its parameters at one instant, so the lines are taken day by day: one simulation a day,
vectorised over that day's lines. Lines are the persons, consignments (one importer, product and day) the
groups. Texts are turned into numbers before, parameters into arrays once a day: reading a parameter by
an array of names, as OpenFisca offers, is a Python loop over the lines.

OpenFisca computes in 32-bit floats, which hold seven digits; here its variables are told to keep 64.
Cents can still be off by one where an amount lies on the half.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from openfisca_core.entities import Entity, GroupEntity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from plain_law import PlainLaw

__all__ = ["job"]

LINE = Entity("line", "lines", "Entry line", "")
CONSIGNMENT = GroupEntity(
    "consignment", "consignments", "Lines of one importer, product and day", "",
    roles=[{"key": "part", "plural": "parts"}],
)  # fmt: skip
STAGES = {"mined": "mined_in", "refined": "refined_in", "melted": "melted_in", "produced": "origin_economy"}
SETS = {"parties": "is_party", "developing": "is_developing", "covered": "is_covered"}
NUMBERS = ("quantity", "value", "freight", "assay")
TEXTS = ("entry_number", "line_number", "importer")


def job(folder: Path, lines: Path, out: Path) -> Callable[[], None]:
    """Give the assessment of a book of lines."""

    def work() -> None:
        law = PlainLaw(folder / "law")
        names = Names(law)
        system = law_in_openfisca(law, names)
        book = pq.read_table(lines).drop_columns(["contract"])
        days = book["entered_on"].to_numpy()
        order = np.argsort(days, kind="stable")
        starts = np.flatnonzero(np.diff(days[order], prepend=days[order][:1] - np.timedelta64(1, "D")))
        inputs = {name: column[order] for name, column in _inputs(book, names).items()}
        found = [
            _assessed(
                system, days[order[start]], {name: column[start:end] for name, column in inputs.items()}
            )
            for start, end in zip(starts, [*starts[1:], len(order)], strict=True)
        ]
        columns = {name: np.concatenate([day[name] for day in found]) for name in found[0]}
        _write(book.select(TEXTS).take(pa.array(order)), columns, out)

    return work


class Names:
    """The texts of the law, numbered."""

    def __init__(self, law: PlainLaw) -> None:
        self.codes = {row["code"]: int(row["product"]) for row in law.table("codes")}
        self.usual = np.array([float(row["contained_share"]) for row in law.table("codes")])
        self.currencies = ["USD", *dict.fromkeys(row["currency"] for row in law.table("rates"))]
        self.spellings = {row["spelling"]: index for index, row in enumerate(law.table("economies"))}
        self.terms = [row["term"] for row in law.table("terms")]
        self.units = {row["unit"]: float(row["tonnes"]) for row in law.table("units")}

    def product(self, code: str | None) -> int:
        """Give the product of a tariff code by the longest code that begins it, -1 if none."""
        digits = (code or "").replace(".", "").replace(" ", "")
        return next((self.codes[digits[:n]] for n in range(10, 3, -1) if digits[:n] in self.codes), -1)


def _numbered(column: pa.ChunkedArray, number: Callable[[str | None], Any], missing: Any) -> np.ndarray:
    """Turn a column of texts into numbers by its dictionary."""
    packed = pc.dictionary_encode(column.combine_chunks())
    known = np.array([*(number(text) for text in packed.dictionary.to_pylist()), missing])
    return known[packed.indices.fill_null(len(known) - 1).to_numpy()]


def _inputs(book: pa.Table, names: Names) -> dict[str, np.ndarray]:
    """Turn the columns of the book into arrays; what is missing is NaN or -1."""
    found = {
        name: np.nan_to_num(pc.cast(book[name], pa.float64()).to_numpy(), nan=np.nan) for name in NUMBERS
    }
    found["product"] = _numbered(book["tariff_code"], names.product, -1)
    for stage, column in STAGES.items():
        found[stage] = _numbered(book[column], lambda text: names.spellings.get(text or "", -1), -1)
    found["tonnes"] = _numbered(book["quantity_unit"], lambda t: names.units.get(t or "", np.nan), np.nan)
    for name, column, texts in (
        ("currency", "currency", names.currencies),
        ("term", "incoterm", names.terms),
    ):
        known = {text: index for index, text in enumerate(texts)}
        found[name] = _numbered(book[column], lambda text, known=known: known.get(text or "", -1), -1)
    found["related"] = book["related_party"].fill_null(False).to_numpy()
    importers = pc.dictionary_encode(book["importer"].combine_chunks()).indices.fill_null(-1).to_numpy()
    found["consignment"] = (importers.astype(np.int64) + 1) * (len(names.codes) + 1) + found["product"] + 1
    flaws = [
        pc.fill_null(pc.equal(book[name], ""), True).to_numpy() for name in ("entry_number", "line_number")
    ]
    found["unnamed"] = np.select(flaws, [1, 2], 0)
    return found


def law_in_openfisca(law: PlainLaw, names: Names) -> TaxBenefitSystem:
    """Give the law as a tax-benefit system: its dated parameters and its variables."""
    system = TaxBenefitSystem([LINE, CONSIGNMENT])
    first = law.constants["first_day"]

    def since(value: Any) -> dict[str, Any]:
        return {"values": {first: {"value": value}}}

    floors: dict[str, Any] = {f"p{product}": {"values": {}} for product in names.codes.values()}
    references: dict[str, Any] = {}
    tests: dict[str, Any] = {}
    for row in law.table("stretches"):
        name = f"p{row['product']}"
        floors[name]["values"][row["first_day"]] = {"value": float(row["floor"])}
        references[name] = since(float(row["reference"]))
        tests[row["first_day"]] = {"value": int(row["test"])}
    rates: dict[str, Any] = {currency: {"values": {}} for currency in names.currencies}
    rates["USD"] = since(1.0)
    for row in law.table("rates"):
        rates[row["currency"]]["values"][row["day"]] = {"value": float(row["usd_per_unit"])}
    economies = law.table("economies")
    tree: dict[str, Any] = {
        "floors": floors,
        "references": references,
        "origin_test": {"values": tests},
        "rates": rates,
        "de_minimis": since(float(law.constants["de_minimis_usd"])),
        "shares": {name: since(float(Decimal(share))) for name, share in law.constants["shares"].items()},
        "terms": {
            row["term"]: {
                "adds_freight": since(float(row["adds_freight"])),
                "freight_uplift": since(float(row["freight_uplift"] or 0)),
                "insurance_uplift": since(float(row["insurance_uplift"] or 0)),
            }
            for row in law.table("terms")
        },
        **{
            name: {row["spelling"]: since(True) for row in economies if row[column] == "1"}
            for name, column in SETS.items()
        },
    }
    system.parameters = ParameterNode("", data=tree)
    system.names = names
    system.segments = {
        (int(row["product"]), row["first_day"]): int(row["segment"]) for row in law.table("stretches")
    }
    system.stages = law.constants["tests"]
    for variable in (*INPUTS, *FORMULAS):
        system.add_variable(variable)
    return system


class LineVariable(Variable):
    """A variable of a line on a day; amounts are kept in 64 bits."""

    value_type = float
    entity = LINE
    definition_period = DateUnit.DAY

    def __init_subclass__(cls) -> None:
        """Repeat the attributes in each variable: OpenFisca reads a class's own only."""
        for name in ("value_type", "entity", "definition_period"):
            setattr(cls, name, getattr(cls, name))

    def __init__(self, baseline_variable: Any = None) -> None:
        super().__init__(baseline_variable)
        if self.value_type is float:
            self.dtype = np.float64


def _input(name: str, kind: type) -> type[Variable]:
    return type(name, (LineVariable,), {"value_type": kind})


INPUTS = [_input(name, float) for name in (*NUMBERS, "tonnes")]
INPUTS += [_input(name, int) for name in ("product", "currency", "term", "unnamed", *STAGES)]
INPUTS += [_input("related", bool)]


def _cents(amount: Any) -> Any:
    """Round to whole cents, half away from zero."""
    return np.copysign(np.floor(np.abs(amount) * 100 + 0.5), amount)


def _each(node: Any, names: Any) -> Any:
    """Read a parameter for each name into an array, with a missing value at its end (index -1)."""
    return np.array([*(node[name] for name in names), np.nan])


class frontier(LineVariable):  # noqa: N801 - OpenFisca's variables are named so
    """The net frontier value before duty, in USD."""

    def formula(line: Any, period: Any, parameters: Any) -> Any:  # noqa: N805
        law, names = parameters(period), line.simulation.tax_benefit_system.names
        term = line("term", period)

        def of_term(what: str) -> Any:
            return np.array([*(law.terms[name][what] for name in names.terms), 0.0])[term]

        value, freight = line("value", period), line("freight", period)
        outside = np.where(np.isnan(freight), value * of_term("freight_uplift"), freight)
        stated = (
            value + value * of_term("insurance_uplift") + np.where(of_term("adds_freight") > 0, outside, 0)
        )
        return stated * _each(law.rates, names.currencies)[line("currency", period)]


class customs_cents(LineVariable):  # noqa: N801
    """The customs value in cents."""

    def formula(line: Any, period: Any) -> Any:  # noqa: N805
        return _cents(line("frontier", period))


class small_cents(LineVariable):  # noqa: N801
    """What a small line adds to its consignment."""

    def formula(line: Any, period: Any, parameters: Any) -> Any:  # noqa: N805
        cents = line("customs_cents", period)
        small = (cents >= 0) & (cents < parameters(period).de_minimis * 100) & (line("product", period) >= 0)
        return np.where(small, cents, 0)


class consigned_cents(LineVariable):  # noqa: N801
    """What the small lines of a consignment add up to."""

    entity = CONSIGNMENT

    def formula(consignment: Any, period: Any) -> Any:  # noqa: N805
        return consignment.sum(consignment.members("small_cents", period))


class origin(LineVariable):  # noqa: N801
    """Where the goods come from: 1 zone, 2 developing, 3 neutral, 4 covered, 5 unknown."""

    value_type = int

    def formula(line: Any, period: Any, parameters: Any) -> Any:  # noqa: N805
        law, system = parameters(period), line.simulation.tax_benefit_system
        tables = {}
        for name in SETS:
            member = np.zeros(len(system.names.spellings) + 1, bool)
            member[[system.names.spellings[spelling] for spelling in law[name]]] = True
            tables[name] = member
        at = [line(stage, period) for stage in system.stages[law.origin_test]]
        covered = np.any([tables["covered"][economy] for economy in at], axis=0)
        unknown = np.any([economy < 0 for economy in at], axis=0)
        zone = np.all([tables["parties"][economy] for economy in at], axis=0)
        friendly = np.all([tables["parties"][e] | tables["developing"][e] for e in at], axis=0)
        return np.select([line("product", period) < 0, covered, unknown, zone, friendly], [0, 4, 5, 1, 2], 3)


class origin_share(LineVariable):  # noqa: N801
    """The share of the adjustment that the origin pays."""

    def formula(line: Any, period: Any, parameters: Any) -> Any:  # noqa: N805
        shares = parameters(period).shares
        each = [shares[name] for name in ("zone", "developing", "neutral", "covered")]
        return np.array([np.nan, *each, max(each)])[line("origin", period)]


class content(LineVariable):  # noqa: N801
    """Contained tonnes."""

    def formula(line: Any, period: Any) -> Any:  # noqa: N805
        usual = np.append(line.simulation.tax_benefit_system.names.usual, np.nan)[line("product", period)]
        assay = line("assay", period)
        return line("quantity", period) * line("tonnes", period) * np.where(np.isnan(assay), usual, assay)


class adjustment_cents(LineVariable):  # noqa: N801
    """The gap to the floor that the origin pays, in cents."""

    def formula(line: Any, period: Any, parameters: Any) -> Any:  # noqa: N805
        law, names = parameters(period), line.simulation.tax_benefit_system.names
        products = [f"p{product}" for product in names.codes.values()]
        product, tonnes = line("product", period), line("content", period)
        price = np.where(
            line("related", period),
            tonnes * _each(law.references, products)[product],
            line("frontier", period),
        )
        gap = np.maximum(0, tonnes * _each(law.floors, products)[product] - price)
        return _cents(gap * line("origin_share", period))


class reason(LineVariable):  # noqa: N801
    """Why the line has its outcome."""

    value_type = int

    def formula(line: Any, period: Any, parameters: Any) -> Any:  # noqa: N805
        limit = parameters(period).de_minimis * 100
        quantity, value, assay = (line(name, period) for name in ("quantity", "value", "assay"))
        cents, owed = line("customs_cents", period), line("adjustment_cents", period)
        small = cents < limit
        share = line("origin_share", period)
        return np.select(
            [
                line("unnamed", period) > 0, quantity <= 0, value < 0, line("freight", period) < 0,
                (assay <= 0) | (assay > 1), line("product", period) < 0, np.isnan(quantity),
                np.isnan(line("tonnes", period)), np.isnan(value), line("currency", period) < 0,
                line("term", period) < 0, quantity * line("tonnes", period) > MOST_TONNES, cents > MOST_CENTS,
                small & (line.consignment("consigned_cents", period) < limit),
                (line("origin", period) == 1) & (share == 0), share == 0, (owed > 0) & small, owed > 0,
            ],
            [line("unnamed", period), 9, 15, 22, 24, 60, 7, 12, 13, 18, 19, 10, 16, 64, 63, 70, 69, 65],
            62,
        )  # fmt: skip


MOST_TONNES, MOST_CENTS = 10_000_000, 10_000_000_000_000
FORMULAS = (
    frontier, customs_cents, small_cents, consigned_cents, origin, origin_share, content, adjustment_cents,
    reason,
)  # fmt: skip


def _assessed(system: TaxBenefitSystem, day: Any, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Assess the lines of one day."""
    builder = SimulationBuilder()
    builder.create_entities(system)
    consignments, belongs = np.unique(inputs["consignment"], return_inverse=True)
    builder.declare_person_entity("line", range(len(belongs)))
    group = builder.declare_entity("consignment", range(len(consignments)))
    builder.join_with_persons(group, belongs, np.zeros(len(belongs), int))
    simulation = builder.build(system)
    period = str(day)
    for name, column in inputs.items():
        if name != "consignment":
            simulation.set_input(name, period, column)
    found = {name: simulation.calculate(name, period) for name in ("reason", "origin", "customs_cents")}
    owed = np.isin(found["reason"], (65, 69))
    found["owed_cents"] = np.where(owed, simulation.calculate("adjustment_cents", period), 0)
    found["product"] = inputs["product"]
    live = np.full(len(system.names.codes) + 1, -1)
    for (product, start), segment in system.segments.items():
        if start <= period:
            live[product] = max(live[product], segment)
    found["segment"] = live[inputs["product"]]
    return found


def _write(texts: pa.Table, found: dict[str, np.ndarray], out: Path) -> None:
    """Write the columns of a determination."""
    reason, product, segment = found["reason"], found["product"], found["segment"]
    outcome = np.select(
        [reason < 60, reason <= 61, reason == 63, np.isin(reason, (65, 69))], [4, 0, 2, 3], 1
    ).astype(np.int8)
    outside = product < 0

    def usd(cents: np.ndarray) -> pa.Array:
        whole = pa.array(np.nan_to_num(cents).astype(np.int64), mask=np.isnan(cents))
        return pc.multiply(whole.cast(pa.decimal128(19, 0)), pa.scalar(Decimal("0.01"))).cast(
            pa.decimal128(18, 2)
        )

    columns = {
        "outcome": pa.array(outcome),
        "reason": pa.array(reason.astype(np.int16)),
        "product_index": pa.array(product.astype(np.int16), mask=outside),
        "origin": pa.array(found["origin"].astype(np.int8)),
        "exemption": pa.array(np.where(reason == 64, 4, 0).astype(np.int8)),
        "rule_index": pa.array(np.zeros(len(product), np.int16), mask=outside),
        "segment": pa.array(segment.astype(np.int32), mask=outside),
        "customs_value_usd": usd(found["customs_cents"]),
        "adjustment_usd": usd(found["owed_cents"]),
    }
    for name, column in columns.items():
        texts = texts.append_column(name, column)
    pq.write_table(texts, out, compression="snappy", row_group_size=122_880)
