from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.errors import NotFoundError, UsageError
from stannary.settings import SETTINGS, explain_setting, gather

NOTHING: dict[str, str] = {}


def test_a_flag_beats_a_variable_beats_the_file_beats_the_default(tmp_path):
    (tmp_path / "stannary.toml").write_text('zone = "a"\n', encoding="utf-8")
    variable = {"STANNARY_ZONE": "b"}
    assert gather({"zone": "c"}, variable, tmp_path).zone == "c"
    assert gather({"zone": None}, variable, tmp_path).zone == "b"
    assert gather({}, NOTHING, tmp_path).zone == "a"
    assert gather({}, NOTHING, tmp_path / "elsewhere").zone == "forge"


def test_an_empty_variable_sets_nothing(tmp_path):
    assert gather({}, {"STANNARY_ZONE": ""}, tmp_path).zone == "forge"


def test_what_is_not_set_is_missing(tmp_path):
    settings = gather({}, NOTHING, tmp_path)
    assert settings.as_of is None
    assert settings.charter is None
    assert settings.census_key is None


def test_days_and_sizes_are_read(tmp_path):
    settings = gather({"as_of": "2027-01-01", "memory": "2 gb"}, NOTHING, tmp_path)
    assert (settings.as_of, settings.memory) == (date(2027, 1, 1), "2GB")


def test_every_problem_is_listed_at_once(tmp_path):
    (tmp_path / "stannary.toml").write_text('zoen = "a"\nformat = "xml"\n', encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        gather({"as_of": "tomorrow"}, {"STANNARY_MEMROY": "1GB", "STANNARY_MEMORY": "much"}, tmp_path)
    told = " ".join(problem.message for problem in caught.value.problems)
    assert len(caught.value.problems) == 5
    assert all(name in told for name in ("zoen", "format", "as_of", "STANNARY_MEMROY", "memory"))


def test_other_peoples_variables_are_left_alone(tmp_path):
    assert gather({}, {"STANNARY_BUILD_NUMBER": "7", "STANNARY_DEBUG": "1"}, tmp_path).zone == "forge"


def test_another_file_can_be_named(tmp_path):
    other = tmp_path / "other.toml"
    other.write_text('zone = "toy"\n', encoding="utf-8")
    assert gather({}, {"STANNARY_CONFIG": str(other)}, tmp_path).zone == "toy"
    with pytest.raises(UsageError, match="STN-USAGE-004"):
        gather({}, {"STANNARY_CONFIG": str(tmp_path / "none.toml")}, tmp_path)


@pytest.mark.parametrize("content", [b"zone = ", b"\xff\xfe", b"[[["])
def test_a_file_that_is_not_toml_is_refused(tmp_path, content):
    (tmp_path / "stannary.toml").write_bytes(content)
    with pytest.raises(UsageError, match="STN-USAGE-004"):
        gather({}, NOTHING, tmp_path)


def test_a_secret_is_never_repeated(tmp_path):
    settings = gather({}, {"STANNARY_CENSUS_KEY": "hush"}, tmp_path)
    assert settings.census_key == "hush"
    assert explain_setting("census-key", settings).shown == "set (hidden)"


def test_an_unknown_setting_is_not_found(tmp_path):
    with pytest.raises(NotFoundError, match="Did you mean zone"):
        explain_setting("zones", gather({}, NOTHING, tmp_path))


@given(st.dictionaries(st.sampled_from([s.variable for s in SETTINGS]), st.text(max_size=12)))
def test_any_environment_is_read_or_refused(environment):
    try:
        settings = gather({}, environment, Path("/nonexistent"))
    except UsageError as error:
        assert all(problem.code == "STN-USAGE-003" for problem in error.problems)
    else:
        assert {found.setting.key for found in settings.found.values()} == {s.key for s in SETTINGS}
