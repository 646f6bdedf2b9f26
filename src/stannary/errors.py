"""Every way to refuse, drawn as one tree, each with a stable code.

A `Problem` says what is wrong, where, and what would be right. An error carries *all* the problems of
its input, never only the first. `CATALOGUE` is the one list of codes; the reference page of error codes
is written from it and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "CATALOGUE",
    "AtlasError",
    "CharterError",
    "EntriesError",
    "LedgerError",
    "LicenceError",
    "MarketError",
    "NotFoundError",
    "Place",
    "PriceError",
    "Problem",
    "SettlementError",
    "SolverError",
    "SourceUnavailableError",
    "StannaryError",
    "UnitError",
    "UsageError",
    "ZoneError",
    "refuse",
]


@dataclass(frozen=True, slots=True)
class Place:
    """Say where a problem is: file, line and column (both from 1), and the path inside the document."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None

    def __str__(self) -> str:
        spot = self.file or ""
        if self.line is not None:
            spot += f":{self.line}"
            if self.column is not None:
                spot += f":{self.column}"
        if self.path:
            spot = f"{spot} ({self.path})" if spot else self.path
        return spot


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its code, the fact, the place, and what would be right."""

    code: str
    message: str
    remedy: str = ""
    place: Place = field(default_factory=Place)
    severity: Literal["error", "warning"] = "error"

    def __post_init__(self) -> None:
        if self.code not in CATALOGUE:
            raise KeyError(f"{self.code} is not in the catalogue of codes")

    def __str__(self) -> str:
        where = str(self.place)
        text = f"{self.code} {where}: {self.message}" if where else f"{self.code} {self.message}"
        return f"{text} {self.remedy}" if self.remedy else text


class StannaryError(Exception):
    """Refuse, listing every problem found. `exit_status` is what the command line leaves with."""

    exit_status = 3

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        if not self.problems:
            raise ValueError("an error needs at least one problem")
        super().__init__("\n".join(str(problem) for problem in self.problems))


class CharterError(StannaryError):
    """The charter is not good law."""


class AtlasError(StannaryError):
    """The atlas' tables are not sound, or an official file could not be read into them."""


class ZoneError(StannaryError):
    """A charter and an atlas do not fit together."""


class EntriesError(StannaryError):
    """A file of entry lines cannot be read as such (single bad lines are referred, not refused)."""


class UnitError(StannaryError):
    """A unit or currency is unknown, or two do not fit."""


class LicenceError(StannaryError):
    """The licence of a record does not allow what was asked."""


class NotFoundError(StannaryError):
    """What was named does not exist."""

    exit_status = 4


class MarketError(StannaryError):
    """A model or a scenario of the market cannot be used as it is written."""


class SolverError(StannaryError):
    """A market has no solution that could be found."""


class LedgerError(StannaryError):
    """A book refuses a voucher, or cannot be opened, read or believed."""


class PriceError(StannaryError):
    """Price reports cannot be read, or no reference price can be published from them."""


class SettlementError(StannaryError):
    """What is owed cannot be settled from the terms, prices and quantities given."""


class UsageError(StannaryError):
    """The command was not asked well: its options or settings cannot be followed."""

    exit_status = 2


class SourceUnavailableError(StannaryError):
    """An outside source did not answer, or answered with an error."""

    exit_status = 6


def refuse(kind: type[StannaryError], problems: Iterable[Problem]) -> None:
    """Raise `kind` with every problem of severity `error`; do nothing when there is none."""
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise kind(errors)


CATALOGUE: dict[str, str] = {
    # the charter, read from a folder
    "STN-CHARTER-001": "The charter's folder, or a file it must hold, is missing.",
    "STN-CHARTER-002": "A charter file is not readable YAML (or not UTF-8 text).",
    "STN-CHARTER-003": "A field is missing.",
    "STN-CHARTER-004": "A field is not known here.",
    "STN-CHARTER-005": "A value has the wrong form.",
    "STN-CHARTER-006": "A number has neither a source nor the word assumed with a reason.",
    "STN-CHARTER-007": "A source is cited that citation.yaml does not list.",
    "STN-CHARTER-008": "Two values claim the same days.",
    "STN-CHARTER-009": "Days are left without a value between two that are in force.",
    "STN-CHARTER-010": "A product, stage or set is named that the charter does not define.",
    "STN-CHARTER-011": "Products form a cycle along the chain.",
    "STN-CHARTER-012": "The floors along a chain leave a stage exposed.",
    "STN-CHARTER-013": "A name or code is given twice.",
    "STN-CHARTER-014": "A covered product has no floor on a day the zone is in force.",
    "STN-CHARTER-015": "An economy sits in two sets that exclude each other.",
    "STN-CHARTER-016": "A later value was written over an earlier one.",
    "STN-CHARTER-017": "An amendment changes something that is not there.",
    "STN-CHARTER-018": "A review or sunset date has passed without a decision.",
    "STN-CHARTER-019": "The charter cannot be written where it was asked to be.",
    "STN-CHARTER-020": "The shares of the revenue do not make up one.",
    # the atlas
    "STN-ATLAS-001": "The atlas' folder, or a table it must hold, is missing.",
    "STN-ATLAS-002": "A table is not readable (encoding, delimiter, damaged).",
    "STN-ATLAS-003": "A column is missing or not known.",
    "STN-ATLAS-004": "A value has the wrong form.",
    "STN-ATLAS-005": "A number has no date, unit, source or licence.",
    "STN-ATLAS-006": "A mineral, product, economy or source is named that its table does not list.",
    "STN-ATLAS-007": "A row is given twice.",
    "STN-ATLAS-008": "A withheld or less-than value carries a number, or a reported one carries none.",
    "STN-ATLAS-009": "An official file is not in the layout its publisher documents.",
    "STN-ATLAS-020": "The place for imported facts or kept answers cannot be written, or is taken.",
    "STN-ATLAS-021": "A measure was asked of numbers it is not defined for.",
    # a zone: charter and atlas together
    "STN-ZONE-001": "The zone's folder is missing or holds no charter and no atlas.",
    "STN-ZONE-002": "The charter names a mineral, product or economy that the atlas does not know.",
    # files of entry lines
    "STN-ENTRY-001": "The file of entry lines is missing, or is a folder.",
    "STN-ENTRY-002": "The file is empty, or has a header and no lines.",
    "STN-ENTRY-003": "The file's kind is not known, or its content is not what its name says.",
    "STN-ENTRY-004": "The file is damaged or ends too early.",
    "STN-ENTRY-005": "The file is not UTF-8 text.",
    "STN-ENTRY-006": "A column that every entry line needs is missing.",
    "STN-ENTRY-007": "A column is given twice.",
    "STN-ENTRY-008": "The columns are not separated by commas.",
    "STN-ENTRY-009": "A row has more or fewer columns than the header, or an open quote.",
    "STN-ENTRY-010": "A line is too long to be an entry line.",
    "STN-ENTRY-011": "A column has a type that cannot hold its value.",
    "STN-ENTRY-012": "The place to write to cannot be written, or already holds something else.",
    "STN-ENTRY-013": "The file has more columns than an entry line could need.",
    "STN-ENTRY-014": "One line is corrected more than once.",
    # units and currencies
    "STN-UNIT-001": "A unit is not known.",
    # licences
    "STN-LICENCE-001": "The source's terms do not allow this record to be passed on.",
    # things asked for by name
    "STN-FOUND-001": "What was named does not exist.",
    # command line
    "STN-MARKET-001": "A market has no region, layer or product of that name.",
    "STN-MARKET-002": "An array of a market has the wrong shape.",
    "STN-MARKET-003": "A number of a market is outside what is possible.",
    "STN-MARKET-004": "Shares that must sum to one do not.",
    "STN-MARKET-005": "A price carries no basis, or one that is not known.",
    "STN-MARKET-006": "A market could not be solved.",
    "STN-MARKET-007": "The atlas holds too little to build a market.",
    "STN-MARKET-008": "A recipe of a market is not readable or not in its form.",
    "STN-MARKET-009": "A table cannot be balanced to the sums it is given.",
    "STN-SCENARIO-001": "A scenario file is not readable or not in its form.",
    "STN-SCENARIO-002": "A scenario names an economy, set or product that the charter or atlas lacks.",
    "STN-SCENARIO-003": "A scenario's days or numbers do not fit together.",
    # outlooks
    "STN-OUTLOOK-001": "A saved outlook is damaged, or of another form.",
    "STN-OUTLOOK-002": "Outlooks cannot be set side by side.",
    # designs
    "STN-DESIGN-001": "A goal is not readable, or does not fit the market.",
    "STN-DESIGN-002": "A lever is not readable, or moves nothing in the market.",
    # the book
    "STN-LEDGER-001": "A voucher is not in its form.",
    "STN-LEDGER-002": "An account does not exist.",
    "STN-LEDGER-003": "An account is closed.",
    "STN-LEDGER-004": "A currency or metal is not one a book counts, or not the account's.",
    "STN-LEDGER-005": "The period is closed.",
    "STN-LEDGER-006": "A voucher's date is out of range.",
    "STN-LEDGER-007": "An account's limit does not allow the amount.",
    "STN-LEDGER-008": "A key was used before with another voucher.",
    "STN-LEDGER-009": "The voucher acted on does not stand in the book.",
    "STN-LEDGER-010": "The voucher or account acted on is not in a state for it.",
    "STN-LEDGER-011": "A pending voucher has expired, or holds less than is asked.",
    "STN-LEDGER-012": "An account to be closed is not at zero.",
    "STN-LEDGER-013": "An amount is not a whole number of minor units, or out of range.",
    "STN-LEDGER-014": "An account of that name exists already.",
    "STN-LEDGER-015": "Postings do not sum to zero.",
    "STN-LEDGER-016": "A voucher names no cause.",
    "STN-LEDGER-017": "The book is of another version than the software.",
    "STN-LEDGER-018": "The book is busy: another program holds it.",
    "STN-LEDGER-019": "The book stands where it cannot be kept safely.",
    "STN-LEDGER-020": "There is no book at that place, or it is not one.",
    "STN-LEDGER-021": "The book, its seal or a proof does not hold.",
    "STN-LEDGER-022": "A file of vouchers or keys is not readable or not in its form.",
    "STN-LEDGER-023": "The database role may not do this.",
    # prices
    "STN-PRICE-001": "A file of price reports is not readable or not in its form.",
    "STN-PRICE-002": "A price report has a missing or malformed value.",
    "STN-PRICE-003": "A price report names a product, unit, currency or economy that is not known.",
    "STN-PRICE-004": "A price report is given twice, or corrects one that is not there.",
    "STN-PRICE-005": "The charter states no method for reference prices.",
    "STN-PRICE-006": "No reference price could be published.",
    "STN-PRICE-007": "A price log is damaged or not one.",
    "STN-PRICE-008": "The price log is being written by another program.",
    "STN-PRICE-009": "A period is published twice or out of order, or a correction gives no reason.",
    # settlement
    "STN-SETTLE-001": "A file of terms, quantities or prices is not readable or not in its form.",
    "STN-SETTLE-002": "A contract, envelope or mandate is not in the charter, or not in force.",
    "STN-SETTLE-003": "A price or quantity that the settlement needs is missing or not final.",
    "STN-SETTLE-004": "The settlement would pass a cap, commitment or stock.",
    "STN-SETTLE-005": "The period or case was settled before, or is in another state.",
    "STN-USAGE-001": "The options given do not fit together.",
    "STN-USAGE-002": "An option, command or value on the command line is not known or not well formed.",
    "STN-USAGE-003": "A setting is not known or has the wrong form.",
    "STN-USAGE-004": "The settings file cannot be read.",
    "STN-USAGE-005": "The place to write the answer to cannot be written.",
    "STN-USAGE-006": "What the command needs is not installed.",
    # outside sources
    "STN-SOURCE-001": "The source did not answer.",
    "STN-SOURCE-002": "The source answered with an error.",
    "STN-SOURCE-003": "The source's answer is not in its documented form.",
    "STN-SOURCE-004": "The source asks for a key that is not set.",
    "STN-SOURCE-005": "The source cut its answer short.",
    "STN-SOURCE-006": "The client that the source needs is not installed.",
}
