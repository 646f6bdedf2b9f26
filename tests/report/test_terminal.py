from __future__ import annotations

import io

import pytest
from rich.console import Console

from stannary.report.page import headline
from stannary.report.terminal import answer
from stannary.report.told import as_data
from stannary.report.words import cents


def drawn(thing, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(thing)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_the_answer_fits_its_width_and_cuts_no_number(findings, width):
    text = drawn(answer(findings, about="Toy lines."), width)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    for group in findings.summary.by["outcome"]:
        assert cents(group.customs_value_usd) in text


def test_the_sentence_comes_first(findings):
    text = " ".join(drawn(answer(findings, about="Toy lines."), 120).split())
    assert text.startswith(headline(findings))


def test_markup_in_a_name_is_not_obeyed(assessed):
    found = assessed(("T01",), importer="[bold red]x[/]")
    assert "[bold red]x[/]" in drawn(answer(found, about="[red]"), 120)


def test_the_data_hold_the_same_sums(findings):
    data = as_data(findings, files=["x"])
    assert data["adjustment_usd"] == findings.summary.total.adjustment_usd
    assert sum(group["lines"] for group in data["by"]["outcome"]) == data["lines"]
    assert [line["row"] for line in data["largest"]] == [line.row for line in findings.largest]
    assert data["files"] == ["x"]
