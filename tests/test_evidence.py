"""The hybrid strategy that goes by evidence: its definition, its grid, and what it gains."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from update_magnitude import scenarios
from update_magnitude.scenarios import EVIDENCE, ScenarioError, varied
from update_magnitude.simulations import Experiment, estimates
from update_magnitude.simulations.engines import dense, evidence, literal
from update_magnitude.simulations.engines.evidence import averaged
from update_magnitude.simulations.numerics.precision import computing_in
from update_magnitude.simulations.numerics.prior import prior_of

BY_EVIDENCE = {"strategy": "hybrid", "signal": "evidence"}
LARGEST_Z = 5.0  # a false alarm has a probability below 1e-6


def two_tasks(sizes=(40, 40), samples=12, noise=1.0, norm=0.2, steps=(0.0, 1.0)):
    return scenarios.parse(
        {
            "blocks": {"shared": sizes[0], "specific": sizes[1]},
            "tasks": {"count": 2, "samples": samples, "noise": noise},
            "optima": {
                "norm": {"shared": norm, "specific": 1.0},
                "distance": {"shared": steps[0], "specific": steps[1]},
            },
            "updates": BY_EVIDENCE,
        }
    )


def by_definition(features, residual, root, prior, known, sizes) -> np.ndarray:
    """Σ w Δ / Σ w over all points, one K after another."""
    wide, variance = np.repeat(root, sizes), np.asarray(root) ** 2
    phi, likelihood, solutions = features * wide, [], []
    for ratio, weight, earlier in zip(prior.ratio, prior.weight, known, strict=True):
        tau = np.repeat(ratio / (ratio * variance * sizes).sum(), sizes)
        for share, before in zip(prior.share, earlier, strict=True):
            K = (phi * tau) @ phi.T + share * np.eye(len(residual))
            solved = np.linalg.solve(K, residual)
            size = np.linalg.slogdet(K)[1]
            fit = -size / 2 - len(residual) / 2 * np.log(residual @ solved)
            likelihood.append(fit + weight + before)
            solutions.append(tau * (phi.T @ solved))
    weights = np.exp(np.array(likelihood) - max(likelihood))
    return weights @ np.array(solutions) / weights.sum()


@pytest.mark.parametrize("samples", [6, 30])
@pytest.mark.parametrize("sizes", [(9,), (7, 4), (4, 5, 3)])
def test_it_is_the_average_that_its_definition_says(samples, sizes):
    """With what earlier data earlier of the points of the prior, and without."""
    rng = np.random.default_rng([samples, *sizes])
    features = rng.standard_normal((3, samples, sum(sizes)))
    residual = rng.standard_normal((3, samples))
    root = np.array([1.0, 0.4, 1.7])[: len(sizes)]
    with computing_in("float64"):
        prior = prior_of(len(sizes))
        known = rng.standard_normal((len(prior.weight), 3, len(prior.share)))
        known[:, 0] = 0.0
        given = map(jnp.asarray, (features, residual, root))
        found = np.asarray(jax.jit(averaged, static_argnums=5)(*given, prior, known, sizes)[0])
        points = type(prior)(*(np.asarray(part) for part in prior))
    rows = zip(found, features, residual, np.moveaxis(known, 1, 0), strict=True)
    for own, *data, earlier in rows:
        wanted = by_definition(*data, root, points, earlier, sizes)
        np.testing.assert_allclose(own, wanted, rtol=1e-8, atol=1e-12)


SHAPES = {  # blocks, samples and features
    "more parameters": ({"shared": 7, "specific": 4}, 6, {}),
    "more samples": ({"shared": 3, "specific": 4}, 12, {"variance": {"shared": [1.0, 0.3, 2.0]}}),
    "three blocks": ({"shared": 4, "middle": 3, "specific": 4}, 6, {}),
}


def three_tasks(name, signal):
    blocks, samples, features = SHAPES[name]
    return scenarios.parse(
        {
            "blocks": blocks,
            "tasks": {"count": 3, "samples": samples, "noise": 0.5},
            "features": features,
            "optima": {"norm": dict.fromkeys(blocks, 1.0), "distance": dict.fromkeys(blocks, 0.7)},
            "updates": {"strategy": "hybrid", "signal": signal, "scale": [1.0, 1.0, 0.8]},
        }
    )


def on_the_same_draws(scenario) -> tuple[np.ndarray, np.ndarray]:
    """R_i(θ_t) of the dense and of the literal engine, [U, T, T]."""
    rng, U, P = np.random.default_rng(7), 8, scenario.blocks.capacity
    sizes = [(U, n, P) for n in scenario.tasks.samples]
    data = [dense.Data(rng.standard_normal(size), rng.standard_normal(size[:2])) for size in sizes]
    with computing_in("float64"):
        problem = evidence.Evidence().problem_of([scenario])
        points = (1, len(problem.prior.weight), U, len(problem.prior.share))
        state = evidence.State(jnp.asarray(0), jnp.zeros((U, 1, P)), jnp.zeros(points))
        learn, fast = jax.jit(evidence._learn, static_argnums=1), []
        for number, drawn in enumerate(data):
            task = jax.tree.map(lambda part, number=number: part[number], problem.begun.tasks)
            state, risks = learn(problem, scenario.blocks.sizes, state, drawn, task)
            fast.append(risks[:, 0])
        own = literal.part_of(literal.Literal().problem_of([scenario]), 0)
        plain = jax.jit(literal.risks)
        draws = [[(each.features[k], each.errors[k]) for each in data] for k in range(U)]
        return np.stack(fast, 1), np.stack([plain(each, own) for each in draws])


@pytest.mark.parametrize("signal", EVIDENCE)
@pytest.mark.parametrize("name", SHAPES)
def test_the_literal_engine_finds_the_same_risks_on_the_same_draws(name, signal):
    fast, plain = on_the_same_draws(three_tasks(name, signal))
    assert (np.abs(fast - plain) < 1e-10 * plain.max((1, 2), keepdims=True)).all()


@pytest.mark.parametrize("engine", ["dense", "literal"])
def test_each_scenario_keeps_its_own_evidence(engine):
    """Side by side, on common draws, each has the risks that it has alone."""
    base = three_tasks("more parameters", "evidence")
    kinds = ("evidence", "pooled-evidence")
    several = [varied(base, {"updates.signal": kind}) for kind in kinds]
    several.append(varied(base, {"updates": {"strategy": "initialized"}}))
    together = Experiment(several, 3, engine=engine)
    together.run(200)
    for one, found in zip(several, together.results(), strict=True):
        alone = Experiment([base, one], 3, engine=engine)
        alone.run(200)
        np.testing.assert_allclose(found.risk.mean, alone.results()[1].risk.mean, rtol=1e-10)


@pytest.mark.parametrize("signal", EVIDENCE)
def test_tasks_in_which_there_is_nothing_to_see_say_nothing(signal):
    """No noise and no step, or features that are all 0: later tasks are learned as without them."""
    base = three_tasks("more parameters", signal)
    steps = {name: [0.0, 0.7] for name in base.blocks.names}
    nothing = {"optima.norm": dict.fromkeys(base.blocks.names, 0.0), "optima.distance": steps}
    quiet = varied(base, {**nothing, "tasks.noise": [0.0, 0.0, 0.5]})
    fast, plain = on_the_same_draws(quiet)
    assert (np.abs(fast - plain) < 1e-10 * plain.max((1, 2), keepdims=True)).all()
    forgetful, _ = on_the_same_draws(varied(quiet, {"updates.signal": "evidence"}))
    np.testing.assert_allclose(fast[:, 2], forgetful[:, 2], rtol=1e-12)
    none = {name: [1.0, 0.0, 1.0] for name in base.blocks.names}
    dark = varied(base, {"features.variance": none})
    fast, plain = on_the_same_draws(dark)
    assert np.isfinite(plain).all()
    assert (np.abs(fast - plain) < 1e-10 * plain.max((1, 2), keepdims=True)).all()


def test_evidence_that_is_pooled_makes_a_difference_from_the_third_task_on():
    fast, _ = on_the_same_draws(three_tasks("more parameters", "evidence"))
    pooled, _ = on_the_same_draws(three_tasks("more parameters", "pooled-evidence"))
    np.testing.assert_array_equal(fast[:, :2], pooled[:, :2])
    assert (np.abs(fast - pooled)[:, 2].max(1) > 1e-5 * fast[:, 2].max(1)).all()


@pytest.mark.parametrize("samples", [12, 60])
def test_a_finer_grid_makes_no_difference_that_counts(samples):
    """Below 1% of the length of the update, in every replicate."""
    rng = np.random.default_rng(samples)
    features = rng.standard_normal((20, samples, 60))
    d = np.repeat([0.05, 0.3], (40, 20)) * rng.standard_normal(60)
    residual = features @ d + 0.5 * rng.standard_normal((20, samples))
    with computing_in("float64"):
        solve = jax.jit(averaged, static_argnums=5)
        given = (*map(jnp.asarray, (features, residual, np.ones(2))),)
        coarse, _ = solve(*given, prior_of(2), jnp.zeros((13, 20, 18)), (40, 20))
        grid = prior_of(2, ratios=49, levels=72)
        fine, _ = solve(*given, grid, jnp.zeros((49, 20, 72)), (40, 20))
        off = np.linalg.norm(coarse - fine, axis=1) / np.linalg.norm(fine, axis=1)
    assert off.max() < 0.01


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ({}, 1.482),
        pytest.param(
            {"sizes": (20, 20), "samples": 100, "noise": 0.6, "norm": 0.5, "steps": (0.0, 1.5)},
            1.175,
            marks=pytest.mark.slow,
        ),
    ],
)
def test_it_is_better_than_both_standard_strategies(given, known):
    """G, on common draws; known from simulations outside of this project to 0.007 and less."""
    base = two_tasks(**given)
    others = [varied(base, {"updates": {"strategy": name}}) for name in ("frozen", "initialized")]
    paired = Experiment([*others, base], seed=1, contrasts=[[1, 0, -1], [0, 1, -1], [0, 0, 1]])
    paired.run(2_000)
    *worse, own = (found.generalization for found in paired.results())
    assert all(each.mean > LARGEST_Z * each.standard_error for each in worse)
    assert abs(own.mean - known) < 0.01 + LARGEST_Z * own.standard_error
    assert own.standard_error < 0.005
    assert paired.results()[2].digits_lost is None


def test_the_first_task_is_initialized_training_and_there_are_no_decisions():
    base = two_tasks(sizes=(8, 6), samples=5)
    initialized = varied(base, {"updates": {"strategy": "initialized"}})
    adapted, plain = (estimates(each, 500, seed=2) for each in (base, initialized))
    np.testing.assert_allclose(adapted.risk.mean[0], plain.risk.mean[0], rtol=1e-12)
    assert (adapted.risk.mean[1] != plain.risk.mean[1]).all()
    assert adapted.decisions is None


def test_what_cannot_be_is_refused_in_one_line():
    base = two_tasks(sizes=(8, 6), samples=5)
    with pytest.raises(ScenarioError, match="use the dense engine"):
        estimates(base, 2, engine="law")
    other = varied(base, {"updates": {"strategy": "hybrid", "signal": "common"}})
    with pytest.raises(ScenarioError, match="no other signal can run"):
        Experiment([base, other], 0)
