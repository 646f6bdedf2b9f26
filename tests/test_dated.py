"""A value that changes on known dates: exactly one value a day, both ends inclusive."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.dated import FIRST_DAY, LAST_DAY, Dated, Spell, deadline, months_later, overlaps, succession

ONE_DAY = timedelta(days=1)
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
STARTS = st.lists(DAYS, min_size=1, max_size=8, unique=True)
LENGTHS = st.integers(min_value=0, max_value=900)


@st.composite
def histories(draw: st.DrawFn) -> Dated[int]:
    """Draw a history with gaps, its last value open or not."""
    day = draw(DAYS)
    spells = []
    for value in range(draw(st.integers(1, 6))):
        last = day + timedelta(days=draw(LENGTHS))
        spells.append(Spell(value, day, last))
        day = last + timedelta(days=draw(st.integers(1, 400)))
    if draw(st.booleans()):
        final = spells.pop()
        spells.append(Spell(final.value, final.start))
    return Dated(tuple(spells))


@given(histories(), DAYS)
def test_at_most_one_value_is_in_force_on_a_day(history: Dated[int], day: date) -> None:
    holding = [spell for spell in history if spell.start <= day <= (spell.end or LAST_DAY)]
    assert len(holding) <= 1
    assert history.in_force(day) == (holding[0].value if holding else None)


@given(histories())
def test_both_ends_of_a_spell_are_inclusive(history: Dated[int]) -> None:
    for spell in history:
        assert history.in_force(spell.start) == spell.value
        assert history.in_force(spell.last_day) == spell.value
        before = history.in_force(spell.start - ONE_DAY)
        assert before != spell.value


@given(histories(), DAYS)
def test_a_day_within_a_history_is_in_a_spell_or_in_a_gap_and_never_in_both(
    history: Dated[int], day: date
) -> None:
    first, last = history.spells[0].start, history.spells[-1].last_day
    in_gap = any(start <= day <= end for start, end in history.gaps())
    if first <= day <= last:
        assert (history.in_force(day) is None) == in_gap
    else:
        assert history.in_force(day) is None
        assert not in_gap


@given(STARTS)
def test_in_a_succession_each_value_ends_the_day_before_the_next(starts: list[date]) -> None:
    history = succession((day, None, index) for index, day in enumerate(starts))
    assert history.gaps() == ()
    assert history.spells[-1].end is None
    for earlier, later in zip(history.spells, history.spells[1:], strict=False):
        assert earlier.end == later.start - ONE_DAY
    for index, day in enumerate(starts):
        assert history.in_force(day) == index


@given(STARTS)
def test_the_order_in_which_values_are_written_does_not_matter(starts: list[date]) -> None:
    values = [(day, None, day.toordinal()) for day in starts]
    assert succession(values) == succession(reversed(values))


@given(STARTS, DAYS)
def test_adding_a_later_value_changes_no_earlier_day(starts: list[date], day: date) -> None:
    latest = max(starts)
    before = succession((start, None, start.isoformat()) for start in starts)
    after = succession(
        [*((start, None, start.isoformat()) for start in starts), (latest + ONE_DAY, None, "later")]
    )
    if day <= latest:
        assert after.in_force(day) == before.in_force(day)
    else:
        assert after.in_force(day) == "later"


def test_a_stated_end_leaves_a_gap_and_the_gap_is_listed() -> None:
    history = succession([(date(2026, 1, 1), date(2026, 3, 31), "first"), (date(2026, 5, 1), None, "second")])
    assert history.in_force(date(2026, 3, 31)) == "first"
    assert history.in_force(date(2026, 4, 1)) is None
    assert history.in_force(date(2026, 5, 1)) == "second"
    assert history.gaps() == ((date(2026, 4, 1), date(2026, 4, 30)),)


def test_a_value_is_missing_before_the_first_day_and_not_zero() -> None:
    history = succession([(date(2026, 1, 1), None, 0)])
    assert history.in_force(date(2025, 12, 31)) is None
    assert history.in_force(date(2026, 1, 1)) == 0


def test_an_open_spell_holds_to_the_last_day() -> None:
    spell = Spell("open", FIRST_DAY)
    assert spell.last_day == LAST_DAY
    assert spell.holds(LAST_DAY)


def test_two_values_on_one_day_are_refused() -> None:
    day = date(2026, 1, 1)
    with pytest.raises(ValueError, match="two values claim 2026-01-01"):
        succession([(day, None, "a"), (day, None, "b")])
    with pytest.raises(ValueError, match="two values claim 2026-02-01"):
        succession([(day, date(2026, 2, 1), "a"), (date(2026, 2, 1), None, "b")])


def test_a_spell_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        Spell("x", date(2026, 1, 2), date(2026, 1, 1))
    assert Spell("x", date(2026, 1, 1), date(2026, 1, 1)).holds(date(2026, 1, 1))


def test_spells_out_of_order_are_refused() -> None:
    later, earlier = Spell("b", date(2027, 1, 1)), Spell("a", date(2026, 1, 1), date(2026, 12, 31))
    with pytest.raises(ValueError, match="sorted"):
        Dated((later, earlier))
    assert overlaps([later, earlier]) == []


def test_an_open_spell_overlaps_whatever_follows() -> None:
    first, second = Spell("a", date(2026, 1, 1)), Spell("b", date(2030, 1, 1))
    assert overlaps([second, first]) == [(first, second)]


# -- deadlines ----------------------------------------------------------------------------------------------

COUNTS = st.integers(0, 600)


@given(DAYS, COUNTS)
def test_days_and_weeks_are_calendar_days_and_the_first_is_not_counted(day: date, count: int) -> None:
    assert deadline(day, f"P{count}D") == day + timedelta(days=count)
    assert deadline(day, f"P{count}W") == day + timedelta(days=7 * count)


@given(DAYS, COUNTS)
def test_a_period_of_months_ends_on_the_same_day_or_the_month_s_last(day: date, months: int) -> None:
    reached = deadline(day, f"P{months}M")
    assert (reached.year * 12 + reached.month) - (day.year * 12 + day.month) == months
    is_last_of_month = (reached + ONE_DAY).month != reached.month
    assert reached.day == day.day or (reached.day < day.day and is_last_of_month)


@given(DAYS, st.integers(0, 50), st.integers(0, 30))
def test_a_year_is_twelve_months_and_days_are_counted_last(day: date, years: int, days: int) -> None:
    assert deadline(day, f"P{years}Y") == deadline(day, f"P{12 * years}M")
    assert deadline(day, f"P{years}Y5M{days}D") == deadline(deadline(day, f"P{12 * years + 5}M"), f"P{days}D")


@given(DAYS, DAYS, st.sampled_from(("P180D", "P6M", "P3Y", "P2W", "P1Y6M10D")))
def test_starting_later_never_ends_earlier(day: date, other: date, period: str) -> None:
    first, second = sorted((day, other))
    assert first < deadline(first, period) <= deadline(second, period)


@given(DAYS, COUNTS)
def test_there_and_back_is_the_same_month(day: date, months: int) -> None:
    back = months_later(months_later(day, months), -months)
    assert (back.year, back.month) == (day.year, day.month)
    assert back.day <= day.day


def test_a_day_the_month_does_not_have_becomes_its_last() -> None:
    assert deadline(date(2026, 8, 31), "P6M") == date(2027, 2, 28)
    assert deadline(date(2027, 8, 31), "P6M") == date(2028, 2, 29)
    assert deadline(date(2028, 2, 29), "P1Y") == date(2029, 2, 28)
    assert months_later(date(2027, 3, 31), -1) == date(2027, 2, 28)


@pytest.mark.parametrize(
    "period",
    [
        "",
        "P",
        "180D",
        "P6",
        "p6m",
        " P6M",
        "P6M ",
        "P6M\n",
        "P1M1Y",
        "P2W3D",
        "P-3D",
        "P1.5D",
        "PT5H",
        "P1DT1H",
        "P٣D",
    ],
)
def test_what_is_no_period_of_whole_days_is_refused(period: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        deadline(date(2026, 7, 1), period)


@pytest.mark.parametrize("period", ["P8000Y", "P99999999999D", "P3000000D", "P999999999999999999999M"])
def test_a_day_past_the_calendar_is_refused(period: str) -> None:
    with pytest.raises(ValueError, match="past the last day of the calendar"):
        deadline(date(2026, 7, 1), period)
