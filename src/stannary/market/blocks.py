"""Solve block-tridiagonal linear systems with a few dense rows and columns at the border."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from stannary.market.slopes import Blocks

__all__ = ["Bordered", "apply", "solve", "transposed"]


class Bordered(NamedTuple):
    """A block-tridiagonal matrix with W more rows and columns.

    ``[[blocks, columns], [rows, corner]]``: `columns` ``layer row wedge``, `rows` ``wedge layer column``.
    """

    blocks: Blocks
    columns: Array
    rows: Array
    corner: Array


def solve(matrix: Bordered, right: Array, border: Array) -> tuple[Array, Array]:
    """Solve for ``layer row`` and ``wedge`` unknowns; no pivoting between blocks is needed here."""
    if border.shape[0] == 0:
        return _eliminate(matrix.blocks, right[..., None])[..., 0], border
    sides = jnp.concatenate([right[..., None], matrix.columns], axis=-1)
    solved = _eliminate(matrix.blocks, sides)
    without, influence = solved[..., 0], solved[..., 1:]
    corner = matrix.corner - jnp.einsum("wkn,knv->wv", matrix.rows, influence)
    moved = jnp.linalg.solve(corner, border - jnp.einsum("wkn,kn->w", matrix.rows, without))
    return without - jnp.einsum("knw,w->kn", influence, moved), moved


def apply(matrix: Bordered, inner: Array, border: Array) -> tuple[Array, Array]:
    """Multiply the matrix with a vector in two parts."""
    diagonal, lower, upper = matrix.blocks
    product = jnp.einsum("kmn,kn->km", diagonal, inner)
    product = product.at[1:].add(jnp.einsum("kmn,kn->km", lower[1:], inner[:-1]))
    product = product.at[:-1].add(jnp.einsum("kmn,kn->km", upper[:-1], inner[1:]))
    product = product + jnp.einsum("knw,w->kn", matrix.columns, border)
    return product, jnp.einsum("wkn,kn->w", matrix.rows, inner) + matrix.corner @ border


def transposed(matrix: Bordered) -> Bordered:
    """Turn rows into columns."""
    diagonal, lower, upper = (jnp.swapaxes(each, -1, -2) for each in matrix.blocks)
    empty = jnp.zeros_like(diagonal[:1])
    blocks = Blocks(diagonal, jnp.concatenate([empty, upper[:-1]]), jnp.concatenate([lower[1:], empty]))
    rows, columns = jnp.moveaxis(matrix.columns, -1, 0), jnp.moveaxis(matrix.rows, 0, -1)
    return Bordered(blocks, columns, rows, matrix.corner.T)


def _eliminate(blocks: Blocks, sides: Array) -> Array:
    """Eliminate layer after layer, then substitute back. `sides` is ``layer row right-hand-side``."""
    size = sides.shape[-2]
    if sides.shape[0] == 1:
        return gauss(blocks.diagonal[0], sides[0])[None]

    def forward(carry: tuple[Array, Array], layer: tuple[Array, Array, Array, Array]):  # type: ignore[no-untyped-def]
        before_upper, before_sides = carry
        diagonal, lower, upper, side = layer
        pivot = diagonal - lower @ before_upper
        solved = gauss(pivot, jnp.concatenate([upper, side - lower @ before_sides], axis=-1))
        carry = solved[:, :size], solved[:, size:]
        return carry, carry

    start = jnp.zeros((size, size)), jnp.zeros_like(sides[0])
    _, (uppers, reduced) = jax.lax.scan(forward, start, (*blocks, sides), unroll=True)

    def backward(after: Array, layer: tuple[Array, Array]) -> tuple[Array, Array]:
        upper, side = layer
        found = side - upper @ after
        return found, found

    _, solution = jax.lax.scan(
        backward, jnp.zeros_like(sides[0]), (uppers, reduced), reverse=True, unroll=True
    )
    return solution


def gauss(matrix: Array, sides: Array) -> Array:
    """Solve by Gauss-Jordan elimination without pivoting, all of a batch in step.

    The diagonal dominates in these blocks (a price moves its own market most), so no pivot is small.
    """
    size = matrix.shape[-1]
    whole = jnp.concatenate([matrix, sides], axis=-1)
    places = jnp.arange(size)

    def clear(place: int, whole: Array) -> Array:
        row = jax.lax.dynamic_index_in_dim(whole, place, -2, keepdims=False)
        row = row / jax.lax.dynamic_index_in_dim(row, place, -1, keepdims=True)
        column = jax.lax.dynamic_index_in_dim(whole, place, -1, keepdims=False)
        factors = jnp.where(places == place, 0.0, column)
        base = jnp.where((places == place)[:, None], row[None, :], whole)
        cleared: Array = base - factors[:, None] * row[None, :]
        return cleared

    solved: Array = jax.lax.fori_loop(0, size, clear, whole)[:, size:]
    return solved
