"""What a simulation estimates: means with their errors, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario, finite_moments
from update_magnitude.scenarios.quantities import NAMED
from update_magnitude.simulations.engines import is_hybrid
from update_magnitude.simulations.numerics.moments import Array
from update_magnitude.simulations.rounding import lost

Json: TypeAlias = Any  # nested lists and tables, as json takes them


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

    def document(self) -> Json:
        """Nested lists of {"mean", "standard_error"}, as they are printed in JSON."""
        if np.ndim(self.mean):
            pairs = zip(self.mean, self.standard_error, strict=True)
            return [Estimate(*pair).document() for pair in pairs]
        numbers = {"mean": self.mean, "standard_error": self.standard_error}
        return {name: float(x) if np.isfinite(x) else None for name, x in numbers.items()}


@dataclass(frozen=True)
class Decisions:
    """What the hybrid strategy decided at each task; nothing is decided at the first."""

    trained_all: Estimate  # [T]: the share of replicates in which all blocks trained
    signal: Estimate  # [T]: what was held against the threshold


@dataclass(frozen=True)
class Simulation:
    """The estimates of a scenario; for a single task, forgetting is None."""

    risk: Estimate  # [T, T]: risk[t, i] = R_{i+1}(θ_{t+1})
    forgetting: Estimate | None
    generalization: Estimate
    learning_error: Estimate
    undefined: str | None  # why means above are missing, or estimate no finite mean, in words
    digits_lost: str | None  # which numbers above rounding makes untrustworthy, in words
    decisions: Decisions | None  # of the hybrid strategy
    engine: str
    replicates: int
    seed: int
    dtype: str
    device: str

    def document(self) -> dict[str, Json]:
        """The simulation as it is printed in JSON; decisions only where there are some."""
        document = {}
        for name, value in vars(self).items():
            if isinstance(value, Decisions):
                value = {part: estimate.document() for part, estimate in vars(value).items()}
            if value is not None or name != "decisions":
                document[name] = value.document() if isinstance(value, Estimate) else value
        return document


def simulation_of(
    measured: Estimate, weights: Array, scenarios: Sequence[Scenario], about: Mapping[str, Json]
) -> Simulation:
    """The simulation of one combination, with weights [G], of scenarios that ran together.

    ``measured`` holds its measures in the order of ``measures``, then what the engine records:
    of the hybrid strategy whether all blocks trained at each task, and its signals.
    """
    tasks = scenarios[0].tasks.count
    ends = [tasks**2, tasks**2 + 3, tasks**2 + 3 + tasks]
    columns = (measured.mean, measured.standard_error, np.asarray(measured.rounding))
    means, errors, rounding = (np.split(column, ends) for column in columns)
    risk = Estimate(*(part[0].reshape(tasks, tasks) for part in (means, errors, rounding)))
    rows = zip(means[1], errors[1], rounding[1], strict=True)
    forgetting, generalization, learning = (Estimate(*row) for row in rows)
    named = {f"R_{i + 1}(θ_{t + 1})": risk.at(t, i) for t, i in np.ndindex(tasks, tasks)}
    named |= {"F": forgetting, "G": generalization, "L": learning}
    trained_all, signal = (Estimate(means[part], errors[part]) for part in (2, 3))
    involved = [scenario for scenario, weight in zip(scenarios, weights, strict=True) if weight]
    return Simulation(
        risk=risk,
        forgetting=forgetting if tasks > 1 else None,
        generalization=generalization,
        learning_error=learning,
        undefined=finite_moments.undefined(involved or scenarios, risk.mean),
        digits_lost=_digits_lost(named, about),
        decisions=Decisions(trained_all, signal) if is_hybrid(scenarios) else None,
        **about,
    )


def _digits_lost(named: Mapping[str, Estimate], about: Mapping[str, Json]) -> str | None:
    """Which numbers rounding makes untrustworthy, in a sentence; None if it makes none so."""
    names = [name for name, estimate in named.items() if estimate.lost]
    if not names:
        return None
    words = [*names[:NAMED], *([f"{len(names) - NAMED} more"] * (len(names) > NAMED))]
    most = max(float(np.asarray(named[name].rounding)) for name in names)
    other = "; the law engine may keep them" if about["engine"] != "law" else ""
    return (
        f"rounding in {about['dtype']} may have moved {', '.join(words)} by more than the standard "
        f"error says, by up to {most:.1g}{other}"
    )
