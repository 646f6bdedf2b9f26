"""Read scenarios from a zone's folder: one YAML file a scenario, every problem listed at once."""

from __future__ import annotations

import difflib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from stannary.atlas.atlas import Atlas
from stannary.charter.charter import Charter
from stannary.charter.document import Node, plain, read_document
from stannary.charter.faults import faults
from stannary.errors import MarketError, NotFoundError, Place, Problem, StannaryError, refuse
from stannary.lineage import fingerprint_text
from stannary.market.scenario import Event, Scenario, ScenarioText
from stannary.market.scenario_checks import Checked, check_event, check_head
from stannary.zone import Zone

__all__ = ["open_scenario", "open_scenarios", "scenario_names"]

DEEPEST = 8
"""How many scenarios may build on one another."""


def open_scenario(name_or_path: str | Path, charter: Charter, atlas: Atlas) -> Scenario:
    """Open a scenario: the name of one in the zone's `scenarios` folder, or the path of a file.

    Raises `NotFoundError` for an unknown name or a missing file, and `MarketError` (STN-SCENARIO-001 to
    003) with every problem of the file, each with its line and column: form, names that charter and atlas
    do not know, days and numbers that do not fit together.
    """
    return _open(_file(name_or_path, charter), charter, atlas, ())


def open_scenarios(zone: Zone) -> tuple[Scenario, ...]:
    """Open every scenario of a zone, by name; raises `MarketError` with the problems of all of them."""
    found: list[Scenario] = []
    problems: list[Problem] = []
    for name in scenario_names(zone.charter):
        try:
            found.append(open_scenario(name, zone.charter, zone.atlas))
        except StannaryError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    refuse(MarketError, problems)
    return tuple(found)


def scenario_names(charter: Charter) -> tuple[str, ...]:
    """Name the scenarios that lie beside a charter."""
    folder = _folder(charter)
    if folder is None or not folder.is_dir():
        return ()
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def _folder(charter: Charter) -> Path | None:
    return None if charter.folder is None else charter.folder.parent / "scenarios"


def _file(name_or_path: str | Path, charter: Charter) -> Path:
    path = Path(name_or_path)
    if isinstance(name_or_path, Path) or path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        if path.is_file():
            return path
        problem = Problem("STN-FOUND-001", "The scenario's file does not exist.", "", Place(str(path)))
        raise NotFoundError([problem])
    names = scenario_names(charter)
    folder = _folder(charter)
    if folder is None or name_or_path not in names:
        near = difflib.get_close_matches(str(name_or_path), names, n=3, cutoff=0.5)
        listed = f"Scenarios here are {', '.join(names)}." if names else "The zone holds no scenarios."
        remedy = f"Did you mean {' or '.join(near)}?" if near else listed
        problem = Problem(
            "STN-FOUND-001", f"There is no scenario {name_or_path!r}.", remedy, Place(path="scenario")
        )
        raise NotFoundError([problem])
    return folder / f"{name_or_path}.yaml"


def _open(path: Path, charter: Charter, atlas: Atlas, trail: tuple[str, ...]) -> Scenario:
    root, found = read_document(path, path.name)
    problems = [_in_our_code(problem, path.name) for problem in found]
    text: ScenarioText | None = None
    if root is not None and not any(problem.code == "STN-CHARTER-002" for problem in found):
        text, more = _read(root, path, charter, atlas)
        empty = {(problem.place.line, problem.place.column) for problem in found}
        problems += [each for each in more if (each.place.line, each.place.column) not in empty]
    before = None
    if text is not None and not problems and root is not None:
        before, more = _built_on(text, root, path, charter, atlas, trail)
        problems += more
    refuse(MarketError, sorted(problems, key=_by_place))
    if text is None or root is None:
        raise MarketError([Problem("STN-SCENARIO-001", "the file holds no scenario.", "", Place(path.name))])
    earlier = before or Scenario(text=text, events=())
    items = root.fields["events"].items if "events" in root.fields else []
    places = tuple(
        Place(path.name, node.line, node.column, f"{path.stem}.events[{index}]")
        for index, node in enumerate(items)
    )
    return Scenario(
        text=text,
        events=(*earlier.events, *text.events),
        places=(*earlier.places, *places),
        file=str(path),
        fingerprint=fingerprint_text(path.read_text("utf-8-sig") + earlier.fingerprint),
    )


def _read(
    root: Node, path: Path, charter: Charter, atlas: Atlas
) -> tuple[ScenarioText | None, list[Problem]]:
    """Read a tree as a scenario; what does not fit its form is listed beside what its good parts name."""
    problems: list[Problem] = []
    text: ScenarioText | None = None
    try:
        text = _adapter(ScenarioText).validate_python(plain(root))
    except ValidationError as error:
        found = faults(ScenarioText, root, path.stem, error)
        problems += [_in_our_code(problem, path.name) for problem in found]
    events: dict[int, Any] = {}
    items = root.fields["events"].items if "events" in root.fields else []
    for index, node in enumerate(items):
        try:
            events[index] = _adapter(Event).validate_python(plain(node))
        except ValidationError:
            continue  # listed above, with its line
    own = _texts(root, "minerals")
    cited = [node.fields["id"].text for node in _items(root, "sources") if "id" in node.fields]
    listed = {each.id for each in charter.citation.sources} | {each.id for each in atlas.sources}
    given = Checked(path.name, path.stem, root, charter, atlas, frozenset(own), frozenset({*listed, *cited}))
    for index, event in events.items():
        problems += check_event(index, event, given)
    if text is not None:
        problems += check_head(text, given)
    return text, problems


def _built_on(
    text: ScenarioText, root: Node, path: Path, charter: Charter, atlas: Atlas, trail: tuple[str, ...]
) -> tuple[Scenario | None, list[Problem]]:
    """Open the scenario this one builds on, and look whether the one to compare with exists."""
    problems = []
    here = {each.stem for each in path.parent.glob("*.yaml")} | set(scenario_names(charter))
    for field in ("builds_on", "compare_with"):
        name = getattr(text, field)
        if name is not None and name not in here:
            near = difflib.get_close_matches(name, sorted(here), n=1)
            node = root.fields[field]
            place = Place(path.name, node.line, node.column, f"{path.stem}.{field}")
            remedy = f"Did you mean {near[0]}?" if near else ""
            problems.append(Problem("STN-SCENARIO-002", f"there is no scenario {name!r}.", remedy, place))
    if problems or text.builds_on is None:
        return None, problems
    if text.builds_on in (*trail, text.id) or len(trail) > DEEPEST:
        node = root.fields["builds_on"]
        place = Place(path.name, node.line, node.column, f"{path.stem}.builds_on")
        message = f"scenarios build on one another in a circle: {' on '.join((*trail, text.id))}."
        return None, [Problem("STN-SCENARIO-003", message, "Remove one of the links.", place)]
    beside = path.parent / f"{text.builds_on}.yaml"
    file = beside if beside.is_file() else _file(text.builds_on, charter)
    return _open(file, charter, atlas, (*trail, text.id)), []


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _items(root: Node, field: str) -> list[Node]:
    return root.fields[field].items if field in root.fields else []


def _texts(root: Node, field: str) -> list[str]:
    return [node.text for node in _items(root, field)]


def _in_our_code(problem: Problem, file: str) -> Problem:
    """Give a problem of the form its code here; sources are listed in the scenario's own file."""
    remedy = problem.remedy.replace("an id that citation.yaml lists", "the id of a source")
    return replace(problem, code="STN-SCENARIO-001", remedy=remedy, place=replace(problem.place, file=file))


def _by_place(problem: Problem) -> tuple[str, int, int]:
    place = problem.place
    return place.file or "", place.line or 0, place.column or 0
