"""Exact risks of a scenario: result R, run through the schedule of the scenario."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios import Scenario, coordinates
from theory.dynamics import Array, Update, at_zero, risks


@dataclass(frozen=True)
class Prediction:
    """Exact means, and where there are none.

    ``risk`` is infinite where the mean is; the other three are then NaN.
    """

    risk: Array  # [T, T]: risk[t, i] = E R_{i+1}(θ_{t+1})
    forgetting: float  # F_T; NaN for a single task
    generalization: float  # G_T
    learning_error: float  # L_T
    undefined: str | None  # why a value above is infinite or NaN, in words
    variance_finite: NDArray[np.bool_]  # [T]: whether the risks of θ_{t+1} have a finite variance

    def document(self) -> dict[str, Any]:
        """The prediction as it is printed in JSON: null where there is no finite mean."""
        return {
            "risk": [[_finite(entry) for entry in row] for row in self.risk.tolist()],
            "forgetting": _finite(self.forgetting),
            "generalization": _finite(self.generalization),
            "learning_error": _finite(self.learning_error),
            "undefined": self.undefined,
        }


def predict(scenario: Scenario) -> Prediction:
    """The exact mean risks after every task, with forgetting and generalization.

    E R_i(θ_t) = Σ_b (V_b + ‖μ_b − θ*_i‖²_b), with μ = Eθ_t and V_b = E‖θ_t − μ‖²_b carried from
    task to task by result R. Exact at finite size; the cost depends on tasks and blocks alone.

    Args:
        scenario: any scenario whose strategy is not ``hybrid``.

    Returns:
        A prediction with the means, and the reason where one does not exist.

    Raises:
        ScenarioError: for the strategy ``hybrid``, which has no closed dynamics.

    Example:
        >>> import scenarios
        >>> round(predict(scenarios.preset("two-close-tasks")).forgetting, 4)
        -0.8095

    Source: DESIGN §2, result R.
    """
    optima = coordinates(scenario)
    schedule = scenario.schedule
    state, before = at_zero(optima), risks(at_zero(optima), optima)
    risk, changes, calm, reasons = [], [], [], []
    for task, step in enumerate(schedule):
        if step.reset:
            state = at_zero(optima)
        back = risks(state, optima) - before if step.reset else 0.0
        update = Update.of(scenario, task)
        state, change, diverges = update.apply(state, optima, task)
        before = risks(state, optima)
        risk.append(before)
        changes.append(back + change)
        calm.append(not any(state.wild))
        if diverges:
            reasons.append(_why_infinite(update, task))
    return _summary(np.array(risk), np.array(changes), np.array(calm), reasons)


def _summary(
    risk: Array, changes: Array, calm: NDArray[np.bool_], reasons: Sequence[str]
) -> Prediction:
    own = np.diag(risk)
    if len(risk) == 1:
        reasons = [*reasons, "forgetting compares tasks: it needs at least two"]
    return Prediction(
        risk=risk,
        forgetting=_forgetting(risk, changes),
        generalization=_mean(risk[-1]),
        learning_error=_mean(own),
        undefined="; ".join(reasons) or None,
        variance_finite=calm,
    )


def _forgetting(risk: Array, changes: Array) -> float:
    """F_T as the sum of what each later task changed, which does not cancel when that is little."""
    last, own = risk[-1, :-1], np.diag(risk)[:-1]
    if not len(own) or not np.isfinite([last, own]).all():
        return math.nan
    later = np.tril(changes, -1)[:, :-1].sum(axis=0)
    return float(np.where(np.isfinite(later), later, last - own).mean())


def _why_infinite(update: Update, task: int) -> str:
    return (
        f"task {task + 1} moves m = {update.m} parameters on n = {update.samples} samples: with "
        f"|m - n| <= 1 and noise, E[1/chi^2_{update.freedom}] is infinite, so risks that depend "
        "on this update have no finite mean"
    )


def _mean(entries: Array) -> float:
    """The mean over all entries, or NaN where one is infinite."""
    return float(entries.mean()) if np.isfinite(entries).all() else math.nan


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
