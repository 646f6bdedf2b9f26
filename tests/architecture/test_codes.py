"""One catalogue of error codes: each is used, and none is used that it does not list."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from stannary.border.codes import REASONS
from stannary.errors import CATALOGUE

CODE = re.compile(r"STN-[A-Z]+-\d{3}")
OPEN_CODE = re.compile(r"STN-[A-Z]+-$")
NUMBER = re.compile(r"\d{3}")


def test_every_code_of_the_catalogue_is_used(product: Any) -> None:
    used = {code for module in product if module.room != "errors" for code in codes_in(module.tree)}
    assert sorted(set(CATALOGUE) - used) == []


def test_every_code_used_is_in_the_catalogue(product: Any) -> None:
    unknown = {
        f"{module.name}: {code}"
        for module in product
        for code in CODE.findall(module.text)
        if code not in CATALOGUE
    }
    assert sorted(unknown) == []


def test_every_code_has_the_one_form_and_a_sentence() -> None:
    for code, sentence in CATALOGUE.items():
        assert CODE.fullmatch(code), code
        assert sentence.endswith("."), code


def test_a_reason_has_one_code_and_one_name() -> None:
    assert [code for code, times in Counter(reason.code for reason in REASONS).items() if times > 1] == []
    assert [name for name, times in Counter(reason.name for reason in REASONS).items() if times > 1] == []


def codes_in(tree: ast.Module) -> Iterator[str]:
    """List the codes a module can raise: those written out, and an area with the numbers put behind it."""
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    numbers = [text for text in texts if NUMBER.fullmatch(text)]
    for text in texts:
        yield from CODE.findall(text)
        if OPEN_CODE.search(text):
            yield from (text + number for number in numbers)
