"""Single precision finds what double precision finds, from the same draws and from its own."""

from __future__ import annotations

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.test_memory import of
from tests.test_simulation import LARGEST_Z, scores
from update_magnitude import scenarios
from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations import Experiment, estimates
from update_magnitude.simulations.engines import dense
from update_magnitude.simulations.numerics.precision import computing_in
from update_magnitude.theory import means

BOUND = 1e-5  # of the relative error of every risk of every replicate, for |m − n| > 8


def risks(scenario, dtype, data) -> np.ndarray:
    """R_i(θ_t) of the dense engine from given draws, [T, U, 1, T]."""
    with computing_in(dtype):
        problem, sizes = dense.Dense().problem_of([scenario]), scenario.blocks.sizes
        learn = jax.jit(dense.learn, static_argnums=3)
        theta = jnp.zeros((len(data[0].errors), 1, sum(sizes)))
        found = []
        for number, drawn in enumerate(data):
            task = jax.tree.map(lambda array, number=number: array[number], problem.tasks)
            theta = learn(theta, dense.Data(*map(jnp.asarray, drawn)), task, sizes)
            assert theta.dtype == dtype
            found.append(np.asarray(dense.risks(theta, problem.optima), np.float64))
    return np.stack(found)


def drawn(scenario, dtype) -> list[dense.Data]:
    """Features and noise of every task, as many as they come to in double precision."""
    rng, P = np.random.default_rng(1), scenario.blocks.capacity
    return [
        dense.Data(*(rng.standard_normal(size).astype(dtype) for size in ((16, n, P), (16, n))))
        for n in scenario.tasks.samples
    ]


CLOSEST = [of([60], 51), of([60], 69), of([20, 12], [18, 23])]
OTHERS = [*map(scenarios.preset, ("mixed", "ten-tasks", "three-blocks")), *CLOSEST[1:]]
SCENARIOS = [CLOSEST[0], *(pytest.param(other, marks=pytest.mark.slow) for other in OTHERS)]


@pytest.mark.parametrize(
    "scenario", SCENARIOS, ids=lambda entry: f"{entry.title} {entry.tasks.samples[:2]}"
)
def test_from_the_same_draws_it_finds_the_same_risks(scenario):
    wide = risks(scenario, "float64", drawn(scenario, np.float64))
    narrow = risks(scenario, "float32", drawn(scenario, np.float32))
    error = np.abs(narrow - wide) / wide
    assert error.max() < BOUND
    assert error.max() > 1e-9  # it is another precision


def test_at_the_threshold_there_is_no_such_bound():
    """m = n: condition numbers are without limit, in any precision; the bound can be missed."""
    scenario = of([60], 60)
    wide = risks(scenario, "float64", drawn(scenario, np.float64))
    narrow = risks(scenario, "float32", drawn(scenario, np.float32))
    assert (np.abs(narrow - wide) / wide).max() > BOUND


@pytest.mark.parametrize("engine", ["dense", "law"])
@pytest.mark.parametrize("name", ["mixed"])
def test_from_its_own_draws_it_agrees_with_theory(name, engine):
    """|z| < 5.5 for up to 103 numbers: a false alarm with probability below 4e-6 a test."""
    scenario = scenarios.preset(name)
    found = estimates(scenario, 40_000, seed=7, engine=engine, dtype="float32")
    prediction = means(scenario)
    assert found.dtype == "float32"
    assert (found.risk.standard_error < 0.006 * prediction.risk).all()
    assert np.abs(scores(found, prediction)).max() < LARGEST_Z
    noisier = scenarios.varied(
        scenario, {"tasks.noise": [2 * sigma for sigma in scenario.tasks.noise]}
    )
    assert np.abs(scores(found, means(noisier))).max() > LARGEST_Z


@pytest.mark.slow
def test_what_others_have_chosen_makes_no_difference():
    """Also where all of a program's numbers are 64 bits wide, and come from another generator."""
    code = (
        "import jax\n"
        "from update_magnitude import scenarios\n"
        "from update_magnitude.simulations import estimates\n"
        "{}\n"
        "run = lambda dtype: estimates(scenarios.preset('mixed'), 600, dtype=dtype).document()\n"
        "print(run('float32'), run('float64'), run(None)['dtype'], jax.numpy.zeros(()).dtype)\n"
    )
    others = {
        "jax_enable_x64": True,
        "jax_default_prng_impl": "rbg",
        "jax_threefry_partitionable": False,
        "jax_numpy_dtype_promotion": "strict",
    }
    choices = ("", f"[jax.config.update(*of) for of in {list(others.items())}]")
    printed = [
        subprocess.run(
            [sys.executable, "-c", code.format(choice)], capture_output=True, text=True, check=True
        ).stdout.rsplit(maxsplit=2)
        for choice in choices
    ]
    assert printed[0][0] == printed[1][0]
    assert [end[1:] for end in printed] == [["float64", "float32"], ["float64", "float64"]]


def test_single_precision_is_refused_where_it_may_lose_all_digits():
    """As near as a replicate in a million; the law engine, which solves nothing, does not mind."""
    frozen = of([20, 10], [5, 10], strategy="frozen")
    for scenario in (of([60], 60), of([10], 11), of([1000], 994), frozen):
        with pytest.raises(ScenarioError, match="too close for single precision"):
            estimates(scenario, 2, dtype="float32")
    assert estimates(of([10], 14), 2, dtype="float32").replicates == 2
    assert estimates(of([60], 60), 2, dtype="float32", engine="law").replicates == 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dtype": "half"}, "'half' is no type to compute in"),
        ({"seed": 2**32}, "a seed is at least 0 and less than"),
        ({"contrasts": [[1.0, 2.0]]}, "one number for each of 1 scenarios"),
        ({"devices": []}, "at least one"),
        ({"chunk": 0}, "at least 1"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Experiment([scenarios.preset("mixed")], **({"seed": 0} | wrong))
