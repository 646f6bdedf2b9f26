"""Check the quantities that formulas rely on: the unit they are reckoned in, and a sign that makes sense."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from stannary.charter.charter import Charter
from stannary.charter.citation import Number
from stannary.charter.walk import Path
from stannary.errors import Problem

__all__ = ["check_allocation", "check_quantities"]


def check_quantities(charter: Charter) -> Iterator[Problem]:
    """List numbers in another unit than the law reckons in, or with a sign it cannot have (005)."""
    for article, path, number, unit in _reckoned(charter):
        place = charter.place(article, *path, "unit")
        given = number.unit.split()[0].casefold()
        if given != unit.casefold():
            message = f"the unit is {number.unit!r}, and this is reckoned in {unit}."
            yield Problem("STN-CHARTER-005", message, f"Convert the value and write `unit: {unit}`.", place)
        if number.value < 0:
            place = charter.place(article, *path, "value")
            yield Problem("STN-CHARTER-005", f"{number.value} is less than zero.", "Write its size.", place)


def check_allocation(charter: Charter) -> Iterator[Problem]:
    """List the first days from which the shares of the revenue do not make up one (020)."""
    law = charter.revenue
    for day in law.days_of_change() if law is not None else ():
        shares = law.shares_on(day) if law is not None else ()
        whole = sum((share for _, share in shares), Decimal(0))
        if shares and whole != 1:
            named = " + ".join(f"{recipient.id} {share}" for recipient, share in shares)
            message = f"from {day} the shares of the revenue make up {whole}, not 1: {named}."
            remedy = "Let every share that changes change on one day, and the shares of that day sum to 1."
            yield Problem("STN-CHARTER-020", message, remedy, charter.place("revenue", "recipients"))


def _reckoned(charter: Charter) -> Iterator[tuple[str, Path, Number, str]]:
    """List the numbers the border reckons with: article, path, number and the unit wanted."""
    for i, price in enumerate(charter.reference_prices.prices):
        for j, value in enumerate(price.values):
            yield "reference_prices", ("prices", i, "values", j), value, "USD/t"
    for i, product in enumerate(charter.scope.products):
        for j, each in enumerate(product.inputs):
            if each.conversion_cost is not None:
                path = ("products", i, "inputs", j, "conversion_cost")
                yield "scope", path, each.conversion_cost, "USD/t"
    for i, limit in enumerate(charter.exemptions.de_minimis):
        yield "exemptions", ("de_minimis", i), limit, "USD"
    for i, rate in enumerate(charter.rules_of_origin.rates):
        for j, share in enumerate(rate.shares):
            yield "rules_of_origin", ("rates", i, "shares", j), share, "share"
    for i, recipient in enumerate(charter.revenue.recipients if charter.revenue else ()):
        for j, share in enumerate(recipient.shares):
            yield "revenue", ("recipients", i, "shares", j), share, "share"
    for i, term in enumerate(charter.border_adjustment.valuation.incoterms):
        uplifts = {"freight_uplift": term.freight_uplift, "insurance_uplift": term.insurance_uplift}
        for field, uplift in uplifts.items():
            if uplift is not None:
                yield "border_adjustment", ("valuation", "incoterms", i, field), uplift, "share"
