"""U.S. imports from the Census Bureau's International Trade API, month by month and code by code.

Endpoint ``timeseries/intltrade/imports/hs``; answers are JSON arrays of arrays, the first the names of the
columns; 204 means that nothing was traded; since May 2026 every call needs a (free) key, and without one
the API redirects to a web page. One request is one code and one month, so that an interrupted import goes
on where it stopped. Source: Census Bureau, Guide to the International Trade Datasets. U.S. Government work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import httpx

from stannary.atlas.cache import AnswerCache, SourceRequest, struck_out
from stannary.atlas.importers.economy_codes import economy_of_name
from stannary.atlas.importers.facts import FactState, ImportedFact, Publication, Redistribution
from stannary.atlas.importers.patience import Busy, Patience, ask_patiently
from stannary.errors import AtlasError, Place, Problem, SourceUnavailableError

__all__ = ["CENSUS", "CENSUS_URL", "CensusQuery", "import_census"]

CENSUS_URL = "https://api.census.gov/data/timeseries/intltrade/imports/hs"
CENSUS = Publication(
    id="us-census-trade",
    title="International Trade Data API, U.S. imports by Harmonized System code",
    publisher="U.S. Census Bureau",
    url=CENSUS_URL,
    licence="U.S. Government work, public domain",
    redistribution=Redistribution.ALLOWED,
    attribution="U.S. Census Bureau, International Trade Data. This product uses the Census Bureau Data API "
    "but is not endorsed or certified by the Census Bureau.",
)

FIELDS = (
    "CTY_CODE", "CTY_NAME", "I_COMMODITY_SDESC", "GEN_VAL_MO", "CON_VAL_MO", "GEN_QY1_MO",
    "GEN_QY1_MO_FLAG", "CON_QY1_MO", "CON_QY1_MO_FLAG", "UNIT_QY1",
)  # fmt: skip
COUNTRY = re.compile(r"[1-9]\d{3}", re.ASCII)
GROUPS = re.compile(r"00\d\d|[1-7]XXX", re.ASCII)
WORLD = "-"
CODE = re.compile(r"\d{2}|\d{4}|\d{6}|\d{10}", re.ASCII)
MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
AMOUNT = re.compile(r"-?\d{1,18}(?:\.\d{1,6})?", re.ASCII)
UNITS = {"KG": "kg", "T": "t", "GM": "g", "CGM": "g", "CKG": "kg", "CTN": "t"}
CONTENT_UNITS = frozenset({"CGM", "CKG", "CTN"})
NO_UNIT = frozenset({"-", "X", ""})
LARGEST_ANSWER = 1 << 26


@dataclass(frozen=True, slots=True)
class CensusQuery:
    """One Harmonized System code of 2, 4, 6 or 10 digits (as text) and one month (``2026-03``)."""

    code: str
    month: str

    @property
    def request(self) -> SourceRequest:
        """Give the request, without its key."""
        return SourceRequest(CENSUS.id, tuple(self.parameters.items()))

    @property
    def parameters(self) -> dict[str, str]:
        """Give the query's parameters as the API names them."""
        return {
            "get": ",".join(FIELDS),
            "I_COMMODITY": self.code,
            "COMM_LVL": f"HS{len(self.code)}",
            "SUMMARY_LVL": "DET",
            "time": self.month,
        }


def import_census(
    client: httpx.Client,
    cache: AnswerCache,
    *,
    codes: Sequence[str],
    months: Sequence[str],
    key: str,
    patience: Patience | None = None,
    url: str = CENSUS_URL,
) -> Iterator[ImportedFact]:
    """Give U.S. imports by code, month and country: general and consumption, value (USD) and quantity.

    Only what `cache` does not hold is asked for. The key is sent and never kept. Country groups are left
    out, the row of all countries is WLD. Raises `AtlasError` (STN-ATLAS-004) for codes and months that are
    none, and `SourceUnavailableError` (STN-SOURCE-001 to -004); what was answered before stays in the cache.
    """
    queries = checked_queries(codes, months)
    try:
        for query in queries:
            answer = cache.get(query.request)
            if answer is None:
                answer = ask_patiently(partial(ask, client, url, query, key), patience or Patience())
                facts = tuple(read_answer(answer, query))  # read before it is kept: no bad answer stays
                cache.put(query.request, answer, secrets=[key])
            else:
                facts = tuple(read_answer(answer, query))
            yield from facts
    finally:
        cache.write_manifest()


def checked_queries(codes: Iterable[str], months: Iterable[str]) -> list[CensusQuery]:
    """Pair every code with every month, refusing those that are none, all at once."""
    codes, months = tuple(codes), tuple(months)
    problems = [
        Problem(
            "STN-ATLAS-004", f"{code!r} is no code of 2, 4, 6 or 10 digits.", "Write it as text, zeros too."
        )
        for code in codes
        if not CODE.fullmatch(code)
    ]
    problems += [
        Problem("STN-ATLAS-004", f"{month!r} is no month.", "Write 2026-03.")
        for month in months
        if not MONTH.fullmatch(month)
    ]
    if problems:
        raise AtlasError(problems)
    return [CensusQuery(code, month) for code in codes for month in months]


def ask(client: httpx.Client, url: str, query: CensusQuery, key: str) -> str | Busy:
    """Send one query; give the answer's text (empty where nothing was traded), or why to wait.

    Raises `SourceUnavailableError` when waiting would not help.
    """
    place = Place(url, path=f"{query.code}, {query.month}")
    if not key:
        raise SourceUnavailableError(
            [Problem("STN-SOURCE-004", "The Census API asks for a key.", "Set STANNARY_CENSUS_KEY.", place)]
        )
    try:
        with client.stream("GET", url, params={**query.parameters, "key": key}) as response:
            body = read_body(response, place)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        reason = struck_out(str(error) or type(error).__name__, [key])
        return Busy(Problem("STN-SOURCE-001", f"No answer: {reason}.", "Try again later.", place))
    return judge(response, struck_out(body, [key]), place)


def judge(response: httpx.Response, body: str, place: Place) -> str | Busy:
    """Say what an HTTP answer means: data, no data, not now, or never."""
    status = response.status_code
    if status == httpx.codes.NO_CONTENT:
        return ""
    refused = "X-DataWebAPI-KeyError" in response.headers or "key.html" in response.headers.get(
        "location", ""
    )
    if refused or re.search(r"(invalid|missing) key", body, re.IGNORECASE):
        problem = Problem(
            "STN-SOURCE-004", "The Census API does not accept the key.", "Check the key.", place
        )
        raise SourceUnavailableError([problem])
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= 500:
        problem = Problem("STN-SOURCE-002", f"The source is busy (HTTP {status}).", "Try again later.", place)
        return Busy(problem, retry_after(response))
    if status != httpx.codes.OK:
        said = " ".join(body.split())[:200]
        problem = Problem("STN-SOURCE-002", f"HTTP {status}: {said}", "Check the code and the month.", place)
        raise SourceUnavailableError([problem])
    return body


def read_body(response: httpx.Response, place: Place) -> str:
    """Read an answer of at most 64 MiB as text."""
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > LARGEST_ANSWER:
            raise SourceUnavailableError(
                [Problem("STN-SOURCE-003", "The answer does not end.", "Ask for one code and month.", place)]
            )
    return content.decode("utf-8", "replace")


def retry_after(response: httpx.Response) -> float:
    """Give the seconds that a busy source asks to wait; 0 where it does not say."""
    said = response.headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdigit() else 0.0


def read_answer(answer: str, query: CensusQuery) -> Iterator[ImportedFact]:
    """Turn one answer into rows.

    Raises `SourceUnavailableError` (STN-SOURCE-003), listing every fault, when it is not in the documented
    form.
    """
    if not answer.strip():
        return
    place = Place(CENSUS_URL, path=f"{query.code}, {query.month}")
    rows = json_rows(answer, place)
    header = [str(name) for name in rows[0]]
    problems = [
        misread(f"The column {name} is missing.", place)
        for name in (*FIELDS, "I_COMMODITY")
        if name not in header
    ]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            problems.append(misread(f"Row {number} has {len(row)} cells, not {len(header)}.", place))
    if problems:
        raise SourceUnavailableError(problems[:100])
    facts: list[ImportedFact] = []
    for number, row in enumerate(rows[1:], start=2):
        # The API repeats a column that is both asked for and asked by: the first one counts.
        cells = dict(reversed(list(zip(header, row, strict=True))))
        if not GROUPS.fullmatch(text_of(cells["CTY_CODE"])):
            facts.extend(country_facts(cells, query, number, place, problems))
    if problems:
        raise SourceUnavailableError(problems[:100])
    yield from facts


def json_rows(answer: str, place: Place) -> list[list[Any]]:
    """Read an array of arrays, or refuse the answer."""
    try:
        rows = json.loads(answer)
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        said = " ".join(answer.split())[:80]
        raise SourceUnavailableError([misread(f"The answer is no table: {said!r}.", place)])
    return rows


def country_facts(
    cells: dict[str, Any], query: CensusQuery, number: int, place: Place, problems: list[Problem]
) -> Iterator[ImportedFact]:
    """Give the rows of one country: value and quantity, of general imports and imports for consumption."""
    country = text_of(cells["CTY_CODE"])
    if not (COUNTRY.fullmatch(country) or country == WORLD) or text_of(cells["I_COMMODITY"]) != query.code:
        problems.append(misread(f"Row {number} is about {country!r}, {cells['I_COMMODITY']!r}.", place))
        return
    published_unit = text_of(cells["UNIT_QY1"])
    for statistic, column, unit in (
        ("general imports: customs value", "GEN_VAL_MO", "USD"),
        ("imports for consumption: customs value", "CON_VAL_MO", "USD"),
        ("general imports: quantity", "GEN_QY1_MO", published_unit),
        ("imports for consumption: quantity", "CON_QY1_MO", published_unit),
    ):
        cell = text_of(cells[column])
        flagged = text_of(cells.get(f"{column}_FLAG"))
        absent = not cell or bool(flagged) or unit in NO_UNIT
        if cell and not AMOUNT.fullmatch(cell):
            problems.append(misread(f"Row {number}: {column} is {cell[:40]!r}.", place))
            continue
        amount = None if absent else Decimal(cell)
        state = FactState.REPORTED if amount else FactState.ZERO
        yield ImportedFact(
            publication=CENSUS,
            table="trade",
            commodity=query.code,
            section=f"HS{len(query.code)}",
            statistic=statistic,
            product=text_of(cells["I_COMMODITY_SDESC"]),
            economy="USA",
            economy_published="United States",
            partner="WLD" if country == WORLD else economy_of_name(text_of(cells["CTY_NAME"])),
            partner_published=f"{country} {text_of(cells['CTY_NAME'])}",
            period=query.month,
            value=amount,
            unit=UNITS.get(unit, unit),
            basis="content" if unit in CONTENT_UNITS else "",
            state=FactState.NOT_AVAILABLE if amount is None else state,
            note=f"Flag {flagged}." if flagged else "",
        )


def text_of(cell: object) -> str:
    """Give a cell as text; null is empty."""
    return "" if cell is None else str(cell).strip()


def misread(message: str, place: Place) -> Problem:
    """Say that an answer is not in its documented form."""
    return Problem("STN-SOURCE-003", message, "Try again; if it stays so, the API has changed.", place)
