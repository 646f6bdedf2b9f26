from __future__ import annotations

import json
from decimal import Decimal

import pytest
import yaml

OUTPUT = """product,designation,quantity,unit,reference
ndpr.oxide,third_party_sale,500,t,INV-1
ndpr.metal,stockpile,200000,kg,LOT-7
"""
CLAIMS = """beneficiary,economy,product,quantity,unit,reference,received_on
Lynas,AUS,dysprosium.oxide,10,t,C-1,2027-01-05
Acme,USA,terbium.oxide,2000,kg,C-2,2027-01-06
"""
STOCK = """
method: fifo
movements:
  - {kind: opening, lot: A, product: antimony.metal, tonnes: 10, contained: 9.95, cost: 200000,
     received_on: 2026-07-05}
  - {kind: buy, lot: B, product: antimony.metal, quantity: 5, unit: t, purity: 0.996, price: 24.5,
     price_unit: USD/kg, seller: Mine, on: 2026-08-01}
  - {kind: release, reference: R-1, product: antimony.metal, quantity: 12, unit: t, price: 30000,
     price_unit: USD/t, buyer: Acme, on: 2026-09-01, rule: minister}
"""
LOAN = """
terms:
  id: beta
  lender: EXIM
  borrower: Beta
  portion: 151250000
  agreed_on: 2026-01-05
  interest_rate: 0.045
  day_count: act/360
  exposure_fee_rate: 0.124648
  fee_financed: true
  commitment_fee_rate: 0.005
  first_repayment_on: 2027-01-05
  instalments: 4
  assumed: a shape
events:
  - {kind: draw, amount: 50000000, reference: D-1, on: 2026-02-01}
  - {kind: commitment_fee, through: 2026-04-05}
  - {kind: interest, through: 2026-04-05}
"""


@pytest.fixture
def output(tmp_path):
    path = tmp_path / "output.csv"
    path.write_text(OUTPUT, encoding="utf-8")
    return path


def contract(run, output, *more, price="60"):
    asked = ("settle", "contract", "mp-materials-ppa", "--period", "2026-Q1", "--quantities", output)
    return run(*asked, "--benchmark", price, *more)


INTO = ("--organisation", "USA", "--book", "b.db")


def balance_of(run, account):
    asked = ("ledger", "balance", account, "--book", "b.db", "--as-of", "2027-06-30", "--format", "json")
    return sum(Decimal(row["balance"]) for row in run(*asked).data["rows"])


# -- contracts ---------------------------------------------------------------------------------------------


def test_a_contract_is_settled_with_its_inputs_steps_and_articles(run, output):
    said = contract(run, output, "--format", "table")
    assert said.status == 0
    assert "Under price_support.contracts.mp-materials-ppa" in said.out
    assert "top-up: output x max(0, strike - market)" in said.out
    assert "United States Department of Defense owes MP Materials 35,000,000.00 USD." in said.out


def test_without_a_book_nothing_is_posted(run, output, tmp_path):
    data = contract(run, output).data
    assert "posted" not in data
    assert list(tmp_path.glob("*.db")) == []


def test_posted_twice_it_stands_once_and_another_result_is_refused(run, output):
    assert contract(run, output, *INTO).data["posted"] == 1
    assert contract(run, output, *INTO).data["stood_already"] == 1
    refused = contract(run, output, *INTO, price="61")
    assert refused.status == 3
    assert "STN-SETTLE-005" in refused.err


def test_a_correction_posts_the_difference_only(run, output):
    contract(run, output, *INTO, "--out", "first.json")
    why = ("--revises", "first.json", "--reason", "a report corrected", "--on", "2026-05-04")
    said = contract(run, output, *INTO, *why, price="61")
    assert said.status == 0
    [statement] = said.data["statements"]
    assert (statement["amount"], statement["payer"]) == ("700000", "MP Materials")
    assert run("ledger", "statement", "trial-balance", "--book", "b.db").data["holds"] is True
    assert balance_of(run, "Liabilities:Payable") == -34_300_000


def test_the_vouchers_written_to_a_file_post_as_they_are(run, output):
    contract(run, output, "--organisation", "USA", "--vouchers", "v.ndjson")
    run("ledger", "open", "--book", "b.db", "--organisation", "USA")
    said = run("ledger", "post", "v.ndjson", "--book", "b.db", "--organisation", "USA")
    assert said.status == 0
    assert contract(run, output, *INTO).data["stood_already"] == 1


def test_units_of_an_earlier_statement_do_not_count_again(run, output):
    contract(run, output, "--out", "first.json")
    asked = ("settle", "contract", "mp-materials-ppa", "--period", "2026-Q2", "--quantities", output)
    said = run(*asked, "--benchmark", "60", "--earlier", "first.json")
    assert said.status == 3
    assert said.err.count("STN-SETTLE-005") == 2


def test_a_statement_that_was_changed_is_not_believed(run, output, tmp_path):
    contract(run, output, "--out", "first.json")
    path = tmp_path / "first.json"
    path.write_text(path.read_text("utf-8").replace("35000000", "35000001"), "utf-8")
    said = contract(run, output, "--earlier", "first.json")
    assert said.status == 3 and "digest" in said.err


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        (("--benchmark", "6O"), 2, "STN-USAGE-002"),
        (("--benchmark", "60", "--prices", "p.ndjson"), 2, "STN-USAGE-001"),
        ((), 2, "STN-USAGE-001"),
        (("--prices", "p.ndjson"), 2, "STN-USAGE-001"),
        (("--benchmark", "60", "--book", "b.db"), 2, "STN-USAGE-001"),
        (("--benchmark", "60", "--reason", "x"), 2, "STN-USAGE-001"),
        (("--benchmark", "60", "--unit", "EUR/kg"), 3, "STN-SETTLE-001"),
    ],
)
def test_options_that_do_not_fit_are_refused_in_words(run, output, more, status, code):
    asked = ("settle", "contract", "mp-materials-ppa", "--period", "2026-Q1", "--quantities", output)
    said = run(*asked, *more)
    assert (said.status, code in said.err, "Traceback" in said.err) == (status, True, False)


def test_every_problem_of_a_file_is_told_with_its_line(run, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(
        "product,designation,quantity,unit,reference\nndpr.oxide,stockpile,1e3,t,A\nX,stockpile,,t,\n",
        "utf-8",
    )
    said = contract(run, path)
    assert said.status == 3
    assert said.err.count("STN-SETTLE-001") == 4
    assert "bad.csv:2" in said.err and "bad.csv:3" in said.err


def test_what_is_wrong_in_any_row_is_told_at_once_each_at_its_cell(run, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(
        "product,designation,quantity,unit,reference\n"
        "ndpr.oxid,third_party_sale,-7,t,INV-1\n"
        "ndpr.oxide,gift,1e3,tonnes,INV-1\n",
        "utf-8",
    )
    said = contract(run, path)
    assert said.status == 3
    assert said.err.count("STN-SETTLE-001") == 5
    for spot in ("2:1 (product)", "2:28 (quantity)", "3:12 (designation)", "3:17 (quantity)", "3:28 (ref"):
        assert f"bad.csv:{spot}" in said.err
    for words in ("not under the contract", "may not be designated", "-7 is not", "1e3", "designated twice"):
        assert words in said.err


def test_a_day_too_far_ahead_is_told_once(run, output):
    asked = ("settle", "contract", "mp-materials-ppa", "--period", "2033-Q1", "--quantities", output)
    said = run(*asked, "--benchmark", "60", *INTO)
    assert said.status == 3
    assert said.err.count("STN-") == said.err.count("366 days") == 1 and "STN-SETTLE-005" in said.err


def test_a_file_without_statements_has_none_to_correct(run, output, tmp_path):
    (tmp_path / "none.json").write_text('{"statements": []}', "utf-8")
    said = contract(run, output, "--revises", "none.json", "--reason", "x", "--on", "2026-05-04")
    assert said.status == 3 and "STN-SETTLE-001" in said.err


@pytest.mark.parametrize(
    ("period", "status"), [("2025-Q4", 0), ("2035-Q4", 0), ("2025-Q3", 3), ("2036-Q1", 3)]
)
def test_the_contract_runs_from_its_first_day_to_its_last(run, output, period, status):
    asked = ("settle", "contract", "mp-materials-ppa", "--period", period, "--quantities", output)
    said = run(*asked, "--benchmark", "60")
    assert said.status == status
    assert ("STN-SETTLE-002" in said.err) == bool(status)


def test_a_contract_that_is_not_in_the_charter_is_not_found(run, output):
    said = run(
        "settle", "contract", "nosuch", "--period", "2026-Q1", "--benchmark", "1", "--quantities", output
    )
    assert said.status == 4 and "mp-materials-ppa" in said.err


def test_what_is_owed_is_paid_once_and_no_more_than_stands_open(run, output):
    contract(run, output, *INTO)
    account = "Liabilities:Payable:Contracts:MP-MATERIALS-PPA:USD"
    asked = ("settle", "payment", account, "20000000", "--reference", "bank-1", "--on", "2026-04-20", *INTO)
    assert run(*asked).data["posted"] == 1
    assert run(*asked).data["stood_already"] == 1
    assert balance_of(run, account) == -15_000_000
    assert balance_of(run, "Assets:Cash") == -20_000_000
    other = (
        "settle",
        "payment",
        account,
        "15000000.01",
        "--reference",
        "bank-2",
        "--on",
        "2026-04-20",
        *INTO,
    )
    more = run(*other)
    assert more.status == 3 and "STN-SETTLE-004" in more.err
    assert run("settle", "payment", account, "1", "--reference", "x", "--on", "2026-04-20").status == 2


# -- gap payments -------------------------------------------------------------------------------------------


def test_claims_share_what_is_left_of_the_appropriation_in_the_book(run, tmp_path):
    claims = tmp_path / "claims.csv"
    claims.write_text(CLAIMS, "utf-8")
    granted = ("--reference", "act-7", "--on", "2026-07-01", *INTO)
    assert run("settle", "appropriation", "heavy-rare-earths", "1,000,000", *granted).status == 0
    prices = ("--benchmark", "dysprosium.oxide=150000", "--benchmark", "terbium.oxide=600000")
    asked = ("settle", "gap", "heavy-rare-earths", "--period", "2026-Q4", "--claims", claims, *prices)
    said = run(*asked, "--paid-this-year", "0", *INTO)
    assert said.status == 0
    assert said.data["statements"][0]["amount"] == "1000000"
    assert said.data["posted"] == 2
    assert balance_of(run, "Assets:Appropriations") == 0
    assert balance_of(run, "Assets:SetAside") == 1_000_000
    again = run(*asked, "--paid-this-year", "0", *INTO)
    assert (again.status, again.data["posted"], again.data["stood_already"]) == (0, 0, 2)
    unknown = run(*asked, "--paid-this-year", "0")
    assert unknown.status == 2 and "--available" in unknown.err


def test_claims_of_an_earlier_period_are_not_paid_again(run, tmp_path):
    claims = tmp_path / "claims.csv"
    claims.write_text(CLAIMS, "utf-8")
    prices = ("--benchmark", "dysprosium.oxide=150000", "--benchmark", "terbium.oxide=600000")
    asked = ("settle", "gap", "heavy-rare-earths", "--claims", claims, *prices, "--available", "1000000")
    assert run(*asked, "--period", "2027-Q1", "--paid-this-year", "0", "--out", "first.json").status == 0
    said = run(*asked, "--period", "2027-Q2", "--earlier", "first.json")
    assert said.status == 3
    assert said.err.count("claimed twice") == 2 and "claims.csv:2" in said.err
    claims.write_text(CLAIMS.replace("C-", "D-").replace("2000,kg", "x,lumps").replace("AUS", "CHN"), "utf-8")
    said = run(*asked, "--period", "2027-Q2", "--earlier", "first.json")
    for words in ("CHN may not claim", "not a number in digits", "'lumps' is not a unit"):
        assert words in said.err


# -- lives -------------------------------------------------------------------------------------------------


def test_a_stock_goes_on_from_the_lots_it_left(run, tmp_path):
    (tmp_path / "stock.yaml").write_text(STOCK, "utf-8")
    said = run("settle", "stock", "stock.yaml", "--lots-out", "lots.yaml", *INTO)
    assert said.status == 0
    assert [each["kind"] for each in said.data["statements"]] == [
        "stock-opening",
        "stock-purchase",
        "stock-release",
    ]
    left = yaml.safe_load((tmp_path / "lots.yaml").read_text("utf-8"))
    assert [(lot["lot"], Decimal(lot["contained"])) for lot in left["lots"]] == [("B", Decimal("2.93"))]
    left["movements"] = [
        {"kind": "release", "reference": "R-2", "product": "antimony.metal", "quantity": "2.93", "unit": "t",
         "price": "31", "price_unit": "USD/kg", "buyer": "Acme", "on": "2026-10-01"}
    ]  # fmt: skip
    (tmp_path / "next.yaml").write_text(yaml.safe_dump(left), "utf-8")
    assert run("settle", "stock", "next.yaml", *INTO).status == 0
    assert balance_of(run, "Assets:Inventory") == balance_of(run, "Assets:Stock") == 0


def test_more_than_is_held_is_refused_and_nothing_is_posted(run, tmp_path):
    (tmp_path / "stock.yaml").write_text(STOCK.replace("quantity: 12", "quantity: 15"), "utf-8")
    said = run("settle", "stock", "stock.yaml", *INTO)
    assert said.status == 3
    assert "STN-SETTLE-004" in said.err and "movements[3]" in said.err


def test_a_loan_run_again_with_more_events_posts_only_those(run, tmp_path):
    (tmp_path / "loan.yaml").write_text(LOAN, "utf-8")
    first = run("settle", "loan", "loan.yaml", *INTO)
    assert first.data["posted"] == 4
    assert first.data["loan"]["commitment"] == "170103010.00"
    principal = sum(Decimal(each["principal"]) for each in first.data["schedule"])
    assert principal == Decimal("68853010.00")
    paid = LOAN + "  - {kind: repayment, amount: 751158.86, reference: P-1, on: 2026-04-05}\n"
    (tmp_path / "loan.yaml").write_text(paid, "utf-8")
    again = run("settle", "loan", "loan.yaml", *INTO)
    assert (again.data["posted"], again.data["stood_already"]) == (1, 4)
    assert again.data["loan"]["interest_and_fees_owed"] == "0.00"


def test_a_loan_file_tells_all_its_problems(run, tmp_path):
    bad = LOAN.replace("borrower: Beta", "colour: red").replace("act/360", "act/364").replace("draw,", "drw,")
    (tmp_path / "loan.yaml").write_text(bad, "utf-8")
    said = run("settle", "loan", "loan.yaml")
    assert said.status == 3
    for words in ("borrower", "colour", "act/364", "drw"):
        assert words in said.err


def test_a_stake_is_settled_with_the_shares_it_converts_into(run, tmp_path):
    (tmp_path / "stake.yaml").write_text(
        """
terms: {id: mp, holder: DoD, issuer: MP, invested: 400000000, bought_on: 2025-07-11, in_kind_rate: 0.07,
  conversion_price: 30.03, warrants: 11201659, assumed: a case}
added_through: [2026-07-11]
converted_on: 2026-08-01
""",
        "utf-8",
    )
    said = run("settle", "equity", "stake.yaml", *INTO, "--format", "table")
    assert said.status == 0
    assert "24,521,672 shares" in said.out
    assert "DoD holds 25,454,073 shares of MP" in said.out


# -- duties ------------------------------------------------------------------------------------------------


def test_determinations_become_duty_once(run, entries, tmp_path):
    run("assess", entries, "--zone", "toy", "--out", "d.parquet")
    told = run("settle", "duties", "d.parquet")
    assert told.status == 0
    first = run("settle", "duties", "d.parquet", *INTO)
    assert first.data["posted"] == told.data["lines_that_owe"] > 0
    assert first.data["owed_usd"] == told.data["owed_usd"]
    again = run("settle", "duties", "d.parquet", *INTO)
    assert (again.data["posted"], again.data["stood_already"]) == (0, first.data["posted"])
    written = run("settle", "duties", "d.parquet", "--organisation", "USA", "--vouchers", "v.ndjson")
    lines = (tmp_path / "v.ndjson").read_text("utf-8").splitlines()
    assert len(lines) == written.data["written"]
    assert sum(json.loads(line)["kind"] == "post" for line in lines) == first.data["posted"]


def test_what_is_no_file_of_determinations_is_refused(run):
    assert run("settle", "duties", "nosuch.parquet").status == 3


@pytest.mark.parametrize(
    "name", ["contract", "gap", "appropriation", "purchase", "stock", "loan", "equity", "payment", "duties"]
)
def test_every_command_has_help_with_an_example(run, name):
    said = run("settle", name, "--help")
    assert said.status == 0 and "Example: stannary settle" in said.out
