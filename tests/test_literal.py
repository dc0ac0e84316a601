"""The dense engine against the literal engine, which is the definition written plainly.

On the same draws risks agree replicate by replicate. On draws of their own, 30,000 replicates of
the dense engine and 6,000 of the literal one, each of up to 103 numbers (ten tasks: 100 risks, F, G
and L) is compared at |z| < 5.5: a false alarm has a probability below 4e-6 a test, 3e-5 in all, and
deviations of 7.9 standard errors are seen with 99% power; a standard error is below 1.5% of every
risk, so that is 12% at most. Distributions are compared by Kolmogorov-Smirnov tests, least p-value
times their number at most 1e-6. Controls: a tenth more noise on given draws, and one sample more,
or updates of other blocks, on draws of their own, are told apart.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.test_simulation import LARGEST_Z
from tests.two_samples import compared, drawn
from update_magnitude import scenarios
from update_magnitude.scenarios import ScenarioError, varied
from update_magnitude.simulations import Experiment, estimates
from update_magnitude.simulations.engines import dense, literal
from update_magnitude.simulations.numerics.precision import computing_in

FALSE_ALARM = 1e-6
CUSTOM = {"strategy": "custom", "scale": [1.0, 0.5], "trainable": [["shared"], []]}
CLOSE = scenarios.preset("two-close-tasks")
VARIATIONS = {
    "initialized": varied(CLOSE, {"updates.strategy": "initialized", "updates.scale": 0.7}),
    "reinitialized": varied(CLOSE, {"updates.strategy": "reinitialized"}),
    "no update": varied(CLOSE, {"updates": CUSTOM}),
}
PRESETS = {name: scenarios.preset(name) for name in scenarios.preset_names()}
CASES = {name: one for name, one in PRESETS.items() if one.is_isotropic} | VARIATIONS


def cases(fast):
    """All cases, of which those that are not fast are marked as slow."""
    marks = {True: [], False: [pytest.mark.slow]}
    return [pytest.param(name, marks=marks[name in fast]) for name in CASES]


def on_the_same_draws(scenario, noisier=1.0) -> tuple[np.ndarray, np.ndarray]:
    """R_i(θ_t) of the dense and of the literal engine for the same draws, [U, T, T]."""
    rng, P = np.random.default_rng(7), scenario.blocks.capacity
    sizes = [(16, n, P) for n in scenario.tasks.samples]
    data = [dense.Data(rng.standard_normal(size), rng.standard_normal(size[:2])) for size in sizes]
    with computing_in("float64"):
        problem = dense.Dense().problem_of([scenario])
        own = literal.part_of(literal.Literal().problem_of([scenario]), 0)
        own = own._replace(noise=noisier * own.noise)
        fast = _dense_risks(problem, data, scenario.blocks.sizes)
        draws = [[(entry.features[k], entry.errors[k]) for entry in data] for k in range(16)]
        return np.asarray(fast), np.stack([_literal_risks(each, own) for each in draws])


@partial(jax.jit, static_argnums=2)
def _dense_risks(problem, data, sizes):
    theta, found = jnp.zeros((16, 1, sum(sizes))), []
    for number, drawn_here in enumerate(data):
        task = jax.tree.map(lambda array, number=number: array[number], problem.tasks)
        theta = dense.learn(theta, drawn_here, task, sizes)
        found.append(dense.risks(theta, problem.optima)[:, 0])
    return jnp.stack(found, 1)


_literal_risks = jax.jit(literal.risks)


# Two blocks with m > n, with m < n, and three blocks; the variations are of the first.
FAST = ("two-close-tasks", "two-tasks-underparameterized", "three-blocks", *VARIATIONS)


@pytest.mark.parametrize("name", cases(fast=FAST))
def test_on_the_same_draws_they_find_the_same_risks(name):
    """To ten digits of the largest risk of a replicate, where no draw is near m = n."""
    fast, plain = on_the_same_draws(CASES[name])
    largest = plain.max((1, 2), keepdims=True)
    assert (np.abs(fast - plain) < 1e-10 * largest).all()


def test_which_they_would_not_with_a_tenth_more_noise():
    fast, plain = on_the_same_draws(CLOSE, noisier=1.1)
    assert (np.abs(fast - plain).max((1, 2)) > 1e-4 * plain.max((1, 2))).all()


def scores(scenario, other) -> np.ndarray:
    """z of every risk, F, G and L: the dense engine's scenario and the literal engine's other."""
    left = estimates(scenario, 30_000, seed=1)
    right = estimates(other, 6_000, seed=2, engine="literal")
    z = []
    for name in ("risk", "forgetting", "generalization", "learning_error"):
        pair = [getattr(entry, name) for entry in (left, right)]
        error = np.hypot(*(side.standard_error for side in pair))
        if name == "risk":
            assert (error < 0.015 * pair[0].mean).all()
        off = np.ravel(pair[0].mean - pair[1].mean)
        z.append(off / np.where(off == 0, 1.0, np.ravel(error)))  # what is 0 on both is equal
    return np.abs(np.concatenate(z))


@pytest.mark.parametrize("name", cases(fast=("two-close-tasks", *VARIATIONS)))
def test_on_draws_of_their_own_they_find_the_same_means(name):
    assert scores(CASES[name], CASES[name]).max() < LARGEST_Z


def test_one_sample_more_or_updates_of_other_blocks_would_be_seen():
    samples = varied(CLOSE, {"tasks.samples": [n + 1 for n in CLOSE.tasks.samples]})
    for other in (samples, CASES["initialized"]):
        assert scores(CLOSE, other).max() > LARGEST_Z


def test_and_the_same_distributions():
    """20,000 replicates: differences of distribution functions beyond 0.05 are seen."""
    own, noisier = CLOSE, varied(CLOSE, {"tasks.noise": 2 * CLOSE.tasks.noise[0]})
    plain = drawn("literal", own, 20_000, 4)
    assert compared(drawn("dense", own, 20_000, 4), plain).p_value > FALSE_ALARM
    assert compared(drawn("dense", noisier, 20_000, 4), plain).p_value < FALSE_ALARM


def test_scenarios_run_together_on_common_draws():
    pair = [CLOSE, CASES["initialized"]]
    together = Experiment(pair, 3, engine="literal")
    alone = Experiment(pair[1:], 3, engine="literal")
    difference = Experiment(pair, 3, contrasts=[[1.0, -1.0]], engine="literal")
    for experiment in (together, alone, difference):
        experiment.run(100)
    np.testing.assert_allclose(
        together.results()[1].risk.mean, alone.results()[0].risk.mean, rtol=1e-12
    )
    first = difference.results()[0].risk.mean[0]
    assert together.results()[0].engine == "literal"
    assert np.isfinite(first).all()


def test_what_it_cannot_run_is_refused():
    with pytest.raises(ScenarioError, match="the literal engine chooses no blocks; use the dense"):
        estimates(varied(CLOSE, {"updates.strategy": "hybrid"}), 2, engine="literal")
    with pytest.raises(ValueError, match="same blocks and samples"):
        Experiment([CLOSE, scenarios.preset("three-blocks")], 0, engine="literal")
