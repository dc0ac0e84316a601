"""What the hybrid rules take an update to cost is what theory derives: exactly, at many sizes.

The two are written independently: simulations never read theory, so the rules that decide by a
predicted cost have a definition of their own. Here they are compared in the same floating point.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import jax.numpy as jnp
import numpy as np
import pytest

from update_magnitude.simulations.engines.dense import Task
from update_magnitude.simulations.engines.signals import TOO_MUCH, Seen, gain_and_spread, signals
from update_magnitude.simulations.networks.costs import predicted_costs
from update_magnitude.simulations.numerics.least_norm import moving
from update_magnitude.simulations.numerics.precision import computing_in
from update_magnitude.theory.results.magnitude import MEAN, change_of
from update_magnitude.theory.results.symbols import D_S, N, a, alpha, b, c, g, m, n, overlap
from update_magnitude.theory.results.update import moments_at

SIZES = [(1, 3), (2, 9), (5, 12), (12, 5), (20, 4), (7, 7), (6, 7), (8, 7), (40, 60), (90, 30)]
SCALES = [Fraction(1), Fraction(1, 2), Fraction(3, 4)]


def derived(size: int, samples: int, scale: Fraction, drift: Fraction, step: Fraction,
            noise: Fraction) -> Fraction:  # fmt: skip
    """What an update adds to the mean of both risks, by theory; ⟨e_S, d_S⟩ = ‖δ_S‖² − ‖d_S‖²."""
    moments = moments_at(samples, size)
    form = change_of(MEAN).result.subs(
        {g: moments.g, a: moments.a, b: moments.b, c: moments.c}, simultaneous=True
    )
    known = {m: size, n: samples, alpha: scale, D_S: drift, overlap: step - drift, N: noise}
    found = form.subs({symbol: _exact(value) for symbol, value in known.items()})
    return Fraction(int(found.p), int(found.q))


def _exact(value: Fraction | int):
    from sympy import Rational

    return Rational(Fraction(value).numerator, Fraction(value).denominator)


@pytest.mark.parametrize(("size", "samples"), SIZES)
def test_gain_and_spread_are_those_of_result_u(size, samples):
    with computing_in("float64"):
        found = [float(entry) for entry in gain_and_spread(jnp.asarray(float(size)), samples)]
    if moments_at(samples, size) is None:
        assert found == [min(size, samples) / size, TOO_MUCH]
        return
    wanted = moments_at(samples, size)
    at = {n: samples, m: size}
    assert found == [float(wanted.g.subs(at)), float((size * wanted.c).subs(at))]
    other = {n: samples + 1, m: size}  # a negative control: one sample more
    assert found[1] != float((size * wanted.c).subs(other))


@pytest.mark.parametrize(("shared", "specific", "samples"), [(6, 3, 12), (8, 5, 20), (30, 6, 2)])
@pytest.mark.parametrize("scale", SCALES)
def test_the_signal_is_what_theory_says_training_all_blocks_costs_more(
    shared, specific, samples, scale
):
    """From gradients of whole numbers, so that all squares are exact."""
    rng = np.random.default_rng([shared, samples])
    own, step = (rng.integers(-3, 4, shared + specific) for _ in range(2))
    misfit = Fraction(int(own @ own) + 7, 1)
    found = signal(own, step, misfit, (shared, specific), samples, scale)
    blocks = (slice(None), slice(shared, None))
    costs = []
    for block in blocks:
        drift, moved = int(own[block] @ own[block]), int(step[block] @ step[block])
        size = len(own[block])
        costs.append(
            derived(size, samples, scale, Fraction(drift), Fraction(moved), misfit - drift)
        )
    wanted = costs[0] - costs[1]
    assert found == pytest.approx(float(wanted), rel=1e-13)
    if scale != 1:  # a negative control: without the scale
        whole = signal(own, step, misfit, (shared, specific), samples, Fraction(1))
        assert whole != pytest.approx(float(wanted), rel=1e-3)


def signal(own: np.ndarray, step: np.ndarray, misfit: Fraction, sizes: tuple[int, int],
           samples: int, scale: Fraction) -> float:  # fmt: skip
    """The signal ``predicted`` of made-up gradients: both halves of a batch alike."""
    with computing_in("float64"):
        gradients = [
            jnp.asarray(np.broadcast_to(one, (3, 1, 1, len(one))), float)
            for one in (own, step, np.zeros_like(step))
        ]
        task = Task(
            jnp.asarray(0),
            jnp.zeros((1, sum(sizes))),
            jnp.zeros(1),
            jnp.asarray([float(scale)]),
            jnp.zeros(1, bool),
            moving([(True, True), (False, True)], [[1]], sizes),
        )
        seen = Seen(*gradients, misfit=jnp.asarray([[float(misfit)]]))
        return float(signals(seen, task, sizes, samples)[3].item())


@pytest.mark.parametrize("equations", [2, 7, 40])
def test_the_costs_of_sets_of_modules_are_those_of_theory(equations):
    """Every set of modules that moves a number of parameters with a finite mean; no noise."""
    rng = np.random.default_rng(equations)
    parameters = np.array([4, 9, 16])
    sets = np.array(list(product([False, True], repeat=3)))
    step, gap = rng.integers(1, 9, (2, 3)).astype(float)
    found = predicted_costs(sets, step[None], gap[None], parameters, equations)[:, 0]
    compared = 0
    for moves, cost in zip(sets, found, strict=True):
        size = int(parameters[moves].sum())
        if size and moments_at(equations, size) is None:
            assert np.isposinf(cost) or moves.all()
            continue
        held = Fraction(int(gap[~moves].sum()))
        wanted = derived(
            size, equations, Fraction(1), Fraction(int(gap[moves].sum())),
            Fraction(int(step[moves].sum())), held,
        ) if size else Fraction(0)  # fmt: skip
        assert cost == pytest.approx(float(wanted), rel=1e-13)
        compared += size > 0
    assert compared >= 5


def test_near_the_threshold_no_estimate_makes_a_set_cheap():
    """An estimate of what is held that is below 0: infinite still, unless nothing is held."""
    sets = np.array([[True, False], [False, True], [True, True]])
    costs = predicted_costs(sets, np.ones((1, 2)), np.array([[-0.1, 1.0]]), np.array([4, 10]), 10)
    assert costs[1, 0] == np.inf
    assert np.isfinite(costs[[0, 2]]).all()
