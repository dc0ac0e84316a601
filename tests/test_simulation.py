"""The dense engine, against NumPy's least squares, against theory, and against itself."""

from __future__ import annotations

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import Phase, given, settings

from tests.made_up import any_scenario
from tests.reference import literal
from update_magnitude import scenarios
from update_magnitude.scenarios import varied
from update_magnitude.simulations import Experiment, estimates
from update_magnitude.simulations.devices import reduced_units
from update_magnitude.simulations.numerics.moments import Moments
from update_magnitude.theory import means

# A test that compares up to 103 numbers (ten tasks: 100 risks, F, G, L) at |z| < 5.5 raises a false
# alarm with probability below 103 · 4e-8 = 4e-6; the twelve made-up scenarios together, of at most
# 12 numbers each, with 6e-6. Seeds are fixed. Deviations of 7.9 SE are detected with 99% power.
LARGEST_Z = 5.5
PLAIN = [name for name in scenarios.preset_names() if scenarios.preset(name).is_isotropic]


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


@pytest.mark.parametrize("name", PLAIN)
def test_presets_agree_with_theory_and_would_not_with_a_wrong_one(name):
    scenario = scenarios.preset(name)
    found, prediction = estimates(scenario, replicates=40_000, seed=3), means(scenario)
    assert (found.risk.standard_error < 0.006 * prediction.risk).all()
    assert np.abs(scores(found, prediction)).max() < LARGEST_Z
    n_plus_1 = varied(scenario, {"tasks.samples": [n + 1 for n in scenario.tasks.samples]})
    noiseless = varied(scenario, {"tasks.noise": 0.0})
    for wrong in (n_plus_1, noiseless):
        assert np.abs(scores(found, means(wrong))).max() > LARGEST_Z


# Shrinking would compile anew at each step; the seed of a failing example is enough to go on.
@pytest.mark.slow
@settings(max_examples=12, phases=(Phase.explicit, Phase.generate))
@given(any_scenario(dense=True))
def test_made_up_scenarios_agree_with_theory(scenario):
    found = estimates(scenario, replicates=4_000, seed=5)
    assert (found.risk.standard_error <= 0.05 * found.risk.mean).all()  # it can see something
    assert np.abs(scores(found, means(scenario))).max() < LARGEST_Z


@pytest.mark.parametrize("name", ["three-blocks", "mixed", "returning-tasks"])
def test_the_engine_agrees_with_a_plain_loop(name):
    scenario = scenarios.preset(name)
    found = estimates(scenario, replicates=20_000)
    loop = literal(scenario, replicates=3_000, seed=11)
    error = np.hypot(found.risk.standard_error, loop.std(axis=0) / np.sqrt(len(loop)))
    assert (error < 0.02 * found.risk.mean).all()
    assert np.abs((found.risk.mean - loop.mean(axis=0)) / error).max() < LARGEST_Z


class TestInvariance:
    scenario = scenarios.preset("mixed")

    def test_the_same_seed_gives_the_same_numbers_and_another_does_not(self):
        first, again, other = (estimates(self.scenario, 3_000, seed) for seed in (1, 1, 2))
        assert first.document() == again.document()
        assert (first.risk.mean != other.risk.mean).any()

    def test_running_on_is_the_same_as_running_through(self):
        through, on = Experiment([self.scenario], 4), Experiment([self.scenario], 4)
        through.run(3 * through.unit + 100)
        for replicates in (10, on.unit, on.unit + 7, 3 * on.unit + 100):
            on.run(replicates)
            assert on.replicates == replicates
        assert on.results()[0].document() == through.results()[0].document()
        assert through.results()[0].replicates == 3 * through.unit + 100  # none is lost
        whole = Experiment([self.scenario], 4)
        whole.run(3 * whole.unit)
        assert (whole.results()[0].risk.mean != through.results()[0].risk.mean).all()

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
        estimates(self.scenario, 5_000, progress=seen.append)
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


def test_one_program_serves_all_schedules():
    """Which blocks train and how far are numbers: a second scenario compiles nothing."""
    base = scenarios.preset("two-distant-tasks")
    estimates(base, 10)
    compiled = reduced_units._cache_size()
    for changes in (
        {"optima.distance.shared": 1.7, "tasks.noise": 0.9},
        {"updates.strategy": "initialized", "updates.scale": 0.5},
        {"updates.strategy": "reinitialized"},
        {"updates.strategy": "custom", "updates.trainable": [["shared"], []]},
    ):
        estimates(varied(base, changes), 10)
    assert reduced_units._cache_size() == compiled
    estimates(varied(base, {"tasks.samples": 9}), 10)
    assert reduced_units._cache_size() == compiled + 1  # the count counts


def test_frozen_and_initialized_training_learn_from_the_same_draws():
    """After the first task, which trains all blocks under both, they have learned the same."""
    frozen = scenarios.preset("two-close-tasks")
    pair = [frozen, varied(frozen, {"updates.strategy": "initialized"})]
    experiment = Experiment(pair, 3, contrasts=[[1.0, -1.0]])
    experiment.run(1_000)
    difference = experiment.results()[0].risk
    assert np.abs(difference.mean[0]).max() < 1e-12
    assert (difference.standard_error[1] > 0.01).all()


def test_features_that_nothing_learns_from_are_not_missed():
    """At a task without any update nothing is drawn; the risks are what they were."""
    base = scenarios.preset("two-distant-tasks")
    idle = {"strategy": "custom", "trainable": [["shared", "specific"], []]}
    risk = estimates(varied(base, {"updates": idle}), 1_000).risk.mean
    np.testing.assert_array_equal(risk[0], risk[1])


def test_it_says_that_an_average_does_not_settle():
    base = scenarios.preset("two-distant-tasks")
    assert estimates(base, 10).undefined is None
    assert "no finite mean" in estimates(varied(base, {"tasks.samples": [8, 32]}), 10).undefined
    noiseless = {"tasks.samples": [8, 32], "tasks.noise": 0.0}
    assert estimates(varied(base, noiseless), 10).undefined is None


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
    found = estimates(scenario, 20_000)
    assert found.forgetting is None
    assert "at least two" in found.undefined
    z = (found.generalization.mean - means(scenario).generalization).item()
    assert abs(z / found.generalization.standard_error) < LARGEST_Z


def test_importing_and_simulating_leave_the_precision_of_others_alone():
    estimates(scenarios.preset("two-distant-tasks"), 10)
    assert jnp.zeros(()).dtype == jnp.float32
    assert not jax.config.jax_enable_x64


def test_importing_the_room_does_not_load_jax():
    code = "import sys, simulations; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_moments_merge_to_those_of_all_replicates():
    values = np.random.default_rng(0).normal(1e6, 1.0, size=(1_000, 3))
    merged = Moments.of(1, values[0], np.zeros(3))
    for part in np.split(values, [1, 10, 400])[1:]:
        mean = part.mean(axis=0)
        merged = merged.merge(Moments.of(len(part), mean, ((part - mean) ** 2).sum(axis=0)))
    np.testing.assert_allclose(merged.mean, values.mean(axis=0), rtol=1e-14)
    wanted = values.std(axis=0, ddof=1) / np.sqrt(1_000)
    np.testing.assert_allclose(merged.standard_error, wanted, rtol=1e-9)
    assert np.isnan(Moments.of(1, 1.0, 0.0).standard_error)
