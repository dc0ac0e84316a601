"""The table of theorems: what the modules of this room prove, in the order of derivation."""

from __future__ import annotations

from functools import cache

from update_magnitude.theory import (
    capacity,
    constrained,
    decomposition,
    explicit,
    gradients,
    lemmas,
    optima,
    proximal,
    proximal_size,
    recursion,
    sequence_totals,
    sequences,
    steady_drift,
    task_sequences,
    thresholds,
    two_tasks,
    variance,
)
from update_magnitude.theory.statements import Theorem, by_name

MODULES = (
    lemmas,
    recursion,
    sequences,
    two_tasks,
    explicit,
    decomposition,
    optima,
    capacity,
    constrained,
    thresholds,
    task_sequences,
    sequence_totals,
    steady_drift,
    gradients,
    variance,
    proximal,
    proximal_size,
)


@cache
def theorems() -> dict[str, Theorem]:
    """All theorems, by name."""
    return by_name(theorem for module in MODULES for theorem in module.theorems())
