"""UN Comtrade through its own client: called as it is, its printed errors read, its answers kept."""

from __future__ import annotations

import ast
import importlib.util
import inspect
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from stannary.atlas.cache import AnswerCache
from stannary.atlas.importers import comtrade
from stannary.atlas.importers.comtrade import ComtradeQuery, import_comtrade, plain_value
from stannary.atlas.importers.facts import ImportedFact
from stannary.atlas.importers.patience import Patience
from stannary.errors import AtlasError, SourceUnavailableError

KEY = "fedcba9876543210fedcba9876543210"
QUERY = ComtradeQuery(reporter="842", commodity="280530", period="2024")
RECORD: dict[str, Any] = {
    "reporterISO": "USA", "partnerISO": "CHN", "flowCode": "M", "cmdCode": "280530", "period": "2024",
    "primaryValue": 12345.678, "netWgt": 250.0, "isNetWgtEstimated": False, "qty": float("nan"),
    "qtyUnitAbbr": "kg", "isQtyEstimated": False,
}  # fmt: skip


class Frame:
    """A table as the client gives it, by the one method that is used of it."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.records = records

    def to_dict(self, orient: str) -> list[dict[str, Any]]:
        assert orient == "records"
        return self.records


class Client:
    """Stands where the client's function stands: gives frames, or prints and gives nothing."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.calls.append((arguments, named))
        answer = self.answers.pop(0) if self.answers else Frame([RECORD])
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, str):
            print(answer)  # noqa: T201  (the client prints its errors, and so does this one)
            return None
        return answer


def imported(
    client: Client, folder: Path, *queries: ComtradeQuery, key: str | None = KEY
) -> list[ImportedFact]:
    patience = Patience((0, 0), lambda _: None)
    return list(
        import_comtrade(
            AnswerCache(folder),
            queries=queries or (QUERY,),
            key=key,
            patience=patience,
            fetch=client,
        )
    )


def signature_of(name: str) -> inspect.Signature:
    """Read a function's signature from the installed client's source, without opening the client."""
    package = importlib.util.find_spec("comtradeapicall")
    assert package is not None and package.origin is not None
    tree = ast.parse((Path(package.origin).parent / "PreviewGet.py").read_text(encoding="utf-8"))
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    names = [argument.arg for argument in function.args.args]
    needed = len(names) - len(function.args.defaults)
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature(
        [
            inspect.Parameter(each, kind, default=inspect.Parameter.empty if at < needed else None)
            for at, each in enumerate(names)
        ]
    )


@pytest.mark.parametrize(("function", "before"), [("getFinalData", (KEY,)), ("previewFinalData", ())])
def test_the_call_fits_the_signature_of_the_client_that_is_installed(
    tmp_path: Path, function: str, before: tuple[str, ...]
) -> None:
    client = Client()
    imported(client, tmp_path, key=KEY if before else None)
    arguments, named = client.calls[0]
    assert arguments == before
    signature_of(function).bind(*arguments, **named)


def test_the_client_itself_is_asked_unless_told_otherwise_or_its_absence_is_said() -> None:
    if comtrade.comtradeapicall is None:
        with pytest.raises(SourceUnavailableError, match=r"STN-SOURCE-006.*stannary\[comtrade\]"):
            comtrade.installed_client(with_key=True)
    else:
        functions = [comtrade.installed_client(with_key=with_key) for with_key in (True, False)]
        assert [function.__name__ for function in functions] == ["getFinalData", "previewFinalData"]


def test_breakdowns_are_asked_for_as_totals_and_months_as_months(tmp_path: Path) -> None:
    client = Client()
    imported(client, tmp_path, ComtradeQuery(reporter="276", commodity="81", period="202403", flow="X"))
    named = client.calls[0][1]
    assert (named["partner2Code"], named["motCode"], named["customsCode"]) == ("0", "0", "C00")
    assert (named["freqCode"], named["maxRecords"]) == ("M", 100_000)


def test_values_survive_the_data_frame_exactly(tmp_path: Path) -> None:
    value, mass = imported(Client(), tmp_path)
    assert (value.value, mass.value) == (Decimal("12345.678"), Decimal(250))


def test_a_second_run_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    later = ComtradeQuery(reporter="842", commodity="280530", period="2025")
    first = imported(Client(), tmp_path)
    client = Client()
    assert imported(client, tmp_path, QUERY, later)[:2] == first
    assert [named["period"] for _, named in client.calls] == ["2025"]


def test_an_answer_of_the_preview_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    imported(Client(), tmp_path, key=None)
    client = Client()
    imported(client, tmp_path)
    assert len(client.calls) == 1


def test_the_key_is_never_written_to_disk(tmp_path: Path) -> None:
    imported(Client(Frame([{**RECORD, "cmdDesc": f"echo {KEY}"}])), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    for path in tmp_path.iterdir():
        assert KEY.encode() not in path.read_bytes()


def test_a_busy_source_is_asked_again_and_then_given_up(tmp_path: Path) -> None:
    busy = '{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds." }'
    assert len(imported(Client(busy, busy), tmp_path)) == 2
    client = Client(busy, busy, busy)
    with pytest.raises(SourceUnavailableError, match="429"):
        imported(client, tmp_path / "other")
    assert len(client.calls) == 3


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        (
            '{ "statusCode": 401, "message": "Access denied: invalid subscription key." }',
            "STN-SOURCE-004",
        ),
        ('{ "statusCode": 403, "message": "Out of call volume quota." }', "STN-SOURCE-002"),
        ('{ "error": "cmdCode is not valid" }', "STN-SOURCE-002"),
    ],
)
def test_an_error_that_waiting_would_not_mend_is_raised_at_once(
    tmp_path: Path, printed: str, code: str
) -> None:
    client = Client(printed)
    with pytest.raises(SourceUnavailableError, match=code):
        imported(client, tmp_path)
    assert len(client.calls) == 1


def test_a_lost_connection_does_not_give_the_key_away(tmp_path: Path) -> None:
    lost = f"Request error: Max retries exceeded with url: /data/v1/get?subscription-key={KEY}"
    with pytest.raises(SourceUnavailableError, match="STN-SOURCE-001") as caught:
        imported(Client(lost, ValueError(KEY), KeyError("data")), tmp_path)
    assert KEY not in str(caught.value)


def test_an_answer_cut_short_is_refused_and_not_kept(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailableError, match="STN-SOURCE-005"):
        imported(Client(Frame([RECORD] * 500)), tmp_path, key=None)
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_no_records_are_no_rows(tmp_path: Path) -> None:
    assert imported(Client(Frame([])), tmp_path) == []


def test_answers_that_are_kept_need_no_client(tmp_path: Path) -> None:
    first = imported(Client(), tmp_path)
    assert list(import_comtrade(AnswerCache(tmp_path), queries=[QUERY], key=KEY)) == first


def test_questions_in_another_form_are_all_named(tmp_path: Path) -> None:
    client = Client()
    wrong = ComtradeQuery(reporter="USA", commodity="2805", period="24", flow="imports", partner="x")
    with pytest.raises(AtlasError) as caught:
        imported(client, tmp_path, wrong)
    assert len(caught.value.problems) == 4
    assert client.calls == []


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        (float("nan"), None),
        (float("inf"), None),
        (12.0, 12),
        (1.5, 1.5),
        ("a", "a"),
        (True, True),
        (None, None),
    ],
)
def test_a_cell_of_a_frame_is_plain_json(cell: object, plain: object) -> None:
    assert plain_value(cell) == plain
