"""What engines say of their rounding, held against the same computation in more digits."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from update_magnitude import scenarios
from update_magnitude.scenarios import Scenario, coordinates
from update_magnitude.simulations import estimates
from update_magnitude.simulations.engines import dense, law
from update_magnitude.simulations.measures.risks import measures
from update_magnitude.simulations.numerics.least_norm import CLOSE
from update_magnitude.simulations.numerics.precision import computing_in
from update_magnitude.simulations.rounding import REFINED, bounds, lost, shadows

LONG = np.longdouble
REPLICATES = 16
TASKS = 3
# Bounds are held against 80-bit numbers: 2,048 times as exact, where the machine has them.
pytestmark = pytest.mark.skipif(
    np.finfo(LONG).eps > 1e-18, reason="this machine has no numbers longer than float64"
)
SIZES = {"trunk": 7, "head": 5}
SAMPLES = {"few samples": (3, 3, 3), "many samples": (24, 24, 24), "threshold": (12, 5, 10)}


def power(low: int, high: int) -> st.SearchStrategy[float]:
    """Numbers of any order of magnitude between two, and 0."""
    return st.just(0.0) | st.floats(low, high).map(lambda entry: float(f"{10**entry:.3g}"))


@st.composite
def far_apart(draw: Any, samples: tuple[int, ...]) -> Scenario:
    """Three tasks whose numbers may be of very different sizes: norms to 10¹⁵, noise to 10⁻⁹."""

    def per_task(one: Any, count: int = TASKS) -> Any:
        return draw(st.lists(one, min_size=count, max_size=count))

    updates = {
        "strategy": draw(st.sampled_from(("initialized", "frozen", "reinitialized", "custom"))),
        "scale": per_task(st.sampled_from((1.0, 0.7, 1e-9, 1 - 1e-9))),
    }
    if updates["strategy"] == "custom":
        updates["trainable"] = per_task(st.lists(st.sampled_from(list(SIZES)), unique=True))
    return scenarios.parse(
        {
            "blocks": SIZES,
            "tasks": {"count": TASKS, "samples": list(samples), "noise": per_task(power(-9, 0))},
            "optima": {
                "norm": {name: draw(power(-3, 15)) for name in SIZES},
                "distance": {name: per_task(power(-9, 15), TASKS - 1) for name in SIZES},
                "direction": draw(st.sampled_from(("orthogonal", "persistent", "returning"))),
            },
            "updates": updates,
        }
    )


def minimum_norm(features: Any, residual: Any) -> Any:
    """The minimum-norm least-squares solution of every replicate, by Gram and Schmidt, twice.

    Args:
        features: Φ_Sᵀ, [U, n, m].
        residual: r, [U, n].
    """
    wide = features.shape[2] >= features.shape[1]
    columns = np.swapaxes(features, 1, 2) if wide else features  # [U, long, k]
    count = columns.shape[2]
    basis, upper = columns.copy(), np.zeros((len(columns), count, count), LONG)
    for k in range(count):
        for _ in range(2):
            for j in range(k):
                part = (basis[:, :, j] * basis[:, :, k]).sum(1)
                upper[:, j, k] += part
                basis[:, :, k] -= part[:, None] * basis[:, :, j]
        upper[:, k, k] = np.sqrt((basis[:, :, k] ** 2).sum(1))
        basis[:, :, k] /= upper[:, k, k][:, None]
    right = residual if wide else (basis * residual[:, :, None]).sum(1)
    solved = np.zeros((len(columns), count), LONG)
    for k in range(count) if wide else reversed(range(count)):
        row = upper[:, :, k] if wide else upper[:, k, :]
        solved[:, k] = (right[:, k] - (row * solved).sum(1)) / upper[:, k, k]
    return (basis * solved[:, None]).sum(2) if wide else solved


def drawn(samples: tuple[int, ...], dtype: str) -> list[dense.Data]:
    rng, P = np.random.default_rng(5), sum(SIZES.values())
    return [
        dense.Data(
            rng.standard_normal((REPLICATES, n, P)).astype(dtype),
            rng.standard_normal((REPLICATES, n)).astype(dtype),
        )
        for n in samples
    ]


def dense_exactly(scenario: Scenario, data: list[dense.Data]) -> Any:
    """Mean measures by the definition of the model, in long numbers."""
    optima = np.concatenate(
        [
            np.pad(block, ((0, 0), (0, size)))[:, :size]
            for block, size in zip(coordinates(scenario), scenario.blocks.sizes, strict=True)
        ],
        axis=1,
    )
    theta = np.zeros((REPLICATES, optima.shape[1]), LONG)
    risks = []
    for step, noise, own, drawn in zip(
        scenario.schedule, scenario.tasks.noise, optima, data, strict=True
    ):
        theta = np.zeros_like(theta) if step.reset else theta
        features, errors = (np.asarray(entry).astype(LONG) for entry in drawn)
        left = (features * (own - theta)[:, None]).sum(-1) + LONG(noise) * errors
        moves = np.repeat(step.trainable, scenario.blocks.sizes)
        if moves.any():
            theta = theta.copy()
            theta[:, moves] += LONG(step.scale) * minimum_norm(features[:, :, moves], left)
        risks.append(((theta[:, None] - optima) ** 2).sum(-1))
    return mean_measures(np.stack(risks, 1))


def mean_measures(risks: Any) -> Any:
    """The mean of all measures over replicates, from risks [U, T, T] of any precision."""
    last, own = risks[:, -1], np.diagonal(risks, axis1=1, axis2=2)
    forgetting = (last - own)[:, :-1].mean(1)
    flat = risks.reshape(len(risks), -1)
    columns = [flat, forgetting[:, None], last.mean(1)[:, None], own.mean(1)[:, None]]
    return np.concatenate(columns, 1).mean(0)


@partial(jax.jit, static_argnums=2)
def _dense_risks(problem: Any, data: Any, sizes: tuple[int, ...]) -> Any:
    theta = jnp.zeros((REPLICATES, 1, sum(sizes)), problem.optima.dtype)
    found = []
    for number, drawn in enumerate(data):
        task = jax.tree.map(lambda array, number=number: array[number], problem.tasks)
        theta = dense.learn(theta, drawn, task, sizes)
        found.append(dense.risks(theta, problem.optima)[:, 0])
    return jnp.stack(found, 1)


def dense_by_engine(scenario: Scenario, data: list[dense.Data], dtype: str) -> Any:
    with computing_in(dtype):
        problem = dense.Dense().problem_of([scenario])
        return np.asarray(_dense_risks(problem, data, scenario.blocks.sizes))


def error_and_bound(scenario: Scenario, run: Any, exactly: Any, engine: str, dtype: str) -> Any:
    """How far the engine is off, measure by measure, and how far it says it may be."""
    risks = run(scenario)
    with computing_in(dtype):
        found = np.asarray(measures(jnp.asarray(risks)), LONG).mean(0)
    mean = risks.mean(0, dtype=float)
    shadow = sum(
        run(entry).mean(0, dtype=float) for entry in shadows(scenario, mean, engine, dtype)
    )
    bound = bounds(scenario, mean, shadow, engine, dtype)
    return np.abs(found - exactly).astype(float), bound, np.abs(found).astype(float)


# Shrinking would compile anew for some of its steps; an example that fails says enough.
@settings(max_examples=25, phases=(Phase.explicit, Phase.generate), deadline=None)
@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        *((name, "float64") for name in SAMPLES),
        ("few samples", "float32"),
        pytest.param("many samples", "float32", marks=pytest.mark.slow),
    ],
)
@given(choice=st.data())
def test_the_dense_engine_is_never_further_off_than_it_says(name, dtype, choice):
    """In single precision not at the threshold, where the engine refuses to run."""
    scenario = choice.draw(far_apart(SAMPLES[name]))
    data = drawn(SAMPLES[name], dtype)
    run = partial(dense_by_engine, data=data, dtype=dtype)
    off, bound, _ = error_and_bound(scenario, run, dense_exactly(scenario, data), "dense", dtype)
    assert (off <= bound).all()


@partial(jax.jit, static_argnums=2)
def _law_risks(problem: Any, draws: Any, shape: Any) -> Any:
    error = jnp.zeros((REPLICATES, *problem.optima.shape[2:]), problem.optima.dtype)
    found = []
    for number, (normals, lengths) in enumerate(draws):
        task = jax.tree.map(lambda array, number=number: array[number, 0], problem.tasks)
        error = jax.vmap(law.update, (0, 0, 1, None))(error, normals, lengths, task)
        gaps = error[:, None] + (task.optimum[None] - problem.optima[0])[None]
        found.append((gaps**2).sum((2, 3)))
    return jnp.stack(found, 1)


def law_by_engine(scenario: Scenario, draws: Any, dtype: str) -> Any:
    with computing_in(dtype):
        problem, shape = law.Law().problem_of([scenario]), law.Law().shape_of([scenario])
        typed = [tuple(side.astype(dtype) for side in pair) for pair in draws]
        return np.asarray(_law_risks(problem, typed, shape))


def law_draws(scenario: Scenario) -> list[Any]:
    """Normals and χ² variates of every task, as single precision has them."""
    rng, blocks = np.random.default_rng(6), len(SIZES)
    with computing_in("float64"):
        freedom = np.asarray(law.Law().problem_of([scenario]).tasks.freedom)[:, 0]
    return [
        (
            rng.standard_normal((REPLICATES, blocks, TASKS + 1)).astype(np.float32),
            np.where(
                own > 0, rng.chisquare(np.maximum(own, 1), (REPLICATES, len(own))), 0.0
            ).T.astype(np.float32),
        )
        for own in freedom
    ]


@settings(max_examples=40, phases=(Phase.explicit, Phase.generate), deadline=None)
@given(choice=st.data(), name=st.sampled_from(list(SAMPLES)))
def test_the_law_engine_is_never_further_off_than_it_says(choice, name):
    """Single against double precision, which has 29 bits more; from the same draws."""
    scenario = choice.draw(far_apart(SAMPLES[name]))
    draws = law_draws(scenario)
    run = partial(law_by_engine, draws=draws, dtype="float32")
    exactly = mean_measures(law_by_engine(scenario, draws, "float64").astype(LONG))
    off, bound, _ = error_and_bound(scenario, run, exactly, "law", "float32")
    assert (off <= bound).all()


@pytest.mark.parametrize("name", SAMPLES)
def test_the_bounds_are_no_excuse(name):
    """In a scenario of ordinary numbers they are below a billionth of every number."""
    scenario = scenarios.varied(
        scenarios.preset("mixed"),
        {"blocks": {"shared": 7, "specific": 5}, "tasks.samples": list(SAMPLES[name])},
    )
    data = drawn(SAMPLES[name], "float64")
    run = partial(dense_by_engine, data=data, dtype="float64")
    off, bound, size = error_and_bound(
        scenario, run, dense_exactly(scenario, data), "dense", "float64"
    )
    assert (bound[: TASKS**2] < 1e-9 * size[: TASKS**2]).all()
    assert (off[: TASKS**2] > 0).any()  # there is something to bound


LARGE = scenarios.parse(
    {
        "title": "large",
        "blocks": {"a": 10},
        "tasks": {"count": 2, "samples": 40, "noise": 1e-3},
        "optima": {"norm": {"a": 1e12}, "distance": {"a": 0.0}},
        "updates": {"strategy": "initialized"},
    }
)


class TestSimulations:
    def test_what_rounding_has_made_is_said_to_be_lost(self):
        """R_1(θ_1) is 3.45e-7; the dense engine finds half as much again, to a percent."""
        found = estimates(LARGE, 4_000)
        assert found.risk.mean[0, 0] > 5e-7
        assert found.risk.standard_error[0, 0] < 1e-8
        assert "R_1(θ_1)" in found.digits_lost
        assert found.document()["digits_lost"] == found.digits_lost
        assert found.risk.rounding[0, 0] > found.risk.mean[0, 0] - 3.45e-7

    def test_the_law_engine_keeps_them_and_is_right(self):
        """|z| < 5.5, which a right mean misses with a probability of 4e-8."""
        found = estimates(LARGE, 4_000, engine="law")
        assert found.digits_lost is None
        z = (found.risk.mean[0, 0] - 1e-6 * 10 / 29) / found.risk.standard_error[0, 0]
        assert abs(z) < 5.5

    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    @pytest.mark.parametrize("engine", ["dense", "law"])
    @pytest.mark.parametrize(
        "name", ["mixed", pytest.param("three-blocks", marks=pytest.mark.slow)]
    )
    def test_ordinary_scenarios_lose_nothing(self, name, engine, dtype):
        found = estimates(scenarios.preset(name), 2_000, engine=engine, dtype=dtype)
        assert found.digits_lost is None
        assert (found.risk.rounding > 0).all()

    def test_the_hybrid_strategy_knows_it_too(self):
        hybrid = {"updates.strategy": "hybrid", "tasks.samples": 40}
        base = scenarios.varied(scenarios.preset("two-distant-tasks"), hybrid)
        assert estimates(base, 500).digits_lost is None
        far = {"optima.norm": {"shared": 1e12, "specific": 1e12}}
        assert "R_1(θ_1)" in estimates(scenarios.varied(base, far), 500).digits_lost

    def test_a_number_that_nothing_moves_is_not_lost(self):
        """No update: risks are what they were to the last digit, with a standard error of 0."""
        idle = {"updates.strategy": "custom", "updates.trainable": [["shared"], []]}
        found = estimates(scenarios.varied(scenarios.preset("two-close-tasks"), idle), 500)
        assert found.forgetting.standard_error == 0
        assert found.digits_lost is None

    def test_squares_that_single_precision_has_no_numbers_for_are_noticed(self):
        """Deviations of 1e-21 have squares of 1e-42, which are 0, and so is a standard error."""
        tiny = scenarios.parse(
            LARGE.document()
            | {
                "tasks": {"count": 2, "samples": 40, "noise": 1e-10},
                "optima": {"norm": {"a": 0.0}, "distance": {"a": 0.0}},
            }
        )
        assert estimates(tiny, 500, engine="law").digits_lost is None
        assert "R_1(θ_1)" in estimates(tiny, 500, engine="law", dtype="float32").digits_lost


def test_digits_are_lost_where_rounding_counts_and_is_seen():
    assert not lost(np.array(1.0), np.array(0.0), np.array(1e-12))
    assert lost(np.array(0.0), np.array(1e-20), np.array(1e-18))
    assert not lost(np.array(1.0), np.array(1e-2), np.array(1e-3))


@pytest.mark.parametrize("engine", ["dense", "law"])
def test_a_reset_without_an_update_loses_digits_too(engine):
    """R_1(0) − R_1(θ_1) with θ_1 nearly 0; where θ_1 = 0 as well, nothing is lost."""
    close = scenarios.preset("two-close-tasks")
    for scale, is_lost in ((1e-14, True), (0.0, False)):
        changes = {"updates.strategy": "reinitialized", "updates.scale": [scale, 0.0]}
        forgetting = estimates(scenarios.varied(close, changes), 512, engine=engine).forgetting
        assert forgetting.lost == is_lost


def test_rounding_is_known_for_the_updates_that_the_solver_refines():
    """The bound is that of a refined step exactly where the least-norm solver refines it."""
    assert REFINED == CLOSE
