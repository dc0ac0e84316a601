"""The law engine against the dense engine, in distribution; against theory; and against itself.

Two samples of 60,000 replicates are compared: every risk by a Kolmogorov-Smirnov test, least
p-value times the number of tests at most 1e-6, and where moments exist every mean and every
variance at |z| < 5.5. A comparison raises a false alarm with probability below 1e-5 (1e-6, and 200
tests at 4e-8 each), all of this module with less than 5e-4; seeds are fixed. It sees differences of
distribution functions beyond 0.04, of means and variances beyond 7.9 standard errors, almost
surely. Any one wrong degree of freedom makes such a difference: see the negative control.
"""

from __future__ import annotations

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import Phase, given, settings

from tests.made_up import any_scenario
from tests.test_simulation import LARGEST_Z, scores
from tests.two_samples import compared, drawn, single
from update_magnitude import scenarios
from update_magnitude.scenarios import ScenarioError, parse, varied
from update_magnitude.simulations import Experiment, estimates
from update_magnitude.simulations.devices import reduced_units
from update_magnitude.simulations.engines import law
from update_magnitude.simulations.numerics.precision import computing_in
from update_magnitude.theory import means

REPLICATES = 60_000
FALSE_ALARM = 1e-6
FAST = ("two-distant-tasks", "two-tasks-underparameterized")  # m > n, and m < n
OTHER_CORNERS = ("one sample", "blocks that the optima fill", "one parameter moves", "optima at 0")
VARIATES = ("χ²_k", "χ²_{m−k}", "χ²_{k−1}", "χ²_{|m−n|+1}")


def corner(blocks, samples, noise=0.3, lengths=(1.0, 1.0), direction="orthogonal", **updates):
    """A scenario of three tasks in two blocks, so that all of them share one compiled program."""
    names = tuple(blocks)
    return parse(
        {
            "blocks": blocks,
            "tasks": {"count": 3, "samples": samples, "noise": noise},
            "optima": {
                "norm": dict.fromkeys(names, lengths[0]),
                "distance": dict.fromkeys(names, lengths[1]),
                "direction": direction,
            },
            "updates": {"strategy": "initialized"} | updates,
        }
    )


TWO = {"shared": 5, "specific": 4}
CUSTOM = {"strategy": "custom", "scale": [1.0, 0.5, 0.7]}
CORNERS = {
    "m = n": corner(TWO, 9),
    "m = n + 1, m = n - 1": corner(TWO, [8, 5, 3], strategy="frozen"),
    "no noise": corner(TWO, [9, 5, 12], noise=0.0),
    "one sample": corner({"shared": 4, "specific": 3}, 1, direction="persistent"),
    "no update": corner(TWO, [4, 7, 3], trainable=[[*TWO], [], ["shared"]], **CUSTOM),
    "blocks that the optima fill": corner({"a": 3, "b": 4}, [3, 9, 9]),
    "blocks of one": corner(
        {"a": 1, "b": 2}, [1, 2, 3], 0.3, (1.0, 0.0), trainable=[["a", "b"], ["a"], ["b"]], **CUSTOM
    ),
    "one parameter moves": corner(
        {"a": 2, "b": 1}, [2, 4, 1], 0.3, (0.0, 0.7), "returning", strategy="frozen"
    ),
    "optima at 0": corner(TWO, [2, 12, 5], 0.5, (0.0, 0.0), strategy="reinitialized"),
}

PLAIN = [name for name in scenarios.preset_names() if scenarios.preset(name).is_isotropic]


def some(names, fast):
    """All names, of which those that are not fast are marked as slow."""
    return [pytest.param(name, marks=[] if name in fast else [pytest.mark.slow]) for name in names]


# three-blocks is compared below too, beside its controls, and all presets with theory.
@pytest.mark.parametrize("name", some(PLAIN, FAST))
def test_it_has_the_distribution_of_the_dense_engine(name):
    scenario = scenarios.preset(name)
    found = compared(*(drawn(engine, scenario, REPLICATES, 1) for engine in ("dense", "law")))
    assert max(found.mean, found.variance) < LARGEST_Z
    assert found.p_value > FALSE_ALARM


# Where moments do not exist, distributions are all there is to compare.
@pytest.mark.parametrize("name", some(CORNERS, set(CORNERS) - set(OTHER_CORNERS)))
def test_so_it_has_in_every_corner(name):
    found = compared(*(drawn(engine, CORNERS[name], REPLICATES, 2) for engine in ("dense", "law")))
    assert found.p_value > FALSE_ALARM


# Of noise with 8 degrees of freedom a risk has a variance, but its variance has no standard error.
def made_up_scenario_agrees(scenario):
    found = compared(*(drawn(engine, scenario, 20_000, 3) for engine in ("dense", "law")))
    assert found.mean < LARGEST_Z
    assert found.p_value > FALSE_ALARM


@pytest.mark.slow
@settings(max_examples=2, phases=(Phase.explicit, Phase.generate))
@given(any_scenario(dense=True))
def test_so_it_has_for_made_up_scenarios(scenario):
    made_up_scenario_agrees(scenario)


@pytest.mark.slow
@settings(max_examples=40, phases=(Phase.explicit, Phase.generate))
@given(any_scenario(dense=True))
def test_so_it_has_for_many_of_them(scenario):
    made_up_scenario_agrees(scenario)


@pytest.fixture(scope="module")
def literal() -> np.ndarray:
    return drawn("dense", scenarios.preset("three-blocks"), REPLICATES, 4)


# Every update of that preset has m > n and a block too large for the optima to fill, so that each
# of the five variates matters.
@pytest.mark.parametrize("variate", [*VARIATES, "the rest"])
def test_one_wrong_degree_of_freedom_is_caught(variate, literal, monkeypatch):
    scenario, right = scenarios.preset("three-blocks"), law._freedom
    assert compared(literal, drawn("law", scenario, REPLICATES, 4)).p_value > FALSE_ALARM

    def wrong(entry):
        more = np.array([name == variate for name in [*VARIATES, *["the rest"] * 3]])
        return [row + more * (np.array(row) > 0) for row in right(entry)]

    monkeypatch.setattr(law, "_freedom", wrong)
    found = compared(literal, drawn("law", scenario, REPLICATES, 4))
    assert max(found.mean, found.variance) > LARGEST_Z or found.p_value < FALSE_ALARM


@pytest.mark.parametrize("name", PLAIN)
def test_presets_agree_with_theory_and_would_not_with_a_wrong_one(name):
    scenario = scenarios.preset(name)
    found = estimates(scenario, replicates=200_000, seed=5, engine="law")
    prediction = means(scenario)
    assert found.engine == "law"
    assert (found.risk.standard_error < 0.003 * prediction.risk).all()
    assert np.abs(scores(found, prediction)).max() < LARGEST_Z
    wrong = varied(scenario, {"tasks.noise": [1.1 * sigma for sigma in scenario.tasks.noise]})
    assert np.abs(scores(found, means(wrong))).max() > LARGEST_Z


@pytest.mark.parametrize(
    ("sizes", "samples"),
    [
        ((10**9, 10**9), 10**6),
        ((10**15, 10**15), 10**15),
        ((10**9, 10), 2 * 10**9),
        ((10**14, 10), [10**14 - 10**7, 10**14 + 10**7]),
    ],
)
def test_any_size_is_simulated(sizes, samples):
    scenario = varied(
        scenarios.preset("two-distant-tasks"),
        {"blocks": dict(zip(("shared", "specific"), sizes, strict=True)), "tasks.samples": samples},
    )
    found, prediction = estimates(scenario, 20_000, seed=6, engine="law"), means(scenario)
    assert np.abs(scores(found, prediction)).max() < LARGEST_Z


def test_updates_without_noise_and_with_samples_enough_are_exact():
    scenario = corner(TWO, [9, 16, 40], noise=0.0)
    distances = np.array([[0, 2, 4], [2, 0, 2], [4, 2, 0]])
    risks = drawn("law", scenario, 100, 0).reshape(-1, 3, 3)
    np.testing.assert_allclose(risks, np.broadcast_to(distances, risks.shape), rtol=1e-15)


class TestInvariance:
    scenario = scenarios.preset("mixed")

    def test_running_on_is_the_same_as_running_through(self):
        through, on = (Experiment([self.scenario], 4, engine="law") for _ in range(2))
        through.run(2 * through.unit + 100)
        for replicates in (10, on.unit, on.unit + 7, 2 * on.unit + 100):
            on.run(replicates)
        assert on.results()[0].document() == through.results()[0].document()

    def test_scenarios_that_run_together_do_not_disturb_each_other(self):
        other, own = map(scenarios.preset, ("two-distant-tasks", "two-close-tasks"))
        alone = Experiment([own], 6, engine="law")
        together = Experiment([other, own], 6, engine="law")  # of other sizes, samples, strategies
        for experiment in (alone, together):
            experiment.run(2_000)
        np.testing.assert_allclose(
            together.results()[1].risk.mean, alone.results()[0].risk.mean, rtol=1e-12
        )

    def test_the_unit_is_a_function_of_tasks_and_blocks_alone(self):
        units = {Experiment([corner], 0, engine="law").unit for corner in CORNERS.values()}
        assert len(units) == 1
        for tasks, blocks in ((1, 1), (10, 2), (100, 3), (1000, 1)):
            shape = law.Shape(tasks, blocks)
            at_once = shape.unit * max(tasks**2, shape.normals // tasks)
            assert shape.unit == 1 or at_once <= law.UNIT_NUMBERS


def test_a_second_scenario_of_as_many_tasks_and_blocks_compiles_nothing():
    estimates(CORNERS["m = n"], 10, engine="law")
    compiled = reduced_units._cache_size()
    for scenario in (*CORNERS.values(), corner({"a": 10**9, "b": 10**15}, 10**15)):
        estimates(scenario, 10, engine="law")
    assert reduced_units._cache_size() == compiled
    Experiment([CORNERS["m = n"]] * 2, 0, engine="law").run(10)
    assert reduced_units._cache_size() == compiled + 1  # the count counts


def test_common_draws_cancel_in_contrasts():
    near = scenarios.preset("two-close-tasks")
    pair = [near, varied(near, {"optima.distance.specific": 0.3})]
    each = Experiment(pair, 8, engine="law")
    paired = Experiment(pair, 8, contrasts=[[1.0, -1.0]], engine="law")
    for experiment in (each, paired):
        experiment.run(20_000)
    left, right = (result.forgetting for result in each.results())
    difference = paired.results()[0].forgetting
    assert difference.mean == pytest.approx(left.mean - right.mean)
    independent = np.hypot(left.standard_error, right.standard_error)
    assert difference.standard_error < 0.3 * independent


update_each = jax.jit(jax.vmap(law.update, (0, 0, 1, None)))


def replayed(scenario, normals, lengths, dtype) -> np.ndarray:
    """θ_t − θ*_t that given draws lead to, computed in some precision, [T, replicates, B, D]."""

    def cast(array):
        return jnp.asarray(array) if array.dtype == bool else jnp.asarray(array, dtype)

    tasks = jax.tree.map(
        lambda array: np.asarray(array)[:, 0], law.Law().problem_of([scenario]).tasks
    )
    errors = [jnp.zeros(normals[0].shape, dtype)]
    for task, drawn_here in enumerate(zip(normals, lengths, strict=True)):
        numbers = law.Task(*(cast(array[task]) for array in tasks))
        errors.append(update_each(errors[-1], *map(cast, drawn_here), numbers))
    return np.stack(errors[1:]).astype(float)


@pytest.mark.parametrize("sizes", [None, 10**9])
def test_single_precision_computes_the_same_errors(sizes):
    scenario = scenarios.preset("ten-tasks")
    if sizes is not None:
        blocks = {f"blocks.{block}": sizes for block in scenario.blocks.names}
        scenario = varied(scenario, blocks | {"tasks.samples": sizes + 7})
    rng = np.random.default_rng(0)
    normals = rng.standard_normal((10, 1_000, 2, 11))
    with computing_in("float64"):
        freedom = np.asarray(law.Law().problem_of([scenario]).tasks.freedom[:, 0])
        lengths = rng.chisquare(np.maximum(freedom, 1e-9)[..., None], (10, 6, 1_000))
        lengths *= freedom[..., None] > 0
        wide = replayed(scenario, normals, lengths, jnp.float64)
    narrow = replayed(scenario, normals, lengths, jnp.float32)
    size = np.sqrt((wide**2).sum((2, 3), keepdims=True))
    assert (np.abs(narrow - wide) < 2e-6 * size).all()


@pytest.mark.parametrize("name", ["m = n", "no update", "blocks of one"])
def test_single_precision_has_the_same_distribution(name):
    narrow, wide = single(CORNERS[name], REPLICATES, 9), drawn("law", CORNERS[name], REPLICATES, 10)
    assert np.isfinite(narrow).all()
    assert compared(narrow, wide).p_value > FALSE_ALARM


def test_what_cannot_run_is_refused():
    base = scenarios.preset("two-distant-tasks")
    with pytest.raises(ScenarioError, match="hybrid"):
        estimates(varied(base, {"updates.strategy": "hybrid"}), 2, engine="law")
    with pytest.raises(ValueError, match="same number of tasks and of blocks"):
        Experiment([base, scenarios.preset("three-blocks")], 0, engine="law")
    with pytest.raises(ValueError, match="'fast' is no engine; engines: dense, law"):
        estimates(base, 2, engine="fast")
    many = base.document() | {"tasks": {"count": 1000, "samples": 8, "noise": 0.3}}
    many["blocks"] = {f"block {k}": 2000 for k in range(100)}
    many["optima"] = {
        "norm": dict.fromkeys(many["blocks"], 1.0),
        "distance": dict.fromkeys(many["blocks"], 1.0),
    }
    many["updates"] = {"strategy": "initialized"}
    with pytest.raises(ScenarioError, match="100,100,000 coordinates of their optima"):
        estimates(parse(many), 2, engine="law")


@pytest.mark.slow
@settings(max_examples=60, phases=(Phase.explicit, Phase.generate))
@given(any_scenario(largest=10**12))
def test_made_up_scenarios_of_any_size_agree_with_theory(scenario):
    """The means after each task of which risks have moments of order four."""
    prediction = means(scenario)
    calm = prediction.freedom > 8
    found = estimates(scenario, 20_000, seed=11, engine="law").risk
    rounding = 1e-10 * prediction.risk[calm].max(initial=1e-100)  # where all is 0, 0 is right
    error = np.hypot(found.standard_error, rounding)
    z = ((found.mean - prediction.risk) / error)[calm]
    assert np.abs(z).max(initial=0) < LARGEST_Z


@pytest.mark.slow
def test_replicates_stream_in_bounded_memory():
    """A million replicates of ten tasks; ten million need no more, for a unit is all there is."""
    code = (
        "import resource\nfrom update_magnitude import scenarios, simulations\n"
        "simulations.estimates(scenarios.preset('ten-tasks'), 1_000_000, engine='law')\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 2 * 2**20  # KiB


class TestEqualVariances:
    def scenario(self, **changes):
        """Features of variance 4, 0.25 and 0, and of 1.5: of all blocks alike."""
        series = [4.0, 0.25, 0.0, 1.5]
        base = scenarios.parse(
            {
                "blocks": TWO,
                "features": {"variance": dict.fromkeys(TWO, series)},
                "tasks": {"count": 4, "samples": [20, 22, 20, 30], "noise": 0.5},
                "optima": {"norm": dict.fromkeys(TWO, 1.0), "distance": dict.fromkeys(TWO, 0.4)},
                "updates": {"strategy": "frozen"},
            }
        )
        return varied(base, changes)

    def test_it_has_the_means_of_the_dense_engine(self):
        fast, slow = (estimates(self.scenario(), 20_000, engine=e) for e in ("law", "dense"))
        error = np.hypot(fast.risk.standard_error, slow.risk.standard_error)
        seen = np.array([True, True, False, True])
        assert (error[:, seen] < 0.03 * slow.risk.mean[:, seen]).all()
        off = np.abs(fast.risk.mean - slow.risk.mean)
        assert (off[:, seen] < LARGEST_Z * error[:, seen]).all()
        assert (fast.risk.mean[:, 2] == 0).all()
        assert fast.digits_lost is None

    @pytest.mark.parametrize(
        "change",
        [
            {"features.distribution": "sign"},
            {"features.variance.shared": 2.0},
            {"updates.penalty": 0.1},
            {"updates.weights": {"shared": 2.0}},
            {"updates": {"strategy": "initialized", "steps": 3, "rate": 0.1}},
        ],
    )
    def test_where_there_is_no_law_it_names_the_dense_engine(self, change):
        with pytest.raises(ScenarioError, match="use the dense engine"):
            estimates(self.scenario(**change), 2, engine="law")
