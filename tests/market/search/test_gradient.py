"""Gradients with respect to policy agree with differences, and say where they are those of a kink."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from stannary.market.gauges import gains_of
from stannary.market.gradient import differences, gradient, sharpened
from stannary.market.path import path

from .worlds import pair, plan, turned

KNOBS = turned("floor", "strike")


def welfare(layout, changes, kept):
    found = gains_of(layout, kept)
    return jnp.sum((found["users"] + found["treasury"] + found["producers"]) * changes["zone"])


def paid(layout, changes, kept):
    # what producers gain is exact only at unrounded kinks (by the envelope theorem)
    found = gains_of(layout, kept)
    return -jnp.sum((found["users"] + found["treasury"]) * changes["zone"])


def test_a_gradient_agrees_with_central_differences():
    at = [118.0, 125.0]
    slope = gradient(pair(), plan(), KNOBS, at, welfare)
    left, right = differences(pair(), plan(), KNOBS, at, welfare, steps=[1e-2, 1e-2])
    assert np.allclose(slope.gradient, 0.5 * (left + right), rtol=1e-5)
    assert (np.abs(slope.gradient) > 1e-3).all()


def test_a_rounded_gradient_agrees_with_differences_of_the_rounded_market():
    at = [104.0, 108.0]
    slope = gradient(pair(), plan(), KNOBS, at, paid, smoothing=1e-2)
    left, right = differences(pair(), plan(), KNOBS, at, paid, smoothing=1e-2, steps=[1e-2, 1e-2])
    assert np.allclose(slope.gradient, 0.5 * (left + right), rtol=1e-5)


def test_sharper_kinks_settle_away_from_one_and_not_at_one():
    model = pair()
    away = sharpened(model, plan(), KNOBS, [130.0, 0.0], welfare)
    assert away[-1].is_settled
    # a floor at the supplier's own price is just met: to the left nothing happens, to the right it does
    met = float(path(model, plan()).record.price[0, 0, 0, 1])
    left, right = differences(model, plan(), KNOBS, [met, 0.0], welfare, steps=[1e-3, 1e-3])
    assert abs(left[0]) < 1e-6
    assert abs(right[0]) > 1e-2
    rounded = gradient(model, plan(), KNOBS, [met, 0.0], welfare, smoothing=1e-4).gradient[0]
    assert min(left[0], right[0]) - 1e-3 <= rounded <= max(left[0], right[0]) + 1e-3
