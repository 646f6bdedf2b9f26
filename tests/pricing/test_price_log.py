from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.errors import PriceError
from stannary.pricing.price_log import NOTHING, PriceLog, read_log, record

from .published import quarter, report

FIRST = quarter(2026, 3, {"ndpr.scrap": "40000.00", "dysprosium.oxide": "260000.00"})
SECOND = quarter(2026, 4, {"ndpr.scrap": "41000.00"}, ["dysprosium.oxide"])


def refusal(path: Path, publication) -> str:
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(PriceError) as refused:
        record(path, publication)
    assert (path.read_bytes() if path.exists() else None) == before, "a refusal writes nothing"
    [problem] = refused.value.problems
    return f"{problem.code} {problem.message}"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "prices.ndjson"
    record(path, FIRST)
    record(path, SECOND)
    return path


def corrected(publication=FIRST, **more):
    prices = tuple(replace(price, usd_per_t=Decimal("39000.00")) for price in publication.prices)
    return replace(
        publication, **({"prices": prices, "corrects": publication.id, "reason": "a late report"} | more)
    )


def test_what_was_recorded_is_read_back_whole(log):
    held = read_log(log)
    assert [each.publication for each in held.records] == [FIRST, SECOND]
    assert [each.number for each in held.records] == [1, 2]
    assert {each.kind for each in held.records} == {"publication"}
    assert type(held.records[0].publication.prices[0].usd_per_t) is Decimal


def test_each_record_holds_the_digest_of_the_one_before_and_of_itself(log):
    previous = NOTHING
    for line in log.read_bytes().splitlines():
        data = json.loads(line)
        assert data["previous"] == previous
        body = line[: line.rindex(b',"digest"')] + b"}"
        assert data["digest"] == sha256(body).hexdigest()
        previous = data["digest"]
    assert read_log(log).head == previous


def test_the_same_publications_give_the_same_bytes(log, tmp_path):
    for publication in (FIRST, SECOND):
        record(tmp_path / "again.ndjson", publication)
    assert (tmp_path / "again.ndjson").read_bytes() == log.read_bytes()


def test_what_was_written_stays_when_more_is_written(tmp_path):
    path = tmp_path / "prices.ndjson"
    record(path, FIRST)
    before = path.read_bytes()
    record(path, SECOND)
    assert path.read_bytes().startswith(before)


def test_a_log_that_is_not_there_is_empty(tmp_path):
    assert read_log(tmp_path / "none") == PriceLog()
    assert PriceLog().head == NOTHING


def test_a_period_is_published_once(log):
    assert "STN-PRICE-009" in refusal(log, SECOND)
    assert "published already, as record 1" in refusal(log, FIRST)


def test_periods_neither_overlap_nor_go_back(log):
    month = quarter(2026, 4, {}, months=1)
    assert "does not come after 2026-10-01 to 2026-12-31, which record 2 holds" in refusal(log, month)
    assert "STN-PRICE-009" in refusal(log, quarter(2026, 2, {}))


def test_a_correction_names_what_stands_and_says_why(log):
    made = record(log, corrected())
    assert (made.kind, made.corrects, made.reason) == ("correction", 1, "a late report")
    held = read_log(log)
    assert held.records[0].publication == FIRST, "what was corrected stays as it is"
    assert held.publications == (corrected(), SECOND)
    assert "without a reason" in refusal(log, corrected(reason=" "))
    assert "never published" in refusal(log, replace(quarter(2027, 1, {}), corrects="x", reason="y"))


def test_what_no_longer_stands_is_not_corrected_again(log):
    again = replace(corrected(), lineage=replace(FIRST.lineage, inputs="other"))
    record(log, again)
    assert "that is record 3" in refusal(log, corrected(FIRST, reason="once more"))


@pytest.fixture(scope="module")
def bytes_of_a_log(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("log") / "prices.ndjson"
    for publication in (FIRST, SECOND, corrected()):
        record(path, publication)
    return path.read_bytes()


@given(place=st.integers(min_value=0), other=st.integers(1, 255))
def test_any_byte_changed_is_found_out(bytes_of_a_log, tmp_path, place, other):
    place %= len(bytes_of_a_log)
    changed = bytearray(bytes_of_a_log)
    changed[place] ^= other
    path = tmp_path / "changed.ndjson"
    path.write_bytes(changed)
    with pytest.raises(PriceError) as refused:
        read_log(path)
    [problem] = refused.value.problems
    assert problem.code == "STN-PRICE-007"
    number = bytes_of_a_log[:place].count(b"\n") + 1
    assert problem.place.line in (number, number + 1), "it names the record, or the one torn from it"


@given(cut=st.integers(min_value=1))
def test_a_log_cut_short_inside_a_record_is_found_out(bytes_of_a_log, tmp_path, cut):
    kept = bytes_of_a_log[: -(cut % len(bytes_of_a_log)) or None]
    path = tmp_path / "cut.ndjson"
    path.write_bytes(kept)
    if kept.endswith(b"\n") or not kept:
        assert len(read_log(path).records) == kept.count(b"\n")
        return
    with pytest.raises(PriceError, match="is not whole"):
        read_log(path)


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2), (1, 2), (0, 0, 1, 2)])
def test_a_record_moved_left_out_or_doubled_is_found_out(bytes_of_a_log, tmp_path, order):
    lines = bytes_of_a_log.splitlines(keepends=True)
    path = tmp_path / "other.ndjson"
    path.write_bytes(b"".join(lines[place] for place in order))
    with pytest.raises(PriceError, match="does not follow"):
        read_log(path)


def test_whole_records_cut_off_the_end_show_in_the_head_only(bytes_of_a_log, tmp_path):
    path = tmp_path / "shorter.ndjson"
    path.write_bytes(b"".join(bytes_of_a_log.splitlines(keepends=True)[:2]))
    whole = tmp_path / "whole.ndjson"
    whole.write_bytes(bytes_of_a_log)
    assert read_log(path).head != read_log(whole).head


@pytest.mark.parametrize("content", [b"hello\n", b"{}\n", b"\n", b"\xff\xfe\n", b"report_id,product\n"])
def test_another_file_is_no_price_log(tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(PriceError, match="STN-PRICE-007"):
        read_log(path)
    assert "STN-PRICE-007" in refusal(path, FIRST)


def test_a_record_of_another_form_is_refused_though_its_digest_holds(tmp_path):
    body = b'{"form":"another log","number":1}'
    path = tmp_path / "forged"
    path.write_bytes(body[:-1] + f',"digest":"{sha256(body).hexdigest()}"}}\n'.encode())
    with pytest.raises(PriceError, match="cannot be read"):
        read_log(path)


def forged(body: bytes) -> bytes:
    return body[:-1] + f',"digest":"{sha256(body).hexdigest()}"}}\n'.encode()


@pytest.mark.parametrize(
    "number", [b"1e400", b"[" * 10**5, b"NaN", b'{"a":1}', b"9" * 5000, b'"one"', b"null"], ids=range(7)
)
def test_a_forged_record_is_refused_in_words_whatever_its_number(log, tmp_path, number):
    first = log.read_bytes().splitlines()[0]
    body = first[: first.rindex(b',"digest"')] + b"}"
    path = tmp_path / "forged"
    path.write_bytes(forged(body.replace(b'"number":1', b'"number":' + number, 1)))
    with pytest.raises(PriceError, match="STN-PRICE-007"):
        read_log(path)


def test_a_forged_reason_for_using_a_report_is_refused(log, tmp_path):
    first = log.read_bytes().splitlines()[0]
    body = first[: first.rindex(b',"digest"')] + b"}"
    path = tmp_path / "forged"
    path.write_bytes(forged(body.replace(b'"reason":"used"', b'"reason":"because"', 1)))
    with pytest.raises(PriceError, match="no reason for using"):
        read_log(path)


def test_while_one_program_writes_another_waits(log):
    draft = log.with_name(f".{log.name}.writing")
    draft.touch()
    assert "STN-PRICE-008" in refusal(log, quarter(2027, 1, {}))
    assert draft.exists(), "the other's draft is left alone"
    draft.unlink()
    assert record(log, quarter(2027, 1, {})).number == 3
    assert not draft.exists()


def test_what_was_made_from_an_older_log_is_not_written(log):
    stale = read_log(log).head
    record(log, quarter(2027, 1, {}), after=stale)
    with pytest.raises(PriceError, match="has grown since"):
        record(log, quarter(2027, 2, {}), after=stale)
    assert len(read_log(log).records) == 3


def test_a_log_reached_by_a_link_is_written_where_it_lies(log):
    link = log.with_name("link.ndjson")
    link.symlink_to(log)
    assert record(link, quarter(2027, 1, {})).number == 3
    assert link.is_symlink()
    assert len(read_log(log).records) == 3


def test_a_folder_is_no_price_log(tmp_path):
    with pytest.raises(PriceError, match="STN-PRICE-007"):
        read_log(tmp_path)


def test_a_crash_while_writing_leaves_the_log_as_it_was(log, monkeypatch):
    before = log.read_bytes()

    def crash(handle: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="no space"):
        record(log, quarter(2027, 1, {}))
    assert log.read_bytes() == before
    assert [path.name for path in log.parent.iterdir()] == [log.name]


def test_the_log_of_inputs_is_kept_with_every_report(log):
    unused = {"is_used": False, "reason": "not_firm", "usd_per_t": None, "tonnes": None, "flags": ()}
    odd = quarter(2027, 1, {}, log=(report(7, "ndpr.scrap", date(2027, 1, 2), **unused),))
    record(log, odd)
    assert read_log(log).records[-1].publication.log == odd.log
