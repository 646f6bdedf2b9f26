from __future__ import annotations

import re
from html import unescape

import pytest
from tests.report.page_reader import read

from stannary.report import drawing
from stannary.report.page import caution, headline, page
from stannary.report.words import cents

LOADING = {"src", "href", "srcset", "data", "action", "poster", "xlink:href"}
NAMESPACES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")


def told(findings) -> str:
    return page(
        findings, title="Toy", about="Toy lines.", method=("As declared.",), command="stannary assess x"
    )


@pytest.fixture(scope="module")
def text(findings) -> str:
    return told(findings)


def test_every_sum_on_the_page_is_the_summarys_own(findings, text):
    words = " ".join(read(text).words)
    summary = findings.summary
    assert cents(summary.total.adjustment_usd) in words
    assert cents(findings.covered_trade_usd) in words
    for dimension in ("outcome", "mineral", "importer"):
        for group in summary.by[dimension]:
            assert cents(group.customs_value_usd) in words, (dimension, group)
            assert cents(group.adjustment_usd) in words, (dimension, group)
    for line in findings.largest:
        assert cents(line.adjustment_usd) in words
        assert line.why in words
    for economy in findings.economies:
        assert cents(economy.adjustment_usd) in words


def test_nothing_is_loaded_from_elsewhere(text):
    reader = read(text)
    loading = [a for a in reader.attributes if a[1] in LOADING and not a[2].startswith("#")]
    assert [a for a in loading if a[0] != "a"] == []  # links to follow load nothing
    assert not {"script", "link", "iframe", "object", "embed", "img", "base"} & set(reader.tags)
    assert "@import" not in text
    assert not re.findall(r"url\((?!#)", text)
    outside = {url for url in re.findall(r'https?://[^\s"<>]+', text) if url not in NAMESPACES}
    assert outside <= {value for tag, name, value in reader.attributes if (tag, name) == ("a", "href")}


def test_a_policy_forbids_scripts_and_loading(text):
    policy = next(v for _, name, v in read(text).attributes if name == "content" and "default-src" in v)
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_hostile_names_are_only_words(assessed):
    hostile = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    found = assessed(("T01", "T02"), importer=hostile, origin_economy=hostile, produced_in=hostile)
    reader = read(told(found))
    assert not {"script", "img"} & set(reader.tags)
    assert not [name for _, name, _ in reader.attributes if name.startswith("on")]
    assert hostile in unescape(" ".join(reader.words))


def test_a_link_of_a_source_leads_only_to_the_web(findings, text):
    links = [value for tag, name, value in read(text).attributes if (tag, name) == ("a", "href")]
    assert all(link.startswith(("https://", "http://")) for link in links)


def test_the_same_run_gives_the_same_page(findings, text):
    assert told(findings) == text


def test_pictures_have_a_description_and_a_table(findings, text):
    svgs = [tag for tag in re.findall(r"<svg [^>]*>", text) if "marks" in tag]
    assert len(svgs) == 4 if drawing.can_draw() else not svgs
    assert all('role="img"' in svg and 'aria-label="' in svg for svg in svgs)
    assert text.count("<figure") == 4 <= text.count("<details")


def test_ids_do_not_clash_between_pictures(text):
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_a_page_of_nothing_owed_says_so(assessed):
    found = assessed(("T04",))
    text = told(found)
    assert "No line owes anything." in text
    assert "No line was referred." in text
    assert headline(found) == "None of 1 covered line would owe a border adjustment."
    assert caution(found) == ""


def test_a_page_without_the_extra_has_its_tables_and_says_how_to_get_pictures(findings, monkeypatch):
    monkeypatch.setattr(drawing, "vl_convert", None)
    text = told(findings)
    assert "<svg" not in text
    assert text.count("<details open>") == 4
    assert "stannary[export]" in text


def test_the_headline_is_the_summary_in_words(findings):
    assert headline(findings).startswith(
        f"{findings.summary.total.adjusted_lines} of {findings.covered_lines} covered"
    )
    assert "waits" in headline(findings) or "wait for an officer" in headline(findings)
