"""What a simulation finds, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario, finite_moments
from update_magnitude.simulations.engines import is_hybrid
from update_magnitude.simulations.numerics.moments import Array
from update_magnitude.simulations.rounding import lost


@dataclass(frozen=True)
class Estimate:
    """Means over replicates with their standard errors, and by how much rounding may move them."""

    mean: Array
    standard_error: Array
    rounding: Array | float = 0.0

    @property
    def lost(self) -> NDArray[np.bool_]:
        """Whether rounding takes digits away that mean and standard error pretend to have."""
        return lost(self.mean, self.standard_error, np.asarray(self.rounding))

    def at(self, *place: int) -> Estimate:
        """One of several, by its place."""
        columns = (self.mean, self.standard_error, np.broadcast_to(self.rounding, self.mean.shape))
        return Estimate(*(column[place] for column in columns))

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
    digits_lost: str | None  # which numbers above rounding makes untrustworthy, in words
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
            "digits_lost": self.digits_lost,
            **({"decisions": self.decisions.document()} if self.decisions else {}),
            "engine": self.engine,
            "replicates": self.replicates,
            "seed": self.seed,
            "dtype": self.dtype,
            "device": self.device,
        }


NAMED = 12  # numbers that a sentence names


def simulation_of(
    measured: Estimate, weights: Array, scenarios: Sequence[Scenario], run: dict[str, Any]
) -> Simulation:
    """The simulation of one contrast.

    Args:
        measured: its measures in the order of ``measures``, and then what the engine records.
        weights: of the scenarios in the contrast.
        scenarios: that ran together.
        run: the other fields of the simulation.
    """
    tasks = scenarios[0].tasks.count
    square, summaries = (tasks, tasks), tasks**2 + 3
    columns = (measured.mean, measured.standard_error, np.asarray(measured.rounding))
    numbers = [column[:summaries] for column in columns]
    risk = Estimate(*(column[: tasks**2].reshape(square) for column in numbers))
    rows = zip(*(column[-3:] for column in numbers), strict=True)
    forgetting, generalization, learning = [Estimate(*row) for row in rows]
    named = {**_names(risk), "F": forgetting, "G": generalization, "L": learning}
    involved = [scenario for scenario, weight in zip(scenarios, weights, strict=True) if weight]
    return Simulation(
        risk=risk,
        forgetting=forgetting if tasks > 1 else None,
        generalization=generalization,
        learning_error=learning,
        decisions=_decisions(measured, summaries, tasks) if is_hybrid(scenarios) else None,
        undefined=finite_moments.undefined(involved or scenarios, risk.mean),
        digits_lost=_digits_lost({name: entry for name, entry in named.items() if entry.lost}, run),
        **run,
    )


def _names(risk: Estimate) -> dict[str, Estimate]:
    """Every risk by itself, under its symbol."""
    return {f"R_{i + 1}(θ_{t + 1})": risk.at(t, i) for t, i in np.ndindex(risk.mean.shape)}


def _digits_lost(found: dict[str, Estimate], run: dict[str, Any]) -> str | None:
    """Which numbers rounding makes untrustworthy, in a sentence; None if it makes none so."""
    if not found:
        return None
    named = [*list(found)[:NAMED], *([f"{len(found) - NAMED} more"] * (len(found) > NAMED))]
    most = max(float(np.asarray(result.rounding)) for result in found.values())
    other = "; the law engine may keep them" if run["engine"] != "law" else ""
    return (
        f"rounding in {run['dtype']} may have moved {', '.join(named)} by more than the standard "
        f"error says, by up to {most:.1g}{other}"
    )


def _decisions(measured: Estimate, first: int, tasks: int) -> Decisions:
    """Unpack what the hybrid engine records, choices before signals."""
    last = first + tasks
    return Decisions(
        trained_all=Estimate(measured.mean[first:last], measured.standard_error[first:last]),
        signal=Estimate(measured.mean[last:], measured.standard_error[last:]),
    )


def _known(value: Array) -> float | None:
    return float(value) if np.isfinite(value) else None
