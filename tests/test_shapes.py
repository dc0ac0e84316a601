"""Tests hold functions to the shapes and types that they announce; this holds that they do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import TypeCheckError

from update_magnitude.simulations.engines.dense import risks
from update_magnitude.simulations.measures.risks import Risks, measures
from update_magnitude.simulations.numerics import elimination
from update_magnitude.simulations.numerics.elimination import solve_positive
from update_magnitude.simulations.numerics.moments import Moments
from update_magnitude.simulations.reducers import moments
from update_magnitude.theory.numbers.arguments import Drift
from update_magnitude.theory.numbers.dynamics import risks as exact_risks
from update_magnitude.theory.numbers.rounding import rounding_of

ROOT = Path(__file__).parent.parent
WRONG = {
    "theory.numbers: risks of three tasks after two": lambda: rounding_of(
        np.zeros((2, 3), np.longdouble)
    ),
    "theory.numbers: optima without coordinates": lambda: exact_risks(
        None, [np.zeros(2)], [np.ones(2)]
    ),
    "theory.numbers: blocks that are not as many": lambda: Drift(
        np.zeros(2), np.zeros(3), np.zeros(2), np.ones(2, bool)
    ),
    "numerics: no square matrix": lambda: solve_positive(jnp.ones((4, 2, 3)), jnp.ones((4, 2, 1))),
    "numerics: moments of other numbers": lambda: Moments(2, np.zeros(2), np.zeros(3)),
    "engines: optima of other parameters": lambda: risks(jnp.ones((4, 1, 3)), jnp.ones((1, 2, 5))),
    "measures: risks of three tasks after two": lambda: measures(jnp.ones((4, 2, 3))),
    "measures: contrasts without an axis of scenarios": lambda: Risks(np.ones(3)),
    "reducers: whole numbers": lambda: moments(jnp.ones((4, 2), int), 4),
    "reducers: no number of replicates": lambda: moments(jnp.ones((4, 2)), "all"),
}


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_a_wrong_shape_or_type_is_refused(call):
    with pytest.raises(TypeCheckError):
        call()


def test_the_same_functions_take_what_is_right():
    assert rounding_of(np.zeros((2, 2), np.longdouble)).forgetting == 0
    assert solve_positive(jnp.ones((4, 1, 1)), jnp.ones((4, 1, 3))).shape == (4, 1, 3)
    assert Moments(2, np.zeros(2), np.zeros(2)).count == 2
    assert risks(jnp.ones((4, 1, 3)), jnp.ones((1, 2, 3))).shape == (4, 1, 2)
    assert measures(jnp.ones((4, 2, 2))).shape == (4, 7)
    assert moments(jnp.ones((4, 2)), 4)[0].shape == (2,)


def test_a_result_of_another_shape_than_announced_is_refused(monkeypatch):
    matrix, right = jnp.ones((4, 1, 1)), jnp.ones((4, 1, 3))
    monkeypatch.setattr(elimination, "_by_columns", lambda matrix, right: right[:, 0])
    with pytest.raises(TypeCheckError, match="return value"):
        solve_positive(matrix, right)


def test_nothing_is_checked_and_jaxtyping_not_loaded_outside_of_tests():
    code = (
        "import sys\nsys.modules['jaxtyping'] = sys.modules['beartype'] = None\n"
        "import update_magnitude as um\n"
        "from update_magnitude.simulations.numerics.moments import Moments\n"
        "from update_magnitude.simulations import simulation\n"
        "simulation.estimates(um.preset('two-close-tasks'), replicates=64, engine='law')\n"
        "Moments(2, None, None)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
