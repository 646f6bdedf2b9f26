from __future__ import annotations

from pathlib import Path


def test_the_stronger_origin_wins_and_names_what_it_beats(run, monkeypatch):
    Path("stannary.toml").write_text('zone = "toy"\nmemory = "1GB"\n', encoding="utf-8")
    said = run("config", "explain", "zone").data
    assert (said["value"], said["origin"]) == ("toy", "the file stannary.toml")
    monkeypatch.setenv("STANNARY_ZONE", "forge")
    said = run("config", "explain", "zone").data
    assert said["origin"] == "the variable STANNARY_ZONE"
    assert said["beats"] == "the file stannary.toml, the default"


def test_a_secret_is_never_shown(run, monkeypatch):
    monkeypatch.setenv("STANNARY_CENSUS_KEY", "hush-hush")
    said = run("config", "explain", "--format", "json")
    assert "hush-hush" not in said.out + said.err
    assert "set (hidden)" in said.out


def test_a_setting_in_the_file_reaches_the_command(run, entries):
    Path("stannary.toml").write_text('zone = "toy"\n', encoding="utf-8")
    assert run("assess", entries).data["charter"]["version"] == "1"


def test_an_unknown_key_is_not_found_and_an_unknown_line_is_usage(run):
    assert run("config", "explain", "colour").status == 4
    Path("stannary.toml").write_text('zoen = "toy"\n', encoding="utf-8")
    said = run("config", "explain")
    assert said.status == 2
    assert "Did you mean zone?" in said.err


def test_a_format_in_the_environment_holds_where_no_flag_says_otherwise(run, monkeypatch):
    monkeypatch.setenv("STANNARY_FORMAT", "csv")
    assert run("zones").out.startswith("zone,title,")
    assert run("zones", "--format", "json").data
