"""A file of determinations becomes vouchers of the same sum, once, however often it is posted."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.settlement.border_lines import write

from stannary.border.assessment import assess
from stannary.border.determinations import Determinations
from stannary.errors import EntriesError, SettlementError
from stannary.ledger.book import Book
from stannary.ledger.vouchers import Voucher
from stannary.settlement.duties import Collection, duty_of, settle_duty
from stannary.settlement.duty_batches import duties_of, duty_vouchers, post_duties
from stannary.zone import Zone, open_zone


@pytest.fixture(scope="module")
def toy() -> Zone:
    return open_zone("toy")


def lines(count: int, seed: int = 7) -> list[dict[str, str]]:
    """Give lines of many importers, days, values and origins; some owe nothing, some cannot be read."""
    chance = Random(seed)
    return [
        {
            "entry_number": f"E{number // 3}",
            "line_number": str(number % 3),
            "quantity": f"{chance.randrange(1, 900_000) / 1000:.3f}",
            "value": chance.choice([f"{chance.randrange(1, 99_999_999) / 100:.2f}", "", "12x"]),
            "entered_on": f"2026-{chance.randrange(7, 13):02}-{chance.randrange(1, 29):02}",
            "origin_economy": chance.choice(["CHN", "MYS", "VNM", ""]),
            "importer": chance.choice(["Acme", "acme", "Müller & Co", "", "a" * 90]),
        }
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def found(toy: Zone, tmp_path_factory: pytest.TempPathFactory) -> Determinations:
    path = write(tmp_path_factory.mktemp("duties") / "entries.csv", lines(600))
    return assess(toy.charter, toy.atlas, path)


@pytest.fixture(scope="module")
def usa(found: Determinations) -> Collection:
    return Collection.of(found, "USA")


def posts(vouchers: list[Voucher]) -> list[Voucher]:
    return [each for each in vouchers if each.kind == "post"]


def cents(vouchers: list[Voucher]) -> int:
    return sum(transfer.amount for each in vouchers for transfer in each.transfers)


def test_the_vouchers_sum_to_the_determinations_to_the_cent(found: Determinations, usa: Collection) -> None:
    summary = found.summary()
    vouchers = posts(list(duty_vouchers(found, usa)))
    assert len(vouchers) == summary.total.adjusted_lines > 200
    assert cents(vouchers) == summary.total.adjustment_usd * 100
    by_mineral = {group.name: group.adjustment_usd for group in summary.by["mineral"] if group.adjustment_usd}
    assert {mineral: cents([v for v in vouchers if v.mineral == mineral]) for mineral in by_mineral} == {
        mineral: amount * 100 for mineral, amount in by_mineral.items()
    }


def test_every_voucher_is_the_one_that_its_line_alone_gives(found: Determinations, usa: Collection) -> None:
    bulk = {each.key: each for each in posts(list(duty_vouchers(found, usa)))}
    alone = [settle_duty(duty_of(row), usa) for row in found.rows() if row["outcome"] == "adjusted"]
    assert {each.vouchers[0].key: each.vouchers[0] for each in alone} == bulk
    assert all(bulk[each.vouchers[0].key].cause.digest == each.statement.digest for each in alone)


def test_posting_a_file_twice_adds_nothing(
    new_book: Callable[[], Book], found: Determinations, usa: Collection
) -> None:
    book = new_book()
    told: list[int] = []
    first = post_duties(book, found, usa, batch=100, progress=told.append)
    stood = list(book.journal())
    again = post_duties(book, found.path, usa)
    assert (first.repeated, again.repeated) == (0, first.vouchers)
    assert (again.vouchers, again.cents) == (first.vouchers, first.cents)
    assert list(book.journal()) == stood
    assert told == list(range(100, first.vouchers + 1, 100))
    assert sum(each.balance for each in book.standings()) == 0
    assert book.balance("USA", "Income:Duties:USD").balance == -first.cents


@settings(max_examples=6)
@given(stopped=st.integers(0, 220), batch=st.integers(1, 300))
def test_a_file_stopped_anywhere_is_finished_by_posting_it_again(
    new_book: Callable[[], Book], found: Determinations, usa: Collection, stopped: int, batch: int
) -> None:
    book, whole = new_book(), new_book()
    list(book.post_many(itertools.islice(duty_vouchers(found, usa), stopped), batch))
    assert replace(post_duties(book, found, usa, batch=batch), repeated=0) == post_duties(whole, found, usa)
    assert book.standings() == whole.standings()


@pytest.mark.parametrize("seed", [1, 2])
def test_lines_of_one_number_are_each_owed_and_each_has_its_key(toy: Zone, tmp_path: Path, seed: int) -> None:
    base = lines(40, seed)
    path = write(tmp_path / "entries.csv", [*base, *Random(seed).choices(base, k=25)])
    found = assess(toy.charter, toy.atlas, path)
    collection = Collection.of(found, "USA")
    vouchers = posts(list(duty_vouchers(found, collection)))
    assert cents(vouchers) == found.summary().total.adjustment_usd * 100
    assert len({each.key for each in vouchers}) == len(vouchers) == found.summary().total.adjusted_lines
    assert {each.key for each in posts(list(duty_vouchers(found, collection)))} == {e.key for e in vouchers}


def test_a_repeated_line_keeps_its_key_when_the_file_is_written_in_another_order(
    toy: Zone, tmp_path: Path
) -> None:
    first = {"value": "792000"}
    second = {"value": "692000"}
    keys = []
    for name, order in (("a", [first, second]), ("b", [second, first])):
        path = write(tmp_path / f"{name}.csv", order)
        found = assess(toy.charter, toy.atlas, path, keep="results")
        collection = Collection("USA")
        day = date(2026, 9, 1)
        vouchers = posts(list(duty_vouchers(found, collection, entered_on=day)))
        keys.append({each.key: each.transfers[0].amount for each in vouchers})
    assert keys[0] == keys[1]
    assert set(keys[0]) == {"determination/E1/1/assessed", "determination/E1/1/2/assessed"}


def test_accounts_are_opened_once_before_they_are_used(found: Determinations, usa: Collection) -> None:
    opened: set[str] = set()
    for voucher in duty_vouchers(found, usa):
        if voucher.account is not None:
            assert voucher.account.name not in opened
            opened.add(voucher.account.name)
            assert voucher.effective_on == min(duty.entered_on for duty in duties_of(found))
        else:
            assert {name for each in voucher.transfers for name in (each.debit, each.credit)} <= opened
    # Acme, acme, Müller & Co, the one of 90 letters, those not stated, and the income
    assert len(opened) == 6
    held = {("USA", name) for name in opened}
    assert len(posts(list(duty_vouchers(found, usa, opened=held)))) == len(
        list(duty_vouchers(found, usa, opened=held))
    )


def test_each_member_keeps_a_book_of_its_own_importers(
    new_book: Callable[[], Book], found: Determinations
) -> None:
    book = new_book()
    collection = Collection.of(found, "USA", {"Acme": "JPN"})
    posted = post_duties(book, found, collection)
    by_importer = {group.name: group.adjustment_usd for group in found.summary().by["importer"]}
    japan = book.balance("JPN", "Income:Duties:USD").balance
    assert japan == -by_importer["Acme"] * 100
    assert book.balance("USA", "Income:Duties:USD").balance + japan == -posted.cents
    assert post_duties(book, found, collection).repeated == posted.vouchers


def test_a_file_without_days_asks_for_one(toy: Zone, tmp_path: Path) -> None:
    path = write(tmp_path / "entries.csv", [{}])
    found = assess(toy.charter, toy.atlas, path, keep="results")
    collection = Collection.of(found, "USA")
    with pytest.raises(SettlementError, match="do not hold entered_on"):
        list(duty_vouchers(found, collection))
    (voucher,) = posts(list(duty_vouchers(found, collection, entered_on=date(2026, 9, 1))))
    assert voucher.effective_on == date(2026, 9, 1)
    assert cents([voucher]) == found.summary().total.adjustment_usd * 100


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.parquet").write_text("notes", encoding="utf-8")
    with pytest.raises(EntriesError, match="STN-ENTRY-003"):
        list(duty_vouchers(tmp_path / "notes.parquet", Collection("USA")))


def test_amounts_up_to_the_last_cent_of_a_decimal_column_are_exact(toy: Zone, tmp_path: Path) -> None:
    path = write(tmp_path / "entries.csv", [{"quantity": "99999", "value": "1000000000.01"}])
    found = assess(toy.charter, toy.atlas, path)
    (duty,) = duties_of(found)
    assert Decimal(duty.cents).scaleb(-2) == found.summary().total.adjustment_usd
    assert duty.customs_value == 100_000_000_001
