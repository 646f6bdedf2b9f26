"""`stannary settle commitments|reserve`: what a stockpile is bound to pay, what a counterparty holds."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Group as Stack
from rich.console import RenderableType
from rich.text import Text

from stannary.charter.stockpile_mandate import CommitmentCap, StockpileMandate
from stannary.cli.options import Form, Out, Place
from stannary.cli.output import Answer, emit
from stannary.cli.settling import amount_given, begun, misused
from stannary.errors import NotFoundError, Problem
from stannary.errors import Place as Spot
from stannary.report.tables import listing
from stannary.settlement.commitments import (
    Disclosure,
    Forward,
    Guarantee,
    Position,
    Projection,
    disclose,
    project,
)
from stannary.settlement.forms import CommitmentsFile, PaymentRow
from stannary.settlement.reserve import size_reserve
from stannary.settlement.statement import money_of, plain_number
from stannary.settlement.terms import read_rows, read_terms

__all__ = ["commitments", "reserve"]

FALLS = ("0.1", "0.25", "0.4")


def commitments(
    file: Annotated[Path, Parameter(help="A YAML file: cash, debts, forwards, guarantees, goods.")],
    /,
    *,
    on: Annotated[date, Parameter(name="--on", metavar="DAY", help="The day it is disclosed for.")],
    fall: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="SHARE",
            negative="",
            help="Tell what is left if prices fall by this share and every promise is called.",
        ),
    ] = FALLS,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Disclose everything a stockpile is bound to pay, under the charter's cap, and what a fall would leave.

    Cash, forwards and guarantees count alike: a look at the cash alone hid the tin council's end in 1985.
    Under `goods` each product has its contained `tonnes` and today's `price` per tonne.
    """
    settling = begun(place, None, form)
    cap = _cap_on(settling.charter.stockpile_mandate or StockpileMandate(), on)
    read = read_terms(file, CommitmentsFile)
    position = _position(read)
    if {cap.cash.unit.split()[0], cap.commitments.unit.split()[0]} != {position.currency}:
        message = f"The caps are in {cap.commitments.unit}, the file is in {position.currency}."
        raise misused(message, "Convert by a stated rate first.", "currency")
    prices = {each.product: each.price for each in read.goods if each.price is not None}
    falls = [amount_given(each, "--fall") or Decimal(0) for each in fall]
    told, left = disclose(position, cap, on, prices), project(position, prices, falls)
    data = asdict(told) | {"headroom": told.headroom, "hidden": told.hidden}
    data["rows"] = [
        {"kind": kind, "name": name, "amount": amount, "loss_at_todays_price": loss}
        for kind, name, amount, loss in told.rows
    ]
    data["if_prices_fall"] = [asdict(each) for each in left]
    answer = Answer(table=lambda: _drawn(told, left), data=data, rows=lambda: data["rows"])
    emit(answer, settling.settings.format, out)


def reserve(
    file: Annotated[
        Path,
        Parameter(
            help="A CSV file of payments, simulated or past: path, payment and, for a levy, the quantity "
            "that bears it. Rows of one path are summed."
        ),
    ],
    /,
    *,
    quantile: Annotated[
        str, Parameter(metavar="SHARE", help="In what share of futures the payments must be met.")
    ] = "0.95",
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Size a reserve from what is paid on each path: the levy pays what is expected, the reserve the rest.

    The quantile is told with its 95% interval, for it is drawn from so many paths only.
    """
    settling = begun(place, None, form)
    rows = read_rows(file, PaymentRow)
    payments: dict[str, list[Decimal]] = {}
    bearing: dict[str, Decimal] = {}
    for row in rows:
        payments.setdefault(row.path, []).append(row.payment)
        if row.quantity is not None:
            bearing[row.path] = bearing.get(row.path, Decimal(0)) + row.quantity
    if 0 < sum(row.quantity is not None for row in rows) < len(rows):
        raise misused(
            "Some rows have a quantity and some have none.", "Give it in all rows or none.", "quantity"
        )
    share = amount_given(quantile, "--quantile") or Decimal(0)
    sized = size_reserve(list(payments.values()), share, list(bearing.values()) or None)
    data = asdict(sized) | {"outcome": sized.outcome}
    emit(Answer(table=lambda: Text(sized.outcome), data=data), settling.settings.format, out)


def _cap_on(mandate: StockpileMandate, on: date) -> CommitmentCap:
    for cap in mandate.caps:
        if cap.start <= on and (cap.end is None or on <= cap.end):
            return cap
    message = f"The charter has no cap on commitments in force on {on}."
    raise NotFoundError(
        [Problem("STN-FOUND-001", message, "Add one under `caps`.", Spot(path="stockpile_mandate.caps"))]
    )


def _position(read: CommitmentsFile) -> Position:
    forwards = (Forward(one.id, one.product, one.tonnes, one.price, one.delivery_on) for one in read.forwards)
    guarantees = (Guarantee(one.id, one.beneficiary, one.amount, one.until) for one in read.guarantees)
    goods = ((one.product, one.tonnes) for one in read.goods)
    return Position(read.currency, read.cash, read.debts, tuple(forwards), tuple(guarantees), tuple(goods))


def _drawn(told: Disclosure, left: tuple[Projection, ...]) -> RenderableType:
    money = told.currency
    rows = [
        (kind, name, money_of(amount, money), "not known" if loss is None else money_of(loss, money))
        for kind, name, amount, loss in told.rows
    ]
    table = listing("", COLUMNS, rows, right=COLUMNS[2:])
    room = told.headroom
    over = f"{money_of(room, money)} is left" if room >= 0 else f"it is passed by {money_of(-room, money)}"
    said = [
        f"Bound in all: {money_of(told.bound, money)}; the cap is {money_of(told.cap, money)}: {over}.",
        f"A look at the cash alone does not show {money_of(told.hidden, money)}.",
        *(
            f"If prices fall by {plain_number(100 * each.fall)}%: goods fetch {money_of(each.worth, money)}, "
            f"{money_of(each.owed, money)} is owed, {money_of(each.net, money)} is left."
            for each in left
        ),
    ]
    return Stack(table, *(Text(line) for line in said))


COLUMNS = ("Kind", "Name", "Amount", "Loss at today's price")
