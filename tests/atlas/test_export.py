"""Exports carry licences and obey them."""

from pathlib import Path

import pytest

from stannary.atlas.atlas import Atlas
from stannary.atlas.export import export_rows
from stannary.atlas.reader import open_atlas
from stannary.errors import LicenceError


def test_every_exported_row_carries_licence_and_attribution(forge: Atlas) -> None:
    for table in forge.tables:
        for row in export_rows(forge, table):
            assert row["licence"]
            assert row["attribution"]


def test_an_exported_row_reads_as_its_table_does(small: Path) -> None:
    [first, *_] = export_rows(open_atlas(small), "tariff_codes")
    assert first["code"] == "80011000"
    assert first["contained_factor"] == "0.999"
    assert first["is_basket"] == "false"
    assert first["licence"] == "CC BY 4.0"


def test_a_row_whose_source_forbids_it_stops_the_export(small: Path) -> None:
    path = small / "production.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("reported,mine", "reported,club"), encoding="utf-8"
    )
    atlas = open_atlas(small)
    with pytest.raises(LicenceError, match="1 row of production come from club") as refusal:
        export_rows(atlas, "production")
    assert [problem.code for problem in refusal.value.problems] == ["STN-LICENCE-001"]
    free = [row for row in atlas.production if row.source != "club"]
    assert len(list(export_rows(atlas, "production", free))) == 3
