"""Corrections are new records with reasons; what they correct stays where it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.pricing.market_on_paper import MARCH, OXIDE, market, report

from stannary.charter.charter import Charter
from stannary.errors import PriceError
from stannary.pricing.publication import Difference
from stannary.pricing.publishing import publish, republish
from stannary.pricing.reports import PriceReport

D = Decimal


def with_slip() -> list[PriceReport]:
    """Give five reports, the last of which told 71 for 66."""
    return market([66, 66, 66, 66, 71])


def correction(**changed: object) -> PriceReport:
    told = {"corrects": "r4", "reason": "the invoice says 66", "reported_on": date(2027, 5, 4)}
    return report("4b", 4, **(told | changed))


def test_a_correction_names_what_it_corrects_and_what_changed(toy: Charter) -> None:
    first = publish(with_slip(), toy, MARCH)
    second = republish(
        first, [*with_slip(), correction()], toy, reason="a reporter's slip", as_of=date(2027, 5, 5)
    )
    assert second.corrects == first.id != second.id
    assert second.reason == "a reporter's slip"
    assert second.differences == (
        Difference(product="ndpr.metal", before=D("90400.00"), after=D("89200.00"),
                   rung_before="linked_product", rung_after="linked_product"),
        Difference(product=OXIDE, before=D("67000.00"), after=D("66000.00"),
                   rung_before="transactions", rung_after="transactions"),
    )  # fmt: skip
    assert first.price(OXIDE) != second.price(OXIDE)


def test_a_correction_takes_effect_after_it_is_made_not_before(toy: Charter) -> None:
    first = publish(with_slip(), toy, MARCH)
    second = republish(first, with_slip(), toy, reason="checked again", as_of=date(2027, 5, 5))
    assert (first.takes_effect_on, second.takes_effect_on) == (date(2027, 4, 10), date(2027, 5, 15))


def test_the_corrected_report_stays_in_the_log(toy: Charter) -> None:
    log = publish([*with_slip(), correction()], toy, MARCH, as_of=date(2027, 5, 5)).log
    told = {each.report_id: (each.reason, each.is_used) for each in log}
    assert (told["r4"], told["r4b"]) == (("corrected", False), ("used", True))
    assert "corrects" in next(each for each in log if each.report_id == "r4b").flags


def test_a_correction_handed_in_too_late_replaces_nothing_yet(toy: Charter) -> None:
    publication = publish([*with_slip(), correction()], toy, MARCH)
    told = {each.report_id: each.reason for each in publication.log}
    assert (told["r4"], told["r4b"]) == ("used", "reported_late")


def test_corrections_of_corrections_count_by_the_last(toy: Charter) -> None:
    again = replace(correction(), id="r4c", corrects="r4b", price=D(67))
    log = publish([*with_slip(), correction(), again], toy, MARCH, as_of=date(2027, 5, 5)).log
    assert [each.report_id for each in log if each.reason == "corrected"] == ["r4", "r4b"]


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ({"corrects": "r9"}, "STN-PRICE-004", "which is not there"),
        ({"reporter": "someone else"}, "STN-PRICE-004", "corrects a report of reporter 4"),
        ({"reason": None}, "STN-PRICE-002", "gives no reason"),
        ({"corrects": "r4b"}, "STN-PRICE-004", "corrects itself"),
    ],
)
def test_unsound_corrections_are_refused(
    toy: Charter, wrong: dict[str, object], code: str, words: str
) -> None:
    with pytest.raises(PriceError, match=words) as caught:
        publish([*with_slip(), correction(**wrong)], toy, MARCH)
    assert code in {problem.code for problem in caught.value.problems}


def test_two_corrections_of_one_report_are_refused(toy: Charter) -> None:
    with pytest.raises(PriceError, match="is corrected by r4b and by r4c"):
        publish([*with_slip(), correction(), replace(correction(), id="r4c")], toy, MARCH)


def test_a_correction_says_why_and_looks_no_less_far(toy: Charter) -> None:
    first = publish(with_slip(), toy, MARCH, as_of=date(2027, 4, 2))
    with pytest.raises(PriceError) as caught:
        republish(first, with_slip(), toy, reason=" ", as_of=date(2027, 4, 1))
    assert [problem.code for problem in caught.value.problems] == ["STN-PRICE-006", "STN-PRICE-006"]


def test_a_correction_does_not_look_at_later_periods(toy: Charter) -> None:
    january = publish(market([66] * 5, dated_on=date(2027, 1, 4)), toy, (date(2027, 1, 1), date(2027, 1, 31)))
    february = publish([], toy, (date(2027, 2, 1), date(2027, 2, 28)), previous=[january])
    march = publish(market([70] * 5), toy, MARCH, previous=[january, february])
    again = republish(
        february,
        [],
        toy,
        reason="looked through",
        as_of=date(2027, 5, 1),
        previous=[january, february, march],
    )
    assert again.differences == ()
    assert again.prices[0].usd_per_t == 66000


def test_a_report_is_corrected_by_its_own_firm_and_not_by_one_that_claims_its_owner(toy: Charter) -> None:
    told = market([66] * 5)
    claimed = report("x", 0, reporter="X", reporter_group="reporter 0", corrects="r0", reason="so they say")
    with pytest.raises(PriceError, match="STN-PRICE-004"):
        publish([*told, claimed], toy, MARCH)
    own = report("x", 0, reporter_group="an owner", corrects="r0", reason="the owner was left out")
    reasons = {each.report_id: each.reason for each in publish([*told, own], toy, MARCH).log}
    assert (reasons["r0"], reasons["rx"]) == ("corrected", "used")


def test_a_correction_of_a_later_day_replaces_nothing_yet(toy: Charter) -> None:
    later = report("x", 0, dated_on=date(2027, 4, 2), reported_on=date(2027, 3, 20), corrects="r0",
                   reason="another day")  # fmt: skip
    reasons = {each.report_id: each.reason for each in publish([*market([66] * 5), later], toy, MARCH).log}
    assert (reasons["r0"], reasons["rx"]) == ("used", "reported_late")
