"""`stannary settle purchase|duties`: agreed purchases, and the duty that determinations ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.text import Text

from stannary.border.determinations import open_determinations
from stannary.charter.price_support import AgreedPurchase
from stannary.cli.book_beginnings import begun_book
from stannary.cli.bookkeeping import opened, shown_place
from stannary.cli.options import Form, Out, Place
from stannary.cli.output import Answer, emit
from stannary.cli.settling import (
    Into,
    OnDay,
    Settling,
    amount_given,
    begun,
    finish,
    misused,
    named,
    support_of,
    write_lines,
)
from stannary.cli.waiting import watching
from stannary.ledger.commodities import amount_of
from stannary.ledger.files import write_vouchers
from stannary.report.words import count
from stannary.settlement.duties import Collection
from stannary.settlement.duty_batches import duties_of, duty_vouchers, post_duties
from stannary.settlement.forms import DeliveryRow
from stannary.settlement.gap_payments import Target
from stannary.settlement.payments import open_amount, payment_key, settle_open_item
from stannary.settlement.purchases import (
    Delivery,
    faults_of_deliveries,
    settle_delivery,
    settle_earnings,
    settle_shortfall,
)
from stannary.settlement.reckoning import Tags
from stannary.settlement.statement import Settlement, money_of
from stannary.settlement.terms import read_judged

__all__ = ["duties", "payment", "purchase"]


def purchase(
    purchase_id: Annotated[str, Parameter(help="The purchase's id in the charter's price_support article.")],
    /,
    *,
    deliveries: Annotated[
        Path | None,
        Parameter(
            metavar="FILE",
            help="A CSV file of deliveries: product, quantity, unit, reference, delivered_on; and price, "
            "price_unit, source where the charter fixes no price.",
        ),
    ] = None,
    year: Annotated[
        int | None,
        Parameter(metavar="NUMBER", help="A year of the contract, from 1, for --taken or --earned."),
    ] = None,
    taken: Annotated[
        str | None, Parameter(metavar="TONNES", help="Tonnes taken in the year: settles take-or-pay.")
    ] = None,
    earned: Annotated[
        str | None,
        Parameter(metavar="AMOUNT", help="What the seller earned in the year: settles guaranteed earnings."),
    ] = None,
    price: Annotated[
        str | None,
        Parameter(metavar="PRICE", help="The price for --taken, where the charter fixes none."),
    ] = None,
    unit: Annotated[str, Parameter(metavar="UNIT", help="The unit of --price.")] = "USD/t",
    on: OnDay = None,
    into: Into | None = None,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Settle an agreed purchase: deliveries, what was to be taken and was not, or guaranteed earnings.

    A delivery is owed at the agreed price (fixed, cost with a return, market or floor) and goes into stock
    under its reference. Take-or-pay and guaranteed earnings are settled once for each year of the contract.
    """
    settling = begun(place, into, form)
    terms = named(support_of(settling).purchases, purchase_id, "purchase")
    asked = sum(given is not None for given in (deliveries, taken, earned))
    if asked != 1 or (year is None) == (deliveries is None):
        remedy = "Say --deliveries FILE, or --year N with --taken TONNES or --earned AMOUNT."
        raise misused("One of deliveries, take-or-pay and earnings is settled at a time.", remedy, "--year")
    if deliveries is not None:
        finish(settling, _delivered(settling, terms, deliveries), out)
        return
    assert year is not None
    quoted_price = amount_given(price, "--price")
    quoted = None if quoted_price is None else Target(quoted_price, unit, "as given")
    if taken is not None:
        tonnes = amount_given(taken, "--taken") or Decimal(0)
        finish(settling, [settle_shortfall(settling.books, terms, year, tonnes, quoted, on=on)], out)
    else:
        profit = amount_given(earned, "--earned") or Decimal(0)
        finish(settling, [settle_earnings(settling.books, terms, year, profit, on=on)], out)


def payment(
    account: Annotated[str, Parameter(help="The account of what is owed: a liability, or a receivable.")],
    amount: Annotated[str, Parameter(help="How much is paid, in units of the currency.")],
    /,
    *,
    reference: Annotated[str, Parameter(metavar="WORDS", help="The bank's reference; each is settled once.")],
    on: Annotated[date, Parameter(name="--on", metavar="DAY", help="The day it was paid.")],
    budget: Annotated[
        str | None,
        Parameter(metavar="ID", help="Pay out of what was set aside from this appropriation, not cash."),
    ] = None,
    member: Annotated[str, Parameter(metavar="NAME", help="The member it is for, for statements.")] = "",
    programme: Annotated[str, Parameter(metavar="NAME", help="The programme, for statements.")] = "",
    mineral: Annotated[str, Parameter(metavar="NAME", help="The mineral, for statements.")] = "",
    into: Into | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Settle a payment of what stands open in the book: out of cash for what is owed, in for what is due.

    No more is paid than stands open. stannary ledger statement open-items lists what does.
    """
    settling = begun(None, into, form)
    if settling.into.book is None:
        raise misused("A payment is settled on a book.", "Say --book BOOK.", "--book")
    given = amount_given(amount, "AMOUNT") or Decimal(0)
    whose = settling.books.organisation
    with opened(settling.settings) as book:
        owed = book.balance(whose, account)
        stood = book.store.find(whose, payment_key(owed.account, reference))
    # What this very payment has moved already does not count against it.
    stands = open_amount(owed) + (0 if stood is None else sum(each.amount for each in stood.transfers))
    tags = Tags(member, programme, mineral)
    settled = settle_open_item(
        settling.books, owed.account, stands, given, reference, on, budget=budget, tags=tags
    )
    finish(settling, [settled], out)


def duties(
    determinations: Annotated[Path, Parameter(help="Determinations that stannary assess wrote, as Parquet.")],
    /,
    *,
    entered_on: Annotated[
        date | None,
        Parameter(metavar="DAY", help="The day of entry, for lines of a file that does not hold it."),
    ] = None,
    into: Into | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Turn determinations into duty: a voucher for each line that owes, to the cent as determined.

    Run again, or after an interruption, nothing is posted twice. Without --book and --vouchers it only tells
    how many lines owe, and how much. stannary explain tells why a line owes what it does.
    """
    settling = begun(None, into, form)
    found = open_determinations(determinations)
    collection = Collection.of(found, settling.books.organisation)
    data: dict[str, object] = {"determinations": str(determinations), "run": found.lineage.run}
    said = []
    if settling.into.vouchers is not None:
        with watching("Writing vouchers"):
            lines = write_vouchers(duty_vouchers(found, collection, entered_on=entered_on))
            data["written"] = write_lines(settling.into.vouchers, lines)
        said.append(f"Written to {settling.into.vouchers}, with the accounts they need.")
    if settling.into.book is not None:
        with watching("Posting duties"), begun_book(settling.settings) as book:
            posted = post_duties(book, found, collection, entered_on=entered_on)
        vouchers, cents = posted.vouchers, posted.cents
        data |= {"posted": vouchers - posted.repeated, "stood_already": posted.repeated}
        fresh = count(vouchers - posted.repeated, "voucher")
        stood = f", {posted.repeated:,} stood there already" if posted.repeated else ""
        said.append(f"{fresh} posted to {shown_place(settling.settings)}{stood}.")
    else:
        owing = [duty.cents for duty in duties_of(found, entered_on=entered_on)]
        vouchers, cents = len(owing), sum(owing)
    owed = amount_of(cents, "USD")
    data |= {"lines_that_owe": vouchers, "owed_usd": owed}
    words = " ".join([f"{count(vouchers, 'line')} owe {money_of(owed, 'USD')} of duty.", *said])
    emit(Answer(table=lambda: Text(words), data=data), settling.settings.format, out)


def _delivered(settling: Settling, terms: AgreedPurchase, deliveries: Path) -> list[Settlement]:
    quoted: dict[str, Target] = {}

    def delivery_of(cells: Mapping[str, Any]) -> Delivery:
        if isinstance(cells.get("price"), Decimal):
            unit, source = cells.get("price_unit") or "USD/t", cells.get("source", "")
            quoted[cells["reference"]] = Target(cells["price"], unit, source)
        return Delivery(*(cells[name] for name in GOODS))

    rows = read_judged(deliveries, DeliveryRow, delivery_of, lambda made: faults_of_deliveries(terms, made))
    return [settle_delivery(settling.books, terms, each, quoted.get(each.reference)) for each in rows]


GOODS = ("product", "quantity", "unit", "reference", "delivered_on")
