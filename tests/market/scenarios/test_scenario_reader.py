"""Scenario files: good ones are read, every fault of a bad one is listed with its line and column."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stannary.errors import MarketError, NotFoundError, StannaryError
from stannary.market.scenario import EVENTS, Scenario
from stannary.market.scenario_reader import open_scenario, open_scenarios, scenario_names
from stannary.zone import Zone

Tell = Callable[..., Scenario]


def spots(error: StannaryError) -> list[tuple[str, int | None, int | None]]:
    return [(each.code, each.place.line, each.place.column) for each in error.problems]


def only(error: StannaryError) -> str:
    (problem,) = error.problems
    return str(problem)


@pytest.mark.parametrize("zone", ["forge", "toy"])
def test_every_shipped_scenario_opens_under_its_own_name(zone: str, request: pytest.FixtureRequest) -> None:
    opened: Zone = request.getfixturevalue(zone)
    scenarios = open_scenarios(opened)
    assert [each.id for each in scenarios] == list(scenario_names(opened.charter))
    for scenario in scenarios:
        assert scenario.title in scenario.outcome
        assert len(scenario.places) == len(scenario.events)


def test_every_shipped_probability_says_where_it_comes_from(forge: Zone) -> None:
    for scenario in open_scenarios(forge):
        chance = scenario.text.probability
        assert chance is None or chance.source or chance.assumed


def test_a_scenario_that_builds_on_another_holds_its_events_first(forge: Zone) -> None:
    usual = open_scenario("business_as_usual", forge.charter, forge.atlas)
    lost = open_scenario("reko_diq_lost", forge.charter, forge.atlas)
    assert lost.events[: len(usual.events)] == usual.events
    assert [event.kind for event in lost.events[len(usual.events) :]] == ["project", "supply_loss"]
    assert lost.fingerprint != usual.fingerprint
    assert str(lost.place(len(lost.events) - 1)).startswith("reko_diq_lost.yaml:")


def test_an_unknown_name_is_answered_with_near_ones(forge: Zone) -> None:
    with pytest.raises(NotFoundError) as caught:
        open_scenario("buisness_as_usual", forge.charter, forge.atlas)
    assert "Did you mean business_as_usual?" in only(caught.value)


def test_a_missing_file_is_said_to_be_missing(forge: Zone, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        open_scenario(tmp_path / "nowhere.yaml", forge.charter, forge.atlas)


BAD = """\
  - kind: export_ban
    from: 2027-01-01
    to: 2026-01-01
    by: [CHN]
    against: [partys]
    products: [ndpr.oxyde]
    assumed: a test
  - kind: export_quota
    from: 2027-01-01
    by: [CHX]
    share: 0.5
    split: [{against: [USA], share: 0.5}, {against: [JPN], share: 0.4}]
    assumed: a test
  - kind: response
    from: 2027-01-01
    parameter: demand_elasticity
    value: -0.5
    assumed: a test
  - kind: supply_loss
    from: 2027-01-01
    by: [CHN]
    share: 1.2
    assumed: a test
  - kind: flood
    from: 2027-01-01
  - kind: dump
    from: 2027-13-01
    by: [CHN]
    price_cut: 0.2
    prise: 1
"""


def test_all_faults_of_a_file_are_listed_at_once_with_line_and_column(told: Tell) -> None:
    with pytest.raises(MarketError) as caught:
        told(BAD)
    assert spots(caught.value) == [
        ("STN-SCENARIO-003", 8, 9),  # ends before it starts
        ("STN-SCENARIO-002", 10, 15),  # partys
        ("STN-SCENARIO-002", 11, 16),  # ndpr.oxyde
        ("STN-SCENARIO-002", 15, 10),  # CHX
        ("STN-SCENARIO-003", 17, 12),  # the split sums to 0.9
        ("STN-SCENARIO-001", 22, 12),  # a negative elasticity
        ("STN-SCENARIO-001", 27, 12),  # a share over one
        ("STN-SCENARIO-001", 29, 5),  # no such kind of event
        ("STN-SCENARIO-001", 31, 5),  # no source
        ("STN-SCENARIO-001", 32, 11),  # no such day
        ("STN-SCENARIO-001", 35, 5),  # no such field
    ]
    text = str(caught.value)
    for words in ("Did you mean parties", "Did you mean ndpr.oxide", "sum to 0.9", "must be at least 0"):
        assert words in text


FAULTS = [
    ("{kind: export_ban, by: [CHN], against: [CHN]}", "003", "against itself"),
    ("{kind: export_quota, by: [CHN]}", "003", "none of them is given"),
    (
        "{kind: export_quota, by: [CHN], share: 1, tonnes_a_year: 5}",
        "003",
        "share and tonnes_a_year are given",
    ),
    ("{kind: supply_loss, by: [CHN], share: 0.1, tonnes_a_year: 5}", "003", "are given"),
    ("{kind: demand, growth: 0.1, factor: 2}", "003", "growth and factor are given"),
    ("{kind: demand, growth: 0.1, otherwise: 0.2}", "003", "without a path"),
    ("{kind: demand, growth: -2}", "001", "must be more than -1"),
    ("{kind: response, parameter: sigma}", "003", "none of them"),
    ("{kind: project, change: added, by: [USA]}", "003", "needs one economy"),
    ("{kind: project, change: added, project: mp_10y}", "002", "Did you mean mp_10x"),
    ("{kind: project, change: added, project: mp_10x}", "003", "no capacity of mp_10x in contained tonnes"),
    ("{kind: floors, use: only}", "003", "are not named"),
    ("{kind: floors, use: none, factor: 2}", "003", "no floors to scale"),
    ("{kind: floors, use: some}", "001", "not one of the words"),
    ("{kind: support, use: gap}", "003", "no strike"),
    ("{kind: stockpile, use: bands}", "003", "no buying price"),
    (
        "{kind: stockpile, use: bands, buy_below_usd_per_t: 5, tonnes: 1, sell_above_usd_per_t: 4}",
        "003",
        "sells above 4",
    ),
    ("{kind: retaliation, by: [CHN], trigger: levy, response: ban}", "003", "no size"),
    ("{kind: retaliation, by: [CHN], trigger: floor, response: licence}", "003", "no `let_through`"),
    ("{kind: retaliation, by: [CHN], trigger: floor, response: ban, mark_up: 1}", "003", "no part of a ban"),
    ("{kind: leak, by: [CHN], channel: scrap, cost_usd_per_t: 1, penalty_usd_per_t: 5}", "003", "never paid"),
    ("{kind: leak, by: [CHN], channel: tunnel, cost_usd_per_t: 1}", "001", "not one of the words"),
    ("{kind: membership, by: [CAN], change: joins, set: partys}", "002", "Did you mean parties"),
    ("{kind: export_ban, by: [CHN], minerals: [gallium]}", "002", "is not told for 'gallium'"),
    ("{kind: export_ban, by: []}", "001", "the list is empty"),
    ("{kind: export_ban}", "001", "`by` is missing"),
    ("{kind: lead_time, years: seven}", "001", "not a number"),
    ("{kind: tariff, by: [USA], rate: .5}", "001", "not a number"),
]


@pytest.mark.parametrize(("event", "code", "words"), FAULTS, ids=[each[0][:60] for each in FAULTS])
def test_a_fault_is_refused_in_words_with_its_place(told: Tell, event: str, code: str, words: str) -> None:
    line = f"  - {event[:-1]}, from: 2027-01-01, assumed: a test}}\n"
    with pytest.raises(MarketError) as caught:
        told(line)
    assert words in only(caught.value)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line) == (f"STN-SCENARIO-{code}", 6)
    assert problem.place.column is not None and problem.place.column >= 5


def test_an_unknown_source_and_mineral_are_refused(told: Tell) -> None:
    with pytest.raises(MarketError) as caught:
        told(
            "  - {kind: compliance, from: 2027-01-01, effort: 1, source: hearsay}\n", minerals="ndpr, galium"
        )
    text = str(caught.value)
    assert "no source 'hearsay'" in text and "Did you mean gallium" in text


def test_a_listed_source_may_be_cited(told: Tell) -> None:
    head = "sources: [{id: a-report, title: A report, publisher: A paper}]\n"
    told("  - {kind: compliance, from: 2027-01-01, effort: 1, source: a-report}\n", head=head)


def test_a_chance_that_ends_before_the_start_is_refused(told: Tell) -> None:
    head = "start: 2027-01-01\nprobability: {value: 0.5, by: 2026-01-01, assumed: a test}\n"
    with pytest.raises(MarketError) as caught:
        told("  - {kind: compliance, from: 2027-01-01, effort: 1, assumed: a test}\n", head=head)
    assert spots(caught.value) == [("STN-SCENARIO-003", 6, 31)]


def test_scenarios_that_build_on_each_other_are_refused(forge: Zone, tmp_path: Path) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        text = f"id: {name}\ntitle: T\nstory: S.\nminerals: [ndpr]\nbuilds_on: {other}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(MarketError) as caught:
        open_scenario(tmp_path / "one.yaml", forge.charter, forge.atlas)
    assert "in a circle" in only(caught.value)


def test_an_unknown_scenario_to_build_on_is_refused(told: Tell) -> None:
    with pytest.raises(MarketError) as caught:
        told("  []\n", head="builds_on: business_as_usal\ncompare_with: nothing_like_it\n")
    assert [each[1] for each in spots(caught.value)] == [5, 6]
    assert "Did you mean business_as_usual?" in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"- a list",
        b"a: &x 1\nb: *x",
        b"id: [",
        b"---\na: b\n---\nc: d",
        b"just words",
        b"a: !x 1",
    ],
)
def test_a_file_that_is_no_scenario_is_refused_in_words(forge: Zone, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    with pytest.raises(MarketError) as caught:
        open_scenario(path, forge.charter, forge.atlas)
    assert {problem.code for problem in caught.value.problems} == {"STN-SCENARIO-001"}


WORDS = st.sampled_from(
    ["kind", "from", "to", "by", "against", "export_ban", "leak", "CHN", "2027-01-01", "-1", "0.5", "x", "[]"]
)
VALUES = st.recursive(
    WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3)
)


@given(value=VALUES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_breaks_the_reader(forge: Zone, tmp_path: Path, value: object) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(f"id: any\ntitle: T\nstory: S\nminerals: [ndpr]\nevents: {value!r}\n", encoding="utf-8")
    try:
        open_scenario(path, forge.charter, forge.atlas)
    except MarketError as error:
        assert all(problem.code.startswith("STN-SCENARIO-") for problem in error.problems)


def test_every_kind_of_event_has_its_own_word() -> None:
    words = [kind.__dataclass_fields__["kind"].default for kind in EVENTS]
    assert len(set(words)) == len(EVENTS)
