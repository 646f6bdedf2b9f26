"""Read a charter from its folder: one YAML file an article, every problem listed at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from stannary.charter.charter import ARTICLES, REQUIRED, Charter
from stannary.charter.checks import check
from stannary.charter.document import Node, plain, read_document
from stannary.charter.faults import faults
from stannary.errors import CharterError, Place, Problem, refuse
from stannary.lineage import fingerprint_folder

__all__ = ["open_charter", "read_articles", "validated"]


def open_charter(folder: Path | str) -> Charter:
    """Open the charter in a folder, or refuse it with every problem found.

    Raises `CharterError` for a missing folder or file, unreadable YAML, missing, unknown or ill-formed
    fields, numbers without a source, and for everything `checks.check` finds to be an error.
    """
    folder = Path(folder)
    articles, documents, problems = read_articles(folder)
    refuse(CharterError, problems)
    charter = Charter(
        **articles,
        folder=folder,
        fingerprint=fingerprint_folder(folder, (".yaml",)),
        documents=documents,
    )
    refuse(CharterError, check(charter))
    return charter


def read_articles(folder: Path) -> tuple[dict[str, Any], dict[str, Node], list[Problem]]:
    """Read every article of a folder: the articles, the files they came from, and all problems."""
    names, problems = _files(folder)
    articles: dict[str, Any] = {}
    documents: dict[str, Node] = {}
    for name in names:
        root, found = read_document(folder / f"{name}.yaml", f"{name}.yaml")
        problems += found
        # A file with a repeated or an empty field is still read on, to list its other problems too.
        if root is None or any(problem.code == "STN-CHARTER-002" for problem in found):
            continue
        documents[name] = root
        article, wrong = validated(ARTICLES[name], root, name)
        empty = {(problem.place.line, problem.place.column) for problem in found}
        problems += [p for p in wrong if (p.place.line, p.place.column) not in empty]
        if article is not None:
            articles[name] = article
    return articles, documents, sorted(problems, key=_by_place)


def _by_place(problem: Problem) -> tuple[str, int, int]:
    place = problem.place
    return place.file or "", place.line or 0, place.column or 0


def validated(kind: type, root: Node, name: str) -> tuple[Any, list[Problem]]:
    """Read a tree of text as one article; `None` and the problems where it does not fit."""
    data = plain(root)
    try:
        return _adapter(kind).validate_python(data), []
    except ValidationError as error:
        return None, faults(kind, root, name, error)


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _files(folder: Path) -> tuple[list[str], list[Problem]]:
    """List the articles present in a folder, and what is missing or does not belong."""
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        remedy = "Name the folder that holds citation.yaml and the other articles."
        return [], [Problem("STN-CHARTER-001", f"the charter's folder {what}.", remedy, Place(str(folder)))]
    if not any((folder / f"{name}.yaml").exists() for name in REQUIRED):
        remedy = f"A charter is a folder that holds {', '.join(f'{name}.yaml' for name in REQUIRED)}."
        message = "the folder holds no article of a charter."
        return [], [Problem("STN-CHARTER-001", message, remedy, Place(str(folder)))]
    problems = []
    present = []
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".yaml", ".yml"):
            continue
        name = path.relative_to(folder).as_posix()
        stem = name.removesuffix(".yaml")
        if stem in ARTICLES and path.is_file():
            present.append(stem)
        elif stem in ARTICLES:
            remedy = "Put the article's text in a file of this name."
            problems.append(Problem("STN-CHARTER-001", "this is a folder, not a file.", remedy, Place(name)))
        else:
            remedy = f"Articles are {', '.join(f'{stem}.yaml' for stem in ARTICLES)}."
            problems.append(Problem("STN-CHARTER-004", "no article has this name.", remedy, Place(name)))
    for name in REQUIRED:
        if name not in present and not (folder / f"{name}.yaml").exists():
            remedy = f"Add {name}.yaml; the reference page on the charter's format lists its fields."
            problems.append(
                Problem("STN-CHARTER-001", "the article is missing.", remedy, Place(f"{name}.yaml"))
            )
    return present, problems
