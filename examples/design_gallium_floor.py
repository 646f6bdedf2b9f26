"""Which floor on gallium brings one supplier's share under a quarter, at least cost, and how sure is that?

Run it as ``.venv/bin/python examples/design_gallium_floor.py``. Few draws, three blocs; the command
``stannary design`` does the same with more, and ``--front`` shows what each further step of security costs.
"""

from __future__ import annotations

from stannary import design, open_zone

zone = open_zone("forge")
found = design(
    zone.charter,
    zone.atlas,
    "share CHN of gallium.metal <= 25% by 2031 with 80%",
    mineral="gallium",
    levers=["floors:gallium.metal"],
    regions="bloc",
    draws=16,
    check=200,
    starts=2,
    scanned=8,
    seed=1,
)

print(found.outcome)
for setting in found.settings:
    print(f"  {setting.words}")
for check in found.checks:
    met = f"met in {check.met} of {check.draws} fresh draws"
    unaided = f"{check.unaided_share:.0%} of them meet it with all levers off"
    print(f"  {check.scenario}: {met} ({check.low:.0%} to {check.high:.0%}); {unaided}")
for party, gain in found.gains.items():
    print(
        f"  {party} gain {gain.mean / 1e6:,.1f} million USD ({gain.low / 1e6:,.1f} to {gain.high / 1e6:,.1f})"
    )
