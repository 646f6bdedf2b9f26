"""UN Comtrade through the United Nations' own client, `comtradeapicall` (the extra `comtrade`).

This module alone imports that client, and with it pandas: open it only when Comtrade is asked. Where the
extra is not installed the module opens all the same, and says so when it is asked. The client prints what
goes wrong and returns nothing; what it prints is caught, read, and raised as what it is.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from math import isfinite
from typing import Any, cast

from stannary.atlas.cache import AnswerCache, SourceRequest, struck_out
from stannary.atlas.importers.comtrade_records import COMTRADE, read_records
from stannary.atlas.importers.facts import ImportedFact
from stannary.atlas.importers.patience import Busy, Patience, ask_patiently
from stannary.errors import AtlasError, Place, Problem, SourceUnavailableError

try:
    import comtradeapicall
except ImportError as error:  # the extra itself, or what the client needs and does not declare
    comtradeapicall = None
    WHY_NOT = str(error)

__all__ = ["ComtradeQuery", "import_comtrade"]

MOST_RECORDS_WITH_KEY = 100_000
MOST_RECORDS_WITHOUT_KEY = 500
AREA = re.compile(r"\d{1,3}", re.ASCII)
CODE = re.compile(r"\d{2}|\d{4}|\d{6}|TOTAL|AG[246]", re.ASCII)
PERIOD = re.compile(r"\d{4}(?:0[1-9]|1[0-2])?", re.ASCII)
FLOW = re.compile(r"M|X|RM|RX|DX", re.ASCII)
WAIT = re.compile(r"try again in (\d+) second", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class ComtradeQuery:
    """One question: reporter and partner as UN M49 numbers (``842``, ``0`` for the world), code and period.

    `period` is ``2024`` or ``202403``, `flow` M (imports) or X (exports), `partner` `None` for every one.
    """

    reporter: str
    commodity: str
    period: str
    flow: str = "M"
    partner: str | None = None

    @property
    def arguments(self) -> dict[str, str | int | None]:
        """Give the client's arguments, but for the key. Every breakdown is asked for as its total."""
        return {
            "typeCode": "C",
            "freqCode": "M" if len(self.period) == 6 else "A",
            "clCode": "HS",
            "period": self.period,
            "reporterCode": self.reporter,
            "cmdCode": self.commodity,
            "flowCode": self.flow,
            "partnerCode": self.partner,
            "partner2Code": "0",
            "customsCode": "C00",
            "motCode": "0",
            "format_output": "JSON",
            "breakdownMode": "classic",
            "includeDesc": True,
        }

    def request(self, most_records: int) -> SourceRequest:
        """Give the request, without its key."""
        arguments = {**self.arguments, "maxRecords": most_records}
        return SourceRequest(COMTRADE.id, tuple((name, str(value)) for name, value in arguments.items()))


def import_comtrade(
    cache: AnswerCache,
    *,
    queries: Sequence[ComtradeQuery],
    key: str | None,
    patience: Patience | None = None,
    fetch: Callable[..., Any] | None = None,
) -> Iterator[ImportedFact]:
    """Give Comtrade's records as rows, asking only for what `cache` does not hold.

    With a subscription key up to 100,000 records a query, without one the public preview of 500. The key
    is sent and never kept. `fetch` stands for the client's `getFinalData` (with a key, its first argument)
    or `previewFinalData` (without), which are the default. Rows may not be passed on. Raises `AtlasError`
    (STN-ATLAS-004) for questions that are none and `SourceUnavailableError` (STN-SOURCE-001 to -006); what
    was answered before stays in the cache.
    """
    check_queries(queries)
    most = MOST_RECORDS_WITH_KEY if key else MOST_RECORDS_WITHOUT_KEY
    try:
        for query in queries:
            request = query.request(most)
            place = Place(COMTRADE.url, path=f"{query.reporter}, {query.commodity}, {query.period}")
            answer = cache.get(request)
            if answer is None:
                fetch = fetch or installed_client(with_key=bool(key))
                call = partial(fetch, key) if key else fetch
                attempt = partial(ask, call, query, most, key or "", place)
                answer = ask_patiently(attempt, patience or Patience())
                facts = tuple(read_records(answer, place))  # read before it is kept: no bad answer stays
                cache.put(request, answer, secrets=[key or ""])
            else:
                facts = tuple(read_records(answer, place))
            yield from facts
    finally:
        cache.write_manifest()


def installed_client(*, with_key: bool) -> Callable[..., Any]:
    """Give the client's function, or say that the extra is not installed."""
    if comtradeapicall is None:
        message = f"The client of UN Comtrade cannot be opened ({WHY_NOT})."
        remedy = "Install it with the extra: stannary[comtrade]."
        raise SourceUnavailableError([Problem("STN-SOURCE-006", message, remedy, Place(COMTRADE.url))])
    function = comtradeapicall.getFinalData if with_key else comtradeapicall.previewFinalData
    return cast(Callable[..., Any], function)


def check_queries(queries: Sequence[ComtradeQuery]) -> None:
    """Refuse questions whose parts are not in Comtrade's form, all of them at once."""
    forms = {"reporter": AREA, "partner": AREA, "commodity": CODE, "period": PERIOD, "flow": FLOW}
    problems = [
        Problem("STN-ATLAS-004", f"{getattr(query, name)!r} is no {name} of Comtrade.", "See its reference.")
        for query in queries
        for name, form in forms.items()
        if not (name == "partner" and query.partner is None) and not form.fullmatch(getattr(query, name))
    ]
    if problems:
        raise AtlasError(problems)


def ask(fetch: Callable[..., Any], query: ComtradeQuery, most: int, key: str, place: Place) -> str | Busy:
    """Call the client once; give its records as JSON, or why to wait.

    Raises `SourceUnavailableError` when waiting would not help.
    """
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            frame = fetch(**query.arguments, maxRecords=most)
    except Exception as error:
        # The client lets through what urllib3, json and pandas raise, under many names.
        reason = struck_out(f"{type(error).__name__}: {error}", [key])[:200]
        return Busy(Problem("STN-SOURCE-001", f"No answer: {reason}.", "Try again later.", place))
    said = struck_out(" ".join(printed.getvalue().split()), [key])
    if frame is None:
        return why_nothing(said, place)
    records = [
        {str(name): plain_value(value) for name, value in record.items()}
        for record in frame.to_dict("records")
    ]
    if len(records) >= most:
        message = (
            f"The answer has {len(records):,} records, the most that one query may give: it is cut short."
        )
        remedy = "Ask for fewer partners, codes or months at a time, or with a key."
        raise SourceUnavailableError([Problem("STN-SOURCE-005", message, remedy, place)])
    return struck_out(json.dumps(records), [key])


def why_nothing(said: str, place: Place) -> Busy:
    """Read what the client printed in place of an answer."""
    lower = said.lower()
    if "subscription key" in lower or '"statuscode": 401' in lower or "access denied" in lower:
        problem = Problem("STN-SOURCE-004", "UN Comtrade does not accept the key.", "Check the key.", place)
        raise SourceUnavailableError([problem])
    if "quota" in lower:
        problem = Problem("STN-SOURCE-002", f"No allowance is left: {said[:200]}", "Go on tomorrow.", place)
        raise SourceUnavailableError([problem])
    if "429" in lower or "rate limit" in lower:
        wait = WAIT.search(said)
        problem = Problem("STN-SOURCE-002", "UN Comtrade is busy (HTTP 429).", "Try again later.", place)
        return Busy(problem, float(wait[1][:6]) if wait else 0.0)
    if lower.startswith("request error") or not said:
        return Busy(Problem("STN-SOURCE-001", f"No answer: {said[:200]}", "Try again later.", place))
    problem = Problem("STN-SOURCE-002", f"UN Comtrade answers: {said[:200]}", "Check the query.", place)
    raise SourceUnavailableError([problem])


def plain_value(value: Any) -> Any:
    """Give a cell of a data frame as JSON may hold it: not-a-number is missing, 12.0 is 12."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        if not isfinite(value):
            return None
        return int(value) if value.is_integer() else value
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, str | int | bool) or value is None else str(value)
