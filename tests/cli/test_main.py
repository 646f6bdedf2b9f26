from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.cli.failures import as_sentence, show_crash
from stannary.cli.main import COMMANDS

HEAVY = (
    "ibis", "duckdb", "pyarrow", "pydantic", "yaml", "jinja2", "vl_convert", "httpx", "openpyxl", "jax",
    "xarray",
)  # fmt: skip


def test_help_names_every_command_in_order(run):
    said = run("--help")
    assert said.status == 0
    listed = [line.split()[1] for line in said.out.splitlines() if line.startswith("│ ") and line[2] != " "]
    first_words = list(dict.fromkeys(words.split()[0] for words, *_ in COMMANDS))
    assert listed[: len(first_words)] == first_words


@pytest.mark.parametrize("words", [words for words, *_ in COMMANDS])
def test_every_command_explains_itself_with_an_example(run, words):
    said = run(*words.split(), "--help")
    sentence, example = next((s, e) for w, _, s, e in COMMANDS if w == words)
    assert said.status == 0
    flat = " ".join(said.out.split())
    assert sentence in flat
    assert f"Example: {example}" in flat


def test_help_loads_no_room():
    probe = (
        "import sys; from stannary.cli.main import main; main(['--help']);"
        f"print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    source = Path(__file__).parents[2] / "src"
    ran = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, env={"PYTHONPATH": str(source)}, check=True
    )
    assert ran.stderr.strip() == b"[]"


def test_the_version_is_told(run):
    assert run("--version").out.startswith("stannary ")


def test_an_unknown_command_is_usage(run):
    said = run("asess", "x.csv")
    assert (said.status, said.out) == (2, "")
    assert "assess" in said.err


def test_an_unknown_option_is_usage_and_json_when_asked(run, entries):
    said = run("assess", entries, "--nonsense", "1", "--format", "json")
    assert (said.status, said.out) == (2, "")
    assert '"code": "STN-USAGE-002"' in said.err


def test_bad_input_is_told_on_stderr_alone_without_a_traceback(process, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n", encoding="utf-8")
    ran = process(["assess", bad, "--out", tmp_path / "d.parquet"])
    assert ran.returncode == 3
    assert ran.stdout == b""
    assert b"STN-ENTRY-006" in ran.stderr
    assert b"Traceback" not in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_a_pipe_whose_reader_has_gone_ends_quietly(tmp_path):
    source = Path(__file__).parents[2] / "src"
    command = [sys.executable, "-m", "stannary.cli", "codes", "--format", "csv"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PYTHONPATH": str(source)}
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        said = running.stderr.read()
    assert (running.returncode, said) == (141, b"")


def test_a_crash_is_one_sentence_and_how_to_report_it(capsys):
    assert show_crash(ValueError("surprise\nmore")) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "ValueError: surprise" in said.err
    assert "STANNARY_DEBUG=1" in said.err
    assert "Traceback" not in said.err


def test_a_crash_shows_its_traceback_on_request(capsys, monkeypatch):
    monkeypatch.setenv("STANNARY_DEBUG", "1")
    show_crash(ValueError("surprise"))
    assert "ValueError: surprise" in capsys.readouterr().err


@given(st.text(max_size=40))
def test_a_sentence_keeps_every_letter_but_the_case_of_the_first(message):
    told = as_sentence(message)
    assert told[1:].endswith(message[1:])


def test_a_name_at_the_start_of_a_message_is_left_alone():
    assert as_sentence("ndpr.oxide has no floor") == "ndpr.oxide has no floor"
    assert as_sentence("the file is empty") == "The file is empty"
