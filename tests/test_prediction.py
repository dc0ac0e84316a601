"""Exact risks, against an independent implementation in 120 digits and against published forms."""

from __future__ import annotations

import math
import subprocess
import sys

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.made_up import any_scenario
from tests.reference import exact
from update_magnitude import scenarios
from update_magnitude.scenarios import ScenarioError
from update_magnitude.theory import Means, document, means, undefined

CLOSE = 1e-9  # relative
PLAIN = [name for name in scenarios.preset_names() if scenarios.preset(name).is_isotropic]


def agree(found: float, wanted: object, size: float) -> bool:
    """Equal to 1e-9, relative to the number, or to rounding where it is next to nothing."""
    if not mpmath.isfinite(wanted):
        return not math.isfinite(found)
    return abs(found - wanted) <= CLOSE * abs(wanted) + 1e-18 * size


def assert_exact(scenario: scenarios.Scenario) -> Means[float]:
    found, wanted = means(scenario), exact(scenario)
    size = float(max(1, *(abs(x) for row in wanted.risk for x in row if mpmath.isfinite(x))))
    for row, wanted_row in zip(found.risk, wanted.risk, strict=True):
        assert all(agree(x, y, size) for x, y in zip(row, wanted_row, strict=True))
    if not any(mpmath.isinf(x) for row in wanted.risk for x in row):
        assert agree(found.forgetting, wanted.forgetting, size)
        assert agree(found.generalization, wanted.generalization, size)
        assert agree(found.learning_error, wanted.learning_error, size)
    return found


@settings(max_examples=150)
@given(any_scenario())
def test_risks_agree_with_an_independent_implementation(scenario):
    # The reference multiplies nothing by infinity; scenarios that do are tested by hand below.
    assume(np.isfinite(means(scenario).risk).all())
    assert_exact(scenario)


@pytest.mark.parametrize("name", PLAIN)
def test_presets_agree_with_an_independent_implementation(name):
    assert undefined(scenarios.preset(name), assert_exact(scenarios.preset(name))) is None


def test_a_billion_parameters():
    base = scenarios.preset("two-close-tasks")
    for samples in (30, 999_999_000, 1_000_000_012, [5, 400_000_007]):
        changes = {"blocks.shared": 600_000_000, "blocks.specific": 400_000_000}
        assert_exact(scenarios.varied(base, changes | {"tasks.samples": samples}))


def test_near_tasks_keep_their_digits():
    base = scenarios.preset("two-distant-tasks")
    near = {"optima.distance": {"shared": 1e-9, "specific": 1e-8}, "tasks.noise": 0.0}
    for samples in (8, 40):
        assert_exact(scenarios.varied(base, near | {"tasks.samples": samples}))


@given(
    st.lists(st.integers(-64, 64), min_size=3, max_size=3),
    st.integers(4, 18),
    st.integers(1, 60),
    st.sampled_from((0.0, 0.3)),
)
def test_gram_matrices_of_close_optima_keep_their_digits(point, closeness, samples, noise):
    """Three optima, 2^-4 to 2^-18 apart in two directions, given by their inner products alone.

    All numbers are dyadic, so the inner products are exact and the matrix is what it says it is.
    """
    assume(abs(samples - 24) > 1)
    apart, point = 2.0**-closeness, [entry / 64 for entry in point]
    points = np.array([[*point, 0.0], [*point, apart], [point[0] + apart, *point[1:], 0.0]])
    document = {
        "blocks": {"all": 24},
        "tasks": {"count": 3, "samples": samples, "noise": noise},
        "optima": {"gram": {"all": (points @ points.T).tolist()}},
        "updates": {"strategy": "initialized"},
    }
    assert_exact(scenarios.parse(document))


def test_an_update_of_nothing_changes_nothing():
    found = means(scenarios.preset("three-blocks"))  # its third task trains no block
    np.testing.assert_array_equal(found.risk[1], found.risk[2])


def test_a_corrupted_prediction_is_noticed(monkeypatch):
    from update_magnitude.theory.numbers import dynamics

    right = dynamics.factors_of
    monkeypatch.setattr(
        dynamics,
        "factors_of",
        lambda update: right(update._replace(samples=update.samples + 1)),  # n + 1 for n
    )
    with pytest.raises(AssertionError):
        assert_exact(scenarios.preset("two-close-tasks"))


@given(
    capacity=st.integers(20, 10**6),
    samples=st.integers(1, 18),
    noise=st.floats(0, 2),
    steps=st.lists(st.floats(0, 2), min_size=1, max_size=6),
)
def test_lin_et_al_2023(capacity, samples, noise, steps):
    """E R_i(θ_t) = r^t ‖θ*_i‖² + (1−r) Σ_k r^{t−k} ‖θ*_k − θ*_i‖² + (1−r^t) Pσ²/(P−n−1)."""
    count = len(steps) + 1
    scenario = scenarios.parse(
        {
            "blocks": {"all": capacity},
            "tasks": {"count": count, "samples": samples, "noise": noise},
            "optima": {"norm": {"all": 1.0}, "distance": {"all": steps}},
            "updates": {"strategy": "initialized"},
        }
    )
    (points,) = scenarios.coordinates(scenario)
    apart = ((points[:, None] - points[None]) ** 2).sum(-1)
    r, found = 1 - samples / capacity, means(scenario).risk
    for t in range(1, count + 1):
        past = np.arange(1, t + 1)
        wanted = r**t * (points**2).sum(-1)
        wanted = wanted + (1 - r) * (r ** (t - past) @ apart[:t])
        wanted = wanted + (1 - r**t) * capacity * noise**2 / (capacity - samples - 1)
        np.testing.assert_allclose(found[t - 1], wanted, rtol=1e-9)


class TestWhereThereIsNoMean:
    """|m − n| ≤ 1 with noise: a state of the results, in words, and never a number."""

    base = scenarios.preset("two-distant-tasks")  # 32 parameters

    @pytest.mark.parametrize("samples", [31, 32, 33])
    def test_risks_at_the_threshold_are_undefined(self, samples):
        near = scenarios.varied(self.base, {"tasks.samples": [8, samples]})
        found, said = means(near), document(near)
        assert said["risk"][0] == pytest.approx(means(self.base).risk[0])
        assert said["risk"][1] == [None, None]
        assert said["forgetting"] is said["generalization"] is None
        assert said["learning_error"] is None
        assert f"task 2 (m = 32, n = {samples})" in said["undefined"]
        assert found.freedom[1] == abs(32 - samples) + 1

    @pytest.mark.parametrize("samples", [31, 32, 33])
    def test_without_noise_the_mean_exists(self, samples):
        noiseless = {"tasks.samples": samples, "tasks.noise": 0.0}
        exactly = scenarios.varied(self.base, noiseless)
        found = assert_exact(exactly)
        assert undefined(exactly, found) is None
        assert np.isinf(found.freedom).all()

    def test_what_is_held_back_is_noise(self):
        """Frozen blocks that are off their optimum act as noise; on it they do not."""
        noiseless = scenarios.varied(
            self.base,
            {"tasks.noise": 0.0, "tasks.samples": [40, 16], "updates.strategy": "frozen"},
        )
        assert document(noiseless)["risk"][1] == [None, None]
        at_rest = scenarios.varied(noiseless, {"optima.distance.shared": 0.0})
        assert undefined(at_rest, assert_exact(at_rest)) is None

    def test_a_later_update_can_make_the_mean_finite_again(self):
        """With n > m and all blocks training, θ forgets where it came from."""
        three = {"tasks.count": 3, "tasks.samples": [8, 32, 64], "tasks.noise": [0.3] * 3}
        changes = three | {"updates.scale": 1.0, "optima.distance.shared": 0.5}
        again = scenarios.varied(self.base, changes | {"optima.distance.specific": 2.5})
        found = means(again)
        assert np.isinf(found.risk[1]).all()
        assert np.isfinite(found.risk[2]).all()
        alone = {"tasks.count": 3, "tasks.samples": [8, 8, 64], "tasks.noise": [0.3] * 3}
        changes = alone | {"updates.scale": 1.0, "optima.distance.shared": 0.5}
        calm = means(scenarios.varied(self.base, changes | {"optima.distance.specific": 2.5}))
        np.testing.assert_allclose(found.risk[2], calm.risk[2])
        assert math.isfinite(found.generalization)
        assert found.learning_error == math.inf
        assert math.isnan(found.forgetting)  # R_2(θ_2) is part of it
        assert undefined(again, found)

    def test_a_scale_of_zero_moves_nothing(self):
        still = {"tasks.samples": [8, 32], "updates.scale": [1.0, 0.0]}
        resting = scenarios.varied(self.base, still)
        found = assert_exact(resting)
        assert undefined(resting, found) is None
        assert found.forgetting == 0

    def test_a_single_task_has_no_forgetting(self):
        one = self.base.document()
        one["tasks"] = {"count": 1, "samples": 8, "noise": 0.3}
        one["optima"] = {"norm": {"shared": 0.5, "specific": 1.0}}
        one["updates"] = {"strategy": "initialized"}
        said = document(scenarios.parse(one))
        assert said["forgetting"] is None
        assert said["generalization"] == said["learning_error"] == said["risk"][0][0]
        assert "at least two" in said["undefined"]

    def test_degrees_of_freedom_are_the_least_that_the_noise_has_seen(self):
        def freedom(**changes: object) -> list[float]:
            return means(scenarios.varied(self.base, changes)).freedom.tolist()

        assert freedom() == [25, 25]  # m − n + 1 = 32 − 8 + 1
        assert freedom(**{"tasks.samples": [8, 30]}) == [25, 3]
        assert freedom(**{"tasks.samples": [30, 8]}) == [3, 3]  # a projection keeps some of it
        assert freedom(**{"tasks.samples": [30, 60]}) == [3, 29]  # least squares keeps nothing
        half = {"tasks.samples": [30, 60], "updates.scale": [1.0, 0.5]}
        assert freedom(**half) == [3, 3]
        frozen = {"updates.strategy": "frozen", "tasks.samples": [30, 60]}
        assert freedom(**frozen) == [3, 3]  # what is held back counts as noise

    @pytest.mark.parametrize("m", [3, 4])
    def test_moments_exist_as_the_degrees_of_freedom_say(self, m):
        """Least squares from one sample, ‖Δ‖² = ε²/‖φ‖², has moments of order k < ν/2 alone.

        Hill's estimate of that order from the largest 1,000 of 10⁶ draws has an SE of 3% and a bias
        of the size of (1,000/10⁶)^{2/m}, 1% and 3% here (it would be 20% for m = 9). At 15% a false
        alarm has a probability below 1e-4. The control, a ν off by one, lies 33% and 25% away.
        """
        rng = np.random.default_rng(m)
        draws = rng.standard_normal(10**6) ** 2 / (rng.standard_normal((m, 10**6)) ** 2).sum(0)
        largest = np.sort(draws)[-1001:]
        order = 1 / np.log(largest[1:] / largest[0]).mean()
        blocks = {"blocks": {"all": m}, "optima.norm": {"all": 1.0}}
        changes = blocks | {"optima.distance": {"all": 1.0}, "tasks.samples": 1}
        scenario = scenarios.varied(self.base, changes | {"updates.specific": ["all"]})
        nu = means(scenario).freedom[0]
        assert nu == m
        assert order == pytest.approx(nu / 2, rel=0.15)
        assert order != pytest.approx((nu + 1) / 2, rel=0.15)


def test_the_hybrid_strategy_is_refused_for_now():
    hybrid = scenarios.varied(scenarios.preset("ten-tasks"), {"updates.strategy": "hybrid"})
    with pytest.raises(ScenarioError, match="hybrid"):
        means(hybrid)


def test_predicting_never_loads_jax():
    code = (
        "import sys\nfrom update_magnitude import scenarios, theory\n"
        "theory.means(scenarios.preset('mixed'))\n"
        "theory.two_task_values(scenarios.preset('two-close-tasks'))\n"
        "theory.critical_distance(scenarios.preset('two-close-tasks'))\n"
        "sys.exit('jax' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
