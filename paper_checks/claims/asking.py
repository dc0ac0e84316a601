"""Questions with their negative controls: how a theorem becomes one, and what may be wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from update_magnitude.paper_checks.claims.catalogue import CLAIMS
from update_magnitude.paper_checks.claims.regimes import regime
from update_magnitude.paper_checks.questions import ROUNDING, Question, Read
from update_magnitude.scenarios import Scenario, varied
from update_magnitude.theory import theorem

TENTH = 0.1


class Predicted(NamedTuple):
    """A number that theory predicts, and what mistakes would make of it."""

    value: float
    wrong: dict[str, float]


def by_theorem(
    name: str, scenario: Scenario, dropped: tuple[str, ...] = (), **given: float
) -> Predicted:
    """What a theorem predicts; wrong: a size off by one, or the term of a dropped argument lost.

    The scenario says what the arguments are, unless they are given; others may be given, too.

    Example:
        >>> from update_magnitude import scenarios
        >>> close = scenarios.preset("two-close-tasks")
        >>> best = by_theorem("optimal-count-forgetting", close, n=8, xi=4.0, eta=1.0)
        >>> best.value, best.wrong
        (18.0, {'n + 1 for n': 20.0})
    """
    formula = theorem(name)
    known = {argument: given[argument] for argument in formula.arguments if argument in given}
    value = formula.evaluate(scenario, **known)
    if not math.isfinite(value):
        raise ValueError(f"{name}: no finite value in “{scenario.title}” with {known}")
    last = scenario.tasks.count - 1
    sizes: dict[str, float] = {
        "n": scenario.tasks.samples[last],
        "m": scenario.trainable_count(last),
        "P": scenario.blocks.capacity,
    }
    off = {f"{size} + 1 for {size}": {size: known.get(size, sizes[size]) + 1} for size in sizes}
    off |= {f"{term} left out": {term: 0.0} for term in dropped}
    wrong = {
        mistake: formula.evaluate(scenario, **known | change)
        for mistake, change in off.items()
        if change.keys() <= set(formula.arguments)
    }
    return Predicted(value, finite(wrong))


def ask(
    claim: str,
    title: str,
    scenario: Scenario,
    quantity: str,
    predicted: Predicted | float,
    read: Read,
    *,
    size: float | None = None,
    rounding: float = ROUNDING,
    **more: Any,
) -> Question:
    """A question about a scenario, or about a comparison of that title in which it takes part.

    Beside the mistakes of the prediction, a coefficient and the sign are wrong. The size is that of
    the prediction, if not given, and rounding is in units of it; there may be more fields.
    """
    value, wrong = predicted if isinstance(predicted, Predicted) else Predicted(predicted, {})
    value += 0.0  # −0 is written as 0
    size = abs(value) if size is None else size
    if "side" not in more:
        wrong = blunders(value, size) | wrong
    return Question(
        claim=CLAIMS[claim],
        quantity=quantity,
        scenario=title,
        regime=regime(scenario),
        setting=scenario.document(),
        prediction=value,
        read=read,
        size=size,
        rounding=rounding * size,
        wrong=wrong,
        **more,
    )


def blunders(value: float, size: float) -> dict[str, float]:
    """Wrong predictions that any number has: a coefficient a tenth too large, the sign reversed.

    Example:
        >>> blunders(2.0, 5.0)
        {'a tenth too large': 2.2, 'the sign reversed': -2.0}
        >>> blunders(0.0, 5.0)
        {'a tenth of the size too large': 0.5}
    """
    if abs(value) <= 10 * ROUNDING * size:
        return {"a tenth of the size too large": TENTH * size}
    return {"a tenth too large": (1 + TENTH) * value, "the sign reversed": -value}


def finite(values: Mapping[str, float]) -> dict[str, float]:
    """The values that are finite: a wrong prediction that is not refutes itself."""
    return {name: value for name, value in values.items() if math.isfinite(value)}


def wrong_scenarios(scenario: Scenario) -> dict[str, Scenario]:
    """Scenarios that a mistake in a derivation would mistake this one for, by the mistake."""
    changes: dict[str, dict[str, object]] = {
        "the noise dropped": {"tasks.noise": 0.0},
        "n + 1 for n": {"tasks.samples": [n + 1 for n in scenario.tasks.samples]},
        "the last update left out": {"updates.scale": [*scenario.updates.scale[:-1], 0.0]},
        "nothing learned": {"updates.scale": 0.0},
    }
    if not all(all(step.trainable) for step in scenario.schedule):
        everything = [list(scenario.blocks.names)] * scenario.tasks.count
        changes["all blocks trained"] = {
            "updates.strategy": "custom",
            "updates.trainable": everything,
        }
    changes |= _wrong_constraints(scenario)
    wrong = {mistake: varied(scenario, change) for mistake, change in changes.items()}
    return {mistake: other for mistake, other in wrong.items() if other != scenario}


def _wrong_constraints(scenario: Scenario) -> dict[str, dict[str, object]]:
    """What may be mistaken about variances, penalties, weights and steps, where there are some.

    The weights of ``least-forgetting`` follow from variances, and cannot be given.
    """
    names, schedule, updates = scenario.blocks.names, scenario.schedule, scenario.updates
    changes: dict[str, dict[str, object]] = {}
    if any(updates.penalty):
        changes["κ without λ"] = {"updates.penalty": 0.0}
    rows = list(zip(*(step.weights for step in schedule), strict=True))
    if any(weight != 1 for row in rows for weight in row):
        adapted = {"updates.strategy": "initialized"}
        own: dict[str, object] = {**adapted} if updates.strategy == "least-forgetting" else {}
        inverse = {name: [1 / w for w in row] for name, row in zip(names, rows, strict=True)}
        changes["ρ and 1/ρ exchanged"] = {**own, "updates.weights": inverse}
        changes["weights left out"] = {**own, "updates.weights": dict.fromkeys(names, 1.0)}
    series = scenario.features.variance
    if any(len(set(values)) > 1 for values in series):
        turned = {n: [*v[1:], v[0]] for n, v in zip(names, series, strict=True)}
        changes["variances of the wrong task"] = {"features.variance": turned}
    if updates.steps is not None:
        changes["one step more"] = {"updates.steps": [k + 1 for k in updates.steps]}
    return changes
