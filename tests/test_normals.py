"""Bits are those of jax; normals are normal, in float64 and in float32, pair by pair.

Kolmogorov-Smirnov tests at p < 1e-6 and counts at 5.5 standard errors: all of this module raises a
false alarm with probability below 2e-5. With 400,000 normals they see distribution functions that
are 0.006 apart almost surely.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.random import threefry_2x32
from scipy import stats

from update_magnitude.simulations.numerics.normals import (
    bits_at,
    bits_for,
    normal,
    normals_of,
    random_bits,
    settled,
    uniforms_of,
)
from update_magnitude.simulations.numerics.precision import TYPES, computing_in

COUNT = 400_000
FALSE_ALARM = 1e-6


def drawn(dtype, function=normal, seed=0, count=COUNT) -> np.ndarray:
    with computing_in(dtype):
        found = jax.jit(function, static_argnums=1)(jax.random.key(seed), count)
        assert found.dtype == dtype
        return np.asarray(found, np.float64)


@pytest.mark.parametrize("dtype", ["uint32", "uint64"])
def test_bits_are_those_of_jax(dtype):
    with computing_in("float64"):
        key = jax.random.key(123)
        wanted = np.asarray(jax.random.bits(key, (1001,), dtype))
        assert (np.asarray(random_bits(key, 1001, dtype)) == wanted).all()
        assert (np.asarray(random_bits(key, 1, dtype, start=1000)) == wanted[1000:]).all()
        assert (np.asarray(random_bits(jax.random.key(124), 1001, dtype)) != wanted).any()


def test_streams_are_those_of_the_generator():
    key, places = jax.random.key(123), np.arange(5, 12, dtype=np.uint32)
    for high in (0, 1, 2**32 - 1):
        counters = np.concatenate([np.full_like(places, high), places])
        first, second = np.split(threefry_2x32(jax.random.key_data(key), counters), 2)
        found = np.asarray(bits_at(key, np.uint32(high), jnp.asarray(places), np.uint32))
        assert (found == first ^ second).all()
        others = np.asarray(bits_at(key, np.uint32(7), jnp.asarray(places), np.uint32))
        assert (others != first ^ second).any()


def test_what_is_settled_stays_the_same():
    numbers = jnp.array([[-3.0, 0.5], [np.inf, np.nan]], np.float32)
    for found in (settled(numbers), jax.jit(jax.vmap(settled))(numbers)):
        np.testing.assert_array_equal(found, numbers)


def uniform(key, count):
    return uniforms_of(random_bits(key, count, bits_for(float)))


@pytest.mark.parametrize("dtype", TYPES)
class TestNormals:
    def test_they_have_their_distribution(self, dtype):
        found = drawn(dtype)
        assert stats.kstest(found, stats.norm.cdf).pvalue > FALSE_ALARM
        assert stats.kstest(found, stats.norm(0.015).cdf).pvalue < FALSE_ALARM
        assert stats.kstest(found, stats.norm(0, 1.03).cdf).pvalue < FALSE_ALARM

    def test_their_tails_have_their_weight(self, dtype):
        found = np.abs(drawn(dtype, seed=1))
        for beyond in (2.0, 3.0, 4.0):
            share = 2 * stats.norm.sf(beyond)
            assert abs((found > beyond).sum() - COUNT * share) < 5.5 * np.sqrt(COUNT * share)

    def test_those_of_a_pair_are_independent(self, dtype):
        """Their direction is uniform, and says nothing of their length."""
        x, y = drawn(dtype, seed=2).reshape(2, -1)
        turns = np.arctan2(y, x) / (2 * np.pi) % 1
        assert stats.kstest(turns, stats.uniform.cdf).pvalue > FALSE_ALARM
        long = x**2 + y**2 > 2 * np.log(2)  # every other one
        for part in (long, ~long):
            assert stats.kstest(turns[part], stats.uniform.cdf).pvalue > FALSE_ALARM
        leaning = (turns + 0.01 * np.sin(2 * np.pi * turns)) % 1
        assert stats.kstest(leaning, stats.uniform.cdf).pvalue < FALSE_ALARM

    def test_none_is_zero_and_any_number_can_be_had(self, dtype):
        assert (drawn(dtype) != 0).all()
        for count in (1, 2, 3):
            assert drawn(dtype, count=count).shape == (count,)

    def test_uniform_numbers_are_uniform_and_never_0_or_1(self, dtype):
        found = drawn(dtype, uniform, seed=3)
        assert stats.kstest(found, stats.uniform.cdf).pvalue > FALSE_ALARM
        assert found.min() > 0
        assert found.max() < 1


def test_single_precision_is_as_wide_as_it_can_be():
    """Twenty million: the largest is where it should be, short of the limit of 5.8."""
    found = drawn("float32", seed=4, count=20_000_000)
    expected = stats.norm.isf(1 / 4e7)
    assert expected - 0.6 < np.abs(found).max() < 5.8


@pytest.mark.parametrize("dtype", TYPES)
def test_a_pair_is_as_long_as_its_uniform_number_says(dtype):
    """x² + y² = −2 log u to the last digits: sine and cosine have all of theirs."""
    with computing_in(dtype):
        bits = random_bits(jax.random.key(6), 2_000, bits_for(dtype)).reshape(2, -1)
        x, y = np.asarray(normals_of(bits), np.float64).reshape(2, -1)
        radius = np.sqrt(-2 * np.log(np.asarray(uniforms_of(bits[0]), np.float64)))
    np.testing.assert_allclose(np.hypot(x, y), radius, rtol=20 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", TYPES)
def test_the_first_and_the_last_of_all_bits_are_within_0_and_1(dtype):
    with computing_in(dtype):
        kind = np.dtype(bits_for(dtype))
        ends = jnp.asarray(np.array([0, np.iinfo(kind).max], kind))
        found = np.asarray(uniforms_of(ends))
    assert 0 < found[0] < np.finfo(dtype).eps
    assert 1 - np.finfo(dtype).eps < found[1] < 1
