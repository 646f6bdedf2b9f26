"""The book of entry lines, the charter and the atlas that the border is timed on, made from fixed seeds.

Ten million lines of 18 columns, 2,000 dated floors over 200 tariff codes, 60 economies, 100,000 importers,
daily exchange rates of five currencies: the sizes are arguments. ``border_book.py FOLDER LINES…`` makes the
charter's tables, the atlas and books of so many lines in a folder.
"""

from __future__ import annotations

import csv
import hashlib
import random
import shutil
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

from law_tables_in_csv import write_plain_law
from stannary.atlas.atlas import Atlas
from stannary.atlas.reader import open_atlas
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
CODES = 200
FLOORS = 2_000
ZONE_ATLAS = Path(__file__).resolve().parents[1] / "src" / "stannary" / "zones" / "forge" / "atlas"


def make_world(folder: Path) -> None:
    """Make in a folder what lines are assessed under: the atlas, and the law as plain tables."""
    make_atlas(folder / "atlas", ZONE_ATLAS)
    charter, atlas = open_world(folder)
    write_plain_law(charter, atlas, FIRST + timedelta(days=DAYS - 1), folder / "law")


def open_world(folder: Path) -> tuple[Charter, Atlas]:
    """Give the charter and the atlas of a folder made by `make_world`."""
    return make_charter(CODES, FLOORS, economies(folder / "atlas")), open_atlas(folder / "atlas")


def make_book(folder: Path, lines: int) -> Path:
    """Make a book of so many lines in the folder of a world, unless that very book is there already."""
    members = economies(folder / "atlas")
    recipe = hashlib.sha256(Path(__file__).read_bytes() + "".join(members).encode()).hexdigest()
    book, stamp = folder / f"lines-{lines}.parquet", folder / f"lines-{lines}.sha256"
    if not (book.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == recipe):
        make_lines(book, lines, CODES, members)
        stamp.write_text(recipe, encoding="utf-8")
    return book


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
        Incoterm(
            term="FOB", adds_freight=True, adds_insurance=True, freight_uplift=share("0.03"),
            insurance_uplift=share("0.005"),
        ),
        Incoterm(
            term="EXW", adds_freight=True, adds_insurance=True, freight_uplift=share("0.05"),
            insurance_uplift=share("0.005"),
        ),
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
    """Write the book of entry lines as Parquet: 18 typed columns, snappy, rows in no order.

    One line in a hundred has something wrong (no quantity, an unknown unit, a currency without a rate, an
    unknown term, an impossible assay or value); four in a thousand come in small consignments of four, of one
    importer, code and day, of which most are above the de minimis together and none alone. A book of
    fewer lines, made by the same arguments, is the beginning of a book of more.
    """
    names = ", ".join(f"'{name}'" for name in members)
    query = f"""
    SELECT
      'E' || (i // 3)::VARCHAR AS entry_number,
      (i % 3 + 1)::VARCHAR AS line_number,
      printf('%08d', 28110000 + (hash(k) % {codes * 5 // 4})::INT * 37) AS tariff_code,
      CASE WHEN flaw = 0 THEN NULL WHEN flaw = 1 THEN -1
        ELSE (1 + hash(i + 1) % 20000000)::DECIMAL(18,3) / 1000 END AS quantity,
      CASE WHEN flaw = 2 THEN 'NAR'
        ELSE ['KGM','KGM','KGM','TNE'][(hash(i + 2) % 4)::INT + 1] END AS quantity_unit,
      CASE WHEN flaw = 3 THEN NULL WHEN flaw = 4 THEN -0.01 WHEN is_small THEN hash(i + 3) % 60000
        ELSE hash(i + 3) % 2000000000 END::DECIMAL(18,2) / 100 AS value,
      CASE WHEN flaw = 5 THEN 'BRL' WHEN is_small THEN 'USD'
        ELSE ['USD','USD','USD','EUR','JPY','KRW','CNY'][(hash(i + 4) % 7)::INT + 1] END AS currency,
      DATE '{FIRST}' + (hash(k + 5) % {DAYS})::INT AS entered_on,
      [{names}][(hash(i + 6) % {len(members)})::INT + 1] AS origin_economy,
      [{names}][(hash(i + 7) % {len(members)})::INT + 1] AS mined_in,
      [{names}, 'UN'][(hash(i + 8) % {len(members) + 1})::INT + 1] AS refined_in,
      [{names}, NULL][(hash(i + 9) % {len(members) + 1})::INT + 1] AS melted_in,
      'I' || (hash(k + 10) % 100000)::VARCHAR AS importer,
      CASE WHEN flaw = 6 THEN 0
        WHEN hash(i + 11) % 3 = 0 THEN (1 + hash(i + 12) % 9999)::DECIMAL(9,4) / 10000 END::DECIMAL(9,4)
        AS assay,
      CASE WHEN flaw = 7 THEN 'XXX'
        ELSE ['CIF','FOB','EXW','DDP'][(hash(i + 13) % 4)::INT + 1] END AS incoterm,
      CASE WHEN flaw = 8 THEN -1 WHEN is_small THEN 0
        WHEN hash(i + 14) % 5 > 0 THEN (hash(i + 15) % 5000000)::DECIMAL(18,2) / 100 END::DECIMAL(18,2)
        AS freight,
      hash(i + 16) % 20 = 0 AS related_party,
      'K' || (hash(i + 17) % 50000)::VARCHAR AS contract
    FROM (
      SELECT i, (hash(i + 18) % 900)::INT AS flaw, (i // 4) % 250 = 0 AS is_small,
        CASE WHEN (i // 4) % 250 = 0 THEN i // 4 * 4 ELSE i END AS k
      FROM range({lines}) book(i)
    )
    """
    kinds = "quantity::DECIMAL(18,3) AS quantity, value::DECIMAL(18,2) AS value"
    typed = f"SELECT * REPLACE ({kinds}) FROM ({query})"
    with duckdb.connect(config={"preserve_insertion_order": False}) as base:
        base.execute(
            f"COPY ({typed}) TO '{path}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)"
        )


if __name__ == "__main__":
    make_world(Path(sys.argv[1]))
    for size in sys.argv[2:]:
        make_book(Path(sys.argv[1]), int(size))
