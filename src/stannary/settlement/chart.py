"""The chart of accounts: which account of an organisation stands for what, by name, commodity and limits.

Money accounts end in their currency, for an account counts one commodity. Names of firms and contracts become
words of an account; two different names never become the same word. What an organisation has promised but not
paid stands in pairs of equity accounts, which cancel out on its balance sheet and carry the limits.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from stannary.ledger.accounts import Account
from stannary.ledger.commodities import metal
from stannary.ledger.vouchers import Cause, Voucher
from stannary.settlement.statement import key_of

__all__ = ["CLEARS_WITHIN_DAYS", "Chart", "openings", "word_of"]

CLEARS_WITHIN_DAYS = 30
"""Days within which an account between two organisations must return to zero, unless the caller says."""

WORD = re.compile(r"[A-Z0-9][A-Za-z0-9-]{0,49}")
MARKED = re.compile(r"-[0-9a-f]{12}")


def openings(accounts: Iterable[Account], on: date, cause: Cause) -> tuple[Voucher, ...]:
    """Give the vouchers that open accounts, each account once, in order of first mention.

    Opening what is open already is refused by a book: leave out what it holds.
    """
    return tuple(
        Voucher(
            account.organisation,
            key_of("open", account.name, account.commodity),
            "open_account",
            on,
            cause,
            narrative=f"Open {account.name}",
            account=account,
        )
        for account in dict.fromkeys(accounts)
    )


def word_of(name: str) -> str:
    """Turn a name into one word of an account: ``Acme Metals Ltd`` into ``Acme-Metals-Ltd-`` and a mark.

    A name that is such a word already stays as it is. Any other gets the first 12 digits of its SHA-256, so
    that ``Acme`` and ``ACME`` or ``a.b`` and ``a-b`` stay apart.
    """
    if WORD.fullmatch(name) and MARKED.search(name[-13:]) is None:
        return name
    return marked(name)


@dataclass(frozen=True, slots=True)
class Chart:
    """The accounts of one organisation in one currency. Every method gives an account; none opens it."""

    organisation: str
    currency: str = "USD"

    # -- money at hand and between organisations

    def cash(self) -> Account:
        """Money at hand."""
        return self._money("Assets:Cash")

    def clearing(self, other: str, within_days: int = CLEARS_WITHIN_DAYS) -> Account:
        """What stands open with another organisation of the zone; it must return to zero."""
        return replace(self._money("Assets:Clearing", word_of(other)), clears_within_days=within_days)

    # -- duties

    def duties_receivable(self, importer: str) -> Account:
        """Duty that an importer owes."""
        return self._money("Assets:Receivable:Duties", word_of(importer))

    def duties_disputed(self, importer: str) -> Account:
        """Duty that is protested against, until it is decided."""
        return self._money("Assets:Disputed:Duties", word_of(importer))

    def duty_income(self) -> Account:
        """Duty assessed, less what was corrected and refunded."""
        return self._money("Income:Duties")

    def refunds_payable(self, importer: str) -> Account:
        """Duty to be paid back to an importer."""
        return self._money("Liabilities:Refunds", word_of(importer))

    def guarantees_receivable(self, importer: str) -> Account:
        """What may be, or was, called from an importer's guarantee."""
        return self._money("Assets:Receivable:Guarantees", word_of(importer))

    def guarantees_held(self, importer: str) -> Account:
        """What is held of an importer as security: a deposit, to be given back or drawn."""
        return self._money("Liabilities:Guarantees", word_of(importer))

    def revenue_shared(self, recipient: str) -> Account:
        """Revenue handed on by the charter's rule of allocation."""
        return self._money("Expenses:RevenueShared", word_of(recipient))

    def revenue_received(self, source: str) -> Account:
        """Revenue received by the charter's rule of allocation."""
        return self._money("Income:RevenueShared", word_of(source))

    # -- money that a budget sets apart

    def appropriation(self, budget: str) -> Account:
        """What a budget still allows; it never falls below zero."""
        return replace(self._money("Assets:Appropriations", name_word(budget)), lowest=0)

    def appropriated(self, budget: str) -> Account:
        """Where appropriations come from."""
        return self._money("Equity:Appropriations", name_word(budget))

    def set_aside(self, budget: str) -> Account:
        """What is taken from a budget for payments that are owed; it never falls below zero."""
        return replace(self._money("Assets:SetAside", name_word(budget)), lowest=0)

    # -- contracts and purchases

    def support_expense(self, programme: str) -> Account:
        """Support paid to producers under a contract or programme."""
        return self._money("Expenses:Support", name_word(programme))

    def support_income(self, programme: str) -> Account:
        """What producers pay back above the strike price."""
        return self._money("Income:Support", name_word(programme))

    def support_payable(self, beneficiary: str) -> Account:
        """What is owed to a producer under a programme of support."""
        return self._money("Liabilities:Payable:Support", word_of(beneficiary))

    def contract_payable(self, contract: str) -> Account:
        """What is owed to the other side of a contract."""
        return self._money("Liabilities:Payable:Contracts", name_word(contract))

    def contract_receivable(self, contract: str) -> Account:
        """What the other side of a contract owes."""
        return self._money("Assets:Receivable:Contracts", name_word(contract))

    def supplier_payable(self, supplier: str) -> Account:
        """What is owed to whoever sold into the stockpile."""
        return self._money("Liabilities:Payable:Suppliers", word_of(supplier))

    def shortfall_expense(self, contract: str) -> Account:
        """What is paid for goods that were agreed and not taken, or for guaranteed earnings."""
        return self._money("Expenses:Shortfall", name_word(contract))

    # -- the stockpile: contained metal in milligrams, and the same stock at cost

    def lot(self, product: str, lot: str) -> Account:
        """The contained metal in one lot of stock; it never falls below zero."""
        return replace(self._stock("Assets:Stock", product, lot), lowest=0)

    def received(self, product: str) -> Account:
        """All metal ever taken into stock, as its source."""
        return self._stock("Equity:Stock", product, "Received")

    def released(self, product: str) -> Account:
        """All metal ever given out of stock."""
        return self._stock("Equity:Stock", product, "Released")

    def lost(self, product: str) -> Account:
        """All metal lost from stock: in handling, by theft, or by a count that found less."""
        return self._stock("Equity:Stock", product, "Lost")

    def drawn(self, product: str, subscriber: str) -> Account:
        """Metal that a subscriber has drawn and must replace; it never falls below zero."""
        return replace(self._stock("Assets:Drawn", product, subscriber), lowest=0)

    def drawn_value(self, product: str, subscriber: str) -> Account:
        """The same metal at cost."""
        path = f"Assets:DrawnValue:{product_word(product)}"
        return replace(self._money(path, word_of(subscriber)), lowest=0)

    def inventory(self, product: str) -> Account:
        """Stock of a product at cost; it never falls below zero."""
        return replace(self._money("Assets:Inventory", product_word(product)), lowest=0)

    def opening_stock(self, product: str) -> Account:
        """Where stock that was held before the book began comes from, at cost."""
        return self._money("Equity:Opening", product_word(product))

    def sales(self, product: str) -> Account:
        """What releases from stock bring in."""
        return self._money("Income:Releases", product_word(product))

    def cost_of_releases(self, product: str) -> Account:
        """The cost of what was released."""
        return self._money("Expenses:CostOfReleases", product_word(product))

    def stock_loss(self, product: str) -> Account:
        """The cost of what was lost from stock."""
        return self._money("Expenses:StockLosses", product_word(product))

    def subscriber_receivable(self, subscriber: str) -> Account:
        """What a subscriber of the stockpile, or a buyer from it, owes."""
        return self._money("Assets:Receivable:Subscribers", word_of(subscriber))

    def fee_income(self, programme: str) -> Account:
        """Fees and carrying costs charged under a programme, subscription or loan."""
        return self._money("Income:Fees", name_word(programme))

    # -- loans and equity

    def loan(self, loan: str, commitment: int) -> Account:
        """Principal outstanding: never below zero, never above the commitment (in minor units)."""
        return replace(self._money("Assets:Loans", name_word(loan)), lowest=0, highest=commitment)

    def interest_receivable(self, loan: str) -> Account:
        """Interest and fees that a borrower owes."""
        return self._money("Assets:Receivable:Loans", name_word(loan))

    def interest_income(self, loan: str) -> Account:
        """Interest earned on a loan."""
        return self._money("Income:Interest", name_word(loan))

    def grants(self, envelope: str) -> Account:
        """Money given and not lent, under an envelope."""
        return self._money("Expenses:Grants", name_word(envelope))

    def stake(self, issuer: str) -> Account:
        """Shares held in a firm, at cost and with what was paid in kind."""
        return self._money("Assets:Stakes", word_of(issuer))

    def dividend_income(self, issuer: str) -> Account:
        """Dividends, paid in money or in kind."""
        return self._money("Income:Dividends", word_of(issuer))

    # -- what is promised: off the balance sheet, in pairs of equity accounts

    def undrawn(self, loan: str) -> Account:
        """What a borrower may still draw; it never falls below zero."""
        return replace(self._money("Equity:Commitments:Loans", name_word(loan)), lowest=0)

    def forwards(self, contract: str) -> Account:
        """Purchases agreed and not yet made; it never falls below zero."""
        return replace(self._money("Equity:Commitments:Forwards", name_word(contract)), lowest=0)

    def guarantees_given(self, beneficiary: str) -> Account:
        """Guarantees given; it never falls below zero."""
        return replace(self._money("Equity:Commitments:Guarantees", word_of(beneficiary)), lowest=0)

    def spent(self, mandate: str) -> Account:
        """Cash spent under a mandate, as it counts against the mandate's cap."""
        return self._money("Equity:Commitments:Spent", name_word(mandate))

    def bound(self, mandate: str, cap: int | None = None) -> Account:
        """The other side of what a mandate has promised; with a cap (minor units) it goes no lower."""
        account = self._money("Equity:Commitments:Bound", name_word(mandate))
        return account if cap is None else replace(account, lowest=-cap)

    # -- how names are made

    def _money(self, path: str, word: str = "") -> Account:
        words = f"{path}:{word}" if word else path
        return Account(self.organisation, f"{words}:{self.currency}", self.currency)

    def _stock(self, path: str, product: str, name: str) -> Account:
        return Account(self.organisation, f"{path}:{product_word(product)}:{word_of(name)}", metal(product))


def name_word(name: str) -> str:
    """Turn a name of the charter into one word of an account: ``mp-materials-ppa`` into ``MP-MATERIALS-PPA``.

    A name with other signs than small letters, digits and hyphens gets a mark, as in `word_of`.
    """
    return name.upper() if re.fullmatch(r"[a-z][a-z0-9-]{0,49}", name) else marked(name)


def product_word(product: str) -> str:
    """Turn a product into one word of an account: ``ndpr.oxide`` into ``NDPR-OXIDE``."""
    return product.upper().replace(".", "-") if re.fullmatch(r"[a-z0-9.]{1,50}", product) else marked(product)


def marked(name: str) -> str:
    """Turn a name into a word with the first digits of its SHA-256, so that no two names share one."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:37].rstrip("-")
    mark = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"{plain[:1].upper()}{plain[1:]}-{mark}" if plain else f"X-{mark}"
