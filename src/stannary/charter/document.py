"""A charter file as text with places: every scalar stays text, every node keeps its line and column.

Law is read literally. ``NO`` is Norway's alpha-2 and no Boolean, ``0010`` is a code and no ten, and a decimal
keeps every digit. What YAML adds beyond plain lists and fields (anchors, aliases, tags, several documents) is
refused: a reader of the law must see what it says where it says it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from stannary.errors import Place, Problem

__all__ = ["DEEPEST", "LONGEST", "Node", "node_at", "plain", "read_document", "shown", "tree_of"]

LONGEST = 16 * 1024 * 1024
"""Bytes a charter file may hold; a longer one is not law but an accident."""

MOST = 500_000
"""Values a charter file may hold."""

DEEPEST = 40
"""How deep lists and fields may lie in one another."""

EMPTY = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(slots=True)
class Node:
    """One value of a file and where it begins (line and column from 1)."""

    kind: str
    line: int
    column: int
    text: str = ""
    items: list[Node] = field(default_factory=list)
    fields: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)


def read_document(path: Path, name: str) -> tuple[Node | None, list[Problem]]:
    """Read one file into a tree of text; `None` and the problems where it is not readable YAML."""
    try:
        if path.stat().st_size > LONGEST:
            message = f"the file is longer than {LONGEST // 1024 // 1024} MiB."
            return None, [_unreadable(name, message, "Split the charter.")]
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        remedy = "Save it as UTF-8."
        return None, [_unreadable(name, f"the file is not UTF-8 text (byte {error.start + 1}).", remedy)]
    except OSError as error:
        return None, [
            _unreadable(name, f"the file cannot be read: {error.strerror}.", "Check its permissions.")
        ]
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=yaml.CBaseLoader):
            builder.take(event)
            if builder.stop:
                break
    except yaml.YAMLError as error:
        builder.problems.append(_syntax(name, error))
    if builder.root is None and not builder.problems:
        builder.problems.append(
            _unreadable(name, "the file is empty.", "Write the article, or remove the file.")
        )
    return builder.root, builder.problems


def tree_of(data: Any) -> Node:
    """Give nested dictionaries, lists and texts as a tree without places: the inverse of `plain`."""
    if isinstance(data, dict):
        return Node("fields", 0, 0, fields={str(key): tree_of(value) for key, value in data.items()})
    if isinstance(data, list | tuple):
        return Node("list", 0, 0, items=[tree_of(item) for item in data])
    return Node("text", 0, 0, str(data))


def plain(node: Node) -> Any:
    """Give a tree as nested dictionaries, lists and texts."""
    if node.kind == "fields":
        return {key: plain(value) for key, value in node.fields.items()}
    if node.kind == "list":
        return [plain(item) for item in node.items]
    return node.text


def node_at(root: Node, path: tuple[str | int, ...]) -> tuple[Node, tuple[str | int, ...]]:
    """Follow a path as far as it goes; give the last node reached and the part of the path followed.

    Steps that name nothing (the tag that chooses among several forms) are passed over.
    """
    node, followed = root, []
    for step in path:
        if node.kind == "fields" and isinstance(step, str) and step in node.fields:
            node = node.fields[step]
        elif node.kind == "list" and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            continue
        followed.append(step)
    return node, tuple(followed)


class _Builder:
    """Build the tree from YAML's events one by one, so that no depth of nesting can exhaust the stack."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.root: Node | None = None
        self.stop = False
        self.count = 0
        self.open: list[Node] = []
        self.pending: list[tuple[str, int, int] | None] = []

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        self.count += 1
        if self.count > MOST:
            self._refuse(event, f"the file holds more than {MOST:,} values.", "Split the charter.")
            return
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.open.pop()
            self.pending.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._refuse(event, "an alias (*) stands for text elsewhere.", "Write the value out.")
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self._refuse(event, "the file holds more than one document.", "Remove the line ---.")

    def _begin(self, event: Any) -> None:
        kind = "fields" if isinstance(event, yaml.MappingStartEvent) else "list"
        self._plain_only(event)
        if len(self.open) >= DEEPEST:
            self._refuse(event, f"values lie more than {DEEPEST} deep.", "Write the article flatter.")
            return
        node = Node(kind, event.start_mark.line + 1, event.start_mark.column + 1)
        self._place(event, node)
        self.open.append(node)
        self.pending.append(None)

    def _scalar(self, event: Any) -> None:
        self._plain_only(event)
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        parent = self.open[-1] if self.open else None
        if parent is not None and parent.kind == "fields" and self.pending[-1] is None:
            self._key(parent, event.value, line, column)
            return
        kind = "empty" if not event.style and event.value in EMPTY else "text"
        self._place(event, Node(kind, line, column, event.value))

    def _key(self, parent: Node, key: str, line: int, column: int) -> None:
        if key in parent.keys:
            message = f"{shown(key)} is given twice, first on line {parent.keys[key][0]}."
            place = Place(self.name, line, column)
            self.problems.append(Problem("STN-CHARTER-013", message, "Keep one of them.", place))
        else:
            parent.keys[key] = (line, column)
        self.pending[-1] = (key, line, column)

    def _place(self, event: Any, node: Node) -> None:
        """Hang a value under its parent."""
        if not self.open:
            if node.kind == "empty":
                self.stop = True
                return
            self.root = node
            return
        parent = self.open[-1]
        if parent.kind == "list":
            parent.items.append(node)
            if node.kind == "empty":
                self._empty("an item of the list", node)
            return
        if self.pending[-1] is None:
            self._refuse(event, "a list or a set of fields stands where a field's name should.", "Name it.")
            return
        key = self.pending[-1][0]
        self.pending[-1] = None
        if node.kind == "empty":
            self._empty(f"`{key}`", node)
        parent.fields.setdefault(key, node)

    def _empty(self, what: str, node: Node) -> None:
        place = Place(self.name, node.line, node.column)
        remedy = "Write the value ([] for an empty list), or leave the line out."
        self.problems.append(Problem("STN-CHARTER-003", f"{what} is left empty.", remedy, place))

    def _plain_only(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse(event, "an anchor (&) names text to be used elsewhere.", "Write the value out.")
        elif event.tag is not None and event.tag != "!":
            self._refuse(
                event, f"the tag {shown(event.tag)} is not known here.", "Remove it; all values are text."
            )

    def _refuse(self, event: Any, message: str, remedy: str) -> None:
        place = Place(self.name, event.start_mark.line + 1, event.start_mark.column + 1)
        self.problems.append(Problem("STN-CHARTER-002", message, remedy, place))
        self.stop = True


def shown(text: str) -> str:
    """Give a text short enough, and plain enough, for a message."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _unreadable(name: str, message: str, remedy: str) -> Problem:
    return Problem("STN-CHARTER-002", message, remedy, Place(name))


def _syntax(name: str, error: yaml.YAMLError) -> Problem:
    """Put a fault of the YAML grammar into plain words."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Place(name) if mark is None else Place(name, mark.line + 1, mark.column + 1)
    fault = getattr(error, "problem", None) or getattr(error, "reason", None) or "its form is broken"
    remedy = "Write `name: value` lines, indented with spaces."
    if "token" in fault and "any" in fault:
        fault, remedy = (
            "a tab or another character that may not begin a value",
            "Indent with spaces, quote the value.",
        )
    return Problem("STN-CHARTER-002", f"the file is not readable YAML: {fault}.", remedy, place)
