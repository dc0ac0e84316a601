"""Single precision finds what double precision finds, from the same draws and from its own."""

from __future__ import annotations

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import scenarios
from simulations import dense, simulate
from simulations.precision import computing_in
from tests.test_memory import of
from tests.test_simulation import LARGEST_Z, scores
from theory import predict

BOUND = 1e-5  # of the relative error of every risk of every replicate, for |m − n| > 8


def risks(scenario, dtype, data) -> np.ndarray:
    """R_i(θ_t) of the dense engine from given draws, [T, U, 1, T]."""
    with computing_in(dtype):
        problem, sizes = dense.problem_of([scenario]), scenario.blocks.sizes
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


CLOSEST = [of([200], 191), of([200], 209), of([60, 40], [50, 91])]
SCENARIOS = [*map(scenarios.preset, scenarios.preset_names()), *CLOSEST, of([400], 360)]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda of: f"{of.title} {of.tasks.samples[:2]}")
def test_from_the_same_draws_it_finds_the_same_risks(scenario):
    wide = risks(scenario, "float64", drawn(scenario, np.float64))
    narrow = risks(scenario, "float32", drawn(scenario, np.float32))
    error = np.abs(narrow - wide) / wide
    assert error.max() < BOUND
    assert error.max() > 1e-9  # it is another precision


def test_at_the_threshold_there_is_no_such_bound():
    """m = n: condition numbers are without limit, in any precision; the bound can be missed."""
    scenario = of([200], 200)
    wide = risks(scenario, "float64", drawn(scenario, np.float64))
    narrow = risks(scenario, "float32", drawn(scenario, np.float32))
    assert (np.abs(narrow - wide) / wide).max() > BOUND


@pytest.mark.parametrize("engine", ["dense", "law"])
@pytest.mark.parametrize("name", ["mixed", "ten-tasks"])
def test_from_its_own_draws_it_agrees_with_theory(name, engine):
    """|z| < 5.5 for up to 103 numbers: a false alarm with probability below 4e-6 a test."""
    scenario = scenarios.preset(name)
    found = simulate(scenario, 40_000, seed=7, engine=engine, dtype="float32")
    prediction = predict(scenario)
    assert found.dtype == "float32"
    assert (found.risk.standard_error < 0.006 * prediction.risk).all()
    assert np.abs(scores(found, prediction)).max() < LARGEST_Z
    noisier = scenarios.varied(scenario, {"tasks.noise": [2 * of for of in scenario.tasks.noise]})
    assert np.abs(scores(found, predict(noisier))).max() > LARGEST_Z


def test_what_others_have_chosen_makes_no_difference():
    """Also where all of a program's numbers are 64 bits wide."""
    code = (
        "import jax, scenarios\n"
        "from simulations import simulate\n"
        "{}\n"
        "run = lambda dtype: simulate(scenarios.preset('mixed'), 600, dtype=dtype).document()\n"
        "print(run('float32'), run('float64'), run(None)['dtype'], jax.numpy.zeros(()).dtype)\n"
    )
    choices = ("", "jax.config.update('jax_enable_x64', True)")
    printed = [
        subprocess.run(
            [sys.executable, "-c", code.format(choice)], capture_output=True, text=True, check=True
        ).stdout.rsplit(maxsplit=2)
        for choice in choices
    ]
    assert printed[0][0] == printed[1][0]
    assert [end[1:] for end in printed] == [["float64", "float32"], ["float64", "float64"]]


def test_there_are_no_other_types():
    with pytest.raises(ValueError, match="'half' is no type to compute in"):
        simulate(scenarios.preset("mixed"), 2, dtype="half")
