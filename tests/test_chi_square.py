"""The χ² sampler against exact distribution functions, in float64 and in float32.

A Kolmogorov-Smirnov test at p < 1e-6 raises a false alarm with that probability, all of this module
together with less than 1e-4; seeds are fixed. With 200,000 variates it sees distribution functions
that are 0.008 apart almost surely, and 0.006 apart every other time.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import stats

from update_magnitude.simulations.numerics.chi_square import _again, _remainder, chi_square, propose
from update_magnitude.simulations.numerics.normals import normal
from update_magnitude.simulations.numerics.precision import computing_in

COUNT = 200_000
FALSE_ALARM = 1e-6
FREEDOM = (1, 2, 3, 4, 5, 30, 10**3, 10**9, 10**15)
SHIFT = 0.03  # standard deviations: the peak of a normal density times it is 0.012


def sampled(freedom, seed=0, count=COUNT) -> np.ndarray:
    """In the precision of the moment, then as float64."""
    found = jax.jit(chi_square, static_argnums=2)(
        jax.random.key(seed), jnp.array(freedom, float), count
    )
    return np.asarray(found, np.float64)


def p_value(values: np.ndarray, freedom: float) -> float:
    return float(stats.kstest(values, stats.chi2(freedom).cdf).pvalue)


@pytest.fixture(scope="module")
def double() -> np.ndarray:
    with computing_in("float64"):
        return sampled(FREEDOM)


@pytest.fixture(scope="module")
def single() -> np.ndarray:
    return sampled(FREEDOM, seed=1)


@pytest.mark.parametrize("row", range(len(FREEDOM)), ids=map(str, FREEDOM))
def test_variates_have_their_distribution(double, row):
    k = FREEDOM[row]
    assert p_value(double[row], k) > FALSE_ALARM
    wrong = k + SHIFT * np.sqrt(2 * k)
    assert p_value(double[row], wrong) < FALSE_ALARM


@pytest.mark.parametrize("row", range(len(FREEDOM)), ids=map(str, FREEDOM))
def test_their_tails_have_their_weight(double, row):
    # Of 18 counts none is 5.5 standard errors off, but for one run in a million.
    for share in (1e-4, 1e-3, 0.999, 0.9999):
        below = (double[row] < stats.chi2(FREEDOM[row]).ppf(share)).sum()
        assert abs(below - COUNT * share) < 5.5 * np.sqrt(COUNT * share * (1 - share))


# Beyond 1e9 the grid of float32 is wider than the distribution: its variates are compared with
# those of float64 below.
@pytest.mark.parametrize("row", range(len(FREEDOM) - 1), ids=map(str, FREEDOM[:-1]))
def test_so_have_those_of_single_precision(single, row):
    assert p_value(single[row], FREEDOM[row]) > FALSE_ALARM
    wrong = FREEDOM[row] + SHIFT * np.sqrt(2 * FREEDOM[row])
    assert p_value(single[row], wrong) < FALSE_ALARM


def test_single_precision_rounds_what_double_precision_finds():
    with computing_in("float64"):
        x = normal(jax.random.key(2), COUNT)
        chance = jax.random.uniform(jax.random.key(3), (COUNT,))
        wide = [np.asarray(propose(jnp.array(float(k)), x, chance)) for k in FREEDOM]
    narrow_x, narrow_chance = (jnp.asarray(np.asarray(entry), jnp.float32) for entry in (x, chance))
    for k, (found, accepted) in zip(FREEDOM, wide, strict=True):
        rounded, same = propose(jnp.float32(k), narrow_x, narrow_chance)
        assert rounded.dtype == jnp.float32
        # d(1 + y)³ at y ≥ −0.99 loses two digits at most; where it would lose more it is rejected.
        both = np.asarray(same) & (accepted == 1)
        np.testing.assert_allclose(np.asarray(rounded)[both], found[both], rtol=2e-5)
        assert (np.asarray(same) != accepted).mean() < 1e-5  # a decision may hang on the last digit


@pytest.mark.parametrize("k", [1, 2, 3, 10, 1000])
def test_no_variate_is_zero_and_zero_degrees_of_freedom_are(double, single, k):
    assert (double > 0).all()
    assert (single > 0).all()
    for found in (sampled([0, k], seed=k, count=1000), sampled([k, 0], seed=k, count=1000)[::-1]):
        assert (found[0] == 0).all()
        assert found[1].min() > 0


def test_a_variate_depends_on_no_other():
    with computing_in("float64"):
        calm, wild = sampled([7, 10**9], count=5_000), sampled([7, 2], count=5_000)
    assert (calm[0] == wild[0]).all()
    assert (calm[1] != wild[1]).all()


def test_so_many_are_rejected_that_all_ways_through_are_taken():
    """More than are gathered at a time, some more than once; see GATHERED."""
    with computing_in("float64"):
        x = normal(jax.random.key(4), COUNT)
        chance = jax.random.uniform(jax.random.key(5), (COUNT,))
        rejected = [1 - float(propose(jnp.array(k), x, chance)[1].mean()) for k in (2.0, 1e6)]
    assert 1 / 32 < rejected[0] < 1 / 16
    assert rejected[1] < 1e-5


def test_the_acceptance_keeps_its_digits():
    y = np.concatenate([-np.logspace(-9, -0.001, 60), np.logspace(-9, 1, 60)])
    with computing_in("float64"):
        found = np.asarray(_remainder(jnp.asarray(y)))
    with mpmath.workdps(60):
        wanted = [mpmath.log1p(v) - v + v**2 / 2 - v**3 / 3 for v in map(mpmath.mpf, y)]
    # x²/(9y²) = d, and |x| < 9: what is missing of 3d r is less than 1e-11.
    error = np.abs(found - np.array(wanted, float)) * 81 / (3 * y**2)
    assert error.max() < 1e-11


def test_what_is_drawn_again_is_drawn_from_places_of_its_own():
    """Neighbours are uncorrelated in size and in distance from the median, at 5 standard errors.

    A correlation of 0.05 is seen almost surely: its standard error is 0.005.
    """
    count = 40_000
    with computing_in("float64"):
        freedom, places = jnp.full(count, 2.0), jnp.arange(count)
        again = jax.jit(_again)(jax.random.key(8), freedom, places, jnp.zeros(count, bool))
    found = np.asarray(again)
    assert p_value(found, 2) > FALSE_ALARM
    ranks = stats.rankdata(found) / count - 0.5
    for sizes in (ranks, np.abs(ranks), ranks**3):
        for apart in (1, 2):
            correlation = np.corrcoef(sizes[apart:], sizes[:-apart])[0, 1]
            assert abs(correlation) < 5 / np.sqrt(count)
    mixed = np.abs(ranks) + 0.05 * np.abs(np.roll(ranks, 1))  # the control
    assert np.corrcoef(mixed[1:], mixed[:-1])[0, 1] > 5 / np.sqrt(count)
