"""The dense engine against the literal one where features and updates are not plain.

On the same draws, with weights from 10⁻⁹ to 10⁹, penalties up to 10³, variances that differ from
block to block and from task to task and may be 0, blocks that are held, few samples and many,
scaled updates, resets, and steps of descent.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.exact_updates import exact_risks
from tests.test_simulation import LARGEST_Z
from update_magnitude import scenarios
from update_magnitude.scenarios import Scenario, ScenarioError, varied
from update_magnitude.simulations import Experiment, estimates, simulate
from update_magnitude.simulations.devices import reduced_units
from update_magnitude.simulations.engines import dense, literal
from update_magnitude.simulations.measures.gradients import Gradients
from update_magnitude.simulations.numerics.precision import computing_in
from update_magnitude.simulations.reducers import Averages
from update_magnitude.simulations.runner import Runner

SIZES, TASKS, REPLICATES = {"trunk": 7, "neck": 4, "head": 5}, 3, 8
SAMPLES = {"few": (3, 5, 2), "between": (9, 6, 12), "many": (40, 30, 30)}


def power(low: int, high: int) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda entry: float(f"{10**entry:.3g}"))


@st.composite
def constrained(draw: Any, samples: tuple[int, ...], largest: int = 9) -> Scenario:
    """Three tasks of three blocks; weights up to a power of ten."""

    def per_task(one: Any) -> list[Any]:
        return draw(st.lists(one, min_size=TASKS, max_size=TASKS))

    updates: dict[str, Any] = {
        "strategy": draw(st.sampled_from(("initialized", "frozen", "reinitialized", "custom"))),
        "scale": per_task(st.sampled_from((1.0, 0.6, 1.7))),
        "weights": {name: per_task(power(-largest, largest)) for name in SIZES},
    }
    if updates["strategy"] == "custom":
        updates["trainable"] = per_task(st.lists(st.sampled_from(list(SIZES)), unique=True))
    if draw(st.booleans()):
        updates["penalty"] = per_task(st.just(0.0) | power(-6, 3))
    elif draw(st.booleans()):
        updates |= {"steps": per_task(st.integers(1, 30)), "rate": per_task(power(-3, -1))}
        updates["weights"] = {name: per_task(power(0, largest)) for name in SIZES}
    variance = st.just(0.0) | power(-2, 1)
    return scenarios.parse(
        {
            "blocks": SIZES,
            "features": {"variance": {name: per_task(variance) for name in SIZES}},
            "tasks": {"count": TASKS, "samples": list(samples), "noise": 0.3},
            "optima": {
                "norm": dict.fromkeys(SIZES, 1.0),
                "distance": dict.fromkeys(SIZES, 0.7),
            },
            "updates": updates,
        }
    )


def drawn(samples: tuple[int, ...], P: int = sum(SIZES.values())) -> list[dense.Data]:
    rng = np.random.default_rng(5)
    sizes = [(REPLICATES, n, P) for n in samples]
    return [dense.Data(rng.standard_normal(size), rng.standard_normal(size[:2])) for size in sizes]


@partial(jax.jit, static_argnums=2)
def _dense_risks(problem: Any, data: Any, sizes: Any) -> Any:
    theta, found = jnp.zeros((len(data[0].features), 1, sum(sizes))), []
    for number, here in enumerate(data):
        task = jax.tree.map(lambda array, number=number: array[number], problem.tasks)
        theta = dense.learn(theta, here, task, sizes)
        found.append(dense.risks(theta, problem.optima, problem.worth)[:, 0])
    return jnp.stack(found, 1)


_literal_risks = jax.jit(lambda draws, one: jnp.stack([literal.risks(d, one) for d in draws]))


def dense_risks(scenario: Scenario, data: list[dense.Data]) -> np.ndarray:
    """R_i(θ_t) of the dense engine, [U, T, T]."""
    with computing_in("float64"):
        problem = dense.Dense().problem_of([scenario])
        return np.asarray(_dense_risks(problem, data, scenario.blocks.sizes))


def both(scenario: Scenario, data: list[dense.Data], other: Scenario | None = None) -> Any:
    """R_i(θ_t) of the dense and of the literal engine for the same draws, [U, T, T]."""
    with computing_in("float64"):
        own = literal.part_of(literal.Literal().problem_of([other or scenario]), 0)
        draws = [[(each.features[k], each.errors[k]) for each in data] for k in range(REPLICATES)]
        return dense_risks(scenario, data), np.asarray(_literal_risks(draws, own))


def apart(fast: np.ndarray, plain: np.ndarray) -> float:
    """The largest difference, of the median replicate, relative to its largest risk."""
    off = (np.abs(fast - plain) / (1 + plain.max((1, 2), keepdims=True))).max((1, 2))
    return float(np.median(off))


@settings(max_examples=40, phases=(Phase.explicit, Phase.generate))
@given(choice=st.data(), name=st.sampled_from(list(SAMPLES)))
def test_the_dense_engine_keeps_its_digits_whatever_the_weights(choice, name):
    """Against arithmetic of many digits: LAPACK loses up to nine where weights differ by 10⁹."""
    scenario = choice.draw(constrained(SAMPLES[name]))
    if scenario.is_isotropic:
        return
    data = drawn(SAMPLES[name])
    found = dense_risks(scenario, data)
    for k in range(2):
        features, errors = [each.features[k] for each in data], [each.errors[k] for each in data]
        wanted = exact_risks(scenario, features, errors)
        assert np.abs(found[k] - wanted).max() < 1e-9 * (1 + wanted.max())


@pytest.mark.slow
@settings(max_examples=15, phases=(Phase.explicit, Phase.generate))
@given(choice=st.data(), name=st.sampled_from(list(SAMPLES)))
def test_to_ten_digits_where_weights_are_moderate(choice, name):
    scenario = choice.draw(constrained(SAMPLES[name], largest=1))
    if scenario.is_isotropic:
        return
    assert apart(*both(scenario, drawn(SAMPLES[name]))) < 1e-10


HELD = scenarios.parse(
    {
        "blocks": {"shared": 20, "specific": 12},
        "features": {"variance": {"specific": [1.0, 0.3, 0.1]}},
        "tasks": {"count": 3, "samples": [12, 40, 12], "noise": 0.3},
        "optima": {
            "norm": {"shared": 1.0, "specific": 0.5},
            "distance": {"shared": 0.1, "specific": 0.6},
        },
        "updates": {"strategy": "initialized", "weights": {"shared": 3.0}, "penalty": 0.2},
    }
)
OTHER_SIZES = {"trunk": 7, "neck": 4, "head": 5}


def test_digits_that_were_lost_would_be_seen():
    """The control: λ off in its eighth digit."""
    data, held = (
        drawn(HELD.tasks.samples, HELD.blocks.capacity),
        varied(HELD, {"updates.penalty": 0.1}),
    )
    features, errors = [each.features[0] for each in data], [each.errors[0] for each in data]
    wanted = exact_risks(held, features, errors)
    off = dense_risks(varied(held, {"updates.penalty": 0.1 * (1 + 1e-6)}), data)[0]
    assert np.abs(dense_risks(held, data)[0] - wanted).max() < 1e-12 * (1 + wanted.max())
    assert np.abs(off - wanted).max() > 1e-8 * (1 + wanted.max())


@pytest.mark.parametrize(
    "change",
    [
        {"updates.penalty": 0.3},
        {"updates.weights": {"trunk": 4.0}},
        {"features.variance": {"head": [1.0, 0.5, 0.2]}},
    ],
)
def test_which_they_would_not_of_another_scenario(change):
    base = scenarios.parse(
        HELD.document()
        | {
            "blocks": OTHER_SIZES,
            "features": {"variance": {"head": [1.0, 0.3, 0.1]}},
            "tasks": {"count": 3, "samples": list(SAMPLES["few"]), "noise": 0.3},
            "optima": {
                "norm": dict.fromkeys(OTHER_SIZES, 1.0),
                "distance": dict.fromkeys(OTHER_SIZES, 0.5),
            },
            "updates": {"strategy": "initialized", "weights": {"trunk": 3.0}, "penalty": 0.2},
        }
    )
    data = drawn(SAMPLES["few"])
    assert apart(*both(base, data)) < 1e-12
    assert apart(*both(base, data, varied(base, change))) > 1e-4


@pytest.mark.parametrize(
    "distribution",
    ["sign", *(pytest.param(name, marks=pytest.mark.slow) for name in ("normal", "uniform"))],
)
def test_on_draws_of_their_own_they_find_the_same_means(distribution):
    scenario = varied(HELD, {"features.distribution": distribution})
    fast = estimates(scenario, 8_000, seed=1)
    plain = estimates(scenario, 1_000, seed=2, engine="literal")
    error = np.hypot(fast.risk.standard_error, plain.risk.standard_error)
    assert (error < 0.04 * fast.risk.mean).all()
    assert (np.abs(fast.risk.mean - plain.risk.mean) < LARGEST_Z * error).all()
    assert fast.digits_lost is None
    assert plain.digits_lost is None


def test_features_have_the_moments_of_their_distribution():
    """Of 60,000 each: E x² = 1 to 0.03, E x⁴ = 3, 1 and 9/5 to 0.2, and signs are ±1."""
    fourth = {"normal": 3.0, "sign": 1.0, "uniform": 1.8}
    with computing_in("float64"):
        for name, expected in fourth.items():
            drawn_here = dense.draw_features(jax.random.key(3), (100, 20, 30), float, True, name)
            values = np.asarray(drawn_here)
            assert abs(values.mean()) < 0.02
            assert abs((values**2).mean() - 1) < 0.03
            assert abs((values**4).mean() - expected) < 0.2
            assert name != "sign" or set(np.unique(values)) == {-1.0, 1.0}


@pytest.mark.slow
def test_with_weights_of_1_it_is_the_plain_update():
    plain = varied(
        HELD,
        {"features": {}, "tasks.samples": [6, 60, 24], "updates": {"strategy": "frozen"}},
    )
    tiny = varied(plain, {"updates.penalty": 1e-13})
    alone, near = (estimates(each, 2_000, seed=4) for each in (plain, tiny))
    np.testing.assert_allclose(near.risk.mean, alone.risk.mean, rtol=1e-7)
    heavy = {"updates": {"strategy": "initialized", "weights": {"shared": [1.0, 1e9, 1e9]}}}
    frozen = varied(plain, {"tasks.samples": 8})
    held = varied(frozen, heavy)
    alone, near = (estimates(each, 2_000, seed=4) for each in (frozen, held))
    np.testing.assert_allclose(near.risk.mean, alone.risk.mean, rtol=1e-6)


def test_axes_of_numbers_compile_nothing_and_share_draws():
    axes = {
        "features.variance.specific": [0.1, 0.4],
        "updates.penalty": [0.1, 1.0],
        "updates.weights.shared": [2.0, 8.0],
    }
    simulated = simulate(scenarios.family(HELD, axes), 256)
    assert simulated.risk.shape == (2, 2, 2, 3, 3)
    one = varied(HELD, {"updates.penalty": 0.7})
    estimates(one, 64)
    before = reduced_units._cache_size()
    for changes in ({"updates.penalty": 2.0}, {"updates.weights.shared": 5.0}):
        estimates(varied(one, changes), 64)
    estimates(varied(one, {"features.variance.specific": [1.0, 0.0, 0.2]}), 64)
    assert reduced_units._cache_size() == before


@pytest.mark.slow
def test_scenarios_held_in_different_ways_run_together():
    others = [
        varied(HELD, {"updates": {"strategy": "initialized"}}),
        varied(HELD, {"updates": {"strategy": "least-forgetting"}}),
        varied(HELD, {"updates": {"strategy": "frozen", "steps": 9, "rate": 0.2}}),
    ]
    together = Experiment([HELD, *others], seed=5)
    together.run(512)
    for scenario, found in zip([HELD, *others], together.results(), strict=True):
        alone = estimates(scenario, 512, seed=5)
        np.testing.assert_allclose(found.risk.mean, alone.risk.mean, rtol=1e-9)


def test_a_block_that_is_not_seen_does_not_move():
    """Its error stays in the risks of the tasks that see it, to the last digit."""
    blind = varied(HELD, {"features.variance.specific": [0.0, 0.0, 2.0], "updates.penalty": 0.0})
    found = estimates(blind, 256)
    alone = varied(blind, {"features.variance.shared": [1.0, 1.0, 0.0]})
    specific = estimates(alone, 256).risk.mean[:2, 2]  # task 3 sees the specific block alone
    distance = 0.5**2 + 2 * 0.6**2
    np.testing.assert_allclose(specific, 2 * distance, rtol=1e-12)
    assert np.isfinite(found.risk.mean).all()


def test_digits_that_a_scenario_loses_are_noticed():
    assert estimates(HELD, 500).digits_lost is None
    far = {"optima.norm": {"shared": 1e13, "specific": 1e13}, "tasks.samples": 60}
    small = {"tasks.noise": 1e-3, "updates": {"strategy": "least-forgetting"}}
    assert "R_1(θ_1)" in estimates(varied(HELD, far | small), 500).digits_lost


def test_signs_that_may_be_dependent_are_refused():
    """8 samples of 16 parameters: two are alike in one replicate of a thousand, a NaN in all."""
    few = varied(scenarios.preset("two-close-tasks"), {"features.distribution": "sign"})
    changes = {"blocks": {"shared": 10, "specific": 6}, "tasks.samples": 8}
    with pytest.raises(ScenarioError, match=r"tasks\.samples = 8 at task 1, where 16 parameters"):
        simulate(varied(few, changes), 100)
    assert np.isfinite(simulate(varied(few, changes), 64, engine="literal").forgetting)
    assert np.isfinite(simulate(varied(few, changes | {"updates.penalty": 0.1}), 100).forgetting)
    more = {"updates.strategy": "initialized", "tasks.samples": 50}
    assert np.isfinite(simulate(varied(few, more), 100).forgetting)


def test_single_precision_refuses_weights_that_it_has_no_digits_for():
    near = {"updates": {"strategy": "initialized", "weights": {"shared": 1e8}}}
    with pytest.raises(ScenarioError, match="single precision"):
        estimates(varied(HELD, near | {"tasks.samples": 22}), 16, dtype="float32")
    double, single = (estimates(HELD, 2_000, dtype=t) for t in ("float64", "float32"))
    np.testing.assert_allclose(single.risk.mean, double.risk.mean, rtol=0.1)


def test_measures_of_plain_scenarios_say_so_in_one_line():
    with pytest.raises(ScenarioError, match="Gradients is for normal features of variance 1"):
        Runner([HELD], 0, measure=Gradients(), reducer=Averages())
