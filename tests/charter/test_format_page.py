"""The reference page of the charter's format says what the code says, and its example is good law."""

import re
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml

from stannary.charter.amendment import Amendment, amend, open_amendment
from stannary.charter.charter import ARTICLES
from stannary.charter.checks import check
from stannary.charter.citation import Sourced
from stannary.charter.difference import diff
from stannary.charter.reader import open_charter
from stannary.charter.walk import written_fields

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "charter-format.md").read_text("utf-8")
OF_SOURCE = {written for _, written in written_fields(Sourced)}


def forms_of(hint: Any) -> list[Any]:
    """List every form that a type holds, itself first."""
    if isinstance(hint, type) and is_dataclass(hint):
        inner = get_type_hints(hint, include_extras=True).values()
        return [hint, *(form for each in inner for form in forms_of(each))]
    return [form for each in get_args(hint) for form in forms_of(each)]


FORMS = list(dict.fromkeys(form for kind in (*ARTICLES.values(), Amendment) for form in forms_of(kind)))


def section(heading: str) -> str:
    found = re.search(rf"^#+ {re.escape(heading)}$\n(.*?)(?=^#|\Z)", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert found is not None, f"the page has no section {heading}"
    return found[1]


def blocks(heading: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", section(heading), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_form_is_described_with_exactly_its_fields(form: Any) -> None:
    heading = re.sub(r"(?<!^)(?=[A-Z])", " ", form.__name__).lower().capitalize()
    text = section(heading)
    described = re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE)
    written = [written for _, written in written_fields(form)]
    if issubclass(form, Sourced):
        assert "Needs a [source](#sourced)." in text
        written = [field for field in written if field not in OF_SOURCE]
    assert described == written


def test_the_example_of_the_page_is_a_charter_and_its_amendment_holds(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    folder.mkdir()
    for name in ARTICLES:
        (block,) = blocks(f"{name}.yaml")
        assert yaml.safe_load(block)
        (folder / f"{name}.yaml").write_text(block, encoding="utf-8")
    charter = open_charter(folder)
    assert check(charter) == ()
    (block,) = blocks("Amendments")
    (tmp_path / "first.yaml").write_text(block, encoding="utf-8")
    changes = str(diff(charter, amend(charter, open_amendment(tmp_path / "first.yaml")))).splitlines()
    assert "JPN joins parties from 2027-01-01" in changes


def test_every_link_on_the_page_leads_to_a_heading() -> None:
    headings = {
        line.lstrip("# ").lower().replace(" ", "-") for line in PAGE.splitlines() if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) - headings == set()
