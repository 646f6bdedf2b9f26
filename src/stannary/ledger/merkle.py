"""Hash trees: one hash for a whole log, and short proofs that a row is in it and that it only grew.

The tree is that of RFC 6962, section 2.1 (SHA-256; 0x00 before a leaf, 0x01 before a node); proofs are made
and checked as RFC 9162, sections 2.1.3 and 2.1.4, says. Leaves are numbered from 0. Pure: the leaf hashes are
read through a function, so that a tree of millions of leaves needs a few hundred kilobytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "EMPTY_ROOT",
    "Consistency",
    "Frontier",
    "Inclusion",
    "Tree",
    "leaf_hash",
    "proves_consistency",
    "proves_inclusion",
    "root_of",
]

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a log without leaves."""

HASH_SIZE = 32
CHUNK_LEVEL = 8
CHUNK = 1 << CHUNK_LEVEL
"""Roots of complete subtrees of so many leaves, and of all larger ones, are kept; smaller ones are not."""

READ_AT_ONCE = 256 * CHUNK


def leaf_hash(data: bytes) -> bytes:
    """Hash the bytes of a row as a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A proof that a leaf has number `index` in a log of `size` leaves: the hashes beside its way up."""

    index: int
    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Consistency:
    """A proof that a log of `old_size` leaves is the beginning of one of `size` leaves."""

    old_size: int
    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree reduced to what appending needs: the roots of its complete subtrees, the largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def grown(self, leaves: Iterable[bytes]) -> Frontier:
        """Give the frontier after more leaf hashes."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            number, carried = size, leaf
            while number & 1:
                carried = _node(peaks.pop(), carried)
                number >>= 1
            peaks.append(carried)
            size += 1
        return Frontier(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """Give the root of the whole."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = _node(peak, root)
        return root


class Tree:
    """A tree over leaf hashes that are read as needed by `read(start, stop)`, with roots and proofs of it.

    What is complete is read once, when the tree is told by `grow` how many leaves there are.
    """

    def __init__(self, read: Callable[[int, int], Sequence[bytes]], size: int = 0) -> None:
        self._read = read
        # levels[k] holds the roots of the complete subtrees of CHUNK * 2**k leaves, from the left
        self._levels: list[list[bytes]] = [[]]
        self._held: tuple[int, int, tuple[bytes, ...]] = (0, 0, ())
        self.size = 0
        self.grow(size)

    def grow(self, size: int) -> None:
        """Take leaves up to `size` into the tree. Raises `ValueError` if it would shrink."""
        if size < self.size:
            raise ValueError(f"a log of {self.size} leaves cannot shrink to {size}")
        complete = size - size % CHUNK
        for start in range(len(self._levels[0]) * CHUNK, complete, READ_AT_ONCE):
            stop = min(start + READ_AT_ONCE, complete)
            leaves = self._read_all(start, stop)
            for first in range(0, stop - start, CHUNK):
                self._add(root_of(leaves[first : first + CHUNK]))
        self.size = size

    def _add(self, root: bytes) -> None:
        for level, roots in enumerate(self._levels):
            roots.append(root)
            if len(roots) & 1:
                return
            root = _node(roots[-2], roots[-1])
            if level + 1 == len(self._levels):
                self._levels.append([root])
                return

    def root(self, size: int | None = None) -> bytes:
        """Give the root as it was at `size` leaves, by default at all."""
        size = self._size(size)
        return self._root_between(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> Inclusion:
        """Prove that leaf `index` is in the log of `size` leaves (RFC 9162, 2.1.3.1)."""
        size = self._size(size)
        if not 0 <= index < size:
            raise ValueError(f"no leaf {index} in a log of {size}")
        start, stop, path = 0, size, []
        while stop - start > 1:
            middle = start + _split(stop - start)
            if index < middle:
                path.append((middle, stop))
                stop = middle
            else:
                path.append((start, middle))
                start = middle
        return Inclusion(index, size, tuple(self._root_between(*span) for span in reversed(path)))

    def consistency(self, old_size: int, size: int | None = None) -> Consistency:
        """Prove that the log of `old_size` leaves begins that of `size` (RFC 9162, 2.1.4.1)."""
        size = self._size(size)
        if not 0 <= old_size <= size:
            raise ValueError(f"a log of {size} leaves does not continue one of {old_size}")
        if old_size in (0, size):
            return Consistency(old_size, size, ())
        start, stop, path = 0, size, []
        while stop != old_size:
            middle = start + _split(stop - start)
            if old_size <= middle:
                path.append((middle, stop))
                stop = middle
            else:
                path.append((start, middle))
                start = middle
        if start:
            path.append((start, stop))
        return Consistency(old_size, size, tuple(self._root_between(*span) for span in reversed(path)))

    def _size(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise ValueError(f"a log of {self.size} leaves has never had {size}")
        return size

    def _root_between(self, start: int, stop: int) -> bytes:
        """Give the root of the leaves from `start`, where a subtree that holds them all begins."""
        count = stop - start
        if count >= CHUNK and count & (count - 1) == 0:
            return self._levels[count.bit_length() - 1 - CHUNK_LEVEL][start // count]
        if count < CHUNK:
            return root_of(self._leaves(start, stop))
        middle = start + _split(count)
        return _node(self._root_between(start, middle), self._root_between(middle, stop))

    def _leaves(self, start: int, stop: int) -> tuple[bytes, ...]:
        # a proof asks for several parts of one chunk, which is read once
        first, last, held = self._held
        if not first <= start < stop <= last:
            first = start - start % CHUNK
            last = max(stop, min(first + CHUNK, self.size))
            held = self._read_all(first, last)
            self._held = (first, last, held)
        return held[start - first : stop - first]

    def _read_all(self, start: int, stop: int) -> tuple[bytes, ...]:
        leaves = tuple(self._read(start, stop))
        if len(leaves) != stop - start:
            raise ValueError(f"leaves {start} to {stop} are not all there")
        return leaves


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Give the root of leaf hashes, all at hand: level by level, an odd one out rising as it is."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    sha256 = hashlib.sha256
    while len(level) > 1:
        odd = level[-1:] if len(level) & 1 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs] + odd
    return level[0]


def _split(count: int) -> int:
    """Give the largest power of two below `count`, where RFC 6962 splits a tree of two leaves or more."""
    return 1 << (count - 1).bit_length() - 1


def proves_inclusion(proof: Inclusion, leaf: bytes, root: bytes) -> bool:
    """Say whether a proof shows that a leaf hash is in the log with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= proof.index < proof.size or not _are_hashes(*proof.path, leaf, root):
        return False
    number, last, found = proof.index, proof.size - 1, leaf
    for beside in proof.path:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = _node(beside, found)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            found = _node(found, beside)
        number >>= 1
        last >>= 1
    return last == 0 and found == root


def proves_consistency(proof: Consistency, old_root: bytes, root: bytes) -> bool:
    """Say whether a proof shows that the log with one root begins that with the other (RFC 9162, 2.1.4.2).

    Of an empty log every log is a continuation; the proof of that, and that of no growth, has no hashes.
    """
    if not 0 <= proof.old_size <= proof.size or not _are_hashes(*proof.path, old_root, root):
        return False
    if proof.old_size == proof.size:
        return not proof.path and old_root == root
    if proof.old_size == 0:
        return not proof.path and old_root == EMPTY_ROOT
    path = proof.path
    if proof.old_size & (proof.old_size - 1) == 0:
        path = (old_root, *path)
    if not path:
        return False
    number, last = proof.old_size - 1, proof.size - 1
    while number & 1:
        number >>= 1
        last >>= 1
    old, new = path[0], path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = _node(beside, old), _node(beside, new)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            new = _node(new, beside)
        number >>= 1
        last >>= 1
    return last == 0 and old == old_root and new == root


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
