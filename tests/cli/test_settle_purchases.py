from __future__ import annotations

INTO = ("--organisation", "USA", "--book", "b.db")


def test_deliveries_are_owed_at_the_agreed_price(run, tmp_path):
    path = tmp_path / "deliveries.csv"
    path.write_text(
        "product,quantity,unit,reference,delivered_on\nindium.metal,400,t,IN-1,2026-05-02\n", "utf-8"
    )
    said = run("settle", "purchase", "dla-indium", "--deliveries", path, *INTO)
    assert said.data["statements"][0]["amount"] == "125000000"


def test_every_fault_of_every_delivery_is_told_at_its_cell(run, tmp_path):
    path = tmp_path / "deliveries.csv"
    path.write_text(
        "product,quantity,unit,reference,delivered_on\n"
        "indium.metal,400,t,IN-1,2026-05-02\n"
        "indium.metal,-3,lumps,IN-1,2026-05-02\n"
        "indium.met,1e3,t,,2020-05-02\n",
        "utf-8",
    )
    said = run("settle", "purchase", "dla-indium", "--deliveries", path)
    assert said.status == 3
    for words in (
        "-3 is not",
        "'lumps'",
        "IN-1 is delivered twice",
        "indium.met is not",
        "1e3",
        "is outside",
    ):
        assert words in said.err
    assert said.err.count("deliveries.csv:3") == 3 and said.err.count("deliveries.csv:4") == 4


def test_guaranteed_earnings_are_settled_by_the_year(run):
    said = run("settle", "purchase", "mp-10x-offtake", "--year", "2", "--earned", "100000000")
    assert said.data["statements"][0]["amount"] == "42800000"
    for wrong in (("--year", "2"), ("--earned", "1"), ("--year", "1", "--taken", "1", "--earned", "1")):
        assert run("settle", "purchase", "mp-10x-offtake", *wrong).status == 2
