"""What a certificate of origin is worth: one line, priced under each answer to "where was it separated?".

Run it as ``.venv/bin/python examples/what_origin_is_worth.py``.
"""

from __future__ import annotations

from stannary import assess_line, open_zone

line = {
    "entry_number": "24-0117",
    "line_number": "1",
    "tariff_code": "28469010",
    "quantity": "12",
    "quantity_unit": "TNE",
    "value": "792000",
    "currency": "USD",
    "entered_on": "2026-09-01",
    "produced_in": "JPN",
}
zone = open_zone("toy")
unknown = assess_line(zone.charter, zone.atlas, line)
print(f"not known: {unknown.adjustment_usd:>12,} USD ({unknown.outcome}, origin {unknown.origin})")
for economy in ("JPN", "VNM", "BRA", "CHN"):
    known = assess_line(zone.charter, zone.atlas, line | {"separated_in": economy})
    saved = unknown.adjustment_usd - known.adjustment_usd
    owed = f"{known.adjustment_usd:>12,} USD ({known.outcome}, origin {known.origin})"
    print(f"{economy}:       {owed}, saves {saved:,}")
