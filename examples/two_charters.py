"""The same book under two charters: what does raising one floor change, and for whom?

Run it as ``.venv/bin/python examples/two_charters.py``. It uses the toy zone, whose answers fit on paper.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from stannary import amend, assess, diff, open_zone
from stannary.zone import shipped_folder

zone = open_zone("toy")
amended = amend(zone.charter, {"price_floors.ndpr.oxide": {"2026-08-15": 115000}})
print(diff(zone.charter, amended))

entries = shipped_folder("toy") / "entries.csv"
with TemporaryDirectory() as folder:
    before = assess(zone.charter, zone.atlas, entries, out=Path(folder) / "before.parquet")
    after = assess(amended, zone.atlas, entries, out=Path(folder) / "after.parquet")
    print(f"before: {before.summary().outcome}")
    print(f"after:  {after.summary().outcome}")
    for old, new in zip(before.rows(), after.rows(), strict=True):
        if old["adjustment_usd"] != new["adjustment_usd"]:
            more = new["adjustment_usd"] - old["adjustment_usd"]
            print(f"  entry {new['entry_number']}: {more:+,} USD ({new['remark']})")
