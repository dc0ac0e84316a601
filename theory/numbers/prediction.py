"""Exact risks of a scenario: result R, run through the schedule of the scenario."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario, coordinates, finite_moments
from update_magnitude.theory.numbers.dynamics import Update, at_zero, risks
from update_magnitude.theory.numbers.rounding import Errors, Rounding, rounding_of

SEEN = 1e-6  # of a number: rounding below it changes none of the digits that are printed
NAMED = 12  # numbers that a sentence names


@dataclass(frozen=True)
class Prediction:
    """Exact means, and where there are none.

    A risk is infinite where its mean is; forgetting, a difference, is then NaN. ``freedom`` is the
    least ν = |m − n| + 1 of all χ²_ν that divide the noise in θ_{t+1}, infinite without noise:
    ``scenarios.finite_moments`` says which moments of the risks are finite for it.
    """

    risk: NDArray[np.float64]  # [T, T]: risk[t, i] = E R_{i+1}(θ_{t+1})
    forgetting: float  # F_T; NaN for a single task
    generalization: float  # G_T
    learning_error: float  # L_T
    undefined: str | None  # why a value above is infinite or NaN, in words
    freedom: NDArray[np.float64]  # [T]: moments of order k of the risks of θ_{t+1} need ν > 2k
    rounding: Rounding  # how far rounding may have moved the means

    @property
    def digits_lost(self) -> str | None:
        """Which means rounding makes untrustworthy, in words; None if it makes none so."""
        numbers: dict[str, tuple[Any, Any]] = {
            f"R_{i + 1}(θ_{t + 1})": (value, self.rounding.risk[t, i])
            for (t, i), value in np.ndenumerate(self.risk)
        }
        numbers["F"] = (self.forgetting, self.rounding.forgetting)
        numbers["G"] = (self.generalization, self.rounding.generalization)
        numbers["L"] = (self.learning_error, self.rounding.learning_error)
        lost = {name: off for name, (value, off) in numbers.items() if off > SEEN * abs(value) > 0}
        if not lost:
            return None
        named = [*list(lost)[:NAMED], *([f"{len(lost) - NAMED} more"] * (len(lost) > NAMED))]
        return f"rounding may have moved {', '.join(named)}, by up to {max(lost.values()):.1g}"

    def document(self) -> dict[str, Any]:
        """The prediction as it is printed in JSON: null where there is no finite mean."""
        return {
            "risk": [[_finite(entry) for entry in row] for row in self.risk.tolist()],
            "forgetting": _finite(self.forgetting),
            "generalization": _finite(self.generalization),
            "learning_error": _finite(self.learning_error),
            "undefined": self.undefined,
            "digits_lost": self.digits_lost,
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
        >>> from update_magnitude import scenarios
        >>> round(predict(scenarios.preset("two-close-tasks")).forgetting, 4)
        -0.8095

    Source: docs/model.md, result R.
    """
    optima = coordinates(scenario)
    schedule = scenario.schedule
    start = state = at_zero(optima)
    exact = errors = Errors.at_zero(scenario, optima)
    risk, rounding, changes, freedom = [], [], [], []
    for task, step in enumerate(schedule):
        update = Update.of(scenario, task)
        before, errors = (start, exact) if step.reset else (state, errors)
        state, change = update.apply(before, optima, task)
        errors = errors.after(update, before, state, optima, task)
        risk.append(risks(state, optima))
        rounding.append(errors.risks(state, optima, risk[-1]))
        changes.append(change)
        freedom.append(float(state.tails.least))
    table = np.array(risk)
    forgetting = _forgetting(table, np.array(changes), reset=schedule[-1].reset)
    return _summary(scenario, table, forgetting, np.array(freedom), rounding_of(np.array(rounding)))


def _summary(
    scenario: Scenario,
    risk: NDArray[np.longdouble],
    forgetting: float,
    freedom: NDArray[np.float64],
    rounding: Rounding,
) -> Prediction:
    return Prediction(
        risk=risk.astype(float),
        forgetting=forgetting,
        generalization=_mean(risk[-1]),
        learning_error=_mean(np.diag(risk)),
        undefined=finite_moments.undefined([scenario], risk),
        freedom=freedom,
        rounding=rounding,
    )


def _forgetting(
    risk: NDArray[np.longdouble], changes: NDArray[np.longdouble], reset: bool
) -> float:
    """F_T from what each update changed, which keeps its digits where that is little.

    Updates that go on from each other add up from task i to task T. Updates that each start from
    θ = 0 change the same risks, ‖θ*_i‖²: then the last change is compared with that of task i.
    """
    last, own = risk[-1, :-1], np.diag(risk)[:-1]
    if not len(own) or not np.isfinite([last, own]).all():
        return math.nan
    if reset:
        later = changes[-1, :-1] - np.diag(changes)[:-1]
    else:
        with np.errstate(invalid="ignore"):  # to infinity and back is NaN, and not used
            later = np.tril(changes, -1)[:, :-1].sum(axis=0)
            far = np.abs(np.tril(changes, -1))[:, :-1].sum(axis=0)
        later = np.where(far <= last + own, later, last - own)  # far away and back loses digits
    return float(np.where(np.isfinite(later), later, last - own).mean())


def _mean(entries: NDArray[np.longdouble]) -> float:
    """The mean over all entries; infinite where one is."""
    return float(entries.mean())


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
