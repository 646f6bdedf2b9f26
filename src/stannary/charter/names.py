"""Check the names a charter uses: every source listed, every product defined, none given twice, no cycle."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from stannary.charter.charter import ARTICLES, Charter
from stannary.charter.citation import Sourced
from stannary.charter.membership import SETS
from stannary.charter.walk import Path, walk, written_fields
from stannary.dated import FIRST_DAY, LAST_DAY
from stannary.errors import Problem

__all__ = ["check_cycles", "check_exclusive_sets", "check_known_names", "check_sources", "check_unique_names"]

NAMES_A_PRODUCT = ("product", "content_of")
NAME_PRODUCTS = ("products", "eligible_products")
NAME_SETS = ("eligible_sets", "excluded_sets")


def check_sources(charter: Charter) -> Iterator[Problem]:
    """List sources that are cited and that citation.yaml does not list (007)."""
    listed = {source.id for source in charter.citation.sources}
    for article, value in charter.articles.items():
        for path, form in walk(value):
            if isinstance(form, Sourced) and form.source is not None and form.source not in listed:
                place = charter.place(article, *path, "source")
                message = f"`{form.source}` is cited, but citation.yaml lists no such source."
                yield Problem("STN-CHARTER-007", message, _near(form.source, listed, "sources"), place)


def check_known_names(charter: Charter) -> Iterator[Problem]:
    """List products and sets that are named and not defined (010)."""
    products = {product.id for product in charter.scope.products}
    for article, value in charter.articles.items():
        for path, form in walk(value):
            for name, where in _named(form, NAMES_A_PRODUCT, NAME_PRODUCTS):
                if name not in products:
                    yield _unknown(charter, "product", name, products, (article, *path, *where))
            for name, where in _named(form, ("of",), NAME_SETS):
                if name not in SETS:
                    yield _unknown(charter, "set of economies", name, SETS, (article, *path, *where))
    for set_name in charter.membership.names:
        if set_name not in SETS:
            yield _unknown(charter, "set of economies", set_name, SETS, ("membership", "names", set_name))
    if charter.review is not None:
        yield from _review_subjects(charter, products)


def check_unique_names(charter: Charter) -> Iterator[Problem]:
    """List ids, products and codes that are given twice where each may be given once (013)."""
    for article, value in charter.articles.items():
        for path, form in walk(value):
            for name, written in written_fields(type(form)):
                items = getattr(form, name)
                if isinstance(items, tuple) and items and hasattr(items[0], "__dataclass_fields__"):
                    yield from _twice(charter, (article, *path, written), items)
    for index, product in enumerate(charter.scope.products):
        yield from _codes_twice(charter, index, product)


def check_cycles(charter: Charter) -> Iterator[Problem]:
    """List products that, along their inputs or contents, are made of themselves (011)."""
    upstream = {
        product.id: [each.product for each in product.inputs]
        + ([product.content_of] if product.content_of else [])
        for product in charter.scope.products
    }
    indexes = {product.id: index for index, product in enumerate(charter.scope.products)}
    done: set[str] = set()
    for first in upstream:
        trail: list[str] = []
        stack = [(first, iter(upstream[first]))] if first not in done else []
        trail += [first] if stack else []
        while stack:
            product, inputs = stack[-1]
            following = next((each for each in inputs if each in upstream and each not in done), None)
            if following is None:
                done.add(product)
                stack.pop()
                trail.pop()
            elif following in trail:
                circle = [*trail[trail.index(following) :], following]
                place = charter.place("scope", "products", indexes[following])
                message = f"products form a cycle: {' from '.join(circle)}."
                yield Problem("STN-CHARTER-011", message, "Remove one of these inputs.", place)
            else:
                trail.append(following)
                stack.append((following, iter(upstream[following])))


def check_exclusive_sets(charter: Charter) -> Iterator[Problem]:
    """List economies that are a party and a covered economy on one day (015)."""
    membership = charter.membership
    for index, covered in enumerate(membership.covered_economies):
        for party in membership.parties:
            both = party.economy == covered.economy and "suspended" not in (party.status, covered.status)
            start = max(party.start, covered.start)
            if both and start <= min(party.end or LAST_DAY, covered.end or LAST_DAY):
                place = charter.place("membership", "covered_economies", index)
                message = f"{covered.economy} is both a party and a covered economy on {start}."
                yield Problem("STN-CHARTER-015", message, "End one of the two the day before.", place)


# -- how each is found --------------------------------------------------------------------------------------


def _named(form: Any, single: Iterable[str], several: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """List the names a form holds in its fields of these kinds, with their place in it."""
    for field in single:
        name = getattr(form, field, None)
        if isinstance(name, str):
            yield name, (field,)
    for field in several:
        names = getattr(form, field, ())
        if isinstance(names, tuple) and all(isinstance(name, str) for name in names):
            yield from ((name, (field, index)) for index, name in enumerate(names))


def _review_subjects(charter: Charter, products: set[str]) -> Iterator[Problem]:
    subjects = {"charter", *ARTICLES}
    for path, form in walk(charter.review):
        subject = getattr(form, "subject", None)
        if subject is None or subject in subjects:
            continue
        article, _, product = subject.partition(".")
        if article not in subjects or product not in products:
            where = ("review", *path, "subject")
            yield _unknown(charter, "article, or article.product,", subject, subjects, where)


def _unknown(charter: Charter, what: str, name: str, known: Iterable[str], path: Path) -> Problem:
    message = f"`{name}` is no {what} that the charter defines."
    return Problem(
        "STN-CHARTER-010", message, _near(name, known, "names"), charter.place(str(path[0]), *path[1:])
    )


def _near(name: str, known: Iterable[str], what: str) -> str:
    ordered = sorted(known)
    near = difflib.get_close_matches(name, ordered, n=1)
    if near:
        return f"Did you mean `{near[0]}`?"
    return f"Known {what}: {', '.join(ordered[:12])}{', …' if len(ordered) > 12 else ''}." if ordered else ""


KEYS = {
    "Citation": "id", "Product": "id", "ReferencePrice": "product", "ProductFloor": "product",
    "RuleInForce": "id", "OriginTest": "id", "OriginRate": "origin", "Incoterm": "term", "Relief": "id",
    "ChainInput": "product",
}  # fmt: skip
"""What may be given once in a list of each form; others are told apart by `id`."""


def _twice(charter: Charter, path: Path, items: tuple[Any, ...]) -> Iterator[Problem]:
    key = KEYS.get(type(items[0]).__name__, "id")
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        name = getattr(item, key, None)
        if name is None:
            continue
        if name in seen:
            yield _given_twice(charter, name, (*path, seen[name]), (*path, index, key))
        else:
            seen[name] = index


def _codes_twice(charter: Charter, index: int, product: Any) -> Iterator[Problem]:
    """A product may claim a code again only for other days."""
    lines = product.codes
    for later, line in enumerate(lines):
        for earlier in range(later):
            same = lines[earlier].code == line.code
            if same and _share_a_day(lines[earlier], line):
                path: Path = ("scope", "products", index, "codes")
                yield _given_twice(charter, line.code, (*path, earlier), (*path, later, "code"))
                break


def _share_a_day(first: Any, second: Any) -> bool:
    start: date = max(first.start or FIRST_DAY, second.start or FIRST_DAY)
    return bool(start <= min(first.end or LAST_DAY, second.end or LAST_DAY))


def _given_twice(charter: Charter, name: str, first: Path, second: Path) -> Problem:
    line = charter.place(str(first[0]), *first[1:]).line
    where = f", first on line {line}" if line else ""
    place = charter.place(str(second[0]), *second[1:])
    return Problem("STN-CHARTER-013", f"`{name}` is given twice{where}.", "Keep one of them.", place)
