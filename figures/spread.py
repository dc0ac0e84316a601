"""Problems whose optima are spread evenly over all parameters, of which the first few train."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.theory import drift


def spread(
    name: str, ends: Sequence[int], trained: int, changes: Mapping[str, object] | None = None
) -> Scenario:
    """A problem of the library in one block, cut in parts; of p of P parameters √(p/P) of a length.

    Args:
        name: of the problem.
        ends: where parts end, rising; the last is the number of parameters.
        trained: how many train at the last task, 0 or one of the ends.
        changes: of other fields.
    """
    base = varied(library(name), changes or {})
    parts = {f"part_{k}": high - low for k, (low, high) in enumerate(pairwise((0, *ends)), 1)}
    shares = {part: math.sqrt(size / ends[-1]) for part, size in parts.items()}
    (norm,), (steps,) = base.optima.norm, base.optima.distance
    moving = [part for part, end in zip(parts, ends, strict=True) if end <= trained]
    distances = {part: [step * share for step in steps] for part, share in shares.items()}
    optima = {
        "norm": {part: norm * share for part, share in shares.items()},
        **({"distance": distances} if steps else {}),
    }
    trainable = [[*parts]] * (base.tasks.count - 1) + [moving]
    fields = {"blocks": parts, "optima": optima, "updates.trainable": trainable}
    return varied(base, fields)


def capacity_arguments(scenario: Scenario) -> dict[str, float]:
    """The arguments of theorems on fixed capacity, but m; all parameters train at both tasks."""
    met = drift(scenario)
    return {
        "P": scenario.blocks.capacity,
        "n": scenario.tasks.samples[1],
        "sigma": scenario.tasks.noise[1],
        "alpha": scenario.updates.scale[1],
        "d_d": float(met.drift.sum()),
        "e_d_all": float(met.overlap.sum()),
    }
