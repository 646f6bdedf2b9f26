"""`stannary assess`: a file of entry lines in; determinations, a short answer and a page out."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from stannary.border.assessment import assess as assess_lines
from stannary.border.determinations import Determinations
from stannary.border.workplace import arriving
from stannary.cli.failures import warn
from stannary.cli.options import ANSWER, Form, Place, settings_of, zone_of
from stannary.cli.output import Answer, emit, form_of, json_line, refusing, write_whole
from stannary.cli.waiting import watching
from stannary.errors import Place as Where
from stannary.errors import Problem, UsageError
from stannary.report.findings import Findings, gather
from stannary.report.page import headline, page
from stannary.report.terminal import answer
from stannary.report.told import as_data
from stannary.report.words import cents, count

__all__ = ["FINDINGS", "assess", "status_of"]

FINDINGS = 5
LEVELS = {"adjusted": ("adjusted", "referred"), "referred": ("referred",)}
ROW_FORMS = ("parquet", "csv", "ndjson")
ENDINGS = {".parquet": "parquet", ".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}


def assess(
    file: Annotated[Path, Parameter(help="Entry lines: CSV, Parquet or NDJSON. See: stannary codes columns")],
    /,
    *,
    place: Place | None = None,
    form: Form = None,
    out: Annotated[
        str | None,
        Parameter(
            group=ANSWER,
            metavar="FILE",
            help="The file for the determinations, one row a line: .parquet, .csv or .ndjson; - is standard "
            "output. Without it only the answer is given.",
        ),
    ] = None,
    report: Annotated[
        Path | None, Parameter(group=ANSWER, metavar="FILE", help="The file for a page of the answer, .html.")
    ] = None,
    fail_on: Annotated[
        Literal["adjusted", "referred"] | None,
        Parameter(
            metavar="OUTCOME", help="Leave with code 5 when lines are referred, or adjusted or referred."
        ),
    ] = None,
) -> int:
    """Assess a file of entry lines.

    With --format csv, ndjson or parquet the determinations themselves go to standard output, unless --out
    names a file. Amounts are USD; each is rounded once, to the cent.
    """
    settings = settings_of(place, format=form)
    wanted, target = _destination(settings.format, out)
    _must_differ(file, target, report)
    zone = zone_of(settings)
    with tempfile.TemporaryDirectory(prefix="stannary-") as space:
        written = (
            Path(target) if target not in (None, "-") and wanted == "parquet" else Path(space) / "d.parquet"
        )
        with watching("Assessing") as progress, refusing(written):
            found = assess_lines(
                zone.charter, zone.atlas, file, out=written, progress=progress, memory=settings.memory
            )
        if target is not None and written != Path(target):
            _deliver(found, wanted, target)
        findings = gather(found, zone)
    total = findings.summary.total
    about = f"{file.name}: {count(total.lines, 'line')} worth {cents(total.customs_value_usd)} USD in all."
    if report is not None:
        text = page(
            findings,
            title=file.name,
            about=about,
            method=(f"The lines are those of {file.name}, as declared; each came out once.",),
            command=_command(file, place, out, report),
            files=(target,) if target not in (None, "-") else (),
        )
        write_whole(report, text.encode("utf-8"))
    _tell(
        findings, about, settings.format, target, [str(p) for p in (target, report) if p not in (None, "-")]
    )
    return status_of(findings, fail_on)


def status_of(findings: Findings, fail_on: str | None) -> int:
    """Give the exit code: 5 where lines have an outcome at or above `fail_on`, else 0."""
    return FINDINGS if any(findings.outcome(name).lines for name in LEVELS.get(fail_on or "", ())) else 0


def _destination(form: str | None, out: str | None) -> tuple[str, str | None]:
    """Say in which form and where determinations go: a path, - for standard output, `None` for nowhere."""
    if out is None and form in ROW_FORMS:
        out = "-"
    if form in ROW_FORMS:
        wanted = str(form)
    else:
        wanted = ENDINGS.get(Path(out or "").suffix.lower(), "csv" if out == "-" else "parquet")
    if out == "-" and wanted == "parquet" and sys.stdout.isatty():
        message = "Parquet is not for a terminal."
        raise UsageError([Problem("STN-USAGE-001", message, "Name a file with --out, or use a pipe.")])
    return wanted, out


def _must_differ(file: Path, target: str | None, report: Path | None) -> None:
    named = [Path(path) for path in (target, report) if path not in (None, "-")]
    if len({path.resolve() for path in [file, *named]}) <= len(named):
        message = "The entry lines, the determinations and the page need files of their own."
        raise UsageError([Problem("STN-USAGE-001", message, "Name another file.", Where(str(file)))])


def _deliver(found: Determinations, form: str, target: str) -> None:
    """Write determinations in words to a file, or to standard output."""
    if target != "-":
        with refusing(Path(target)):
            _write(found, form, Path(target))
        return
    with tempfile.TemporaryDirectory(prefix="stannary-") as space:
        path = found.path
        if form != "parquet":
            path = Path(space) / "rows"
            _write(found, form, path)
        sys.stdout.flush()
        with path.open("rb") as stream:
            shutil.copyfileobj(stream, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _write(found: Determinations, form: str, path: Path) -> None:
    """Write determinations in words, in the order of the input; the file appears whole or not at all."""
    if form == "csv":
        found.write_csv(path)
        return
    with arriving(path) as draft, draft.open("w", encoding="utf-8") as stream:
        for row in found.rows():
            stream.write(json_line(row))


def _tell(findings: Findings, about: str, form: str | None, target: str | None, files: list[str]) -> None:
    """Give the short answer: on standard output, or as a sentence on stderr where rows went there."""
    if target == "-":
        warn(headline(findings))
        return
    told = Answer(
        table=lambda: answer(findings, about=about),
        data=as_data(findings, files=files),
    )
    emit(told, None if form in ROW_FORMS else form_of(form))
    if files:
        warn(f"Wrote {' and '.join(files)}.")


def _command(file: Path, place: Place | None, out: str | None, report: Path) -> str:
    words = ["stannary", "assess", str(file)]
    for name in ("zone", "charter", "atlas"):
        value = getattr(place, name, None)
        if value is not None:
            words += [f"--{name}", value]
    if out is not None:
        words += ["--out", out]
    return shlex.join([*words, "--report", str(report)])
