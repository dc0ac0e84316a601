"""Result D in numbers: against plain loops, in its limits, and against matrices that are drawn."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import equivalent_reference as reference
from update_magnitude import scenarios
from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.scenarios.numbers import Update, numbers_of
from update_magnitude.theory import document, drift, means, predict, totals, two_task_values
from update_magnitude.theory.numbers import dynamics
from update_magnitude.theory.numbers.equivalent import Equivalent, equivalent, fixed_point

NAMES = ("trunk", "branch", "head")
MARGIN = 3  # by which m and n differ where nothing is penalized
CLOSE = 1e-8


def per_task(draw: Any, one: Any, count: int) -> Any:
    """A number, or a list of them."""
    return draw(one | st.lists(one, min_size=count, max_size=count))


@st.composite
def any_equivalent(draw: Any) -> Scenario:
    """A scenario of up to three blocks and four tasks, with variances, weights and penalties."""
    count = draw(st.integers(1, 4))
    names = NAMES[: draw(st.integers(1, 3))]
    variance = st.sampled_from((0.0, 1e-3, 0.3, 1.0, 2.5))
    weight, penalty = st.sampled_from((1.0, 1e-3, 0.4, 30.0)), st.sampled_from((0.0, 0.05, 2.0))
    some = st.lists(st.sampled_from(names), unique=True)
    given = scenarios.parse(
        {
            "blocks": {name: draw(st.integers(count + 1, 60)) for name in names},
            "features": {
                "variance": {name: per_task(draw, variance, count) for name in names},
                "distribution": draw(st.sampled_from(("normal", "sign", "uniform"))),
            },
            "tasks": {
                "count": count,
                "samples": 1,
                "noise": per_task(draw, st.floats(0, 2), count),
            },
            "optima": {
                "norm": {name: draw(st.floats(0, 3)) for name in names},
                "distance": {name: per_task(draw, st.floats(0, 3), count - 1) for name in names},
                "direction": draw(st.sampled_from(("orthogonal", "persistent", "returning"))),
            },
            "updates": {
                "strategy": "custom",
                "trainable": draw(st.lists(some, min_size=count, max_size=count)),
                "scale": per_task(draw, st.sampled_from((1.0, 0.7, 0.1)), count),
                "penalty": per_task(draw, penalty, count),
                "weights": {name: per_task(draw, weight, count) for name in names},
            },
        }
    )
    samples = []
    for task in range(count):
        m = seen_count(given, task)
        over = st.integers(1, m - MARGIN) if m > MARGIN else st.nothing()
        samples.append(draw(over | st.integers(m + MARGIN, m + 60)))
    return scenarios.varied(given, {"tasks.samples": samples})


def seen_count(scenario: Scenario, task: int) -> int:
    """m, without the parameters whose features are 0."""
    moves, variance = scenario.step(task).trainable, scenario.features.variance
    blocks = zip(scenario.blocks.sizes, moves, variance, strict=True)
    return sum(size for size, trains, own in blocks if trains and own[task] > 0)


@settings(max_examples=100, deadline=None)
@given(any_equivalent())
def test_risks_agree_with_plain_loops(scenario):
    wanted = reference.risks(scenario)
    found = means(scenario)
    np.testing.assert_allclose(found.risk, wanted, rtol=CLOSE, atol=1e-12 * wanted.max())
    forgotten = (wanted[-1] - np.diag(wanted))[:-1]
    if len(forgotten):
        assert found.forgetting == pytest.approx(forgotten.mean(), abs=CLOSE * wanted.max())


BASE = scenarios.parse(
    {
        "title": "unequal blocks",
        "blocks": {"shared": 30, "middle": 20, "specific": 40},
        "features": {"variance": {"shared": [0.2, 3.0], "middle": 1.0, "specific": [3.0, 0.5]}},
        "tasks": {"count": 2, "samples": 30, "noise": 0.5},
        "optima": {
            "norm": {"shared": 1.0, "middle": 0.5, "specific": 1.0},
            "distance": {"shared": 0.5, "middle": 0.0, "specific": 1.0},
        },
        "updates": {"strategy": "initialized", "weights": {"shared": 2.0}},
    }
)


@pytest.mark.parametrize(
    "axes",
    [
        {"features.variance.shared": [0.0, 0.2, 1.0, [1.0, 0.0]]},
        {"features.variance": [{"shared": 0.4}, {}], "updates.weights": [{"middle": 3.0}, {}]},
        {"updates.penalty": [0.0, 0.1, 10.0], "updates.weights.shared": [1.0, 5.0, 1e9]},
        {"updates.penalty": [0.0, [0.0, 0.3]], "updates.strategy": ["frozen", "least-forgetting"]},
        {"tasks.samples": [10, 30, 200], "updates.scale": [0.0, 0.5]},
    ],
    ids=lambda axes: ", ".join(axes),
)
def test_families_equal_their_scenarios(axes):
    base = scenarios.varied(BASE, {"updates.weights": {}})
    family = scenarios.family(base, axes)
    found, sums = predict(family), totals(family)
    for place in np.ndindex(family.shape):
        alone = predict(family.scenario_at(place))
        for name in ("risk", "forgetting", "generalization", "learning_error"):
            np.testing.assert_array_equal(found[name].values[place], alone[name].values)
        assert sums.generalization[place] == pytest.approx(alone.generalization.item())
        method = found.method if "method" in found else found.attrs["method"]
        own = method.values[place] if "method" in found else method
        assert own == alone.attrs["method"]


class TestWhereItIsExact:
    def test_with_variances_that_are_all_the_same(self):
        """v scales features: the noise is σ/√v then, and risks are v times as large."""
        plain = {"features.variance": {}, "updates.weights": {}}
        four = {"shared": 4.0, "middle": 4.0, "specific": 4.0}
        one = scenarios.varied(BASE, plain)
        other = scenarios.varied(BASE, plain | {"features.variance": four, "tasks.noise": 1.0})
        assert document(other)["method"] == document(one)["method"] == "exact"
        np.testing.assert_allclose(4 * means(one).risk, means(other).risk, rtol=1e-15)

    def test_weights_that_are_all_the_same_change_nothing(self):
        plain = {"features.variance": {}, "updates.weights": {}}
        same = {"shared": 7.0, "middle": 7.0, "specific": 7.0}
        one, other = (
            means(scenarios.varied(BASE, plain | {"updates.weights": own})) for own in ({}, same)
        )
        np.testing.assert_array_equal(one.risk, other.risk)

    def test_features_that_are_not_normal_are_not(self):
        plain = scenarios.varied(BASE, {"features": {}, "updates.weights": {}})
        signs = scenarios.varied(plain, {"features.distribution": "sign"})
        assert (document(plain)["method"], document(signs)["method"]) == (
            "exact",
            "deterministic equivalent",
        )
        np.testing.assert_allclose(means(signs).risk, means(plain).risk, rtol=0.05)


class TestLimits:
    def test_a_weight_without_end_holds_a_block_as_freezing_does(self):
        for samples in (30, 200):
            changes = {"tasks.samples": samples, "updates.weights": {}}
            frozen = scenarios.varied(
                BASE, changes | {"updates.strategy": "frozen", "updates.specific": ["specific"]}
            )
            penalized = {"updates.penalty": [0.0, 0.1]}
            held = {"shared": [1.0, 1e9], "middle": [1.0, 1e9]}
            one = means(scenarios.varied(frozen, penalized))
            both = changes | penalized | {"updates.weights": held}
            np.testing.assert_allclose(
                one.risk, means(scenarios.varied(BASE, both)).risk, rtol=1e-6
            )

    def test_without_a_penalty_as_well_for_fewer_samples_than_parameters_that_are_free(self):
        signs = {"features.distribution": "sign", "updates.weights": {}}
        frozen = {"updates.strategy": "frozen", "updates.specific": ["specific"]}
        held = {"updates.weights": {"shared": [1.0, 1e9], "middle": [1.0, 1e9]}}
        one, other = (means(scenarios.varied(BASE, signs | own)) for own in (frozen, held))
        np.testing.assert_allclose(one.risk, other.risk, rtol=1e-6)

    def test_a_penalty_without_end_is_no_update(self):
        found = means(scenarios.varied(BASE, {"updates.penalty": [0.0, 1e12]}))
        np.testing.assert_allclose(found.risk[1], found.risk[0], rtol=1e-9)

    def test_a_small_penalty_is_none(self):
        for samples in (30, 200):
            none, small = (
                means(scenarios.varied(BASE, {"updates.penalty": own, "tasks.samples": samples}))
                for own in (0.0, 1e-14)
            )
            np.testing.assert_allclose(none.risk, small.risk, rtol=1e-9)

    def test_there_is_no_mean_where_noise_meets_a_threshold(self):
        near = scenarios.varied(BASE, {"tasks.samples": [30, 90]})
        found = document(near)
        assert found["forgetting"] is None
        assert found["undefined"].startswith("no finite mean after task 2 (m = 90, n = 90)")
        assert document(scenarios.varied(near, {"updates.penalty": 0.1}))["undefined"] is None


class TestFixedPoint:
    @pytest.mark.parametrize("penalty", [0.0, 1e-20, 1e-3, 1e9])
    @pytest.mark.parametrize("samples", [1, 30, 49, 50, 51, 80, 99, 100, 101, 100_000])
    def test_kappa_is_right_for_ratios_of_any_size(self, samples, penalty):
        variance = {"shared": 1e-9, "middle": 1.0, "specific": 1e9}
        base = scenarios.varied(
            BASE,
            {
                "blocks": {"shared": 30, "middle": 20, "specific": 50},
                "features.variance": variance,
                "tasks.samples": samples,
                "updates.penalty": penalty,
                "updates.weights": {},
            },
        )
        numbers = numbers_of(base)
        update = numbers.update(1, (True, True, True))
        kappa = float(fixed_point(update))
        wanted = reference.kappa_of(samples, penalty, [30, 20, 50], [1e-9, 1.0, 1e9])
        assert kappa == pytest.approx(wanted, rel=1e-9, abs=0)
        found = equivalent(update)
        assert all(unit > 0 for unit in found.signal) or (penalty == 0 and samples == 100)


REGIMES = {
    "fewer samples": {"tasks.samples": 30},
    "more samples": {"tasks.samples": 200},
    "a penalty": {"tasks.samples": 60, "updates.penalty": 0.3},
    "a penalty, a held block and half a step": {
        "tasks.samples": [60, 120],
        "updates.penalty": [0.3, 0.05],
        "updates.strategy": "custom",
        "updates.trainable": [["shared", "middle", "specific"], ["shared", "specific"]],
        "updates.scale": [1.0, 0.6],
    },
}
DOUBLED = {"blocks.shared": 60, "blocks.middle": 40, "blocks.specific": 80}


@pytest.mark.parametrize("changes", REGIMES.values(), ids=REGIMES)
def test_risks_of_drawn_matrices_approach_it_like_1_over_n(monkeypatch, changes):
    """At the size and twice it: 2x₂ − x₁ has no deviation in 1/n; 0.4% are left for that in 1/n².

    The same combination refutes variances g_b²Ψ that are not divided by v_b.
    """
    small = scenarios.varied(BASE, changes)
    samples = [2 * n for n in small.tasks.samples]
    large = scenarios.varied(small, DOUBLED | {"tasks.samples": samples})
    one, two = reference.drawn(small, 600, 1), reference.drawn(large, 400, 2)
    found = 2 * two.mean(0) - one.mean(0)
    error = np.sqrt(4 * two.var(0) / len(two) + one.var(0) / len(one))
    wanted = means(small).risk
    np.testing.assert_allclose(means(large).risk, wanted, rtol=0.05)
    assert (abs(found - wanted) < 4 * error + 0.004 * wanted).all()
    assert (error < 0.02 * wanted).all()
    right = dynamics.equivalent
    monkeypatch.setattr(dynamics, "equivalent", lambda update: _undivided(right(update), update))
    assert (abs(found - means(small).risk) > 4 * error + 0.004 * wanted).any()


def _undivided(found: Equivalent, update: Update) -> Equivalent:
    signal, noise = (
        tuple(unit * v for unit, v in zip(units, update.variance, strict=True))
        for units in (found.signal, found.noise)
    )
    return found._replace(signal=signal, noise=noise)


class TestWhatIsNotPlainIsRefused:
    @pytest.mark.parametrize("ask", [two_task_values, drift, partial(drift)])
    def test_by_what_knows_nothing_of_it(self, ask):
        with pytest.raises(ScenarioError, match="is for normal features of variance 1"):
            ask(BASE)

    def test_theorems_take_no_arguments_from_it(self):
        from update_magnitude.theory import theorem

        with pytest.raises(ScenarioError, match=r"read off .* um\.best_update"):
            theorem("optimal-update-penalty").evaluate(BASE)


def test_rounding_is_known_and_small():
    found = means(BASE)
    assert (found.rounding.risk > 0).all()
    assert (found.rounding.risk < 1e-12 * found.risk).all()
    assert document(BASE)["digits_lost"] is None
