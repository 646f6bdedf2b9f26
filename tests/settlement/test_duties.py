"""A duty is the determination, to the cent, in one voucher that names its cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.settlement.border_lines import LINE

from stannary.border.assessment import assess_compiled
from stannary.border.law_tables import LawTables, compile_law
from stannary.errors import LedgerError, SettlementError
from stannary.ledger.book import Book
from stannary.ledger.form import faults_of
from stannary.ledger.vouchers import Transfer
from stannary.settlement.duties import (
    Collection,
    Duty,
    cents_of,
    day_of,
    duty_key,
    duty_of,
    reference_of,
    settle_duty,
    statement_of,
)
from stannary.settlement.posting import post_settlements
from stannary.zone import open_zone

USA = Collection("USA", charter="c" * 64, software="0.1.0", run="a" * 16)

PLAIN = Duty(
    "E1/1", "Acme", date(2026, 9, 1), "adjusted", "below_floor", "ndpr.oxide", "ndpr", "unknown", "general",
    79_200_000, 52_800_000,
)  # fmt: skip


@cache
def law() -> LawTables:
    toy = open_zone("toy")
    return compile_law(toy.charter, toy.atlas)


def owed(**line: str) -> int:
    """Give the cents of the voucher that a line ends in."""
    vouchers = settle_duty(assess_compiled(law(), {**LINE, **line}), USA).vouchers
    return sum(each.amount for voucher in vouchers for each in voucher.transfers)


def test_an_adjusted_line_becomes_one_voucher_in_the_book_of_the_member() -> None:
    found = assess_compiled(law(), {**LINE, "origin_economy": "CHN"})
    settled = settle_duty(found, USA)
    (voucher,) = settled.vouchers
    # (110,000 - 66,000) USD/t x 12 t, of which a covered origin pays five quarters
    assert voucher.transfers == (
        Transfer("Assets:Receivable:Duties:Acme:USD", "Income:Duties:USD", 66_000_000, "USD"),
    )
    assert (voucher.organisation, voucher.member, voucher.programme, voucher.mineral) == (
        "USA", "USA", "border adjustment", "ndpr",
    )  # fmt: skip
    assert (voucher.key, voucher.effective_on) == ("determination/E1/1/assessed", date(2026, 9, 1))
    assert (voucher.cause.kind, voucher.cause.reference) == ("determination", "E1/1")
    assert (voucher.cause.charter, voucher.cause.software) == (USA.charter, USA.software)
    assert voucher.cause.article == "border_adjustment.rules.general"
    assert voucher.cause.digest == settled.statement.digest
    assert settled.statement.amount == found.adjustment_usd


FROM_THE_ZONE = dict.fromkeys(("mined_in", "refined_in", "separated_in", "produced_in"), "JPN")


@pytest.mark.parametrize(
    "line", [{"value": "1320000"}, FROM_THE_ZONE, {"quantity": ""}, {"tariff_code": "01012100"}]
)
def test_a_line_that_owes_nothing_has_no_voucher(line: dict[str, str]) -> None:
    found = assess_compiled(law(), LINE | line)
    assert found.outcome != "adjusted"
    assert settle_duty(found, USA).vouchers == ()


def test_an_importer_of_another_member_is_settled_in_its_book() -> None:
    both = Collection("USA", members={"Acme": "JPN"})
    (voucher,) = settle_duty(PLAIN, both).vouchers
    assert (voucher.organisation, voucher.member) == ("JPN", "JPN")
    assert settle_duty(replace(PLAIN, importer="Other"), both).vouchers[0].organisation == "USA"


def test_a_duty_sent_again_adds_nothing_and_with_another_amount_is_refused(book: Book) -> None:
    settled = settle_duty(PLAIN, USA)
    first = post_settlements(book, settled)
    assert [each.is_repeat for each in post_settlements(book, settled)] == [True]
    with pytest.raises(SettlementError, match="STN-SETTLE-005"):
        post_settlements(book, settle_duty(replace(PLAIN, cents=1), USA))
    assert book.balance("USA", "Income:Duties:USD").balance == -PLAIN.cents
    assert len(first) == 3


def test_no_duty_lands_in_a_closed_period(book: Book) -> None:
    settled = settle_duty(PLAIN, USA)
    voucher = settled.vouchers[0]
    book.post(
        replace(voucher, key="close", kind="close_period", transfers=(), effective_on=date(2026, 9, 30))
    )
    with pytest.raises(LedgerError, match="STN-LEDGER-005"):
        post_settlements(book, settled)


# -- what holds of assessments holds of their vouchers -------------------------------------------------------

# beyond the limit of small consignments, at which what is owed leaps
TONNES = st.integers(1_000, 10_000_000).map(lambda kg: Decimal(kg).scaleb(-3))
PRICES = st.integers(100_000, 20_000_000).map(lambda cents: Decimal(cents).scaleb(-2))


@settings(max_examples=25)
@given(tonnes=TONNES, price=PRICES)
def test_the_voucher_is_the_determination_to_the_cent(tonnes: Decimal, price: Decimal) -> None:
    value = (tonnes * price).quantize(Decimal("0.01"))
    found = assess_compiled(law(), LINE | {"quantity": str(tonnes), "value": str(value)})
    settled = settle_duty(found, USA)
    assert (
        sum(each.amount for one in settled.vouchers for each in one.transfers) == found.adjustment_usd * 100
    )
    assert len(settled.vouchers) == (found.outcome == "adjusted")
    again = statement_of(duty_of(found), USA)
    assert (again, again.digest) == (settled.statement, settled.statement.digest)


@settings(max_examples=25)
@given(tonnes=TONNES, other=TONNES, price=st.integers(1_000, 150_000))
def test_a_line_split_in_two_owes_no_less_than_the_rounding(
    tonnes: Decimal, other: Decimal, price: int
) -> None:
    whole = owed(quantity=str(tonnes + other), value=str((tonnes + other) * price))
    parts = [owed(quantity=str(each), value=str(each * price)) for each in (tonnes, other)]
    assert sum(parts) >= whole - 1


@settings(max_examples=25)
@given(tonnes=TONNES, price=PRICES, more=st.integers(1, 5_000_000))
def test_a_higher_price_never_owes_more_and_nothing_is_owed_at_the_floor(
    tonnes: Decimal, price: Decimal, more: int
) -> None:
    def at(price: Decimal) -> int:
        return owed(quantity=str(tonnes), value=f"{tonnes * price:.4f}")

    assert 0 <= at(price + Decimal(more).scaleb(-2)) <= at(price)
    assert at(Decimal(110_000)) == 0


@settings(max_examples=25)
@given(kg=st.integers(1, 10_000_000), price=st.integers(0, 150))
def test_kilograms_and_tonnes_owe_the_same(kg: int, price: int) -> None:
    in_kg = owed(quantity=str(kg), quantity_unit="KGM", value=str(kg * price))
    in_tonnes = owed(quantity=str(Decimal(kg).scaleb(-3)), quantity_unit="TNE", value=str(kg * price))
    assert in_kg == in_tonnes


@settings(max_examples=25)
@given(kg=st.integers(1_000, 100_000), price=st.integers(1, 150), times=st.integers(2, 50))
def test_a_line_k_times_as_large_owes_k_times_as_much_within_rounding(
    kg: int, price: int, times: int
) -> None:
    once = owed(quantity=str(kg), quantity_unit="KGM", value=str(kg * price))
    more = owed(quantity=str(kg * times), quantity_unit="KGM", value=str(kg * price * times))
    assert abs(more - once * times) <= times


# -- names and numbers ---------------------------------------------------------------------------------------

ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
AWKWARD = st.text("/%E1-", min_size=1, max_size=5)


@given(first=st.tuples(ANY | AWKWARD, ANY | AWKWARD), other=st.tuples(ANY | AWKWARD, ANY | AWKWARD))
def test_two_lines_never_share_a_key(first: tuple[str, str], other: tuple[str, str]) -> None:
    one, two = (duty_key(reference_of(*each)) for each in (first, other))
    assert (one == two) == (first == other)


@given(entry=ANY, line=ANY, importer=ANY, long=st.integers(1, 400))
def test_whatever_stands_in_a_line_its_voucher_is_in_form(
    entry: str, line: str, importer: str, long: int
) -> None:
    duty = replace(PLAIN, reference=reference_of(entry * long, line), importer=importer)
    settled = settle_duty(duty, USA)
    assert [faults_of(each) for each in settled.vouchers] == [()]
    assert len({account.name for account in settled.accounts}) == 2


def test_a_plain_line_keeps_its_name() -> None:
    assert reference_of("2026-E.100", "12") == "2026-E.100/12"
    assert reference_of("A/1", "2") == "A%2F1/2"
    assert reference_of("A", "1/2") == "A/1%2F2"


def test_an_amount_that_is_no_whole_cent_is_refused() -> None:
    assert cents_of(Decimal("1.10")) == 110
    with pytest.raises(SettlementError, match="not a whole number of cents"):
        cents_of(Decimal("1.105"))


@pytest.mark.parametrize(
    "day", [date(2026, 9, 1), datetime(2026, 9, 1, 23, tzinfo=UTC), "2026-09-01", " 2026-09-01\t"]
)
def test_a_day_of_entry_is_read_as_files_hold_it(day: object) -> None:
    assert day_of(day) == date(2026, 9, 1)


def test_a_line_without_a_day_or_a_number_is_refused() -> None:
    row = {
        "entry_number": "E1", "line_number": "1", "entered_on": None, "outcome": "adjusted",
        "reason": "below_floor", "origin": "unknown", "adjustment_usd": Decimal("1.00"),
    }  # fmt: skip
    with pytest.raises(SettlementError, match=r"STN-SETTLE-003.*no day of entry"):
        duty_of(row)
    with pytest.raises(SettlementError, match="no entry and line number"):
        duty_of(row | {"entered_on": "2026-09-01", "line_number": " "})
