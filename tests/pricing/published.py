"""Publications made by hand, for the tests of what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stannary.dated import months_later
from stannary.lineage import Lineage
from stannary.pricing.publication import Input, Publication, PublishedPrice, Unpriced

LAG = 15


def report(number: int, product: str, day: date, **more: Any) -> Input:
    """Give one report as a publication's log holds it."""
    given = {
        "report_id": f"r{number}", "product": product, "reporter": "A trader, =1+1", "kind": "transaction",
        "dated_on": day, "is_used": True, "reason": "used", "usd_per_t": Decimal("40000.5"),
        "tonnes": Decimal("0.250"), "weight": Decimal("0.333333333333"), "flags": ("reporter_is_party",),
    }  # fmt: skip
    return Input(**(given | more))


def quarter(
    year: int,
    number: int,
    prices: Mapping[str, str],
    unpriced: Sequence[str] = (),
    *,
    lag: int = LAG,
    months: int = 3,
    **more: Any,
) -> Publication:
    """Publish prices for a quarter; they take effect some days after its end."""
    start = date(year, 3 * number - 2, 1)
    end = months_later(start, months) - timedelta(days=1)
    effect = end + timedelta(days=lag)
    given: dict[str, Any] = {
        "charter_fingerprint": "c" * 64, "method_version": "toy-1", "start": start, "end": end, "as_of": end,
        "takes_effect_on": effect,
        "prices": tuple(_price(product, amount, start, end, effect) for product, amount in prices.items()),
        "unpriced": tuple(Unpriced(product, "too few deals, and no firm bid") for product in unpriced),
        "log": tuple(report(n, product, start) for n, product in enumerate(prices)),
        "lineage": Lineage("c" * 64, "a" * 64, f"{start} {sorted(prices.items())} {more}", "0"),
    }  # fmt: skip
    return Publication(**(given | more))


def _price(product: str, amount: str, start: date, end: date, effect: date) -> PublishedPrice:
    return PublishedPrice(
        product=product, start=start, end=end, takes_effect_on=effect, usd_per_t=Decimal(amount),
        rung="transactions", reports=4, reporters=3, volume_t=Decimal("12.50"), uncertainty=Decimal("0.021"),
        method_version="toy-1", inputs_fingerprint="f" * 64, flags=("capped",), note="a round price",
    )  # fmt: skip
