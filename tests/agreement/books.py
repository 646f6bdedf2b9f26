"""Books of random entry lines, and random small charters for them to meet."""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from stannary.border.entries import COLUMNS_OF_AN_ENTRY
from stannary.zone import HOME, Zone, open_zone_of

Line = dict[str, Any]

ECONOMIES = ["BRA", "CHN", "JPN", "USA", "VNM", "AUS", "cn", "br", "UN", "", "XXX", "DEU"]
UNITS = ["TNE", "KGM", "GRM", "LBR", "APZ", "kg", "t", "oz t", "ONZ", "STN", "CTM", "MGM", "DTN"]
TERMS = ["", "CIF", "FOB", "EXW", "CFR", "DDP", "DAP"]
CODES = ["28469010", "28469020", "280530", "850511", "26209999", "284690", "2846.90.10", "28053000", "262099"]
PRODUCTS = ["ndpr.oxide", "dysprosium.oxide", "ndpr.metal", "neodymium.magnet", "ndpr.scrap"]
FAULTS = {
    "entry_number": ["", " "], "line_number": [""],
    "tariff_code": ["", "12", "abc", "99999999", "2846 90 10"],
    "quantity": ["", "0", "-1", "x", "1e3", "1,000", "999999999999.5", "0.0000001", " 7 ", "+3.5", "5."],
    "quantity_unit": ["", "NAR", "Kgm", "kilo"], "value": ["", "-5", "abc", "0", "99999999999999.9999", ".5"],
    "currency": ["", "GBP", "usd", "XXX"], "product": ["ndpr.wire", ""], "incoterm": ["XYZ", "cif"],
    "entered_on": ["", "2026-02-30", "01/09/2026", "0000-01-01", "1999-12-31", "2999-12-31", "2026-9-1"],
    "assay": ["0", "1.1", "x", "0.0000004", "1"], "freight": ["-1", "?"], "insurance": ["-0.0001", "a"],
    "duties_included": ["1e13", "q"], "content_value": ["-2", "z"], "related_party": ["perhaps", "TRUE", "n"],
    "exported_on": ["soon", "2026-06-30", "2026-07-01"], "covered_content_share": ["0.1", "0.100001", "b"],
}  # fmt: skip
"""What declarants get wrong, or write at the very edge of what is right."""


def a_line(draw: random.Random, number: int) -> Line:
    """Draw one entry line: sound as a rule, at an edge often, faulty sometimes."""
    code = draw.choice(CODES)
    line: Line = dict.fromkeys((column.name for column in COLUMNS_OF_AN_ENTRY), "")
    unit = draw.choice(UNITS)
    tonnes = Decimal(draw.choice([1, 2, 8, 40, 1000, 30000])) * draw.randrange(1, 1000) / 1000
    line |= {
        "entry_number": f"E{number:05d}",
        "line_number": str(draw.randrange(1, 4)),
        "tariff_code": code,
        "product": draw.choice([*PRODUCTS[:2] * 4, *PRODUCTS]) if code == "284690" else "",
        "quantity": _quantity(draw, unit, tonnes),
        "quantity_unit": unit,
        "value": _value(draw, tonnes),
        "currency": draw.choice(["USD", "USD", "USD", "EUR", "JPY"]),
        "entered_on": str(_day(draw)),
        "importer": draw.choice(["A", "B", "IMP-GRANTED", "IMP-DENIED", ""]),
        "incoterm": draw.choice(TERMS),
    }
    if line["currency"] != "USD" and draw.random() < 0.8:
        line["entered_on"] = draw.choice(
            ["2026-08-03", "2026-08-04", "2026-08-05", "2026-08-14", "2026-08-15"]
        )
    same = draw.choice(ECONOMIES)
    for stage in ("origin_economy", "mined_in", "refined_in", "separated_in", "melted_in", "produced_in"):
        line[stage] = same if draw.random() < 0.7 else draw.choice(ECONOMIES)
    optional = {
        "assay": f"{draw.random():.6f}",
        "freight": f"{draw.randrange(10**7) / 1000:.4f}",
        "insurance": f"{draw.randrange(10**6) / 1000:.3f}",
        "duties_included": f"{draw.randrange(10**5) / 1000:.4f}",
        "content_value": _value(draw, tonnes),
        "covered_content_share": f"{draw.random() / 4:.4f}",
        "exported_on": str(_day(draw) - timedelta(days=draw.choice([1, 1, 60]))),
        "related_party": draw.choice(["true", "false", "Y", "N", "1", "0"]),
        "procedure": draw.choice(["5100", "4000", "4000", "4000"]),
        "quota_order": "09.1234",
        "licence": "L-1",
    }
    line |= {name: value for name, value in optional.items() if draw.random() < 0.3}
    if code == "284690" and draw.random() < 0.9:
        line["assay"] = optional["assay"]
    if draw.random() < 0.2:
        name = draw.choice(list(FAULTS))
        line[name] = draw.choice(FAULTS[name])
    return line


def _quantity(draw: random.Random, unit: str, tonnes: Decimal) -> str:
    per = {"TNE": 1, "t": 1, "DTN": 10, "STN": 1, "GRM": 10**6, "MGM": 10**9, "CTM": 5 * 10**6, "APZ": 32000,
           "oz t": 32000, "ONZ": 35000, "LBR": 2200}.get(unit, 1000)  # fmt: skip
    places = draw.choice([0, 0, 1, 3, 6])
    return f"{min(tonnes * per, Decimal(999_999_999_999)):.{places}f}"


def _value(draw: random.Random, tonnes: Decimal) -> str:
    """Draw a value near the floors, often with a five in the third decimal, sometimes a very small one."""
    if draw.random() < 0.15:
        return f"{draw.randrange(90000) / 100}"
    price = draw.choice([40000, 50000, 66000, 109999, 110000, 149100, 184000, 200000, 240000, 300000])
    worth = tonnes * price + Decimal(draw.choice(["0", "0", "0.005", "0.004", "-0.01", "0.01", "0.0001"]))
    return f"{max(worth, Decimal(0)):.4f}"


def _day(draw: random.Random) -> date:
    edges = ["2026-06-30", "2026-07-01", "2026-08-05", "2026-08-31", "2026-09-30", "2026-12-31", "2027-01-01",
             "2027-06-30", "2027-07-01", "2031-06-30", "2031-07-01", "2026-08-14", "2026-08-15"]  # fmt: skip
    if draw.random() < 0.3:
        return date.fromisoformat(draw.choice(edges))
    return date(2026, 8, 3) + timedelta(days=draw.choice([0, 1, 2, 5, 9, 30, 200, 400]))


def a_book(seed: int, count: int) -> list[Line]:
    """Draw a book of lines, a few of them twice."""
    draw = random.Random(seed)
    lines = [a_line(draw, number) for number in range(count)]
    return lines + [dict(draw.choice(lines)) for _ in range(count // 50)]


# -- files ------------------------------------------------------------------------------------------------


def write_csv(lines: Sequence[Mapping[str, Any]], path: Path) -> Path:
    """Write lines as CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(name for line in lines for name in line)))
        writer.writeheader()
        writer.writerows(lines)
    return path


def write_ndjson(lines: Sequence[Mapping[str, Any]], path: Path) -> Path:
    """Write lines as one JSON object each, leaving out what is empty."""
    texts = [json.dumps({name: value for name, value in line.items() if value != ""}) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


KINDS = {"decimal": pa.decimal128(24, 8), "date": pa.date32(), "flag": pa.bool_(), "text": pa.string()}


def typed(lines: Sequence[Line], number: str) -> list[Line]:
    """Give lines with values in types, numbers as `decimal` or `double`; what has none becomes missing."""
    columns = {column.name: column.kind for column in COLUMNS_OF_AN_ENTRY}
    return [{name: _typed(value, columns[name], number) for name, value in line.items()} for line in lines]


def _typed(text: str, kind: str, number: str) -> Any:
    if kind == "text":
        return text
    try:
        if kind == "decimal":
            exact = Decimal(text)
            return exact.quantize(Decimal("0.00000001")) if number == "decimal" else float(exact)
        return date.fromisoformat(text) if kind == "date" else {"true": True, "Y": True, "N": False}[text]
    except (ArithmeticError, ValueError, KeyError):
        return None


def write_typed(lines: Sequence[Line], path: Path, number: str) -> Path:
    """Write typed lines as Parquet in several row groups, empty texts as they are."""
    kinds = KINDS | ({"decimal": pa.float64()} if number == "double" else {})
    columns = {
        column.name: pa.array([line[column.name] for line in lines], kinds[column.kind])
        for column in COLUMNS_OF_AN_ENTRY
    }
    pq.write_table(pa.table(columns), path, row_group_size=100)
    return path


# -- charters ---------------------------------------------------------------------------------------------

Change = Callable[[dict[str, Any]], None]


def a_zone(folder: Path, **changes: Change) -> Zone:
    """Give the toy zone with articles changed, written into a folder and read from it."""
    charter = folder / "charter"
    shutil.copytree(HOME / "toy" / "charter", charter)
    for article, change in changes.items():
        path = charter / f"{article}.yaml"
        law = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
        change(law)
        path.write_text(yaml.safe_dump(law, sort_keys=False), encoding="utf-8")
    return open_zone_of(charter, HOME / "toy" / "atlas")
