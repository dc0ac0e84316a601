"""Theorems against simulation, in two settings per regime of the update.

The dense engine is the witness. Each comparison is a z-test at |z| < 5: a test of at most 40 of
them raises a false alarm with probability below 40 · 6e-7 = 3e-5, and seeds are fixed. ``finest``
states what it could have seen: the standard error, as a fraction of the number compared.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from update_magnitude import scenarios
from update_magnitude.scenarios import Scenario
from update_magnitude.simulations import estimates
from update_magnitude.theory import best_count, theorem

LARGEST_Z = 5.0
REPLICATES = 20_000
# (m, n): two settings in each regime, all with |m − n| + 1 > 8, so that z-tests are valid.
OVER = ((30, 10), (40, 24))
UNDER = ((6, 36), (10, 40))
SETTINGS = [
    OVER[0],
    UNDER[0],
    *(pytest.param(*few, marks=pytest.mark.slow) for few in (OVER[1], UNDER[1])),
]


def agrees(estimate: object, error: object, prediction: object, finest: float) -> None:
    """Assert |z| < 5, and that a relative deviation of 5 · ``finest`` would have been seen."""
    means, errors, wanted = (np.asarray(entry, float) for entry in (estimate, error, prediction))
    assert (errors <= finest * np.abs(wanted)).all()
    assert (np.abs(means - wanted) / errors).max() < LARGEST_Z


def two_tasks(m: int, n: int, held: int, alpha: float = 1.0) -> Scenario:
    """The first task trains all m + held parameters, the second m of them; a tilted step."""
    gram = {
        "trained": [[1.0, 1.4], [1.4, 2.6]],  # a step of length² 0.8, not orthogonal
        "held": [[0.5, 0.6], [0.6, 0.9]],
    }
    return scenarios.parse(
        {
            "blocks": {"trained": m, "held": held},
            "tasks": {"count": 2, "samples": [n, n], "noise": [0.5, 0.4]},
            "optima": {"gram": gram},
            "updates": {"strategy": "frozen", "specific": ["trained"], "scale": [1.0, alpha]},
        }
    )


def explicit(scenario: Scenario) -> dict[str, float]:
    """The arguments of the explicit forms of ``two_tasks``."""
    (n_1, n_2), scale = scenario.tasks.samples, scenario.updates.scale
    sizes = {"P": scenario.blocks.capacity, "m": scenario.trainable_count(1)}
    lengths = {"norm_S": 1.0, "norm_C": 0.5, "step_S": 0.8, "step_C": 0.2}
    return {
        **sizes, **lengths, "n_1": n_1, "n_2": n_2, "cross_S": 0.4, "cross_C": 0.1,
        "sigma_1": 0.5, "sigma_2": 0.4, "alpha_1": scale[0], "alpha_2": scale[1],
    }  # fmt: skip


@pytest.mark.parametrize(("m", "n"), SETTINGS)
def test_two_tasks(m, n):
    """F, R_2 and G in sizes and distances; F, R_2 by drift; the first task; the terms of F."""
    scenario = two_tasks(m, n, held=12, alpha=0.8)
    found, at = estimates(scenario, REPLICATES, seed=1), explicit(scenario)
    for name, estimate in (
        ("forgetting", found.forgetting),
        ("generalization", found.generalization),
    ):
        prediction = theorem(f"two-task-{name}-explicit")(**at)
        agrees(estimate.mean, estimate.standard_error, prediction, finest=0.02)
    risk, error = found.risk.mean, found.risk.standard_error
    agrees(risk[1, 1], error[1, 1], theorem("two-task-risk-explicit")(**at), finest=0.01)
    # The first task as one block, and then F and R_2 from its moments by the drift forms.
    P, g = at["P"], min(1.0, n / at["P"])
    first = {"m": P, "n": n, "alpha": 1.0, "N": 0.25, "D_S": 1.5}
    of_block = theorem("first-task-error")
    trained = float(of_block(**first, G_tt=1.0, p_b=m))
    held = float(of_block(**first, G_tt=0.5, p_b=P - m))
    agrees(risk[0, 0], error[0, 0], trained + held, finest=0.01)
    agrees(risk[0, 0], error[0, 0], theorem("double-descent")(m=P, n=n, G_tt=1.5, sigma=0.5), 0.01)
    meet_S, meet_C = -(1 - g) * 0.4, -(1 - g) * 0.1
    drift = {"D_S": 0.8 - 2 * meet_S + trained, "N": 0.2 - 2 * meet_C + held + 0.16}
    sizes = {"m": m, "n": n, "alpha": 0.8}
    forgetting = found.forgetting
    by_drift = theorem("two-task-forgetting")(**sizes, **drift, e_d=meet_S - trained)
    agrees(forgetting.mean, forgetting.standard_error, by_drift, finest=0.02)
    before = drift["D_S"] + drift["N"] - 0.16
    agrees(
        risk[1, 1], error[1, 1], before + theorem("two-task-risk-change")(**sizes, **drift), 0.01
    )
    terms = theorem("forgetting-decomposition")(
        **sizes, sigma=0.4, step_S=0.8, step_C=0.2, e_e=trained, e_e_C=held,
        e_delta_S=meet_S, e_delta_C=meet_C,
    )  # fmt: skip
    agrees(forgetting.mean, forgetting.standard_error, terms, finest=0.02)
    with pytest.raises(AssertionError):  # a negative control: twice the noise of task 2
        agrees(
            forgetting.mean,
            forgetting.standard_error,
            theorem("two-task-forgetting-explicit")(**at | {"sigma_2": 0.4 * math.sqrt(2)}),
            finest=0.02,
        )


@pytest.mark.parametrize(("m", "n"), [OVER[0], UNDER[0]])
def test_the_best_scale_is_best_in_simulation(m, n):
    """R_2 and forgetting at α*, and half way to either side, on draws of the same seed."""
    scenario = two_tasks(m, n, held=12)
    at = explicit(scenario)
    P, g = at["P"], min(1.0, n / at["P"])
    first = {"m": P, "n": n, "alpha": 1.0, "N": 0.25, "D_S": 1.5}
    trained = float(theorem("first-task-error")(**first, G_tt=1.0, p_b=m))
    held = float(theorem("first-task-error")(**first, G_tt=0.5, p_b=P - m))
    meet_S, meet_C = -(1 - g) * 0.4, -(1 - g) * 0.1
    drift = {"D_S": 0.8 - 2 * meet_S + trained, "N": 0.2 - 2 * meet_C + held + 0.16}
    at_best = {
        "second-risk": float(theorem("optimal-scale-second-risk")(m=m, n=n, **drift)),
        "forgetting": float(
            theorem("optimal-scale-forgetting")(m=m, n=n, **drift, e_d=meet_S - trained)
        ),
    }
    for measure, best in at_best.items():
        curve = []
        for scale in (best - 0.4, best, best + 0.4):
            found = estimates(two_tasks(m, n, held=12, alpha=scale), REPLICATES, seed=2)
            forgetting = found.forgetting
            curve.append(
                (found.risk.mean[1, 1], found.risk.standard_error[1, 1])
                if measure == "second-risk"
                else (float(forgetting.mean), float(forgetting.standard_error))
            )
        for mean, error in (curve[0], curve[2]):
            assert (mean - curve[1][0]) / math.hypot(error, curve[1][1]) > LARGEST_Z, measure


@pytest.mark.parametrize(
    ("strategy", "m", "n"),
    [
        ("initialized", *OVER[0]),
        ("frozen", *UNDER[1]),
        pytest.param("frozen", *OVER[1], marks=pytest.mark.slow),
        pytest.param("initialized", *UNDER[0], marks=pytest.mark.slow),
    ],
)
def test_sequences(strategy, m, n):
    """Five tasks, orthogonal steps: risks, F and G, frozen and initialized training."""
    tasks, norm, step, sigma = 5, 1.0, 0.7, 0.4
    frozen = strategy == "frozen"
    blocks = {"shared": 3, "specific": m} if frozen else {"specific": m}
    scenario = scenarios.parse(
        {
            "blocks": blocks,
            "tasks": {"count": tasks, "samples": n, "noise": sigma},
            "optima": {
                "norm": {"shared": 0.6, "specific": norm} if frozen else {"specific": norm},
                "distance": {name: step if name == "specific" else 0.0 for name in blocks},
            },
            "updates": {"strategy": strategy},
        }
    )
    found = estimates(scenario, REPLICATES, seed=3)
    capacity, signal = scenario.blocks.capacity, norm**2 + 0.36 * frozen
    first = {"m": capacity, "n": n, "alpha": 1.0, "N": sigma**2, "D_S": signal}
    own = float(theorem("first-task-error")(**first, G_tt=norm**2, p_b=m))
    held = float(theorem("first-task-error")(**first, G_tt=0.36, p_b=3)) if frozen else 0.0
    at = {"m": m, "n": n, "N": held + sigma**2, "R_1": own, "step": step**2}
    risks = theorem("orthogonal-risk")(**at, t=tasks, i=np.arange(1, tasks + 1)) + held
    agrees(found.risk.mean[-1], found.risk.standard_error[-1], risks, finest=0.01)
    forgetting, total = found.forgetting, found.generalization
    lost = theorem("orthogonal-forgetting")(**at, T=tasks)
    agrees(forgetting.mean, forgetting.standard_error, lost, finest=0.02)
    error = theorem("orthogonal-generalization")(**at, T=tasks) + held
    agrees(total.mean, total.standard_error, error, finest=0.01)


@pytest.mark.parametrize(("n", "alpha", "best"), [(60, 0.3, 19), (20, 0.4, 64)])
@pytest.mark.slow  # the claims best-count and best-capacity ask it of the same engines
def test_the_best_count_is_best_in_simulation(n, alpha, best):
    """64 parameters, optima spread evenly: the best m against counts around it."""
    P, step = 64, 1.0

    def forgets(m: int) -> tuple[float, float]:
        shares = {"trained": m / P, "held": (P - m) / P}
        blocks = {name: round(share * P) for name, share in shares.items() if share}
        scenario = scenarios.parse(
            {
                "blocks": blocks,
                # θ_1 = 0: what was not learned is the whole first optimum, with no spread.
                "tasks": {"count": 2, "samples": [1, n], "noise": 1.0},
                "optima": {
                    "norm": {name: math.sqrt(shares[name]) for name in blocks},
                    "distance": {name: step * math.sqrt(shares[name]) for name in blocks},
                },
                "updates": {
                    "strategy": "custom",
                    "trainable": [[], ["trained"]],
                    "scale": [1.0, alpha],
                },
            }
        )
        found = estimates(scenario, 20_000, seed=4).forgetting
        return float(found.mean), float(found.standard_error)

    chosen = best_count("forgetting", P, n, drift=2.0, overlap=-1.0, sigma=1.0, alpha=alpha)
    assert chosen.m == best
    at_best = forgets(best) if best else (0.0, 0.0)
    agrees(*at_best, chosen.change, finest=0.05) if best else None
    for other in {8, 38, 64} - {best}:
        if abs(other - n) > 3:
            mean, error = forgets(other)
            assert (mean - at_best[0]) / math.hypot(error, at_best[1]) > LARGEST_Z
