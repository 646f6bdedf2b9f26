"""The form of the code: lengths, names, imports, docstrings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LONGEST_MODULE = 400
LONGEST_FUNCTION = 70
NAMES_THAT_SAY_NOTHING = {
    "base", "common", "core", "helper", "helpers", "lib", "manager", "managers", "misc", "shared", "stuff",
    "util", "utility", "utilities", "utils",
}  # fmt: skip
ENDINGS_THAT_ARE_HISTORY = ("_v1", "_v2", "_v3", "_old", "_new", "_copy", "_final", "_backup")
OPENS_ROOMS_LATE = ("src/stannary/cli/", "src/stannary/__init__.py")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    """List every function, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def test_no_module_is_longer_than_400_lines(modules: Any) -> None:
    long = {
        module.name: count for module in modules if (count := len(module.text.splitlines())) > LONGEST_MODULE
    }
    assert long == {}


def test_no_function_is_longer_than_70_lines(modules: Any) -> None:
    long = {
        f"{module.name}:{node.lineno} {node.name}": length
        for module in modules
        for node in functions(module.tree)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_every_file_and_folder_has_a_name_that_says_what_it_holds(repository: Any, root: Path) -> None:
    idle = [
        path
        for path in (file.relative_to(root) for file in repository)
        if any(Path(part).stem.lower() in NAMES_THAT_SAY_NOTHING for part in path.parts)
        or any(Path(part).stem.endswith(ENDINGS_THAT_ARE_HISTORY) for part in path.parts)
    ]
    assert idle == []


def test_inner_packages_hold_a_docstring_only(product: Any) -> None:
    inner = [m for m in product if m.path.name == "__init__.py" and m.name != "src/stannary/__init__.py"]
    assert inner
    for module in inner:
        assert len(module.tree.body) == 1, module.name
        assert ast.get_docstring(module.tree), module.name


def test_imports_stand_at_the_top_of_their_file(product: Any) -> None:
    """A command opens its room when it runs, and the root facade a name's home when asked; nobody else."""
    late = [
        f"{module.name}:{inner.lineno}"
        for module in product
        if not module.name.startswith(OPENS_ROOMS_LATE)
        for node in functions(module.tree)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert late == []


def test_a_name_is_imported_from_the_module_that_defines_it(product: Any, root: Path) -> None:
    source = root / "src"
    indirect = [
        f"{module.name}:{node.lineno} {node.module}"
        for module in product
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stannary")
        if not (source / f"{(node.module or '').replace('.', '/')}.py").is_file()
        and not all(_is_module(source, node.module or "", alias.name) for alias in node.names)
    ]
    relative = [
        f"{module.name}:{node.lineno}"
        for module in product
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert indirect == []
    assert relative == []


def _is_module(source: Path, package: str, name: str) -> bool:
    place = source / package.replace(".", "/") / name
    return place.with_suffix(".py").is_file() or place.is_dir()


def test_everything_public_says_what_it_is(product: Any) -> None:
    silent = [
        f"{module.name}:{getattr(node, 'lineno', 1)} {name}"
        for module in product
        for name, node in public(module.tree)
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_a_docstring_opens_with_one_sentence(product: Any) -> None:
    """The first paragraph is short enough to be a sentence and ends like one."""
    rambling = []
    for module in product:
        for name, node in public(module.tree):
            first = (ast.get_docstring(node) or "").partition("\n\n")[0]
            if first and first[-1] not in ".?:`":
                rambling.append(f"{module.name}:{getattr(node, 'lineno', 1)} {name}: {first[-40:]!r}")
    assert rambling == []


Documented = Function | ast.ClassDef | ast.Module


def public(tree: ast.Module) -> Iterator[tuple[str, Documented]]:
    """List a module, its public functions and classes, and the public methods of those classes."""
    yield "module", tree
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            if any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in node.decorator_list):
                continue  # only a type: the function itself comes below
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, Function) and not inner.name.startswith("_"):
                        yield f"{node.name}.{inner.name}", inner
