"""Predictions of updates of some steps of gradient descent: result S within result R."""

from __future__ import annotations

import numpy as np
import pytest

from tests.equivalent_reference import points_of
from update_magnitude import scenarios
from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.theory import document, means, predict
from update_magnitude.theory.numbers import dynamics

BASE = scenarios.parse(
    {
        "title": "stopped descent",
        "blocks": {"shared": 20, "specific": 20},
        "tasks": {"count": 2, "samples": 25, "noise": 0.5},
        "optima": {
            "norm": {"shared": 2.0, "specific": 1.0},
            "distance": {"shared": 0.5, "specific": 2.0},
        },
        "updates": {"strategy": "initialized", "steps": [20, 8], "rate": 0.1},
    }
)
FOUR = {"shared": 4.0, "specific": 4.0}


def drawn(scenario: Scenario, replicates: int, seed: int) -> np.ndarray:
    """R_i(θ_t), [replicates, T, T], step by step."""
    rng, updates, sizes = np.random.default_rng(seed), scenario.updates, scenario.blocks.sizes
    blocks = zip(points_of(scenario), sizes, strict=True)
    optima = np.concatenate([np.pad(w, ((0, 0), (0, p - w.shape[1]))) for w, p in blocks], axis=1)
    variance = np.repeat(np.array(scenario.features.variance).T, sizes, axis=1)
    risks = np.zeros((replicates, len(optima), len(optima)))
    for found in risks:
        theta = np.zeros(sum(sizes))
        for t, n in enumerate(scenario.tasks.samples):
            features = np.sqrt(variance[t])[:, None] * rng.standard_normal((len(theta), n))
            target = features.T @ optima[t] + scenario.tasks.noise[t] * rng.standard_normal(n)
            moves = np.repeat(scenario.step(t).trainable, sizes)
            for _ in range(updates.steps[t]):
                gradient = features @ (features.T @ theta - target) / n
                theta = theta - updates.rate[t] * moves * gradient
            found[t] = (variance[t] * (theta - optima) ** 2).sum(axis=1)
    return risks


CASES = {
    "more parameters": {},
    "more samples and a frozen block": {"tasks.samples": 80, "updates.strategy": "frozen"},
    "variance 4": {"features.variance": FOUR, "updates.rate": 0.04},
}


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_risks_of_drawn_matrices_approach_it(monkeypatch, changes):
    """As for result D: 2x₂ − x₁ has no deviation in 1/n. One step more is refuted."""
    small = scenarios.varied(BASE, changes)
    double = {"blocks": {"shared": 40, "specific": 40}}
    samples = [2 * n for n in small.tasks.samples]
    one = drawn(small, 1000, 1)
    two = drawn(scenarios.varied(small, double | {"tasks.samples": samples}), 500, 2)
    found = 2 * two.mean(0) - one.mean(0)
    error = np.sqrt(4 * two.var(0) / len(two) + one.var(0) / len(one))
    wanted = means(small).risk
    assert document(small)["method"] == "spectral filter"
    assert (abs(found - wanted) < 4 * error + 0.004 * wanted).all()
    assert (error < 0.03 * wanted).all()
    right = dynamics.descent_factors
    monkeypatch.setattr(
        dynamics, "descent_factors", lambda update: right(update._replace(steps=update.steps * 2))
    )
    assert (abs(found - means(small).risk) > 4 * error + 0.004 * wanted).any()


def test_a_family_equals_its_scenarios():
    axes = {"updates.steps": [1, 10, 1000], "updates.rate": [0.01, 0.2], "updates.scale": [0.0, 1]}
    family = scenarios.family(BASE, axes)
    found = predict(family)
    for place in np.ndindex(family.shape):
        alone = predict(family.scenario_at(place))
        np.testing.assert_array_equal(found.risk.values[place], alone.risk.values)
        assert found.method.values[place] == alone.attrs["method"]
    assert (found.method == "exact").values.tolist() == [[[True, False]] * 2] * 3


def test_steps_without_end_are_the_solution_to_leading_order():
    for samples in (2500, 8000):
        sizes = {"blocks": {"shared": 2000, "specific": 2000}, "tasks.samples": samples}
        many = scenarios.varied(BASE, sizes | {"updates.steps": 10**6})
        updates = {"strategy": "initialized"}
        solved = scenarios.varied(BASE, sizes | {"updates": updates})
        np.testing.assert_allclose(means(many).risk, means(solved).risk, rtol=3e-3)


def test_variances_and_weights_that_differ_have_no_formula():
    for key in ("features.variance.shared", "updates.weights.shared"):
        with pytest.raises(
            ScenarioError, match=r"no formula is known for updates\.steps .*simulate"
        ):
            predict(scenarios.varied(BASE, {key: 2.0}))
    held = {"updates.strategy": "frozen", "features.variance": {"shared": [1.0, 3.0]}}
    assert document(scenarios.varied(BASE, held))["method"] == "spectral filter"


def test_any_distribution_has_the_same_limit():
    signs = scenarios.varied(BASE, {"features.distribution": "sign"})
    np.testing.assert_array_equal(means(signs).risk, means(BASE).risk)
