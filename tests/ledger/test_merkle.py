"""The hash tree against a second implementation, the RFC's own vectors, and every byte changed."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency

from stannary.ledger.merkle import (
    CHUNK,
    EMPTY_ROOT,
    Consistency,
    Frontier,
    Inclusion,
    Tree,
    leaf_hash,
    proves_consistency,
    proves_inclusion,
    root_of,
)

MANY = 1_200
LEAVES = [leaf_hash(f"row {number}".encode()) for number in range(MANY)]

# The eight leaves, and the roots of the first one, two, ... of them, of the tests of the Certificate
# Transparency reference implementation (merkletree/merkle_tree_test.cc, Apache 2.0).
VECTORS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@cache
def tree() -> Tree:
    return Tree(lambda start, stop: LEAVES[start:stop], MANY)


@cache
def other() -> InmemoryTree:
    found = InmemoryTree(algorithm="sha256")
    for number in range(MANY):
        found.append_entry(f"row {number}".encode())
    return found


def sizes(least: int = 1) -> st.SearchStrategy[int]:
    around = [size for power in range(11) for size in (2**power - 1, 2**power, 2**power + 1)]
    return st.one_of(
        st.integers(least, MANY), st.sampled_from([size for size in around if least <= size <= MANY])
    )


def test_the_roots_are_those_of_the_reference_implementation() -> None:
    leaves = [leaf_hash(bytes.fromhex(vector)) for vector in VECTORS]
    assert [root_of(leaves[:size]).hex() for size in range(1, 9)] == ROOTS
    assert [Frontier().grown(leaves[:size]).root.hex() for size in range(1, 9)] == ROOTS


def test_an_empty_log_has_the_hash_of_nothing_as_its_root() -> None:
    assert hashlib.sha256().digest() == EMPTY_ROOT == Frontier().root == root_of([]) == tree().root(0)


@given(sizes())
def test_every_way_to_the_root_agrees_with_the_second_implementation(size: int) -> None:
    expected = other().get_root(size)
    assert tree().root(size) == expected
    assert root_of(LEAVES[:size]) == expected
    assert Frontier().grown(LEAVES[:size]).root == expected


@given(sizes(), sizes())
def test_a_frontier_grown_in_parts_is_that_grown_at_once(first: int, last: int) -> None:
    first, last = sorted((first, last))
    parts = Frontier().grown(LEAVES[:first]).grown(LEAVES[first:last])
    assert parts == Frontier().grown(LEAVES[:last])
    assert len(parts.peaks) == last.bit_count()


@given(sizes(), sizes())
def test_a_tree_grown_in_parts_has_every_root_it_ever_had(first: int, last: int) -> None:
    first, last = sorted((first, last))
    grown = Tree(lambda start, stop: LEAVES[start:stop], first)
    grown.grow(last)
    assert (grown.root(first), grown.root()) == (tree().root(first), tree().root(last))


@given(st.data())
def test_inclusion_proofs_are_those_of_the_second_implementation(data: st.DataObject) -> None:
    size = data.draw(sizes())
    index = data.draw(st.integers(0, size - 1))
    proof = tree().inclusion(index, size)
    path = [bytes.fromhex(each) for each in other().prove_inclusion(index + 1, size).serialize()["path"]]
    assert [LEAVES[index], *proof.path] == path
    assert proves_inclusion(proof, LEAVES[index], tree().root(size))


@given(st.data())
def test_consistency_proofs_are_those_the_rfc_defines(data: st.DataObject) -> None:
    size = data.draw(sizes())
    old = data.draw(st.integers(1, size))
    proof = tree().consistency(old, size)
    assert list(proof.path) == _subproof(old, LEAVES[:size], is_whole=True)
    assert proves_consistency(proof, tree().root(old), tree().root(size))
    if old < size:
        assert not proves_consistency(proof, tree().root(old), tree().root(size - 1))


def _subproof(old: int, leaves: list[bytes], *, is_whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162, section 2.1.4.1, word for word."""
    size = len(leaves)
    if old == size:
        return [] if is_whole else [root_of(leaves)]
    split = 1
    while split * 2 < size:
        split *= 2
    if old <= split:
        return [*_subproof(old, leaves[:split], is_whole=is_whole), root_of(leaves[split:])]
    return [*_subproof(old - split, leaves[split:], is_whole=False), root_of(leaves[:split])]


@given(st.data())
def test_the_second_implementation_proves_the_same_roots_consistent(data: st.DataObject) -> None:
    size = data.draw(sizes())
    old = data.draw(st.integers(1, size))
    verify_consistency(tree().root(old), tree().root(size), other().prove_consistency(old, size))


@given(st.data())
def test_a_leaf_elsewhere_or_another_size_is_not_proved(data: st.DataObject) -> None:
    size = data.draw(sizes(2))
    index = data.draw(st.integers(0, size - 1))
    proof, root = tree().inclusion(index, size), tree().root(size)
    elsewhere = data.draw(st.integers(-1, size).filter(lambda other: other != index))
    assert not proves_inclusion(replace(proof, index=elsewhere), LEAVES[index], root)
    assert not proves_inclusion(proof, LEAVES[(index + 1) % size], root)
    assert not proves_inclusion(replace(proof, path=proof.path[:-1]), LEAVES[index], root)
    assert not proves_inclusion(replace(proof, path=(*proof.path, root)), LEAVES[index], root)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (3, 7), (700, 1_025)])
def test_no_byte_of_an_inclusion_proof_can_be_changed(index: int, size: int) -> None:
    proof, root, leaf = tree().inclusion(index, size), tree().root(size), LEAVES[index]
    for part, hashed in enumerate(proof.path):
        for changed in _each_byte_changed(hashed):
            path = (*proof.path[:part], changed, *proof.path[part + 1 :])
            assert not proves_inclusion(replace(proof, path=path), leaf, root)
    assert not any(proves_inclusion(proof, changed, root) for changed in _each_byte_changed(leaf))
    assert not any(proves_inclusion(proof, leaf, changed) for changed in _each_byte_changed(root))


@pytest.mark.parametrize(("old", "size"), [(1, 2), (4, 7), (6, 8), (1_023, 1_150), (512, 1_025)])
def test_no_byte_of_a_consistency_proof_can_be_changed(old: int, size: int) -> None:
    proof, before, after = tree().consistency(old, size), tree().root(old), tree().root(size)
    for part, hashed in enumerate(proof.path):
        for changed in _each_byte_changed(hashed):
            path = (*proof.path[:part], changed, *proof.path[part + 1 :])
            assert not proves_consistency(replace(proof, path=path), before, after)
    assert not any(proves_consistency(proof, changed, after) for changed in _each_byte_changed(before))
    assert not any(proves_consistency(proof, before, changed) for changed in _each_byte_changed(after))
    assert not proves_consistency(replace(proof, path=proof.path[:-1]), before, after)
    assert not proves_consistency(replace(proof, path=(*proof.path, after)), before, after)


def _each_byte_changed(hashed: bytes) -> list[bytes]:
    flipped = [
        hashed[:at] + bytes([hashed[at] ^ 1 << at % 8]) + hashed[at + 1 :] for at in range(len(hashed))
    ]
    return [*flipped, hashed[:-1], hashed + b"\x00", b""]


@given(st.data())
def test_made_up_proofs_prove_nothing_and_break_nothing(data: st.DataObject) -> None:
    paths = st.lists(st.one_of(st.binary(min_size=32, max_size=32), st.binary(max_size=40)), max_size=70)
    numbers = st.integers(-5, 2**65)
    path = tuple(data.draw(paths))
    inclusion = Inclusion(data.draw(numbers), data.draw(numbers), path)
    consistency = Consistency(data.draw(numbers), data.draw(numbers), path)
    assert not proves_inclusion(inclusion, LEAVES[0], tree().root(MANY))
    assert not proves_consistency(consistency, tree().root(7), tree().root(MANY))


def test_every_log_continues_the_empty_one_and_itself_without_hashes() -> None:
    assert tree().consistency(0).path == tree().consistency(MANY).path == ()
    assert proves_consistency(tree().consistency(0), EMPTY_ROOT, tree().root())
    assert proves_consistency(tree().consistency(MANY), tree().root(), tree().root())
    assert not proves_consistency(tree().consistency(0), tree().root(1), tree().root())


def test_what_never_was_cannot_be_asked_for() -> None:
    for ask in (
        lambda: tree().inclusion(MANY),
        lambda: tree().inclusion(-1),
        lambda: tree().consistency(5, 4),
        lambda: tree().root(MANY + 1),
        lambda: Tree(lambda start, stop: LEAVES[start:stop], 9).grow(8),
        lambda: Tree(lambda start, stop: LEAVES[start : stop - 1], CHUNK),
    ):
        with pytest.raises(ValueError, match=r"leaves|leaf"):
            ask()


def test_a_proof_reads_one_chunk_of_leaves_and_no_more() -> None:
    asked: list[tuple[int, int]] = []

    def read(start: int, stop: int) -> list[bytes]:
        asked.append((start, stop))
        return LEAVES[start:stop]

    watched = Tree(read, MANY)
    asked.clear()
    proof = watched.inclusion(300)
    assert sum(stop - start for start, stop in asked) <= 2 * CHUNK
    assert proves_inclusion(proof, LEAVES[300], tree().root())


def test_a_proof_in_a_log_of_262_144_leaves_takes_less_than_a_millisecond() -> None:
    count = 1 << 18
    leaves = [number.to_bytes(32, "big") for number in range(count)]
    large = Tree(lambda start, stop: leaves[start:stop], count)
    root, taken = large.root(), []
    for index in range(0, count, 9_973):
        begun = time.process_time()
        proof = large.inclusion(index)
        taken.append(time.process_time() - begun)
        assert proves_inclusion(proof, leaves[index], root)
    assert sorted(taken)[len(taken) // 2] < 0.001
