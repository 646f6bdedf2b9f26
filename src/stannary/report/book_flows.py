"""Statements of what moves through a book, told: receipts and payments, open items, clearing accounts."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType

from stannary.ledger.ageing import ClearingLine, OpenItem
from stannary.ledger.files import amount_text
from stannary.ledger.receipts import ReceiptsAndPayments
from stannary.ledger.store import AsOf
from stannary.report.book_tables import Told, shown, shown_if_any, statement, summed
from stannary.report.tables import listing
from stannary.report.words import count

__all__ = ["tell_clearing", "tell_open_items", "tell_receipts"]


def tell_receipts(receipts: ReceiptsAndPayments) -> Told:
    """Tell receipts and payments by name, with the money there was before and is after."""
    rows = [
        {
            **dict(zip(receipts.by, line.names, strict=True)),
            "receipts": amount_text(line.receipts, line.commodity),
            "payments": amount_text(line.payments, line.commodity),
            "net": amount_text(line.net, line.commodity),
            "commodity": line.commodity,
        }
        for line in receipts.lines
    ]
    sums = {
        of: tuple(
            sum(getattr(line, side) for line in receipts.lines if line.commodity == of)
            for side in ("receipts", "payments")
        )
        for of in sorted(receipts.closing)
    }
    totals = [
        {
            "commodity": of,
            "opening": amount_text(receipts.opening.get(of, 0), of),
            "receipts": amount_text(received, of),
            "payments": amount_text(paid, of),
            "closing": amount_text(receipts.closing[of], of),
        }
        for of, (received, paid) in sums.items()
    ]

    def draw() -> RenderableType:
        columns = (*(name.capitalize() for name in receipts.by), "Receipts", "Payments", "Of")
        lines = [
            (
                *(name or "–" for name in line.names),
                shown_if_any(line.receipts, line.commodity),
                shown_if_any(line.payments, line.commodity),
                line.commodity,
            )
            for line in receipts.lines
        ]
        blank = [""] * (len(receipts.by) - 1)
        under = [
            ("Total", *blank, shown(received, of), shown(paid, of), of)
            for of, (received, paid) in sums.items()
        ]
        table = summed(columns, lines, under, right=("Receipts", "Payments"))
        words = " ".join(
            f"Money before {shown(receipts.opening.get(of, 0), of)} {of}, after {shown(after, of)} {of}."
            for of, after in sorted(receipts.closing.items())
        )
        title = "Receipts and payments" + (f" from {receipts.since}" if receipts.since else "")
        return statement(title, receipts.organisation, receipts.as_of, table, words, bool(rows))

    return Told(rows, totals, receipts.is_balanced, draw)


def tell_open_items(items: Sequence[OpenItem], organisation: str, as_of: AsOf) -> Told:
    """Tell what is open, by decision, with its age in days."""
    rows = [
        {
            "kind": item.kind,
            "account": item.account,
            "from_account": item.other,
            "cause": item.reference,
            "key": item.key,
            "member": item.member,
            "since": item.since.isoformat(),
            "days": item.days,
            "amount": amount_text(item.units, item.commodity),
            "commodity": item.commodity,
            "expires_on": item.expires_on and item.expires_on.isoformat(),
            "has_expired": item.has_expired,
        }
        for item in items
    ]
    sums: dict[tuple[str, str], int] = {}
    for item in items:
        sums[item.kind, item.commodity] = sums.get((item.kind, item.commodity), 0) + item.units
    totals = [
        {"kind": kind, "amount": amount_text(total, of), "commodity": of}
        for (kind, of), total in sums.items()
    ]

    def draw() -> RenderableType:
        lines = [
            (
                item.kind + (", expired" if item.has_expired else ""),
                item.account,
                item.reference,
                str(item.days),
                shown(item.units, item.commodity),
                item.commodity,
            )
            for item in items
        ]
        under = [(f"All {kind}", "", "", "", shown(total, of), of) for (kind, of), total in sums.items()]
        columns = ("Open", "Account", "Decision", "Days", "Amount", "Of")
        table = summed(columns, lines, under, right=("Days", "Amount"))
        note = "Debits are owed to the organisation, credits (negative) by it."
        return statement("Open items", organisation, as_of, table, note, bool(rows), "Nothing is open.")

    return Told(rows, totals, True, draw)


def tell_clearing(lines: Sequence[ClearingLine], organisation: str, as_of: AsOf) -> Told:
    """Tell what clearing accounts stand at, and which have not come back to zero in time."""
    rows = [
        {
            "account": line.account.name,
            "amount": amount_text(line.units, line.account.commodity),
            "commodity": line.account.commodity,
            "since": line.since and line.since.isoformat(),
            "days": line.days,
            "allowed_days": line.allowed_days,
            "is_overdue": line.is_overdue,
        }
        for line in lines
    ]
    overdue = sum(line.is_overdue for line in lines)

    def draw() -> RenderableType:
        columns = ("Clearing account", "Open", "Of", "Days", "Allowed", "")
        told = (
            (
                line.account.name,
                shown(line.units, line.account.commodity),
                line.account.commodity,
                str(line.days),
                str(line.allowed_days),
                "OVERDUE" if line.is_overdue else "",
            )
            for line in lines
        )
        table = listing("", columns, told, right=("Open", "Days", "Allowed"))
        words = (
            "No account is overdue." if not overdue else f"{count(overdue, 'incident')}: overdue accounts."
        )
        title = "Clearing accounts"
        return statement(
            title, organisation, as_of, table, words, bool(rows), "There is no clearing account."
        )

    return Told(rows, [], not overdue, draw)
