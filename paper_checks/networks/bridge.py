"""What the linear theory would have predicted for a network, and whether that was observed.

The network's solutions of all tasks, trained from the same start θ_0, take the place of the optima:
θ_0 is the origin, the modules that train under frozen are the specific block, the others the shared
one, the inner products are those measured (the mean over seeds), a task has one equation per
training image and free output, and there is no noise. The theory then says exactly what frozen and
initialized training of a *linear model with Gaussian features* would do.

What this shows: whether the theory, given the geometry of the solutions and nothing else, orders
the two strategies as the network does. What it does not: a network's features are neither Gaussian
nor fixed, its loss is not the square, its distance from its optimum is not its error. Agreement is
one observation for the analogy, disagreement one against it; neither proves anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paper_checks.networks.verdicts import STANDARD, compared
from scenarios import Scenario, parse
from simulations.networks.optima import Optima
from theory import predict

if TYPE_CHECKING:
    import xarray as xr

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Bridge:
    """A network's place among the linear models."""

    sizes: tuple[int, int]  # parameters: shared, specific
    equations: int  # of a task
    distance: tuple[float, float]  # relative, of consecutive optima: shared, specific
    cosine: float  # of gradients of consecutive tasks at θ_0, mean over tasks and seeds
    predicted: dict[str, str]  # better strategy by forgetting and by the mean risk
    observed: dict[str, str]  # better strategy by Forgetting and by Avg.Acc; "undecided"
    gram: dict[str, list[list[float]]]  # by block

    @property
    def samples_per_parameter(self) -> float:
        """n/P."""
        return self.equations / sum(self.sizes)

    def document(self) -> dict[str, Any]:
        """The bridge as it is printed in JSON."""
        return {
            "blocks": dict(zip(("shared", "specific"), self.sizes, strict=True)),
            "equations": self.equations,
            "samples_per_parameter": self.samples_per_parameter,
            "relative_distance": dict(zip(("shared", "specific"), self.distance, strict=True)),
            "gradient_cosine": self.cosine,
            "gram": self.gram,
            "predicted": self.predicted,
            "observed": self.observed,
            "agrees": {
                key: None if self.observed[key] == "undecided" else self.observed[key] == winner
                for key, winner in self.predicted.items()
            },
        }


def bridge(optima: Optima, found: xr.Dataset) -> Bridge:
    """Put a network in the place of a linear model.

    Args:
        optima: where the solutions of its tasks lie.
        found: the run, with both standard strategies.
    """
    cut = len(optima.parameters) - optima.specific
    sizes = sum(optima.parameters[:cut]), sum(optima.parameters[cut:])
    mean = optima.gram.mean(1)
    gram = {"shared": mean[:cut].sum(0), "specific": mean[cut:].sum(0)}
    return Bridge(
        sizes,
        optima.equations,
        (relative_distance(gram["shared"]), relative_distance(gram["specific"])),
        float(np.nanmean(optima.common)),
        predicted(sizes, gram, optima.equations),
        observed(found),
        {name: block.tolist() for name, block in gram.items()},
    )


def relative_distance(gram: Numbers) -> float:
    """√ of the mean of ‖θ*_t − θ*_{t−1}‖²/(‖θ*_t‖² + ‖θ*_{t−1}‖²): 0 for equal, 1 for orthogonal.

    Example:
        >>> relative_distance(np.eye(3))
        1.0
    """
    squares = np.diagonal(gram)
    sums = squares[1:] + squares[:-1]
    return float(np.sqrt(np.mean(1 - 2 * np.diagonal(gram, 1) / sums)))


def predicted(sizes: tuple[int, int], gram: dict[str, Numbers], equations: int) -> dict[str, str]:
    """The strategy that theory predicts to be better, by forgetting and by the mean risk.

    Example:
        >>> alike = {name: np.full((2, 2), 1.0) for name in ("shared", "specific")}
        >>> predicted((100, 50), alike, 20)
        {'forgetting': 'initialized', 'avg_acc': 'initialized'}
    """
    means = {of: predict(scenario(sizes, gram, equations, of)) for of in STANDARD}
    return {
        "forgetting": min(STANDARD, key=lambda of: means[of].forgetting),
        "avg_acc": min(STANDARD, key=lambda of: means[of].generalization),
    }


def scenario(
    sizes: tuple[int, int], gram: dict[str, Numbers], equations: int, strategy: str
) -> Scenario:
    """The linear model that stands for a network."""
    names = ("shared", "specific")
    return parse(
        {
            "title": "a linear model in the place of a network",
            "blocks": dict(zip(names, sizes, strict=True)),
            "tasks": {"count": len(gram["shared"]), "samples": equations, "noise": 0.0},
            "optima": {"gram": {name: gram[name].tolist() for name in names}},
            "updates": {"strategy": strategy},
        }
    )


def observed(found: xr.Dataset) -> dict[str, str]:
    """The strategy that was better in the run, or "undecided" where the 95% interval covers 0."""
    initialized, frozen = STANDARD
    winners = {}
    for metric, sign in (("forgetting", -1), ("avg_acc", 1)):
        gain = compared(found, metric, frozen, initialized).difference
        low, high = sorted((sign * gain.low, sign * gain.high))
        winners[metric] = frozen if low > 0 else initialized if high < 0 else "undecided"
    return winners
