"""What training a set of modules is taken to cost: the formula of one hybrid strategy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]


def predicted_costs(
    sets: Masks, step: Floats, gap: Floats, parameters: NDArray[np.int64], equations: int
) -> Floats:
    """What training each set of modules is taken to add to the mean risk on two tasks, [K, R].

    This is the definition of the strategy ``hybrid-predicted``: nothing that is measured rests on
    it. It is meant to be what result U says of a linear model, which theory derives on its own;
    ``tests/test_signal_definitions.py`` holds the two together.

    With δ the step between the optima and d the gap to the new one, block by block, an update of S
    (α = 1, no noise) adds −g‖d_S‖² + V/2 + g⟨e_S, d_S⟩ + V/2 = g(‖δ_S‖² − ‖d_S‖²) + v‖d_C‖² where
    the step is orthogonal to the error e that is left on the task before: then
    ⟨e_S, d_S⟩ = ‖δ_S‖² − ‖d_S‖². In the linear model E g = −d; for a network it is an analogy, as
    its curvature differs from module to module. Where n ≪ m, and m hardly changes with it, a
    module trains if its step is short of twice its gap: ‖δ_b‖² < 2‖d_b‖².

    Args:
        sets: which modules train, [K, modules].
        step: ‖δ‖² by module, [R, modules].
        gap: ‖d‖² by module, [R, modules].
        parameters: by module.
        equations: n; where |m − n| ≤ 1, costs are infinite, unless all modules train.
    """
    m, n = sets @ parameters, equations
    gain = np.minimum(1.0, n / np.maximum(m, 1))
    spread = np.where(
        m > n + 1,
        n / np.maximum(m - n - 1, 1),
        np.where(m < n - 1, m / np.maximum(n - m - 1, 1), np.inf),
    )
    inside = sets.astype(float)
    moved = gain[:, None] * (inside @ (step - gap).T)
    left = (1 - inside) @ gap.T  # an estimate, which may be negative
    infinite = np.isinf(spread) & ~sets.all(1)
    costs: Floats = moved + np.where(np.isinf(spread), 0.0, spread)[:, None] * left
    return np.where(infinite[:, None], np.inf, costs)
