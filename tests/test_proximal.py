"""The proximal update at finite size, and its simulation."""

from __future__ import annotations

import numpy as np
import pytest

from update_magnitude import scenarios
from update_magnitude.scenarios import varied
from update_magnitude.simulations import estimates
from update_magnitude.simulations.measures.proximal import RISK, Proximal
from update_magnitude.simulations.reducers import Averages
from update_magnitude.simulations.runner import Runner
from update_magnitude.theory import theorem

LARGEST_Z = 5.0  # in a dozen comparisons: a false alarm with probability below 1e-5


@pytest.mark.parametrize(
    ("m", "n"), [(32, 16), (24, 48), pytest.param(40, 40, marks=pytest.mark.slow)]
)
def test_the_correction_is_what_spectra_of_random_matrices_show(m, n):
    """Means of 40,000 spectra: the limit alone is refuted, with its correction it is not.

    What is left of the corrected value, of order 1/m², is allowed for with 0.4/m² of the risk.
    """
    penalty, known = 0.3, {"gamma": m / n, "D_S": 2.0, "N": 0.5}
    rng = np.random.default_rng(m)
    features = rng.standard_normal((40_000, m, n))
    spectra = np.linalg.eigvalsh(features @ features.swapaxes(1, 2) / n)
    s_1, s_2 = (((spectra + penalty) ** -k).mean(1) for k in (1, 2))
    risk = penalty**2 * s_2 * 2.0 + m / n * 0.5 * (s_1 - penalty * s_2)
    error = risk.std() / np.sqrt(len(risk))
    limit = float(theorem("proximal-risk")(**known, penalty=penalty))
    missing = float(theorem("proximal-risk-size")(**known, penalty=penalty)) / m
    allowed = LARGEST_Z * error + 0.4 * limit / m**2
    assert abs(risk.mean() - limit - missing) < allowed
    assert abs(risk.mean() - limit) > 2 * allowed


def test_verified():
    for name in ("proximal-risk-size", "proximal-forgetting-size"):
        theorem(name).verify()


def test_held_loosely_it_is_the_minimum_norm_update():
    """R_2 as the dense engine has it, from other draws: z < 5, and 3% more would be refuted."""
    one = varied(
        scenarios.preset("two-distant-tasks"),
        {"updates.strategy": "custom", "updates.trainable": [[], ["shared", "specific"]]},
    )
    loose = Runner([one], seed=1, measure=Proximal(penalty=1e-9), reducer=Averages())
    loose.run(8192)
    found, dense = loose.results(), estimates(one, 8192, seed=2).risk
    error = np.hypot(found.standard_error[RISK], dense.standard_error[1, 1])
    assert abs(found.mean[RISK] - dense.mean[1, 1]) < LARGEST_Z * error
    assert error < 0.006 * dense.mean[1, 1]


def test_a_penalty_is_positive():
    with pytest.raises(ValueError, match="λ is above 0"):
        Proximal(0.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"tasks.count": 1},
        {"updates.strategy": "initialized"},
        {"updates.strategy": "custom", "updates.trainable": [[], ["shared"]]},
    ],
)
def test_other_updates_than_of_all_parameters_from_zero_are_refused(changes):
    other = varied(scenarios.preset("two-distant-tasks"), changes)
    with pytest.raises(ValueError, match="the second alone trains"):
        Runner([other], seed=1, measure=Proximal(0.3), reducer=Averages())
