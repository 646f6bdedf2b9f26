"""Floors for mines and refiners alone, or along the whole chain to the magnet: who is protected from whom?

A floor on oxide taxes those who make metal and magnets of it, unless their own goods have floors too.
Run it as ``.venv/bin/python examples/simulate_magnet_floors.py``.
"""

from __future__ import annotations

from stannary import open_zone, simulate
from stannary.report.market_tables import protection

zone = open_zone("forge")
for scenario in ("floors_upstream_only", "floors_along_the_chain"):
    outlook = simulate(
        zone.charter, zone.atlas, scenario, mineral="rare_earths", regions="bloc", until=2027
    )  # fmt: skip
    print(outlook.outcome)
    told = protection(outlook)
    for row in (told.columns, *told.rows):
        print("  " + " ".join(f"{cell:>24}" for cell in row))
    for caution in outlook.story.cautions:
        print(f"  ! {caution.text}")
    print()
