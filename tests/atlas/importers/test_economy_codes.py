"""Names and codes of publishers become ISO alpha-3, or nothing."""

from __future__ import annotations

import pytest

from stannary.atlas.importers.economy_codes import (
    economies_by_alpha_2,
    economy_of_alpha_2,
    economy_of_alpha_3,
    economy_of_name,
    rows,
)


@pytest.mark.parametrize(
    ("published", "code"),
    [
        ("Congo (Kinshasa)", "COD"),
        ("CONGO (BRAZZAVILLE)", "COG"),
        ("Burma", "MMR"),
        ("Korea, Republic of", "KOR"),
        ("KOREA, SOUTH", "KOR"),
        ("Côte d’Ivoire", "CIV"),
        ("COTE D'IVOIRE", "CIV"),
        ("Turkey", "TUR"),
        ("United States1", "USA"),
        ("World total (rounded) 10", "WLD"),
        ("Other countries", "XOT"),
        ("Namibia", "NAM"),
        ("  Russia ", "RUS"),
    ],
)
def test_a_published_name_is_its_economy(published: str, code: str) -> None:
    assert economy_of_name(published) == code


@pytest.mark.parametrize("published", ["China, Germany, and Russia", "Atlantis", "", "()", "1"])
def test_a_name_that_is_not_certain_stays_without_a_code(published: str) -> None:
    assert economy_of_name(published) is None


def test_namibia_is_not_a_missing_value() -> None:
    assert economy_of_alpha_2("NA") == "NAM"


def test_the_two_parts_of_the_united_kingdom_are_not_counted_twice() -> None:
    assert economy_of_alpha_2("GB") == "GBR"
    assert economy_of_alpha_2("XI") is None
    assert economy_of_alpha_2("XU") is None


def test_serbia_and_kosovo_are_read_from_comext_letters() -> None:
    assert (economy_of_alpha_2("XS"), economy_of_alpha_2("XK")) == ("SRB", "XKX")


def test_comtrade_world_is_the_world_and_its_made_up_areas_are_nothing() -> None:
    assert economy_of_alpha_3("W00") == "WLD"
    assert economy_of_alpha_3("CHL") == "CHL"
    assert economy_of_alpha_3("S19") is None


def test_every_code_and_name_of_the_table_is_there_once() -> None:
    codes = [alpha_3 for alpha_3, _, _ in rows()]
    assert len(codes) == len(set(codes)) == 249 + 3
    assert len(economies_by_alpha_2()) == 250


def test_no_name_belongs_to_two_economies() -> None:
    for alpha_3, _, names in rows():
        assert {economy_of_name(name) for name in names} == {alpha_3}
