"""Results depend on what is passed in: no clock, no dice, no settings read below the faces."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

DICE = {"random", "secrets", "uuid"}
CLOCKS = {
    ("date", "today"), ("datetime", "now"), ("datetime", "today"), ("datetime", "utcnow"),
    ("time", "time"), ("time", "time_ns"), ("time", "localtime"), ("time", "gmtime"), ("time", "strftime"),
}  # fmt: skip
FACES = ("cli", "web")
READ_THE_ENVIRONMENT = ("cli", "web", "settings")


def test_no_engine_asks_the_clock(product: Any) -> None:
    found = [
        f"{module.name}:{node.lineno}"
        for module in product
        if module.room not in FACES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and (_name(node.value), node.attr) in CLOCKS
    ]
    assert found == []


def test_no_engine_throws_dice(product: Any) -> None:
    found = [
        f"{module.name}:{node.lineno}"
        for module in product
        if module.room not in FACES
        for node in ast.walk(module.tree)
        if DICE & set(_imported(node))
    ]
    assert found == []


def test_the_environment_is_read_in_the_faces_and_the_settings_only(product: Any) -> None:
    found = [
        f"{module.name}:{node.lineno}"
        for module in product
        if module.room not in READ_THE_ENVIRONMENT
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and _name(node.value) == "os"
        and node.attr in ("environ", "getenv")
    ]
    assert found == []


def test_only_the_faces_print(product: Any) -> None:
    found = [
        f"{module.name}:{node.lineno}"
        for module in product
        if module.room not in FACES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _name(node.func) == "print"
    ]
    assert found == []


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module.partition(".")[0]
