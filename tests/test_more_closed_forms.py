"""More closed forms against result R: one step of a sequence, fixed signal, critical distances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.test_closed_forms import updates
from update_magnitude import scenarios
from update_magnitude.theory import means, theorem


@given(updates(), st.floats(0.1, 3), *(st.floats(0, 3) for _ in range(3)))
def test_one_step_of_a_sequence_is_that_of_the_recursion(sizes, step, norm, held, sigma):
    """Frozen training, the shared optimum at rest: the step in the specific block, N with it."""
    m, n = sizes["m"], sizes["n"]
    capacity = m + 4
    assume(abs(capacity - n) > 1)
    scenario = scenarios.parse(
        {
            "blocks": {"shared": 4, "specific": m},
            "tasks": {"count": 3, "samples": n, "noise": sigma},
            "optima": {
                "norm": {"shared": held, "specific": norm},
                "distance": {"shared": 0.0, "specific": step},
            },
            "updates": {"strategy": "frozen"},
        }
    )
    risk = means(scenario).risk
    signal = {"m": capacity, "n": n, "alpha": 1.0, "N": sigma**2, "D_S": held**2 + norm**2}
    rest = float(theorem("first-task-error")(**signal, G_tt=held**2, p_b=4))
    after = theorem("sequence-step")(
        m=m, n=n, N=rest + sigma**2, R_i=risk[1] - rest, apart=np.array([2.0, 1.0, 0.0]) * step**2
    )
    np.testing.assert_allclose(after + rest, risk[2], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("measure", ["forgetting", "second-risk"])
@given(st.integers(1, 60), st.floats(0.05, 10), st.floats(0.05, 30))
def test_fixed_signal_falls_towards_its_plateau(measure, n, eta, xi):
    at = {"n": n, "xi": xi, "eta": eta}
    far = np.array([1e6, 1e7]) * n
    change = theorem(f"fixed-signal-change-{measure}")
    np.testing.assert_allclose(
        change(**at, m=np.array([n + 2.0, 3.0 * n + 2])),
        [n * (eta - xi / (n + 2)), n * (eta / (2 * n + 1) - xi / (3 * n + 2))],
        rtol=1e-12,
    )
    plateau = float(theorem(f"fixed-signal-plateau-{measure}")(**at))
    returns = float(theorem(f"fixed-signal-returns-{measure}")(**at))
    left = change(**at, m=far) - plateau
    np.testing.assert_allclose(left * far, returns, rtol=1e-3, atol=1e-3 * (xi + eta))
    if xi > 1.05 * eta:
        best, value = (
            float(theorem(f"optimal-{what}-{measure}")(**at)) for what in ("count", "count-value")
        )
        assert float(change(**at, m=best)) == pytest.approx(value, rel=1e-9)
        assert (change(**at, m=best * np.array([0.999, 1.001])) > value).sum() >= 1
        assert float(theorem(f"optimal-count-curvature-{measure}")(**at)) > 0


@pytest.mark.parametrize("alpha", [1.0, 0.5])
@pytest.mark.parametrize(("held", "trained", "n"), [(20, 20, 10), (10, 8, 40), (60, 8, 30)])
def test_the_winner_by_the_recursion_changes_at_the_critical_scale(held, trained, n, alpha):
    """At 1% to either side of x ‖δ‖², by result R; where x is negative, at no distance."""
    for measure in ("forgetting", "second_risk", "generalization"):
        capacity, sigma = held + trained, 0.5

        def gap(x: float, strategy: str, capacity=capacity, sigma=sigma):
            scenario = scenarios.parse(
                {
                    "blocks": {"held": held, "trained": trained},
                    "tasks": {"count": 2, "samples": n, "noise": sigma},
                    "optima": {
                        "norm": {"held": 0.5, "trained": 1.2},
                        "distance": {"held": 0.3 * x**0.5, "trained": 0.9 * x**0.5},
                    },
                    "updates": {"strategy": strategy, "scale": [1.0, alpha]},
                }
            )
            found = means(scenario)
            return {
                "forgetting": found.forgetting,
                "second_risk": found.risk[1, 1],
                "generalization": found.generalization,
            }

        signal = {"D_S": 0.25 + 1.44, "N": sigma**2, "alpha": 1.0, "n": n, "m": capacity}
        of = theorem(f"critical-scale-{measure.replace('_', '-')}")
        values = {"P": capacity, "m": trained, "n": n, "sigma": sigma, "alpha": alpha}
        values |= {"step_S": 0.81, "step_C": 0.09}
        values["e_e"] = float(theorem("first-task-error")(**signal, G_tt=1.44, p_b=trained))
        values["e_e_C"] = float(theorem("first-task-error")(**signal, G_tt=0.25, p_b=held))
        x = float(of(**{name: values[name] for name in of.arguments}))
        tried = [0.99 * x, 1.01 * x] if x > 0 else [0.0, 1e4]
        wins = [gap(at, "frozen")[measure] - gap(at, "initialized")[measure] for at in tried]
        assert (wins[0] * wins[1] < 0) == (x > 0)
