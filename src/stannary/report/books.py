"""Statements of what stands in a book, told: as a table, as rows for a spreadsheet, as data for a program.

No sum is ever taken over two commodities.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from stannary.ledger.accounts import CLASSES, Standing
from stannary.ledger.files import amount_text
from stannary.ledger.statements import BalanceSheet, Commitments, TrialBalance
from stannary.ledger.store import AsOf
from stannary.report.book_tables import Row, Told, add_bold, shown, shown_if_any, statement, summed
from stannary.report.tables import listing

__all__ = ["tell_balance_sheet", "tell_balances", "tell_commitments", "tell_trial_balance"]


def tell_trial_balance(trial: TrialBalance) -> Told:
    """Tell a trial balance: each account on its side, the sides equal in every commodity."""
    rows = [_standing_row(each) for each in trial.standings]
    debits, credits = trial.debits, trial.credits
    totals = [
        {"commodity": of, "debit": amount_text(debits[of], of), "credit": amount_text(credits[of], of)}
        for of in sorted(debits)
    ]

    def draw() -> RenderableType:
        lines = [
            (each.account.name, *_sides(each.balance, each.account.commodity), each.account.commodity)
            for each in trial.standings
        ]
        sums = [("Total", shown(debits[of], of), shown(credits[of], of), of) for of in sorted(debits)]
        table = summed(("Account", "Debit", "Credit", "Of"), lines, sums, right=("Debit", "Credit"))
        words = "Debits equal credits." if trial.is_balanced else "DEBITS AND CREDITS DIFFER."
        return statement("Trial balance", trial.organisation, trial.as_of, table, words, bool(rows))

    return Told(rows, totals, trial.is_balanced, draw)


def tell_balances(standings: Sequence[Standing], organisation: str, as_of: AsOf) -> Told:
    """Tell what accounts stand at, and what pending vouchers would add or take."""
    rows = [_standing_row(each) for each in standings]

    def draw() -> RenderableType:
        pending = any(each.pending_debits or each.pending_credits for each in standings)
        columns = ("Account", "Debit", "Credit", *(("Held in", "Held out") if pending else ()), "Of")
        lines = []
        for each in standings:
            of = each.account.commodity
            held = (
                (shown_if_any(each.pending_debits, of), shown_if_any(each.pending_credits, of))
                if pending
                else ()
            )
            lines.append((_named(each), *_sides(each.balance, of), *held, of))
        table = listing("", columns, lines, right=columns[1:-1])
        return statement("Balances", organisation, as_of, table, "", bool(rows))

    return Told(rows, [], True, draw)


def tell_balance_sheet(sheet: BalanceSheet) -> Told:
    """Tell a balance sheet: what there is, what is owed, what is left, and the result so far."""
    rows = [
        {
            "section": line.section.lower(),
            "account": line.account,
            "amount": amount_text(line.units, line.commodity),
            "commodity": line.commodity,
        }
        for line in sheet.lines
    ]
    sums = {section: sheet.total(section) for section in CLASSES} | {"Result": sheet.result}
    totals = [
        {"section": section.lower(), "amount": amount_text(total, of), "commodity": of}
        for section, by in sums.items()
        for of, total in by.items()
    ]

    def draw() -> RenderableType:
        table = listing("", ("", "Amount", "Of"), (), right=("Amount",))
        for section in CLASSES:
            lines = [line for line in sheet.lines if line.section == section]
            for line in lines:
                table.add_row(Text(line.account), shown(line.units, line.commodity), line.commodity)
            for of in dict.fromkeys(sorted(line.commodity for line in lines)):
                add_bold(table, section, shown(sums[section][of], of), of)
            if lines:
                table.add_row("", "", "")
        for of, total in sheet.result.items():
            if not any(line.section in CLASSES[3:] and line.commodity == of for line in sheet.lines):
                continue
            add_bold(table, "Result: income less expenses", shown(total, of), of)
        words = (
            "Assets equal liabilities, equity and result."
            if sheet.is_balanced
            else "THE SHEET DOES NOT BALANCE."
        )
        return statement("Balance sheet", sheet.organisation, sheet.as_of, table, words, bool(rows))

    return Told(rows, totals, sheet.is_balanced, draw)


def tell_commitments(commitments: Commitments) -> Told:
    """Tell accounts with limits: what stands there, what is held, what may still go in or out."""
    rows = [
        {
            **_standing_row(each),
            "lowest": _bound(each.account.lowest, each),
            "highest": _bound(each.account.highest, each),
            "room_out": _bound(commitments.room_down(each), each),
            "room_in": _bound(commitments.room_up(each), each),
        }
        for each in commitments.standings
    ]

    def draw() -> RenderableType:
        columns = ("Account", "Stands at", "Held in", "Held out", "Free to go", "Free to come", "Of")
        told: list[tuple[str, ...]] = []
        for each in commitments.standings:
            of = each.account.commodity
            rooms = (commitments.room_down(each), commitments.room_up(each))
            told.append(
                (
                    each.account.name,
                    shown(each.balance, of),
                    shown_if_any(each.pending_debits, of),
                    shown_if_any(each.pending_credits, of),
                    *("" if room is None else shown(room, of) for room in rooms),
                    of,
                )
            )
        used = [at for at in range(len(columns)) if any(cells[at] for cells in told)]
        names = tuple(columns[at] for at in used)
        rows_used = [tuple(cells[at] for at in used) for cells in told]
        table = listing("", names, rows_used, right=names[1:-1])
        where = (commitments.organisation, commitments.as_of)
        return statement("Commitments", *where, table, "", bool(rows), "No account has limits.")

    return Told(rows, [], True, draw)


def _standing_row(standing: Standing) -> Row:
    account = standing.account
    return {"account": account.name, "commodity": account.commodity} | {
        name: amount_text(units, account.commodity)
        for name, units in (
            ("balance", standing.balance),
            ("debits", standing.debits),
            ("credits", standing.credits),
            ("pending_debits", standing.pending_debits),
            ("pending_credits", standing.pending_credits),
        )
    }


def _named(standing: Standing) -> str:
    return standing.account.name + (" (closed)" if standing.is_closed else "")


def _bound(units: int | None, standing: Standing) -> str | None:
    return None if units is None else amount_text(units, standing.account.commodity)


def _sides(balance: int, commodity: str) -> tuple[str, str]:
    written = shown(abs(balance), commodity)
    return (written, "") if balance >= 0 else ("", written)
