"""Exact means of scenarios and of families: result R, run through their schedules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, overload

import numpy as np

from update_magnitude.scenarios import Scenario
from update_magnitude.scenarios.families import Family, Part, family_of
from update_magnitude.theory.numbers.dynamics import (
    Array,
    Real,
    State,
    risks,
    trajectory,
    variances,
)
from update_magnitude.theory.numbers.rounding import (
    Errors,
    Number,
    Numbers,
    Rounding,
    rounding_of,
)

if TYPE_CHECKING:
    from jaxtyping import Float64, Shaped


class Means(NamedTuple, Generic[Number]):
    """Exact means, with the axes of the family in front; a single scenario has none.

    A risk is infinite where its mean is; forgetting, a difference, is then NaN. ``freedom`` is the
    least ν = ``|m − n| + 1`` of all χ²_ν that divide the noise in θ_{t+1}, infinite without noise:
    ``scenarios.finite_moments`` says which moments of the risks are finite for it.
    """

    risk: Float64[Numbers, "*grid tasks tasks"]  # risk[t, i] = E R_{i+1}(θ_{t+1})
    forgetting: Number  # F_T; NaN for a single task
    generalization: Number  # G_T
    learning_error: Number  # L_T
    # Moments of order k of the risks of θ_{t+1} need ν > 2k.
    freedom: Float64[Numbers, "*grid tasks"]
    rounding: Rounding[Number]  # how far rounding may have moved the means


class Totals(NamedTuple):
    """The means that sum up all risks, with the axes of the family; NaN where there is none."""

    forgetting: Float64[Numbers, "*grid"]
    generalization: Float64[Numbers, "*grid"]
    learning_error: Float64[Numbers, "*grid"]


@overload
def means(subject: Scenario) -> Means[float]: ...
@overload
def means(subject: Family) -> Means[Numbers]: ...
def means(subject: Scenario | Family) -> Means[float] | Means[Numbers]:
    """What ``predict`` says, as bare numbers with how far rounding may have moved them.

    Args:
        subject: any scenario, or family of scenarios, whose strategy is not ``hybrid``.

    Raises:
        ScenarioError: for the strategy ``hybrid``, which has no closed dynamics.

    Example:
        >>> from update_magnitude import scenarios
        >>> round(means(scenarios.preset("two-close-tasks")).forgetting, 4)
        -0.8095

    Source: docs/model.md, result R.
    """
    family = family_of(subject)
    places = [part.place for part in family.parts]
    *own, rounding = zip(*map(_means_of_part, family.parts), strict=True)
    risk, forgetting, generalization, learning_error, freedom = (
        _assembled(family, places, values) for values in own
    )
    errors = (_assembled(family, places, values) for values in zip(*rounding, strict=True))
    return Means(risk, forgetting, generalization, learning_error, freedom, Rounding(*errors))


def _means_of_part(part: Part) -> Means[Numbers]:
    """The means of scenarios that differ in numbers alone."""
    optima, variance = part.numbers.optima, variances(part.numbers)
    exact = errors = Errors.at_zero(part)
    table, rounding, changes, freedom = [], [], [], []
    for task, learned in enumerate(trajectory(part)):
        errors = (exact if learned.reset else errors).after(learned, optima, task)
        found = risks(learned.after, optima, variance)
        table.append(_spread_out(found, part))
        rounding.append(_spread_out(errors.risks(learned.after, optima, variance, found), part))
        changes.append(_spread_out(learned.change, part))
        freedom.append(np.broadcast_to(learned.after.tails.least, part.shape))
    found = np.array(table)  # [T, T, ...]
    own = np.einsum("tt...->t...", found)
    return Means(
        _front(found, 2),
        _forgetting(found, own, np.array(changes), reset=learned.reset),
        _mean(found[-1]),
        _mean(own),
        _front(np.array(freedom, float), 1),
        rounding_of(np.array(rounding)),
    )


def totals(subject: Scenario | Family) -> Totals:
    """Forgetting, generalization and learning error over a family, without the risks.

    They are what maps of hundreds of thousands of scenarios show: the T² risks of each would take
    T times as long. Forgetting is a difference of risks here; ``means`` has more digits of it.
    Arguments and errors are those of ``means``.

    Example:
        >>> from update_magnitude import scenarios
        >>> far = {"optima.distance.specific": [0.2, 2.0]}
        >>> close = scenarios.preset("two-close-tasks")
        >>> totals(scenarios.family(close, far)).forgetting.round(4).tolist()
        [-0.8095, 0.428]

    Source: docs/model.md, result R.
    """
    family = family_of(subject)
    places = [part.place for part in family.parts]
    found = zip(*map(_totals_of_part, family.parts), strict=True)
    return Totals(*(_assembled(family, places, values) for values in found))


def _totals_of_part(part: Part) -> Totals:
    optima, variance = part.numbers.optima, variances(part.numbers)
    own = []
    for task, learned in enumerate(trajectory(part, changes=False)):
        own.append(_risk(learned.after, optima, variance, task))
    last = [_risk(learned.after, optima, variance, task) for task in range(len(own))]
    with np.errstate(invalid="ignore"):  # from infinity to infinity
        lost = [after - before for after, before in zip(last[:-1], own[:-1], strict=True)]
    return Totals(*(_known_mean(values, part) for values in (lost, last, own)))


def _risk(
    state: State,
    optima: Sequence[Shaped[Array, "tasks _ *#grid"]],
    variance: Sequence[Shaped[Array, "tasks *#grid"]],
    task: int,
) -> Shaped[Array, "*grid"]:
    """E R_i for one task."""
    own = slice(task, task + 1)
    points, metric = [block[own] for block in optima], [series[own] for series in variance]
    return np.asarray(risks(state, points, metric)[0])


def _known_mean(values: Sequence[Array | Real], part: Part) -> Numbers:
    """The mean over tasks; NaN where there is none."""
    if not values:
        return np.full(part.shape, np.nan)
    total = np.asarray(sum(values) / len(values)).astype(float)
    return np.broadcast_to(np.where(np.isfinite(total), total, np.nan), part.shape)


def _forgetting(
    risk: Shaped[Array, "tasks tasks *grid"],
    own: Shaped[Array, "tasks *grid"],
    changes: Shaped[Array, "tasks tasks *grid"],
    *,
    reset: bool,
) -> Float64[Numbers, "*grid"]:
    """F_T from what each update changed, which keeps its digits where that is little.

    Updates that go on from each other add up from task i to task T. Updates that each start from
    θ = 0 change the same risks, ‖θ*_i‖²: then the last change is compared with that of task i.
    """
    last, first = risk[-1, :-1], own[:-1]
    if not len(first):
        return np.full(risk.shape[2:], np.nan)
    with np.errstate(invalid="ignore"):  # to infinity and back is NaN, and not used
        plain = last - first
        if reset:
            later = changes[-1, :-1] - np.einsum("tt...->t...", changes)[:-1]
        else:
            below = np.tril(np.ones(risk.shape[:2], bool), -1)
            below = below.reshape(*below.shape, *(1,) * (risk.ndim - 2))
            after = np.where(below, changes, 0)[:, :-1]
            later, far = after.sum(axis=0), np.abs(after).sum(axis=0)
            later = np.where(far <= last + first, later, plain)  # far and back loses digits
        terms = np.where(np.isfinite(later), later, plain)
        known = np.isfinite(last).all(0) & np.isfinite(first).all(0)
        return np.asarray(np.where(known, terms.mean(axis=0), np.nan)).astype(float)


def _mean(values: Shaped[Array, "tasks *grid"]) -> Float64[Numbers, "*grid"]:
    """The mean over tasks; infinite where one is."""
    return np.asarray(values.mean(axis=0)).astype(float)


def _spread_out(values: Shaped[Array, "tasks *_"], part: Part) -> Shaped[Array, "tasks *grid"]:
    """An array over tasks at every scenario of a part."""
    grid = values.shape[1:] or (1,) * len(part.shape)
    return np.broadcast_to(values.reshape(len(values), *grid), (len(values), *part.shape))


def _front(values: Shaped[np.ndarray, "..."], axes: int) -> Float64[Numbers, "..."]:
    """Axes over tasks behind those of the family."""
    moved = np.moveaxis(values, range(axes), range(-axes, 0))
    return np.asarray(moved).astype(float)


def _assembled(
    family: Family, places: Sequence[tuple[int | slice, ...]], values: Sequence[Numbers]
) -> Any:
    """The values of all parts at their places; NaN for tasks that a part does not have.

    Of a single scenario, whose numbers have no axes, they are plain numbers.
    """
    free = sum(isinstance(number, slice) for number in places[0])
    behind = np.max([array.shape[free:] for array in values], axis=0).astype(int)
    whole = np.full((*family.shape, *behind), np.nan)
    for place, array in zip(places, values, strict=True):
        whole[(*place, *map(slice, array.shape[free:]))] = array
    return whole if whole.ndim else float(whole)
