"""What a simulation finds, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from update_magnitude.scenarios import Scenario, ScenarioError, finite_moments
from update_magnitude.simulations.engines import is_hybrid
from update_magnitude.simulations.streaming import Array


@dataclass(frozen=True)
class Estimate:
    """Means over replicates with their standard errors."""

    mean: Array
    standard_error: Array

    def document(self) -> Any:
        """Nested lists of {"mean", "standard_error"}, as they are printed in JSON."""
        if np.ndim(self.mean):
            pairs = zip(self.mean, self.standard_error, strict=True)
            return [Estimate(*pair).document() for pair in pairs]
        return {"mean": _known(self.mean), "standard_error": _known(self.standard_error)}


@dataclass(frozen=True)
class Decisions:
    """What the hybrid strategy decided at each task; nothing is decided at the first."""

    trained_all: Estimate  # [T]: the share of replicates in which all blocks trained
    signal: Estimate  # [T]: what was held against the threshold

    def document(self) -> dict[str, Any]:
        """The decisions as they are printed in JSON."""
        return {"trained_all": self.trained_all.document(), "signal": self.signal.document()}


@dataclass(frozen=True)
class Simulation:
    """What a simulation of a scenario found; for a single task, forgetting is None."""

    risk: Estimate  # [T, T]: risk[t, i] = R_{i+1}(θ_{t+1})
    forgetting: Estimate | None
    generalization: Estimate
    learning_error: Estimate
    decisions: Decisions | None  # of the hybrid strategy
    undefined: str | None  # why means above are missing, or estimate no finite mean, in words
    replicates: int
    seed: int
    engine: str
    dtype: str
    device: str

    def document(self) -> dict[str, Any]:
        """The simulation as it is printed in JSON."""
        forgetting = self.forgetting
        return {
            "risk": self.risk.document(),
            "forgetting": forgetting.document() if forgetting else None,
            "generalization": self.generalization.document(),
            "learning_error": self.learning_error.document(),
            "undefined": self.undefined,
            **({"decisions": self.decisions.document()} if self.decisions else {}),
            "engine": self.engine,
            "replicates": self.replicates,
            "seed": self.seed,
            "dtype": self.dtype,
            "device": self.device,
        }


def simulation_of(
    measured: Estimate, weights: Array, scenarios: Sequence[Scenario], run: dict[str, Any]
) -> Simulation:
    """Unpack the measures of one contrast, in the order of ``measures``."""
    tasks = scenarios[0].tasks.count
    square, summaries = (tasks, tasks), tasks**2 + 3
    rows = zip(measured.mean[:summaries], measured.standard_error[:summaries], strict=True)
    forgetting, generalization, learning = [Estimate(*pair) for pair in rows][-3:]
    risk = measured.mean[: tasks**2].reshape(square)
    involved = [of for of, weight in zip(scenarios, weights, strict=True) if weight]
    return Simulation(
        risk=Estimate(
            risk,
            measured.standard_error[: tasks**2].reshape(square),
        ),
        forgetting=forgetting if tasks > 1 else None,
        generalization=generalization,
        learning_error=learning,
        decisions=_decisions(measured, summaries, tasks) if is_hybrid(scenarios) else None,
        undefined=finite_moments.undefined(involved or scenarios, risk),
        **run,
    )


def _decisions(measured: Estimate, first: int, tasks: int) -> Decisions:
    """Unpack what the hybrid engine records, choices before signals."""
    last = first + tasks
    return Decisions(
        trained_all=Estimate(measured.mean[first:last], measured.standard_error[first:last]),
        signal=Estimate(measured.mean[last:], measured.standard_error[last:]),
    )


def require_digits(scenarios: Sequence[Scenario]) -> None:
    """Refuse updates so near the interpolation threshold that single precision may lose them.

    A Gram matrix has no digits left in float32 where the condition number of its m × n factor is
    above K = 4096. With ν = |m − n| that happens with probability 0.4 (6.414 max(m, n)/((ν + 1)K))^
    (ν + 1) at most.

    Raises:
        ScenarioError: naming the task, where the probability is above 10⁻⁶.

    Source: Z. Chen and J. J. Dongarra, Condition numbers of Gaussian random matrices (2005).
    """
    for scenario in scenarios:
        for task, n in enumerate(scenario.tasks.samples):
            for m in _counts(scenario, task):
                degrees = abs(m - n) + 1
                if m and 0.4 * (6.414 / 4096 * max(m, n) / degrees) ** min(degrees, 99) > 1e-6:
                    raise ScenarioError(
                        f"tasks.samples = {n} at task {task + 1}, where {m} parameters move: too "
                        "close for single precision; use float64, or the law engine"
                    )


def _counts(scenario: Scenario, task: int) -> list[int]:
    """How many parameters may move at a task."""
    sizes = np.array(scenario.blocks.sizes, dtype=object)
    return [int((sizes * trained).sum()) for trained in map(np.array, scenario.options(task))]


def _known(value: Array) -> float | None:
    return float(value) if np.isfinite(value) else None
