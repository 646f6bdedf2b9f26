"""The description of the tables and the types of their rows say the same."""

from __future__ import annotations

import json

from stannary.atlas.atlas import Atlas
from stannary.atlas.states import State
from stannary.atlas.tables import CORE_TABLES, TABLES, columns_of


def test_every_table_is_described_and_present(forge: Atlas) -> None:
    assert set(forge.tables) == set(TABLES)
    assert set(CORE_TABLES) <= set(TABLES)
    assert all((forge.folder / f"{table}.csv").is_file() for table in TABLES)


def test_every_field_has_a_type_and_a_description(forge: Atlas) -> None:
    package = json.loads((forge.folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        fields = resource["schema"]["fields"]
        columns = columns_of(TABLES[resource["name"]])
        assert [field["name"] for field in fields] == list(columns)
        assert all(field["description"] for field in fields)
        header = (forge.folder / resource["path"]).read_text(encoding="utf-8").split("\n", 1)[0]
        assert header.split(",") == list(columns)


def test_the_states_described_are_the_states_known(forge: Atlas) -> None:
    package = json.loads((forge.folder / "datapackage.json").read_text(encoding="utf-8"))
    described = [
        field["constraints"]["enum"]
        for resource in package["resources"]
        for field in resource["schema"]["fields"]
        if field["name"] == "state"
    ]
    assert described
    assert all(enum == list(State) for enum in described)


def test_tables_are_plain_text_with_unix_line_ends(forge: Atlas) -> None:
    for table in TABLES:
        data = (forge.folder / f"{table}.csv").read_bytes()
        assert b"\r" not in data
        assert data.endswith(b"\n")
        assert not data.startswith(b"\xef\xbb\xbf")
