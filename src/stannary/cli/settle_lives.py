"""`stannary settle stock|loan|equity`: the life of a stock, a loan or a stake, from a file of events."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from cyclopts import Parameter

from stannary.cli.options import Form, Out, Place
from stannary.cli.output import plain, write_whole
from stannary.cli.settling import Into, begun, finish
from stannary.errors import Place as Spot
from stannary.errors import Problem, SettlementError
from stannary.ledger.commodities import amount_of
from stannary.settlement.forms import LoanFile, StakeFile, StockFile
from stannary.settlement.lives import lots_of, settle_loan, settle_stake, settle_stock
from stannary.settlement.schedules import repayment_schedule
from stannary.settlement.statement import money_of
from stannary.settlement.terms import read_terms

__all__ = ["equity", "loan", "stock"]


def stock(
    file: Annotated[Path, Parameter(help="A YAML file: the method, the lots held, the movements in order.")],
    /,
    *,
    lots_out: Annotated[
        Path | None,
        Parameter(metavar="FILE", help="Write the lots held afterwards to this file."),
    ] = None,
    into: Into | None = None,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Settle the movements of a stockpile: buy, release, loss, split, blend, and what subscribers owe.

    Metal is counted in milligrams and valued first in, first out or at average cost, as the file says. More
    than is held is never released. Movements: opening, buy, release, loss, split, blend, fee, carrying,
    buy_back. What is under `lots` stands in the book already; an opening brings a lot into it.
    """
    settling = begun(place, into, form)
    life = settle_stock(settling.books, read_terms(file, StockFile), settling.charter)
    assert life.stock is not None
    rows = lots_of(life.stock)
    held = [
        f"  {row['lot']}: {row['contained'].normalize():f} t of {row['product']}, "
        f"at {money_of(row['cost'], life.stock.currency)}"
        for row in rows
    ]
    told = "\n".join(["Held afterwards:", *(held or ["  nothing"])])
    finish(settling, life.settlements, out, {"lots": rows}, [told])
    if lots_out is not None:
        text = {"method": life.stock.method, "currency": life.stock.currency, "lots": plain(rows)}
        write_whole(lots_out, yaml.safe_dump(text, sort_keys=False, allow_unicode=True).encode())


def loan(
    file: Annotated[Path, Parameter(help="A YAML file: the terms of the loan and its events in order.")],
    /,
    *,
    into: Into | None = None,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Settle a loan from its signing: fees, draws, interest, repayments, and the schedule to come.

    Events: draw, repayment, interest, commitment_fee. Run again with more events, only the new ones are
    posted. A draw beyond the commitment and a repayment beyond what is owed are refused.
    """
    settling = begun(place, into, form)
    read = read_terms(file, LoanFile)
    life = settle_loan(settling.books, read)
    assert life.loan is not None
    terms, state, money = read.terms, life.loan, read.terms.currency
    sums = {
        "commitment": amount_of(terms.commitment, money),
        "drawn": amount_of(state.drawn, money),
        "principal": amount_of(state.principal, money),
        "interest_and_fees_owed": amount_of(state.accrued, money),
    }
    lines = [f"  {name.replace('_', ' ')}: {money_of(value, money)}" for name, value in sums.items()]
    schedule = []
    since = state.accrued_through
    if terms.first_repayment_on is not None and since is not None and not state.repaid and state.principal:
        if since >= terms.first_repayment_on:
            message = "Interest was charged past the first day of repayment, and nothing was repaid."
            raise SettlementError(
                [Problem("STN-SETTLE-005", message, "Settle what is due.", Spot(str(file)))]
            )
        for each in repayment_schedule(terms, state.principal, since):
            schedule.append(
                {
                    "due_on": each.due_on.isoformat(),
                    "principal": amount_of(each.principal, money),
                    "interest": amount_of(each.interest, money),
                    "left": amount_of(each.left, money),
                }
            )
    told = ["\n".join(["The loan stands at:", *lines])]
    if schedule:
        rows = [
            f"  {one['due_on']}  principal {one['principal']:,}  interest {one['interest']:,}"
            f"  left {one['left']:,}"
            for one in schedule
        ]
        told.append("\n".join([f"To be repaid, in {money}:", *rows]))
    finish(settling, life.settlements, out, {"loan": sums, "schedule": schedule}, told)


def equity(
    file: Annotated[Path, Parameter(help="A YAML file: the terms of the stake, and what happened to it.")],
    /,
    *,
    into: Into | None = None,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Settle a stake in a firm: its purchase, dividends paid in kind, and the shares it converts into."""
    settling = begun(place, into, form)
    life = settle_stake(settling.books, read_terms(file, StakeFile))
    finish(settling, life.settlements, out)
