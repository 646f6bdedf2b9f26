"""The book of entry lines, the charter and the atlas that the border is timed on, made from fixed seeds.

Ten million lines of 18 columns, 2,000 dated floors over 200 tariff codes, 60 economies, 100,000 importers,
daily exchange rates of five currencies: the sizes are arguments.
"""

from __future__ import annotations

import csv
import random
import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

from stannary.charter.border_adjustment import BorderAdjustment, Gap, Incoterm, RuleInForce, Valuation
from stannary.charter.charter import Charter
from stannary.charter.citation import Citations, DatedNumber, Number
from stannary.charter.exemptions import Exemptions
from stannary.charter.membership import Membership, MembershipSpell
from stannary.charter.price_floors import Fixed, FloorValue, PriceFloors, ProductFloor
from stannary.charter.reference_prices import PriceBasis, ReferencePrice, ReferencePrices
from stannary.charter.rules_of_origin import OriginRate, OriginTest, RulesOfOrigin
from stannary.charter.scope import Product, Scope, TariffLine

FIRST = date(2026, 7, 1)
DAYS = 730
WHY = "made for the benchmark"
CURRENCIES = ("USD", "EUR", "JPY", "KRW", "CNY")


def make_atlas(folder: Path, toy_atlas: Path) -> None:
    """Write an atlas with daily exchange rates of four currencies beside the dollar."""
    shutil.copytree(toy_atlas, folder, dirs_exist_ok=True)
    source = next(csv.DictReader((folder / "sources.csv").open(encoding="utf-8")))["id"]
    base = {"EUR": 1.1, "JPY": 0.0067, "KRW": 0.00072, "CNY": 0.14}
    draw = random.Random(1)
    with (folder / "exchange_rates.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["day", "currency", "usd_per_unit", "source"])
        for n in range(DAYS):
            for currency, rate in base.items():
                writer.writerow(
                    [FIRST + timedelta(days=n), currency, f"{rate * draw.uniform(0.95, 1.05):.6f}", source]
                )


def economies(toy_atlas: Path) -> list[str]:
    """Give sixty economies of the atlas."""
    rows = csv.DictReader((toy_atlas / "economies.csv").open(encoding="utf-8"))
    return [row["id"] for row in rows if row.get("alpha_2")][:60]


def make_charter(codes: int, floors: int, members: list[str]) -> Charter:
    """Make a charter with a product for each code and `floors` dated floors spread over them."""
    draw = random.Random(2)
    products, prices, references = [], [], []
    for n in range(codes):
        name = f"mineral{n}.oxide"
        code = f"{28110000 + n * 37:08d}"
        products.append(
            Product(
                id=name, mineral=f"mineral{n}", stage="refined", title=name, contained_basis="t", assumed=WHY,
                codes=(TariffLine(code=code, contained_share=Decimal("0.652"), assumed=WHY),),
            )
        )  # fmt: skip
        step = DAYS * codes // floors
        level = Decimal(draw.randrange(200_000, 12_000_000)) / 100
        values = tuple(
            FloorValue(
                start=FIRST + timedelta(days=k * step),
                rule=Fixed(amount=level + Decimal(draw.randrange(10_000)) / 100),
                assumed=WHY,
            )
            for k in range(floors // codes)
        )
        prices.append(ProductFloor(product=name, values=values))
        basis = PriceBasis(incoterm="CIF", place="zone", purity="99%")
        number = DatedNumber(start=FIRST, value=level, unit="USD/t", assumed=WHY)
        references.append(ReferencePrice(product=name, basis=basis, values=(number,)))
    return Charter(
        citation=Citations(charter="benchmark", title="Benchmark", version="1", in_force_from=FIRST),
        membership=_membership(members),
        scope=Scope(products=tuple(products)),
        reference_prices=ReferencePrices(prices=tuple(references)),
        price_floors=PriceFloors(floors=tuple(prices)),
        border_adjustment=_adjustment(),
        rules_of_origin=_origin(),
        exemptions=Exemptions(
            de_minimis=(DatedNumber(start=FIRST, value=Decimal(800), unit="USD", assumed=WHY),)
        ),
    )


def _membership(members: list[str]) -> Membership:
    def spells(names: list[str]) -> tuple[MembershipSpell, ...]:
        return tuple(MembershipSpell(economy=name, start=FIRST, assumed=WHY) for name in names)

    return Membership(
        parties=spells(members[:25]),
        developing_economies=spells(members[25:35]),
        covered_economies=spells(members[56:]),
    )


def _adjustment() -> BorderAdjustment:
    def share(value: str) -> Number:
        return Number(value=Decimal(value), unit="share", assumed=WHY)

    terms = (
        Incoterm(term="CIF", adds_freight=False, adds_insurance=False),
        Incoterm(term="FOB", adds_freight=True, adds_insurance=True, freight_uplift=share("0.03"), insurance_uplift=share("0.005")),
        Incoterm(term="EXW", adds_freight=True, adds_insurance=True, freight_uplift=share("0.05"), insurance_uplift=share("0.005")),
        Incoterm(term="DDP", adds_freight=False, adds_insurance=False, holds_duties=True),
    )  # fmt: skip
    rule = RuleInForce(id="gap", start=FIRST, rule=Gap(), assumed=WHY)
    return BorderAdjustment(valuation=Valuation(incoterms=terms), rules=(rule,))


def _origin() -> RulesOfOrigin:
    switch = date(2027, 1, 1)
    tests = (
        OriginTest(
            id="melted",
            start=FIRST,
            end=switch - timedelta(days=1),
            stages=("melted", "produced"),
            assumed=WHY,
        ),
        OriginTest(id="all", start=switch, stages=("mined", "refined", "melted", "produced"), assumed=WHY),
    )
    rates = tuple(
        OriginRate(
            origin=name, shares=(DatedNumber(start=FIRST, value=Decimal(value), unit="share", assumed=WHY),)
        )
        for name, value in (("zone", "0"), ("developing", "0.5"), ("neutral", "1"), ("covered", "1"))
    )  # type: ignore[arg-type]
    return RulesOfOrigin(tests=tests, rates=rates)


def make_lines(path: Path, lines: int, codes: int, members: list[str]) -> None:
    """Write the book of entry lines as Parquet: 18 typed columns, snappy, rows in no order."""
    names = ", ".join(f"'{name}'" for name in members)
    query = f"""
    SELECT
      'E' || (i // 3)::VARCHAR AS entry_number,
      (i % 3 + 1)::VARCHAR AS line_number,
      printf('%08d', 28110000 + (hash(i) % {codes * 5 // 4})::INT * 37) AS tariff_code,
      (1 + hash(i + 1) % 20000000)::DECIMAL(18,3) / 1000 AS quantity,
      ['KGM','KGM','KGM','TNE'][(hash(i + 2) % 4)::INT + 1] AS quantity_unit,
      ((hash(i + 3) % 2000000000)::DECIMAL(18,2) / 100) AS value,
      ['USD','USD','USD','EUR','JPY','KRW','CNY'][(hash(i + 4) % 7)::INT + 1] AS currency,
      DATE '{FIRST}' + (hash(i + 5) % {DAYS})::INT AS entered_on,
      [{names}][(hash(i + 6) % {len(members)})::INT + 1] AS origin_economy,
      [{names}][(hash(i + 7) % {len(members)})::INT + 1] AS mined_in,
      [{names}][(hash(i + 8) % {len(members)})::INT + 1] AS refined_in,
      [{names}, NULL][(hash(i + 9) % {len(members) + 1})::INT + 1] AS melted_in,
      'I' || (hash(i + 10) % 100000)::VARCHAR AS importer,
      CASE WHEN hash(i + 11) % 3 = 0 THEN ((1 + hash(i + 12) % 9999)::DECIMAL(9,4) / 10000)::DECIMAL(9,4) END AS assay,
      ['CIF','FOB','EXW','DDP'][(hash(i + 13) % 4)::INT + 1] AS incoterm,
      CASE WHEN hash(i + 14) % 5 > 0 THEN ((hash(i + 15) % 5000000)::DECIMAL(18,2) / 100)::DECIMAL(18,2) END AS freight,
      hash(i + 16) % 20 = 0 AS related_party,
      'K' || (hash(i + 17) % 50000)::VARCHAR AS contract
    FROM range({lines}) book(i)
    """
    typed = f"SELECT * REPLACE (quantity::DECIMAL(18,3) AS quantity, value::DECIMAL(18,2) AS value) FROM ({query})"
    with duckdb.connect(config={"preserve_insertion_order": False}) as base:
        base.execute(
            f"COPY ({typed}) TO '{path}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)"
        )
