"""The Census Bureau's trade API: what is asked, what is kept, what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.atlas.cache import AnswerCache
from stannary.atlas.importers.census import CensusQuery, import_census, read_answer
from stannary.atlas.importers.facts import FactState, ImportedFact
from stannary.atlas.importers.patience import Patience
from stannary.errors import AtlasError, SourceUnavailableError

KEY = "0123456789abcdef0123456789abcdef01234567"
AT_ONCE = Patience((0, 0), lambda _: None)
HEADER = [
    "CTY_CODE", "CTY_NAME", "I_COMMODITY_SDESC", "GEN_VAL_MO", "CON_VAL_MO", "GEN_QY1_MO",
    "GEN_QY1_MO_FLAG", "CON_QY1_MO", "CON_QY1_MO_FLAG", "UNIT_QY1", "I_COMMODITY", "COMM_LVL",
    "SUMMARY_LVL", "time",
]  # fmt: skip


def row(code: str, month: str, country: str = "5700", name: str = "CHINA", **cells: Any) -> list[Any]:
    values: dict[str, Any] = {
        "GEN_VAL_MO": "1200", "CON_VAL_MO": "1000", "GEN_QY1_MO": "60", "GEN_QY1_MO_FLAG": None,
        "CON_QY1_MO": "50", "CON_QY1_MO_FLAG": None, "UNIT_QY1": "KG", "I_COMMODITY": code,
        "COMM_LVL": "HS10", "SUMMARY_LVL": "DET", "time": month, "CTY_CODE": country, "CTY_NAME": name,
        "I_COMMODITY_SDESC": "GALLIUM, UNWROUGHT; POWDERS", **cells,
    }  # fmt: skip
    return [values[column] for column in HEADER]


class Source:
    """An API that answers every query with one row, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []
        self.urls: list[httpx.URL] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        parameters = request.url.params
        self.asked.append((parameters["I_COMMODITY"], parameters["time"]))
        self.urls.append(request.url)
        if self.answers:
            return self.answers.pop(0)
        return httpx.Response(200, json=[HEADER, row(parameters["I_COMMODITY"], parameters["time"])])


def imported(
    source: Source,
    folder: Path,
    codes: tuple[str, ...] = ("8112921000",),
    months: tuple[str, ...] = ("2026-01",),
) -> list[ImportedFact]:
    with httpx.Client(transport=httpx.MockTransport(source)) as client:
        return list(
            import_census(client, AnswerCache(folder), codes=codes, months=months, key=KEY, patience=AT_ONCE)
        )


def test_a_country_row_is_value_and_quantity_of_both_kinds_of_imports(tmp_path: Path) -> None:
    facts = imported(Source(), tmp_path)
    assert [(f.statistic, f.value, f.unit) for f in facts] == [
        ("general imports: customs value", Decimal(1200), "USD"),
        ("imports for consumption: customs value", Decimal(1000), "USD"),
        ("general imports: quantity", Decimal(60), "kg"),
        ("imports for consumption: quantity", Decimal(50), "kg"),
    ]
    assert {(f.economy, f.partner, f.period, f.commodity) for f in facts} == {
        ("USA", "CHN", "2026-01", "8112921000")
    }


def test_the_request_names_code_level_month_and_key(tmp_path: Path) -> None:
    source = Source()
    imported(source, tmp_path)
    sent = source.urls[0].params
    assert (sent["COMM_LVL"], sent["SUMMARY_LVL"], sent["time"], sent["key"]) == (
        "HS10",
        "DET",
        "2026-01",
        KEY,
    )
    assert "I_COMMODITY" not in sent["get"].split(",")


def test_groups_of_countries_are_left_out_and_the_total_is_the_world(tmp_path: Path) -> None:
    table = [
        HEADER,
        row("811292", "2026-01", "0003", "EUROPEAN UNION"),
        row("811292", "2026-01", "5XXX", "ASIA"),
        row("811292", "2026-01", "-", "TOTAL FOR ALL COUNTRIES"),
        row("811292", "2026-01", "9999", "ATLANTIS"),
    ]
    facts = imported(Source(httpx.Response(200, json=table)), tmp_path, ("811292",))
    assert {(f.partner, f.partner_published) for f in facts} == {
        ("WLD", "- TOTAL FOR ALL COUNTRIES"),
        (None, "9999 ATLANTIS"),
    }


def test_a_quantity_without_a_unit_or_with_a_flag_is_missing_not_zero(tmp_path: Path) -> None:
    table = [
        HEADER,
        row("811292", "2026-01", UNIT_QY1="-", GEN_QY1_MO="0", CON_QY1_MO="0"),
        row("811292", "2026-01", "5880", "JAPAN", GEN_QY1_MO="0", GEN_QY1_MO_FLAG="A", CON_QY1_MO=None),
    ]
    facts = imported(Source(httpx.Response(200, json=table)), tmp_path, ("811292",))
    quantities = [f for f in facts if "quantity" in f.statistic]
    assert {f.state for f in quantities} == {FactState.NOT_AVAILABLE}


def test_no_content_is_no_trade_and_is_not_asked_again(tmp_path: Path) -> None:
    source = Source(httpx.Response(204))
    assert imported(source, tmp_path) == []
    assert imported(source, tmp_path) == []
    assert len(source.asked) == 1


def test_a_second_run_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    imported(Source(), tmp_path, months=("2026-01", "2026-02"))
    source = Source()
    facts = imported(source, tmp_path, months=("2026-01", "2026-02", "2026-03"))
    assert source.asked == [("8112921000", "2026-03")]
    assert {f.period for f in facts} == {"2026-01", "2026-02", "2026-03"}


KILLED = """
import os, sys
from pathlib import Path
import httpx
from stannary.atlas.cache import AnswerCache
from stannary.atlas.importers.census import import_census
asked = []
def source(request):
    asked.append(request)
    if len(asked) == 3:
        os._exit(9)
    return httpx.Response(204)
with httpx.Client(transport=httpx.MockTransport(source)) as client:
    months = [f"2026-{month:02d}" for month in range(1, 6)]
    list(import_census(client, AnswerCache(Path(sys.argv[1])), codes=["811292"], months=months, key="k" * 40))
"""


def test_a_process_killed_between_two_requests_is_resumed_where_it_stopped(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    assert subprocess.run(command, env=environment, timeout=60, check=False).returncode == 9
    source = Source()
    imported(source, tmp_path, ("811292",), tuple(f"2026-{month:02d}" for month in range(1, 6)))
    assert [month for _, month in source.asked] == ["2026-03", "2026-04", "2026-05"]


def test_the_key_is_never_written_to_disk_even_if_the_source_echoes_it(tmp_path: Path) -> None:
    echo = [HEADER, row("8112921000", "2026-01", I_COMMODITY_SDESC=f"you sent {KEY}")]
    imported(Source(httpx.Response(200, json=echo)), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    for path in tmp_path.rglob("*"):
        assert KEY.encode() not in path.read_bytes()
        assert KEY not in path.name


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(302, headers={"location": "https://api.census.gov/data/missing_key.html"}),
        httpx.Response(200, headers={"X-DataWebAPI-KeyError": "1"}, text="x"),
        httpx.Response(200, text="<html><title>Invalid Key</title></html>"),
    ],
)
def test_a_refused_key_is_said_to_be_refused(tmp_path: Path, answer: httpx.Response) -> None:
    with pytest.raises(SourceUnavailableError, match="STN-SOURCE-004"):
        imported(Source(answer), tmp_path)


def test_without_a_key_nothing_is_sent(tmp_path: Path) -> None:
    source = Source()
    with (
        httpx.Client(transport=httpx.MockTransport(source)) as client,
        pytest.raises(SourceUnavailableError, match="STN-SOURCE-004"),
    ):
        list(import_census(client, AnswerCache(tmp_path), codes=["28"], months=["2026-01"], key=""))
    assert source.asked == []


def test_an_error_of_the_source_is_passed_on_in_its_words(tmp_path: Path) -> None:
    answer = httpx.Response(400, text=f"error: unknown variable 'X' for {KEY}")
    with pytest.raises(SourceUnavailableError, match="unknown variable") as caught:
        imported(Source(answer), tmp_path)
    assert KEY not in str(caught.value)


def test_a_busy_source_is_asked_again_and_then_given_up(tmp_path: Path) -> None:
    source = Source(httpx.Response(429, headers={"retry-after": "1"}), httpx.Response(503))
    assert len(imported(source, tmp_path)) == 4
    source = Source(*[httpx.Response(500)] * 3)
    with pytest.raises(SourceUnavailableError, match="HTTP 500"):
        imported(source, tmp_path / "other")
    assert len(source.asked) == 3


def test_what_was_answered_before_an_error_stays(tmp_path: Path) -> None:
    good = httpx.Response(200, json=[HEADER, row("8112921000", "2026-01")])
    with pytest.raises(SourceUnavailableError):
        imported(Source(good, httpx.Response(400, text="no")), tmp_path, months=("2026-01", "2026-02"))
    source = Source()
    imported(source, tmp_path, months=("2026-01", "2026-02"))
    assert source.asked == [("8112921000", "2026-02")]


@pytest.mark.parametrize(
    "table",
    [
        "not json",
        "{}",
        "[]",
        "[1]",
        json.dumps([["CTY_CODE"]]),
        json.dumps([HEADER, ["short"]]),
        json.dumps([HEADER, row("8112921000", "2026-01", GEN_VAL_MO="lots")]),
        json.dumps([HEADER, row("9999999999", "2026-01")]),
        json.dumps([HEADER, row("8112921000", "2026-01", country="../etc")]),
        "[" * 100_000,
    ],
)
def test_an_answer_in_another_form_is_refused_and_not_kept(tmp_path: Path, table: str) -> None:
    with pytest.raises(SourceUnavailableError, match="STN-SOURCE-003"):
        imported(Source(httpx.Response(200, text=table)), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_codes_and_months_that_are_none_are_all_named(tmp_path: Path) -> None:
    with pytest.raises(AtlasError) as caught:
        imported(Source(), tmp_path, ("81129", "8112&key=x"), ("2026-13", "January"))
    assert len(caught.value.problems) == 4


@given(st.text(max_size=200))
def test_no_answer_breaks_the_reading(answer: str) -> None:
    try:
        list(read_answer(answer, CensusQuery("28", "2026-01")))
    except SourceUnavailableError as error:
        assert error.problems


@contextmanager
def served(answers: dict[str, tuple[int, bytes]]) -> Iterator[str]:
    """Serve answers by month on the loopback, over real HTTP."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            month = httpx.URL(self.path).params["time"]
            status, body = answers[month]
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hs"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_it_works_over_real_http_and_says_when_nobody_answers(tmp_path: Path) -> None:
    body = json.dumps([HEADER, row("811292", "2026-01")]).encode()
    with httpx.Client(trust_env=False, timeout=5) as client:
        with served({"2026-01": (200, body), "2026-02": (204, b"")}) as url:
            facts = import_census(
                client,
                AnswerCache(tmp_path),
                codes=["811292"],
                months=["2026-01", "2026-02"],
                key=KEY,
                url=url,
            )
            assert len(list(facts)) == 4
        with pytest.raises(SourceUnavailableError, match="STN-SOURCE-001"):
            list(
                import_census(
                    client,
                    AnswerCache(tmp_path),
                    codes=["811292"],
                    months=["2026-03"],
                    key=KEY,
                    url=url,
                    patience=AT_ONCE,
                )
            )
