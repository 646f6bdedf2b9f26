from __future__ import annotations

from pathlib import Path

import pytest

from stannary.cli.main import COMMANDS
from stannary.settings import SETTINGS

PAGE = (Path(__file__).parents[2] / "docs/reference/command-line.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("words", "sentence", "example"), [(w, s, e) for w, _, s, e in COMMANDS])
def test_every_command_stands_on_the_page_as_its_help_has_it(words, sentence, example):
    assert f"| `stannary {words}` | {sentence} | `{example}` |" in PAGE


def test_the_page_names_no_other_command():
    assert sum(line.startswith("| `stannary ") for line in PAGE.splitlines()) == len(COMMANDS)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_every_setting_stands_on_the_page_with_its_default(setting):
    default = f"`{setting.default}` " if setting.default else ""
    assert f"| `{setting.key}` | `{setting.variable}` | {default}| {setting.words} |" in PAGE
