"""Least-norm solutions for any set of parameters, and the elimination behind them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from update_magnitude.simulations.numerics.elimination import solve_positive
from update_magnitude.simulations.numerics.least_norm import least_norm, moving
from update_magnitude.simulations.numerics.precision import computing_in

SETS = ((True, True, False), (False, True, True), (False, False, False), (True, True, True))
SIZES = [
    (1, 1, 1, 1),
    (2, 3, 5, 1),
    (2, 3, 5, 5),
    (2, 3, 5, 7),
    (2, 3, 5, 10),
    (2, 3, 5, 30),
    (20, 30, 45, 12),
    (20, 30, 45, 51),
    pytest.param(20, 30, 45, 200, marks=pytest.mark.slow),  # as many as 12 to 51, but for time
]


@pytest.mark.parametrize(("a", "b", "c", "n"), SIZES)
def test_solutions_are_those_of_lapack(a, b, c, n):
    """Four sets of blocks and two right-hand sides each, as many programs as shapes."""
    rng = np.random.default_rng([a, b, c, n])
    features = rng.standard_normal((20, n, a + b + c))
    residual = rng.standard_normal((20, 8, n))
    chosen = np.arange(8) % 4
    with computing_in("float64"):
        which = moving(SETS, chosen[None], (a, b, c))
        solve = jax.jit(least_norm, static_argnums=3)
        found = np.asarray(solve(*map(jnp.asarray, (features, residual)), which, (a, b, c)))
    for number, blocks in enumerate(SETS):
        moves = np.repeat(blocks, (a, b, c))
        rows = chosen == number
        assert (found[:, rows][..., ~moves] == 0).all()
        for phi, right, solution in zip(features, residual[:, rows], found[:, rows], strict=True):
            agrees(phi[:, moves], right, solution[:, moves])


def agrees(features, right, solution) -> None:
    if not features.shape[1]:
        return
    wanted = np.linalg.lstsq(features, right.T, rcond=None)[0].T
    condition = np.linalg.cond(features)
    error = np.linalg.norm(solution - wanted) / np.linalg.norm(wanted)
    # Refined near m = n, the error is that of a stable method; elsewhere the condition is mild.
    assert error < 1e-13 * condition * (1 + 1e-4 * condition)


@pytest.mark.parametrize(
    ("m", "n"), [(30, 30), (30, 34), pytest.param(34, 30, marks=pytest.mark.slow)]
)
def test_near_m_equals_n_nearly_dependent_features_lose_no_more_than_their_condition(m, n):
    """Condition number 10⁵: a Gram matrix alone would lose its square, 10⁻⁶ of the solution."""
    rng = np.random.default_rng([m, n])
    left, values, right = np.linalg.svd(rng.standard_normal((n, m)), full_matrices=False)
    values[-1] = 1e-5 * values[0]
    features, residual = ((left * values) @ right)[None], rng.standard_normal((1, 1, n))
    with computing_in("float64"):
        which = moving(((True,),), np.zeros((1, 1), int), (m,))
        solve = jax.jit(least_norm, static_argnums=3)
        found = np.asarray(solve(jnp.asarray(features), jnp.asarray(residual), which, (m,)))
    wanted = np.linalg.lstsq(features[0], residual[0, 0], rcond=None)[0]
    assert np.linalg.norm(found[0, 0] - wanted) < 1e-8 * np.linalg.norm(wanted)


def test_each_replicate_may_move_blocks_of_its_own():
    rng = np.random.default_rng(1)
    features, residual = rng.standard_normal((6, 4, 9)), rng.standard_normal((6, 2, 4))
    with computing_in("float64"):
        sets = [[True, True], [False, True]]
        data = tuple(map(jnp.asarray, (features, residual)))
        chosen = rng.integers(0, 2, (6, 2))
        each = least_norm(*data, moving(sets, chosen, (3, 6)), (3, 6))
        for number in (0, 1):
            alike = least_norm(*data, moving(sets, np.full((1, 2), number), (3, 6)), (3, 6))
            np.testing.assert_allclose(each[chosen == number], alike[chosen == number], rtol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 11, 40, 97, 161])
def test_elimination_solves_and_does_not_mind_the_scale(size):
    rng = np.random.default_rng(size)
    roots = rng.standard_normal((5, size, 2 * size))
    matrix, right = roots @ np.swapaxes(roots, 1, 2), rng.standard_normal((5, size, 2))
    wanted = np.linalg.solve(matrix, right)
    with computing_in("float64"):
        solve = jax.jit(solve_positive)
        for factor in (1e-12, 1.0, 1e12):
            found = solve(jnp.asarray(factor * matrix), jnp.asarray(right)) * factor
            np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11 * np.abs(wanted).max())


@pytest.mark.parametrize("size", [60, 120, pytest.param(200, marks=pytest.mark.slow)])
def test_ill_conditioned_systems_keep_what_digits_they_can(size):
    """Condition 10⁸: the residual is as small as that of LAPACK, within a factor of a hundred."""
    rng = np.random.default_rng(3)
    basis = np.linalg.qr(rng.standard_normal((3, size, size)))[0]
    matrix = basis * np.logspace(0, -8, size) @ np.swapaxes(basis, 1, 2)
    right = rng.standard_normal((3, size, 1))
    with computing_in("float64"):
        found = np.asarray(jax.jit(solve_positive)(jnp.asarray(matrix), jnp.asarray(right)))
    lapack = np.linalg.solve(matrix, right)
    misfits = [np.abs(matrix @ solution - right).max() for solution in (found, lapack)]
    assert misfits[0] < 100 * misfits[1]
