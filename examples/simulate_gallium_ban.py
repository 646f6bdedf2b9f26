"""China sells the zone no gallium for two years: what do users pay, who gains, and how sure is that?

Run it as ``.venv/bin/python examples/simulate_gallium_ban.py``. Eight draws of what is not known, three
blocs; the command ``stannary compare`` does the same with more of both, and writes a page.
"""

from __future__ import annotations

from stannary import compare, open_zone, simulate

zone = open_zone("forge")
setup = {"mineral": "gallium", "regions": "bloc", "until": 2029, "draws": 8, "seed": 1}
usual = simulate(zone.charter, zone.atlas, "business_as_usual", **setup)
ban = simulate(zone.charter, zone.atlas, "gallium_germanium_ban", **setup)

print(ban.outcome)
for period in ban.periods:
    low, middle, high = ban.figure("average_price", "gallium.metal", "zone", period)
    print(f"  {period}: users in the zone pay {middle:12,.0f} USD/t ({low:,.0f} to {high:,.0f})")

found = compare(usual, ban)
print(found.outcome)
for gain in found.gains:
    if abs(gain.middle) > 1e5:
        span = f"({gain.low / 1e6:,.1f} to {gain.high / 1e6:,.1f})"
        print(f"  {gain.region}, {gain.words.lower()}: {gain.middle / 1e6:,.1f} million USD {span}")

print(f"This rests on {len(ban.story.assumptions)} assumptions and adjustments, the first of them:")
for note in ban.story.assumptions[:3]:
    print(f"  {note.parameter}, {note.where}: {note.text}")
