"""The penalty and the weights that are best for a measure, and that nothing else is better."""

from __future__ import annotations

import numpy as np
import pytest

import update_magnitude as um
from update_magnitude import scenarios
from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.theory import means, totals

RANDOM = 32  # values of either product: more than a thousand points
TWO = scenarios.parse(
    {
        "title": "two blocks",
        "blocks": {"shared": 200, "specific": 200},
        "tasks": {"count": 2, "samples": 120, "noise": 0.3},
        "optima": {
            "norm": {"shared": 0.2, "specific": 1.0},
            "distance": {"shared": 0.0, "specific": 0.5},
        },
        "updates": {"strategy": "initialized"},
    }
)
CASES = {
    "near": {},
    "far": {"optima.distance.specific": 2.0},
    "noisy": {"tasks.samples": 40, "tasks.noise": 1.0},
    "more samples": {"tasks.samples": 600},
    "task-specific features": {
        "features.variance": {"shared": [1.0, 0.1], "specific": [0.1, 1.0]},
        "optima.distance.shared": 0.5,
    },
}
EDGE = 1e-6  # of λρ_b: next to none; its inverse holds a block


def at_last(best: Scenario, products: np.ndarray) -> np.ndarray:
    """G and F of the scenario with other λρ_b at its last update, [2, K], from [blocks, K]."""
    penalty, weights = best.updates.penalty, best.updates.weights
    found = []
    for column in products.T:
        least = column.min()
        changed = {
            "updates.penalty": [*penalty[:-1], least],
            "updates.weights": {
                name: [*own[:-1], product / least]
                for name, own, product in zip(best.blocks.names, weights, column, strict=True)
            },
        }
        own = means(scenarios.varied(best, changed))
        found.append((own.generalization, own.forgetting))
    return np.array(found).T


def on_a_grid(best: Scenario, shared: np.ndarray, specific: np.ndarray) -> np.ndarray:
    """G and F, [2, K], for every pair of λρ_b at its last update."""
    first = [own[0] for own in best.updates.weights]
    penalized = scenarios.varied(best, {"updates.penalty": [best.updates.penalty[0], 1.0]})
    axes = {
        "updates.weights.shared": [[first[0], value] for value in shared],
        "updates.weights.specific": [[first[1], value] for value in specific],
    }
    found = totals(scenarios.family(penalized, axes))
    return np.array([found.generalization.ravel(), found.forgetting.ravel()])


def products_of(best: Scenario) -> np.ndarray:
    """λρ_b at the last update."""
    return best.updates.penalty[-1] * np.array([own[-1] for own in best.updates.weights])


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
@pytest.mark.parametrize("measure", ["generalization", "forgetting"])
def test_nothing_else_is_better(measure, changes):
    """Frozen, initialized and no update, a thousand random points, and all points close by."""
    best = um.best_update(scenarios.varied(TWO, changes), measure)
    row, best_products = ("generalization", "forgetting").index(measure), products_of(best)
    own = getattr(means(best), measure)
    size = means(best).risk[-1].mean()
    known = np.array([[EDGE, EDGE], [1 / EDGE, EDGE], [1 / EDGE, 1 / EDGE]]).T
    assert (at_last(best, known)[row] >= own - 1e-9 * size).all()
    logs = np.random.default_rng(3).uniform(np.log(EDGE), -np.log(EDGE), (2, RANDOM))
    assert (on_a_grid(best, *np.exp(logs))[row] >= own - 1e-9 * size).all()
    nudge = np.exp(1e-3 * np.array([[1, -1, 0, 0], [0, 0, 1, -1]]))
    close = at_last(best, best_products[:, None] * nudge)[row]
    assert (close >= own - 1e-9 * size).all()
    slopes = (close[::2] - close[1::2]) / 2e-3
    assert (abs(slopes) < 1e-5 * size).all()


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_the_risk_of_every_task_is_least_at_the_closed_form(changes):
    """The slope of R_2 in each log λρ_b is 0, and both sides and random points are worse."""
    best = um.best_update(scenarios.varied(TWO, changes), "risk")
    products, own = products_of(best), means(best).risk[1, 1]

    def second_risk(columns: np.ndarray) -> np.ndarray:
        both = at_last(best, columns)
        first = means(best).risk[0, 0]  # F = R_1(θ_2) − R_1(θ_1), and 2G = R_1(θ_2) + R_2(θ_2)
        return 2 * both[0] - both[1] - first

    nudge = np.exp(0.1 * np.array([[1, -1, 0, 0], [0, 0, 1, -1]]))
    assert (second_risk(products[:, None] * nudge) > own).all()
    logs = np.random.default_rng(4).normal(0, 2, (2, RANDOM))
    both = on_a_grid(best, *np.exp(logs))
    assert (2 * both[0] - both[1] - means(best).risk[0, 0] > own).all()


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_it_is_better_than_both_strategies(changes):
    base = scenarios.varied(TWO, changes)
    strategies = [
        scenarios.varied(base, {"updates.strategy": s}) for s in ("frozen", "initialized")
    ]
    for measure in ("risk", "generalization"):
        best = means(um.best_update(base, measure))
        assert all(best.generalization < means(other).generalization for other in strategies)
        if measure == "risk":
            assert all(best.risk[1, 1] < means(other).risk[1, 1] for other in strategies)


def test_a_block_with_nothing_to_learn_is_held_by_a_finite_weight():
    still = {"optima.norm": {"shared": 0.0, "specific": 1.0}}
    best = um.best_update(scenarios.varied(TWO, still), "risk")
    assert best.updates.weights[0] == (1e9, 1e9)
    nothing = {
        "optima.norm": {"shared": 0.0, "specific": 0.0},
        "optima.distance": {"shared": 0, "specific": 0},
    }
    idle = um.best_update(scenarios.varied(TWO, nothing), "risk")
    np.testing.assert_allclose(means(idle).risk, 0, atol=1e-9)
    assert scenarios.parse(idle.document()) == idle


def test_without_noise_there_is_no_penalty_but_there_are_weights():
    best = um.best_update(scenarios.varied(TWO, {"tasks.noise": 0.0}), "risk")
    assert best.updates.penalty == (0.0, 0.0)
    assert best.updates.weights[0][0] == pytest.approx(25.0)  # (1/0.2)², as large as E‖d_b‖² say


@pytest.mark.slow
def test_several_tasks_and_blocks():
    base = scenarios.preset("power-law-features")
    assert means(um.best_update(base, "generalization")).generalization < means(base).generalization
    ten = scenarios.preset("ten-tasks")
    found = {name: means(um.best_update(ten, name)) for name in ("risk", "generalization")}
    assert found["generalization"].generalization < found["risk"].generalization
    assert found["risk"].learning_error < means(ten).learning_error


def test_what_cannot_be_is_refused():
    with pytest.raises(ScenarioError, match="it is one of risk, generalization, forgetting"):
        um.best_update(TWO, "second_risk")
    one = scenarios.varied(
        TWO, {"tasks.count": 1, "optima.distance": {"shared": [], "specific": []}}
    )
    with pytest.raises(ScenarioError, match="forgetting compares tasks"):
        um.best_update(one, "forgetting")
    with pytest.raises(ScenarioError, match="a scenario is needed"):
        um.best_update("two-close-tasks", "risk")
