"""`stannary settle`: what a contract for difference, or a claim for a price gap, makes someone owe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from stannary.charter.price_support import DifferenceContract, PriceGapPayment
from stannary.cli.book_beginnings import begun_book
from stannary.cli.options import Form, Out, Place
from stannary.cli.price_logs import log_that_is_there
from stannary.cli.settling import (
    Into,
    OnDay,
    Settling,
    amount_given,
    begun,
    finish,
    misused,
    named,
    period_given,
    support_of,
)
from stannary.errors import Problem, SettlementError, refuse
from stannary.ledger.commodities import amount_of
from stannary.settlement.differences import (
    Designated,
    faults_of_output,
    revise_difference,
    settle_difference,
    settled_before,
    unit_of,
)
from stannary.settlement.forms import ClaimRow, DesignatedRow
from stannary.settlement.gap_payments import (
    Claim,
    appropriate,
    claim_keys,
    claimed_before,
    eligible_economies,
    faults_of_claims,
    free_before,
    settle_gap,
    targets_of,
)
from stannary.settlement.periods import Period, window
from stannary.settlement.prices import MarketPrice, price_unit
from stannary.settlement.published_prices import published_price
from stannary.settlement.statement import Settlement
from stannary.settlement.terms import read_judged, read_statements

__all__ = ["appropriation", "contract", "gap"]

PeriodText = Annotated[
    str,
    Parameter(name="--period", metavar="PERIOD", help="2026-Q1, 2026-03, 2026 or 2026-01-01..2026-03-31."),
]
PRICE = Group("Price", sort_key=0)
CASE = Group("Earlier settlements", sort_key=0)
BUDGET = Group("Budget", sort_key=0)


@Parameter(name="*", group=PRICE)
@dataclass(frozen=True)
class Quoted:
    """Where the market price of a contract comes from."""

    benchmark: Annotated[
        str | None,
        Parameter(metavar="PRICE", help="The period's final average market price."),
    ] = None
    unit: Annotated[
        str | None,
        Parameter(metavar="UNIT", help="The unit of --benchmark; the strike's, unless you say."),
    ] = None
    prices: Annotated[
        Path | None,
        Parameter(metavar="LOG", help="Take the reference price from the log of stannary prices publish."),
    ] = None


@Parameter(name="*", group=CASE)
@dataclass(frozen=True)
class Before:
    """What was settled before: what it paid, which units it counted, what is now to be corrected."""

    earlier: Annotated[
        tuple[Path, ...],
        Parameter(
            metavar="FILE",
            negative="",
            show_default=False,
            help="Statements of earlier periods (JSON): what they paid, and units that may not count again.",
        ),
    ] = ()
    paid_so_far: Annotated[
        str | None,
        Parameter(metavar="AMOUNT", help="What was paid before; needed where there is a cap."),
    ] = None
    revises: Annotated[
        Path | None,
        Parameter(metavar="FILE", help="The statement (JSON) to correct; only the difference is posted."),
    ] = None
    reason: Annotated[str | None, Parameter(metavar="WORDS", help="Why it is corrected.")] = None


@Parameter(name="*", group=BUDGET)
@dataclass(frozen=True)
class Budget:
    """Out of what claims are met: what is free, what was paid, which goods were paid for."""

    available: Annotated[
        str | None,
        Parameter(
            metavar="AMOUNT",
            help="What is free in the appropriation; read from the book where --book is given.",
        ),
    ] = None
    paid_this_year: Annotated[
        str | None,
        Parameter(metavar="AMOUNT", help="What was paid this calendar year; needed where there is a cap."),
    ] = None
    earlier: Annotated[
        tuple[Path, ...],
        Parameter(
            metavar="FILE",
            negative="",
            show_default=False,
            help="Statements of earlier periods (JSON): what they paid, and goods that may not count again.",
        ),
    ] = ()


def contract(
    contract_id: Annotated[str, Parameter(help="The contract's id in the charter's price_support article.")],
    /,
    *,
    period: PeriodText,
    quantities: Annotated[
        Path,
        Parameter(
            metavar="FILE",
            help="A CSV file of designated output: product, designation, quantity, unit, reference.",
        ),
    ],
    condition_met: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="The condition of a share of the excess is met."),
    ] = False,
    quoted: Quoted | None = None,
    before: Before | None = None,
    on: OnDay = None,
    into: Into | None = None,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Settle a contract for difference for a period: who owes whom, how much, and why.

    Below the strike price the producer is topped up. Above it a one-way contract takes its share once the
    condition is met; under a two-way contract the producer pays the whole excess. A period is settled once;
    a corrected price or quantity is settled as the difference, with --revises and --reason.
    """
    settling = begun(place, into, form)
    before = before or Before()
    terms = named(support_of(settling).contracts, contract_id, "contract")
    over = period_given(period)
    statements = [one for path in before.earlier for one in read_statements(path)]
    paid, references = settled_before(contract_id, statements)
    unit = price_unit(unit_of(terms, over) or "")
    output = read_judged(
        quantities,
        DesignatedRow,
        lambda cells: Designated(**cells),
        lambda rows: faults_of_output(terms, rows, references, "t" if unit is None else unit.quantity),
    )
    given = amount_given(before.paid_so_far, "--paid-so-far")
    settled = settle_difference(
        settling.books,
        terms,
        over,
        _market(terms, over, output, quoted or Quoted()),
        output,
        condition_met=condition_met,
        paid_so_far=paid if given is None and before.earlier else given,
        designated_before=references,
        on=on,
    )
    finish(settling, [_revised(settling, terms, settled, before, on)], out)


def gap(
    payment_id: Annotated[str, Parameter(help="The payment's id in the charter's price_support article.")],
    /,
    *,
    period: PeriodText,
    claims: Annotated[
        Path,
        Parameter(
            metavar="FILE",
            help="A CSV file of claims: beneficiary, economy, product, quantity, unit, reference, "
            "received_on.",
        ),
    ],
    prices: Annotated[
        Path | None,
        Parameter(metavar="LOG", help="Take reference prices from the log of stannary prices publish."),
    ] = None,
    benchmark: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="PRODUCT=PRICE",
            negative="",
            show_default=False,
            help="A product's final average market price in USD/t, such as terbium.oxide=812000.",
        ),
    ] = (),
    budget: Budget | None = None,
    on: OnDay = None,
    into: Into | None = None,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Settle the claims for price-gap payments of a period, out of their appropriation.

    Each claim is for tonnes sold; what is paid is the charter's share of the gap between target and market.
    Where the appropriation or the yearly cap does not reach, claims are cut alike or met in order of
    receipt, as the charter says.
    """
    settling = begun(place, into, form)
    budget = budget or Budget()
    terms = named(support_of(settling).gap_payments, payment_id, "gap payment")
    over = period_given(period)
    statements = [one for path in budget.earlier for one in read_statements(path)]
    paid, references = claimed_before(payment_id, over, statements)
    economies = eligible_economies(settling.charter, terms, over.end)
    asked = read_judged(
        claims,
        ClaimRow,
        lambda cells: Claim(**cells),
        lambda rows: faults_of_claims(terms, rows, economies, references),
    )
    given = amount_given(budget.paid_this_year, "--paid-this-year")
    settled = settle_gap(
        settling.books,
        terms,
        over,
        asked,
        targets_of(settling.charter, terms, over),
        _markets(terms, over, asked, benchmark, prices),
        economies=economies,
        available=_free(settling, terms, over, asked, amount_given(budget.available, "--available")),
        paid_this_year=paid if given is None and budget.earlier else given,
        claimed_before=references,
        on=on,
    )
    finish(settling, [settled], out)


def appropriation(
    budget: Annotated[str, Parameter(help="The payment whose appropriation it is: its id in the charter.")],
    amount: Annotated[str, Parameter(help="How much, in units of the currency.")],
    /,
    *,
    reference: Annotated[str, Parameter(metavar="WORDS", help="The act or decision that grants it.")],
    on: Annotated[date, Parameter(name="--on", metavar="DAY", help="The day it takes effect.")],
    currency: Annotated[str, Parameter(metavar="CODE", help="The currency.")] = "USD",
    into: Into | None = None,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Put money into the appropriation of a price-gap payment. It is never overdrawn."""
    settling = begun(place, into, form)
    terms = named(support_of(settling).gap_payments, budget, "gap payment")
    given = amount_given(amount, "AMOUNT") or Decimal(0)
    article = f"price_support.gap_payments.{terms.id}"
    books = settling.books
    settled = appropriate(books, terms.id, given, currency, reference=reference, on=on, article=article)
    finish(settling, [settled], out)


# -- what the options mean -----------------------------------------------------------------------------------


def _market(
    terms: DifferenceContract, period: Period, output: Sequence[Designated], quoted: Quoted
) -> MarketPrice:
    """Give the market price asked for: as given on the command line, or out of the zone's log."""
    if (quoted.benchmark is None) == (quoted.prices is None):
        message, remedy = "A market price comes from one place.", "Say --benchmark PRICE, or --prices LOG."
        raise misused(message, remedy, "--benchmark")
    over = window(period.start, terms.benchmark.averaged_over)
    price = amount_given(quoted.benchmark, "--benchmark")
    if price is not None:
        unit = quoted.unit or unit_of(terms, period) or ""
        source = f"as given, for {terms.benchmark.series}"
        return MarketPrice(price, unit, over, terms.benchmark.weighted_by, True, source)
    products = sorted({each.product for each in output})
    if len(products) != 1 or quoted.prices is None:
        message = f"The output is of {', '.join(products)}; a log has one price for each."
        raise misused(message, "Settle one product at a time, or give --benchmark.", "--prices")
    return published_price(log_that_is_there(quoted.prices), products[0], over)


def _revised(
    settling: Settling, terms: DifferenceContract, settled: Settlement, before: Before, on: date | None
) -> Settlement:
    """Give a settlement as it is, or where it corrects a statement, the difference from that."""
    if before.revises is None:
        if before.reason is not None:
            message = "--reason says why a statement is corrected."
            raise misused(message, "Name it with --revises.", "--reason")
        return settled
    if not before.reason or on is None:
        message = "A correction needs a reason and the day it takes effect."
        raise misused(message, "Add --reason WORDS and --on DAY, a day in an open period.", "--revises")
    earlier = read_statements(before.revises)[-1]
    last = earlier.reference.rpartition("/")[2]
    number = int(last) + 1 if earlier.kind.endswith("-revision") else 1
    return revise_difference(
        settling.books, terms, earlier, settled.statement, number=number, reason=before.reason, on=on
    )


def _markets(
    terms: PriceGapPayment,
    period: Period,
    claims: Sequence[Claim],
    benchmark: Sequence[str],
    prices: Path | None,
) -> dict[str, MarketPrice]:
    """Give the market price of every product claimed for: as given, else out of the zone's log."""
    over = period if terms.benchmark is None else window(period.start, terms.benchmark.averaged_over)
    weighted = "volume" if terms.benchmark is None else terms.benchmark.weighted_by
    found: dict[str, MarketPrice] = {}
    for text in benchmark:
        product, mark, price = text.partition("=")
        value = amount_given(price if mark else "none", "--benchmark") or Decimal(0)
        found[product] = MarketPrice(value, "USD/t", over, weighted, True, "as given")
    missing = {claim.product for claim in claims if claim.product in terms.products} - set(found)
    if prices is not None and missing:
        log = log_that_is_there(prices)
        problems: list[Problem] = []
        for product in sorted(missing):
            try:
                found[product] = published_price(log, product, over)
            except SettlementError as error:
                problems += error.problems
        refuse(SettlementError, problems)
    return found


def _free(
    settling: Settling,
    terms: PriceGapPayment,
    over: Period,
    claims: Sequence[Claim],
    given: Decimal | None,
) -> Decimal:
    """Give what is free in the appropriation: as said, else as it stood in the book before this period."""
    if given is not None:
        return given
    if settling.into.book is None:
        message = "It is not known how much is free in the appropriation."
        raise misused(message, "Say --available AMOUNT, or --book BOOK.", "--available")
    account = settling.books.chart("USD").appropriation(terms.id)
    whose = settling.books.organisation
    with begun_book(settling.settings) as book:
        held = {one.account.name: one.least for one in book.standings(whose)}
        stands = any(book.store.find(whose, key) for key in claim_keys(terms.id, over, claims))
        before = free_before(book.journal(whose), account.name, terms.id, over) if stands else None
    return amount_of(held.get(account.name, 0) if before is None else before, "USD")
