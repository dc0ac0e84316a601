"""What the dense engine says of its rounding where updates are held, against forty digits."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.exact_updates import exact_risks
from tests.test_constrained_engine import HELD, SAMPLES, constrained, dense_risks, power
from tests.test_constrained_engine import drawn as drawn_many
from tests.test_rounding import error_and_bound, mean_measures
from update_magnitude.scenarios import Scenario, varied
from update_magnitude.simulations.engines import dense

REPLICATES = 2  # forty digits take their time


def drawn(samples: tuple[int, ...], parameters: int) -> list[dense.Data]:
    every = drawn_many(samples, parameters)
    return [dense.Data(each.features[:REPLICATES], each.errors[:REPLICATES]) for each in every]


def exactly(scenario: Scenario, data: list[dense.Data]) -> Any:
    """Mean measures by arithmetic of forty digits."""
    draws = [
        ([each.features[k] for each in data], [each.errors[k] for each in data])
        for k in range(REPLICATES)
    ]
    return mean_measures(np.stack([exact_risks(scenario, *one) for one in draws]))


@settings(max_examples=20, phases=(Phase.explicit, Phase.generate), deadline=None)
@given(choice=st.data(), name=st.sampled_from(list(SAMPLES)))
def test_the_dense_engine_is_never_further_off_than_it_says(choice, name):
    """Optima from 10⁻³ to 10⁸ in length, weights from 10⁻⁶ to 10⁶, a penalty, or steps."""
    scenario = choice.draw(constrained(SAMPLES[name], largest=6))
    norms = {block: choice.draw(power(-3, 8)) for block in ("trunk", "neck", "head")}
    scenario = varied(scenario, {"optima.norm": norms})
    if scenario.is_isotropic:
        return
    data = drawn(SAMPLES[name], scenario.blocks.capacity)
    run = partial(dense_risks, data=data)
    off, bound, _ = error_and_bound(scenario, run, exactly(scenario, data), "dense", "float64")
    assert (off <= bound).all()


def test_the_bounds_are_no_excuse():
    """Of ordinary numbers they are below a billionth of every risk; and there is rounding."""
    data = drawn(HELD.tasks.samples, HELD.blocks.capacity)
    run = partial(dense_risks, data=data)
    off, bound, size = error_and_bound(HELD, run, exactly(HELD, data), "dense", "float64")
    risks = slice(HELD.tasks.count**2)
    assert (bound[risks] < 1e-9 * size[risks]).all()
    assert (off[risks] > 0).any()


def test_a_computation_that_is_further_off_is_seen():
    """The control: a penalty that is off in its ninth digit."""
    data = drawn(HELD.tasks.samples, HELD.blocks.capacity)
    other = varied(HELD, {"updates.penalty": 0.2 * (1 + 1e-9)})
    off, bound, _ = error_and_bound(
        HELD, partial(dense_risks, data=data), exactly(other, data), "dense", "float64"
    )
    assert (off > bound).any()
