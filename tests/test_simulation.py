"""The dense engine, against NumPy's least squares, against theory, and against itself."""

from __future__ import annotations

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import Phase, given, settings

import scenarios
import simulations.dense
from scenarios import ScenarioError, varied
from simulations import Experiment, simulate
from simulations.least_norm import least_norm, solve_positive
from simulations.precision import double_precision
from simulations.streaming import Moments
from tests.made_up import any_scenario
from tests.reference import literal
from theory import predict

# A test that compares up to 103 numbers (ten tasks: 100 risks, F, G, L) at |z| < 5.5 raises a false
# alarm with probability below 103 · 4e-8 = 4e-6; the twelve made-up scenarios together, of at most
# 12 numbers each, with 6e-6. Seeds are fixed. Deviations of 7.9 SE are detected with 99% power.
LARGEST_Z = 5.5


def scores(found, prediction) -> np.ndarray:
    """z of every risk, of forgetting and of the generalization error, rounding allowed for."""
    pairs = [
        (found.risk, prediction.risk),
        (found.forgetting, prediction.forgetting),
        (found.generalization, prediction.generalization),
        (found.learning_error, prediction.learning_error),
    ]
    rounding = 1e-10 * prediction.risk.max()
    return np.concatenate(
        [
            np.ravel((estimate.mean - wanted) / np.hypot(estimate.standard_error, rounding))
            for estimate, wanted in pairs
        ]
    )


@pytest.mark.parametrize("name", scenarios.preset_names())
def test_presets_agree_with_theory_and_would_not_with_a_wrong_one(name):
    scenario = scenarios.preset(name)
    found, prediction = simulate(scenario, replicates=40_000, seed=3), predict(scenario)
    assert (found.risk.standard_error < 0.006 * prediction.risk).all()
    assert np.abs(scores(found, prediction)).max() < LARGEST_Z
    n_plus_1 = varied(scenario, {"tasks.samples": [n + 1 for n in scenario.tasks.samples]})
    noiseless = varied(scenario, {"tasks.noise": 0.0})
    for wrong in (n_plus_1, noiseless):
        assert np.abs(scores(found, predict(wrong))).max() > LARGEST_Z


# Shrinking would compile anew at each step; the seed of a failing example is enough to go on.
@settings(max_examples=12, phases=(Phase.explicit, Phase.generate))
@given(any_scenario(dense=True))
def test_made_up_scenarios_agree_with_theory(scenario):
    found = simulate(scenario, replicates=4_000, seed=5)
    assert (found.risk.standard_error <= 0.05 * found.risk.mean).all()  # it can see something
    assert np.abs(scores(found, predict(scenario))).max() < LARGEST_Z


@pytest.mark.parametrize("name", ["three-blocks", "mixed", "returning-tasks"])
def test_the_engine_agrees_with_a_plain_loop(name):
    scenario = scenarios.preset(name)
    found = simulate(scenario, replicates=20_000)
    loop = literal(scenario, replicates=3_000, seed=11)
    error = np.hypot(found.risk.standard_error, loop.std(axis=0) / np.sqrt(len(loop)))
    assert (error < 0.02 * found.risk.mean).all()
    assert np.abs((found.risk.mean - loop.mean(axis=0)) / error).max() < LARGEST_Z


@pytest.mark.parametrize(
    ("m", "n"), [(1, 1), (1, 7), (7, 1), (12, 12), (13, 12), (12, 13), (40, 11), (11, 40), (90, 60)]
)
def test_least_norm_is_that_of_lapack(m, n):
    rng = np.random.default_rng([m, n])
    features, residual = rng.standard_normal((50, m, n)), rng.standard_normal((50, 2, n))
    with double_precision():
        found = np.asarray(jax.jit(least_norm)(jnp.asarray(features), jnp.asarray(residual)))
    for phi, right, solution in zip(features, residual, found, strict=True):
        wanted = np.linalg.lstsq(phi.T, right.T, rcond=None)[0].T
        condition = np.linalg.cond(phi)
        error = np.linalg.norm(solution - wanted) / np.linalg.norm(wanted)
        # Refined near m = n, the error is that of a stable method; elsewhere the condition is mild.
        assert error < 1e-13 * condition * (1 + 1e-4 * condition)


class TestInvariance:
    scenario = scenarios.preset("mixed")

    def test_the_same_seed_gives_the_same_numbers_and_another_does_not(self):
        first, again, other = (simulate(self.scenario, 3_000, seed) for seed in (1, 1, 2))
        assert first.document() == again.document()
        assert (first.risk.mean != other.risk.mean).any()

    def test_running_on_is_the_same_as_running_through(self):
        through, on = Experiment([self.scenario], 4), Experiment([self.scenario], 4)
        through.run(3 * through.unit + 100)
        for replicates in (10, on.unit, on.unit + 7, 3 * on.unit + 100):
            on.run(replicates)
            assert on.replicates == replicates
        assert on.results()[0].document() == through.results()[0].document()

    def test_scenarios_that_run_together_do_not_disturb_each_other(self):
        alone = Experiment([self.scenario], 6)
        initialized = varied(self.scenario, {"updates.strategy": "initialized"})
        together = Experiment([initialized, self.scenario], 6)
        for experiment in (alone, together):
            experiment.run(2_000)
        np.testing.assert_allclose(
            together.results()[1].risk.mean, alone.results()[0].risk.mean, rtol=1e-12
        )

    def test_progress_adds_up(self):
        seen: list[int] = []
        simulate(self.scenario, 5_000, progress=seen.append)
        assert sum(seen) == 5_000


def test_contrasts_are_differences_replicate_by_replicate():
    frozen = scenarios.preset("two-close-tasks")
    initialized = varied(frozen, {"updates.strategy": "initialized"})
    each = Experiment([frozen, initialized], 8)
    paired = Experiment([frozen, initialized], 8, contrasts=[[1.0, -1.0]])
    for experiment in (each, paired):
        experiment.run(8_000)
    left, right = (result.forgetting for result in each.results())
    difference = paired.results()[0].forgetting
    assert difference.mean == pytest.approx(left.mean - right.mean)
    independent = np.hypot(left.standard_error, right.standard_error)
    assert difference.standard_error < 0.95 * independent  # what is common cancels


def test_a_second_scenario_of_the_same_shape_compiles_nothing():
    base = scenarios.preset("two-distant-tasks")
    simulate(base, 10)
    compiled = simulations.dense.learn._cache_size()
    simulate(varied(base, {"optima.distance.shared": 1.7, "tasks.noise": 0.9}), 10)
    assert simulations.dense.learn._cache_size() == compiled
    simulate(varied(base, {"tasks.samples": 9}), 10)
    assert simulations.dense.learn._cache_size() > compiled  # the count counts


def test_units_keep_memory_bounded():
    for size, samples in ((10, 5), (2_000, 400), (20_000, 10_000)):
        scenario = varied(
            scenarios.preset("two-distant-tasks"),
            {"blocks.shared": size, "tasks.samples": samples},
        )
        shape = simulations.dense.shape_of([scenario])
        at_once = shape.unit * (shape.capacity + 1) * samples
        assert shape.unit == 1 or at_once <= simulations.dense.UNIT_NORMALS


def test_what_does_not_fit_is_refused():
    huge = varied(
        scenarios.preset("two-distant-tasks"),
        {"blocks.shared": 1_000_000_000, "tasks.samples": 1_000_000},
    )
    with pytest.raises(ScenarioError, match="dense engine draws every feature"):
        simulate(huge, 2)


def test_it_says_that_an_average_does_not_settle():
    base = scenarios.preset("two-distant-tasks")
    assert simulate(base, 10).undefined is None
    assert "no finite mean" in simulate(varied(base, {"tasks.samples": [8, 32]}), 10).undefined
    noiseless = {"tasks.samples": [8, 32], "tasks.noise": 0.0}
    assert simulate(varied(base, noiseless), 10).undefined is None


def test_elimination_does_not_mind_the_scale():
    rng = np.random.default_rng(0)
    roots = rng.standard_normal((5, 40, 60))
    matrix, right = roots @ np.swapaxes(roots, 1, 2), rng.standard_normal((5, 40, 2))
    with double_precision():
        solve = jax.jit(solve_positive)
        for factor in (1e-12, 1.0, 1e12):
            found = solve(jnp.asarray(factor * matrix), jnp.asarray(right)) * factor
            np.testing.assert_allclose(found, np.linalg.solve(matrix, right), rtol=1e-9)


def test_scenarios_of_different_shapes_cannot_share_draws():
    base = scenarios.preset("two-distant-tasks")
    with pytest.raises(ValueError, match="same blocks and samples"):
        Experiment([base, varied(base, {"tasks.samples": 9})], 0)


def test_a_single_task_is_simulated_without_forgetting():
    document = scenarios.preset("two-distant-tasks").document()
    document["tasks"] = {"count": 1, "samples": 8, "noise": 0.3}
    document["optima"] = {"norm": {"shared": 0.5, "specific": 1.0}}
    document["updates"] = {"strategy": "initialized"}
    scenario = scenarios.parse(document)
    found = simulate(scenario, 20_000)
    assert found.forgetting is None
    assert "at least two" in found.undefined
    z = (found.generalization.mean - predict(scenario).generalization).item()
    assert abs(z / found.generalization.standard_error) < LARGEST_Z


def test_importing_and_simulating_leave_the_precision_of_others_alone():
    simulate(scenarios.preset("two-distant-tasks"), 10)
    assert jnp.zeros(()).dtype == jnp.float32
    assert not jax.config.jax_enable_x64


def test_importing_the_room_does_not_load_jax():
    code = "import sys, simulations; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_moments_merge_to_those_of_all_replicates():
    values = np.random.default_rng(0).normal(1e6, 1.0, size=(1_000, 3))
    merged = Moments.none()
    for part in np.split(values, [1, 10, 400]):
        mean = part.mean(axis=0)
        merged = merged.merge(Moments.of(len(part), mean, ((part - mean) ** 2).sum(axis=0)))
    np.testing.assert_allclose(merged.mean, values.mean(axis=0), rtol=1e-14)
    wanted = values.std(axis=0, ddof=1) / np.sqrt(1_000)
    np.testing.assert_allclose(merged.standard_error, wanted, rtol=1e-9)
    assert np.isnan(Moments.of(1, 1.0, 0.0).standard_error)
