"""What claims ask of a scenario: its regime, its size, and whether a z-test is valid."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from update_magnitude.paper_checks.questions import LAW
from update_magnitude.scenarios import Scenario, coordinates
from update_magnitude.scenarios.families import family_of
from update_magnitude.scenarios.finite_moments import (
    FOURTH_MOMENT,
    MEAN,
    VARIANCE,
    degrees_of_freedom,
    freedom_after_tasks,
    is_finite,
)
from update_magnitude.theory import Means, means, undefined
from update_magnitude.theory.numbers.prediction import methods_of
from update_magnitude.theory.numbers.rounding import Rounding


def regime(scenario: Scenario) -> str:
    """Over- or underparameterized, or mixed, by the sizes of the updates."""
    gaps = set()
    for task, n in enumerate(scenario.tasks.samples):
        m = scenario.trainable_count(task)
        if m:
            gaps.add(int(np.sign(m - n)) if is_finite(MEAN, degrees_of_freedom(m, n)) else 0)
    words = {1: "overparameterized", -1: "underparameterized", 0: "threshold"}
    return words[gaps.pop()] if len(gaps) == 1 else "mixed" if gaps else "no update"


def size_of(scenario: Scenario, prediction: Means[float]) -> float:
    """The largest number around: a squared norm of an optimum, or a risk.

    What rounds, rounds in proportion to it; no resolution is relative to it.
    """
    norms = sum((block**2).sum(axis=1) for block in coordinates(scenario))
    finite = prediction.risk[np.isfinite(prediction.risk)]
    return float(max(np.max(norms), finite.max(initial=0.0), np.finfo(float).tiny))


def exact(measure: str, scenario: Scenario) -> float:
    """A measure of a scenario in theory; of two tasks, ``second_risk`` is R_2 after task 2."""
    prediction = means(scenario)
    return float(
        prediction.risk[1, 1] if measure == "second_risk" else getattr(prediction, measure)
    )


def means_asked(
    scenario: Scenario, freedom: NDArray[np.float64]
) -> list[tuple[str, str, tuple[int, ...], float]]:
    """Every risk, F and G: measure, symbol, tasks counted from 0, and the ν that decides on it."""
    tasks = range(scenario.tasks.count)
    rows: list[tuple[str, str, tuple[int, ...], float]] = [
        ("risk", f"R_{i + 1}(θ_{t + 1})", (t, i), freedom[t]) for t in tasks for i in tasks
    ]
    if scenario.tasks.count > 1:
        rows.append(("forgetting", "F", (), min(freedom)))
    return [*rows, ("generalization", "G", (), freedom[-1])]


def value_of(
    numbers: Means[float] | Rounding[float], measure: str, place: tuple[int, ...]
) -> float:
    """One of the means, or how far rounding may have moved it."""
    found = getattr(numbers, measure)
    return float(found[place] if place else found)


def size_of_risks(measure: str, *scenarios: Scenario) -> float:
    """The size of the risks that a measure is made of; of the larger, if it is a difference."""
    if measure == "forgetting":
        return forgetting_size(*map(means, scenarios))
    return max(exact(measure, scenario) for scenario in scenarios)


def forgetting_size(*predictions: Means[float]) -> float:
    """The size of the risks that forgetting is made of; of the larger, if it is a difference.

    For every task but the last the larger of R_i(θ_T) and R_i(θ_i), the mean over the tasks.
    """
    return max(
        float(np.maximum(prediction.risk[-1], np.diag(prediction.risk))[:-1].mean())
        for prediction in predictions
    )


def yardstick(scenarios: Iterable[Scenario], engine: str, size: float) -> float:
    """What the resolution of a claim about the forgetting of some scenarios is relative to.

    On the dense engine, a witness at a hundredth of the speed, the risks that it is made of; on the
    law engine a size that the claim names, such as the largest forgetting that is compared, where
    that is less.
    """
    risks = size_of_risks("forgetting", *scenarios)
    return min(size, risks) if engine == LAW else risks


def is_exact(scenario: Scenario) -> bool:
    """Whether theory predicts a scenario at its size, and not in a limit."""
    return bool(methods_of(family_of(scenario)).item() == "exact")


def is_testable(scenario: Scenario) -> bool:
    """Whether all risks of a scenario have the fourth moments that a z-test of means rests on."""
    return bool(is_finite(FOURTH_MOMENT, freedom_after_tasks(scenario)).all())


def untestable(
    value: float, scenario: Scenario, prediction: Means[float], freedom: float
) -> str | None:
    """Why no z-test of a predicted value is valid, if so; ν is the least of χ²_ν in its noise."""
    if not math.isfinite(value):
        return undefined(scenario, prediction)
    if is_finite(FOURTH_MOMENT, freedom):
        return None
    which = "fourth moment" if is_finite(VARIANCE, freedom) else "variance"
    return (
        f"an update with noise has |m - n| + 1 = {freedom:.0f}, so this has an infinite {which} "
        "and a z-test is not valid"
    )
