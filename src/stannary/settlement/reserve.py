"""The reserve of a contracts counterparty: what it must hold so that payments are met in most futures.

After the funding of the UK's contracts for difference: a levy pays what is expected, a reserve sized at a
quantile (their P95) pays what comes beyond. A quantile of simulated futures is itself uncertain; its sampling
interval is stated, from order statistics, without any assumption about the distribution.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal

from stannary.arithmetic import NUMBERS, exactly
from stannary.charter.price_support import DifferenceContract
from stannary.errors import SettlementError, refuse
from stannary.settlement.reckoning import problem
from stannary.settlement.statement import plain_number
from stannary.units import EXACT, round_cents

__all__ = ["Reserve", "payments_on_path", "quantile_ranks", "size_reserve"]

CONFIDENCE = 0.95
FEWEST_PATHS = 20
MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Reserve:
    """What a counterparty should levy and hold, in money, rounded to cents, and how sure that is.

    `at_quantile` is the order statistic of the payments; `low` and `high` bound the true quantile with 95%
    confidence (`high` is `None` where there are too few paths to bound it). `reserve` is what `at_quantile`
    asks beyond `expected`; `levy` is `expected` over the quantity that pays it, rounded up to a millionth so
    that it never brings in less.
    """

    quantile: Decimal
    paths: int
    expected: Decimal
    at_quantile: Decimal
    low: Decimal
    high: Decimal | None
    reserve: Decimal
    levy: Decimal | None

    @property
    def outcome(self) -> str:
        """Say in a sentence what to hold."""
        upper = "no upper bound" if self.high is None else f"{self.high:,.2f}"
        levy = "" if self.levy is None else f" and a levy of {plain_number(self.levy)} a unit"
        return (
            f"Expected payments are {self.expected:,.2f}; with a reserve of {self.reserve:,.2f}{levy} they "
            f"are met in {self.quantile:%} of {self.paths:,} futures "
            f"(95% interval of that quantile: {self.low:,.2f} to {upper})."
        )


def size_reserve(
    payments: Sequence[Sequence[Decimal]],
    quantile: Decimal = Decimal("0.95"),
    base: Sequence[Decimal] | None = None,
) -> Reserve:
    """Size a reserve from the payments of every future: one sequence of periods (or contracts) a path.

    Payments are money, negative where the counterparty receives; their sum on a path may be negative, the
    reserve is not. `base` is the quantity on each path that bears the levy. Raises `SettlementError`
    (STN-SETTLE-001) for fewer than 20 paths, a quantile below a half, numbers that are none, or a base that
    does not fit.
    """
    problems = []
    path = "reserve"
    if len(payments) < FEWEST_PATHS:
        message = f"{len(payments)} paths are too few for a quantile."
        problems.append(problem("001", message, f"Draw at least {FEWEST_PATHS}.", path))
    if not Decimal("0.5") <= quantile < 1:
        message = f"{quantile} is not a quantile to hold a reserve for."
        problems.append(problem("001", message, "Write, say, 0.95.", path))
    if any(not each.is_finite() for one in payments for each in one):
        problems.append(problem("001", "A payment is not a number.", "Leave no path unfinished.", path))
    if base is not None and (len(base) != len(payments) or any(not b.is_finite() or b < 0 for b in base)):
        message = "The quantities that bear the levy do not fit the paths."
        problems.append(problem("001", message, "Give one for each path, none below 0.", path))
    if base is not None and not problems and not sum(base):
        problems.append(problem("001", "Nothing bears the levy.", "Give a quantity above 0.", path))
    refuse(SettlementError, problems)
    with exactly():
        sums = sorted(sum(one, Decimal(0)) for one in payments)
        count = Decimal(len(sums))
        expected = EXACT.divide(sum(sums, Decimal(0)), count)
        bearing = None if base is None else EXACT.divide(sum(base, Decimal(0)), count)
    rank, low, high = quantile_ranks(len(sums), float(quantile))
    at = sums[rank - 1]
    return Reserve(
        quantile=quantile,
        paths=len(sums),
        expected=round_cents(expected),
        at_quantile=round_cents(at),
        low=round_cents(sums[low - 1]),
        high=None if high is None else round_cents(sums[high - 1]),
        reserve=round_cents(max(at - max(expected, Decimal(0)), Decimal(0))),
        levy=None if bearing is None else _levy(max(expected, Decimal(0)), bearing),
    )


def _levy(expected: Decimal, bearing: Decimal) -> Decimal:
    return EXACT.divide(expected, bearing).quantize(MILLIONTH, ROUND_CEILING, EXACT)


def quantile_ranks(count: int, quantile: float) -> tuple[int, int, int | None]:
    """Give the rank of a quantile among so many sorted draws, and the ranks that bound it with 95% odds.

    The rank is ``ceil(count x quantile)``. The number of draws below the true quantile is binomial; the
    bounds leave at most 2.5% on either side (David and Nagaraja, Order Statistics, section 7.1). The upper
    one is `None` where no draw lies high enough.
    """
    rank = max(1, math.ceil(count * quantile - 1e-9))
    tail = (1 - CONFIDENCE) / 2
    below = 0.0
    low, high = 1, None
    for number in range(count + 1):
        below += _binomial(count, number, quantile)
        # `below` is the chance that at most `number` draws lie under the true quantile.
        if below <= tail:
            low = max(1, number + 1)
        if below >= 1 - tail:
            high = number + 1 if number + 1 <= count else None
            break
    return rank, min(low, rank), high


def payments_on_path(
    contract: DifferenceContract,
    prices: Sequence[tuple[date, Decimal]],
    output: Decimal,
    *,
    condition_met: bool = False,
) -> tuple[Decimal, ...]:
    """Give what a contract pays on one path of prices: a day and an average market price for each period.

    Prices and `output` (of each period) are in the unit of the strike; by the charter's own formula, before
    caps. Raises `SettlementError` (STN-SETTLE-002) for a day outside the contract's term.
    """
    found = []
    for on, price in prices:
        paid = contract.payment(price, output, on, condition_met=condition_met, using=NUMBERS)
        if paid is None:
            message = f"The contract has no strike price on {on}."
            raise SettlementError([problem("002", message, "Leave the day out.", f"contracts.{contract.id}")])
        found.append(paid)
    return tuple(found)


def _binomial(count: int, successes: int, share: float) -> float:
    """Give the chance of so many successes, through logarithms so that thousands of draws do not overflow."""
    log = math.lgamma(count + 1) - math.lgamma(successes + 1) - math.lgamma(count - successes + 1)
    return math.exp(log + successes * math.log(share) + (count - successes) * math.log1p(-share))
