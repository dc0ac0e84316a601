"""What theory predicts for a scenario or a family, as a labelled dataset and in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario, finite_moments
from update_magnitude.scenarios.families import Family, family_of
from update_magnitude.scenarios.quantities import MEASURES, NAMED, SYMBOLS, TOTALS, labelled
from update_magnitude.scenarios.schema import require_scenario
from update_magnitude.theory.numbers.descent import is_stopped
from update_magnitude.theory.numbers.equivalent import is_needed
from update_magnitude.theory.numbers.means import Means, means
from update_magnitude.theory.numbers.rounding import Numbers, Rounding

if TYPE_CHECKING:
    import xarray
    from jaxtyping import Bool, Float64, Shaped

SEEN = 1e-6  # of a number: rounding below it changes none of the digits that are printed
METHODS = ("exact", "spectral filter", "deterministic equivalent")


def predict(subject: Scenario | Family) -> xarray.Dataset:
    """The mean risks after every task, with forgetting and generalization.

    E R_i(θ_t) = Σ_b (V_b + ‖μ_b − θ*_i‖²_b), with μ = Eθ_t and V_b = E‖θ_t − μ‖²_b carried from
    task to task by result R. Exact at finite size where result U is, else a limit for many
    parameters and samples (results D and S), as ``method`` says; the cost depends on tasks and
    blocks alone.

    Args:
        subject: a scenario, or a family of scenarios, whose strategy is not ``hybrid``.

    Returns:
        A dataset with ``risk`` over (``learned``, ``task``), ``forgetting``, ``generalization``
        and ``learning_error``, the axes of the family in front; NaN where there is no finite mean,
        as ``undefined`` then says in words; ``digits_lost`` says which means rounding spoils;
        ``method`` (an attribute, or a variable where scenarios differ) by which result.

    Raises:
        ScenarioError: for the strategy ``hybrid``, which has no closed dynamics.

    Example:
        >>> from update_magnitude import scenarios
        >>> close = scenarios.preset("two-close-tasks")
        >>> predict(close).forgetting.round(4).item()
        -0.8095
        >>> far = scenarios.family(close, {"optima.distance.specific": [0.2, 2.0]})
        >>> predict(far).forgetting.values.round(4).tolist()
        [-0.8095, 0.428]

    Source: docs/model.md, result R.
    """
    family = family_of(subject)
    found = means(family)
    undefined_at, lost_at = (np.full(family.shape, "", object) for _ in range(2))
    for place in map(tuple, np.argwhere(_is_flagged(found)).tolist()):
        scenario = family.scenario_at(place)
        own = _at(found, place, scenario.tasks.count)
        undefined_at[place] = undefined(scenario, own) or ""
        lost_at[place] = digits_lost(own) or ""
    numbers = {name: _finite_or(np.nan, getattr(found, name)) for name in MEASURES}
    sentences = {"undefined": undefined_at, "digits_lost": lost_at}
    methods = methods_of(family)
    used = [method for method in METHODS if (methods == method).any()]
    if len(used) > 1:
        sentences["method"] = methods
    return labelled(family, numbers, sentences, {"method": " or ".join(used)})


def document(scenario: Scenario) -> dict[str, object]:
    """The prediction as it is printed in JSON: null where there is no finite mean."""
    found = means(scenario)
    return {
        **{name: _finite_or(None, getattr(found, name)).tolist() for name in MEASURES},
        "undefined": undefined(scenario, found),
        "digits_lost": digits_lost(found),
        "method": methods_of(family_of(scenario)).item(),
    }


def methods_of(family: Family) -> Shaped[NDArray[np.generic], "*grid"]:
    """By which result each scenario of a family is predicted: the least exact of its updates'."""
    ranks = np.zeros(family.shape, int)
    for part in family.parts:
        for task, step in enumerate(part.scenario.schedule):
            update = part.numbers.update(task, step.trainable)
            own = np.maximum(is_stopped(update), 2 * is_needed(update))
            ranks[part.place] = np.maximum(ranks[part.place], own)
    return np.asarray(np.array(METHODS)[ranks])


def undefined(scenario: Scenario, found: Means[float]) -> str | None:
    """Why means of a scenario are infinite or missing, in words; None where none is."""
    require_scenario(scenario)
    return finite_moments.undefined([scenario], found.risk)


def digits_lost(found: Means[float]) -> str | None:
    """Which means of a scenario rounding spoils, in words; None if it spoils none."""
    numbers = {
        f"R_{i + 1}(θ_{t + 1})": (value, found.rounding.risk[t, i])
        for (t, i), value in np.ndenumerate(found.risk)
    }
    for name in TOTALS:
        numbers[SYMBOLS[name]] = (getattr(found, name), getattr(found.rounding, name))
    lost = {name: error for name, (value, error) in numbers.items() if _is_lost(value, error)}
    if not lost:
        return None
    named = [*list(lost)[:NAMED], *([f"{len(lost) - NAMED} more"] * (len(lost) > NAMED))]
    return f"rounding may have moved {', '.join(named)}, by up to {max(lost.values()):.1g}"


def _is_lost(
    value: Float64[Numbers, "*numbers"] | float, error: Float64[Numbers, "*numbers"] | float
) -> Bool[NDArray[np.bool_], "*numbers"]:
    size = np.asarray(np.abs(value))
    return np.asarray((error > SEEN * size) & (size > 0))


def _is_flagged(found: Means[Numbers]) -> Bool[NDArray[np.bool_], "*grid"]:
    """Where something is to be said of the means of a family."""
    flagged = ~np.isfinite(found.forgetting) | ~np.isfinite(found.generalization)
    flagged |= ~np.isfinite(found.risk).all((-2, -1))
    flagged |= _is_lost(found.risk, found.rounding.risk).any((-2, -1))
    for name in TOTALS:
        flagged |= _is_lost(getattr(found, name), getattr(found.rounding, name))
    return np.asarray(flagged)


def _at(found: Means[Numbers], place: tuple[int, ...], tasks: int) -> Means[float]:
    """The means of one scenario of a family, which may have fewer tasks than the largest."""

    def own(values: Numbers | float) -> Any:
        cut = np.asarray(values)[place]
        return cut[(slice(tasks),) * cut.ndim]

    risk, forgetting, generalization, learning_error, freedom = map(own, found[:-1])
    rounding = Rounding(*map(own, found.rounding))
    return Means(risk, forgetting, generalization, learning_error, freedom, rounding)


def _finite_or(missing: object, values: Numbers | float) -> NDArray[Any]:
    """The values, with something else where one is not finite."""
    return np.where(np.isfinite(values), values, np.asarray(missing))
