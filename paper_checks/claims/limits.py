"""What theory predicts in a limit, read off simulations at three sizes.

A scenario at sizes 1, 2 and 4 has all p_b and n_k as many times as large, and all else as it is.
Where a mean is x + a/n + b/n² + … there, (8x_4 − 6x_2 + x_1)/3 is x up to terms in 1/n³. For what
these leave a quarter of what the terms in 1/n² make of 2x_4 − x_2 is allowed, as far as that
exceeds its noise. What theory predicts is combined alike, since updates whose law is known exactly
are predicted at their size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from update_magnitude.paper_checks.claims.asking import Predicted, ask, finite, wrong_scenarios
from update_magnitude.paper_checks.claims.regimes import (
    forgetting_size,
    is_testable,
    means_asked,
    untestable,
    value_of,
)
from update_magnitude.paper_checks.claims.side_by_side import Together
from update_magnitude.paper_checks.questions import (
    DENSE,
    Approach,
    Question,
    Read,
    Reading,
    Study,
)
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios import Scenario, ScenarioError, varied
from update_magnitude.simulations import Experiment
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import Means, means

SIZES = (1, 2, 4)
LIMIT = (1 / 3, -2.0, 8 / 3)  # of the values there, which has no terms in 1/n and 1/n²
LOWER = (0.0, -1.0, 2.0)  # which has none in 1/n alone
NOISE = 2.0  # standard errors of their difference that are taken for noise
LEFT = 0.25  # of the difference, which the terms in 1/n³ and beyond may leave of the limit
TURNS = 8  # of the optima at size 1, over which a replicate averages; larger sizes have more axes
VANISHING = ("n + 1 for n",)  # mistakes that change no limit
NORMALS = 16_000  # per replicate at all sizes, above which a scenario is made smaller, if it can be


def limit_study(
    scenario: Scenario,
    seed: Seed,
    *,
    claim: str | None = None,
    purpose: str | None = None,
    times: float = 1.0,
) -> Study:
    """Every risk, F and G of a scenario as limits; random numbers are named by title or purpose.

    Each measure has a claim of its name, unless one is given for all.
    """
    sizes = at_sizes(scenario)
    stream = named(seed, purpose or scenario.title, "limit")
    parts = [
        Experiment([one], named(stream, f"size {size}"), engine=DENSE, turns=TURNS * size)
        for size, one in zip(SIZES, sizes, strict=True)
    ]
    return Study(scenario.title, Together(parts), tuple(_questions(scenario, sizes, claim)), times)


def at_sizes(scenario: Scenario) -> list[Scenario]:
    """The scenario at sizes 1, 2 and 4 of a least one; of a large one that is a part of it.

    Example:
        >>> from update_magnitude.scenarios import preset
        >>> [one.blocks.sizes for one in at_sizes(preset("two-close-tasks"))]
        [(24, 16), (48, 32), (96, 64)]
    """
    numbers = (*scenario.blocks.sizes, *scenario.tasks.samples)
    common = math.gcd(*numbers)
    made: list[Scenario] = []
    for divisor in (d for d in range(1, common + 1) if common % d == 0):
        try:
            smaller = [_resized(scenario, size, divisor) for size in SIZES]
        except ScenarioError:  # a block that is too small for its geometry
            break
        if made and is_testable(scenario) and not is_testable(smaller[0]):
            break
        made = smaller
        if sum(map(_normals, made)) <= NORMALS:
            break
    return made


def _resized(scenario: Scenario, times: int, divisor: int) -> Scenario:
    """All p_b and n_k larger by a factor, and smaller by a divisor of them all."""
    blocks = zip(scenario.blocks.names, scenario.blocks.sizes, strict=True)
    sizes: dict[str, object] = {f"blocks.{name}": p * times // divisor for name, p in blocks}
    return varied(
        scenario, sizes | {"tasks.samples": [n * times // divisor for n in scenario.tasks.samples]}
    )


def _normals(scenario: Scenario) -> int:
    return (scenario.blocks.capacity + 1) * sum(scenario.tasks.samples)


def _questions(scenario: Scenario, sizes: Sequence[Scenario], claim: str | None) -> list[Question]:
    """Every risk, F and G, with what mistakes would make of them at the same sizes."""
    found = [means(one) for one in sizes]
    wrong = _wrong_means(sizes)
    freedom = found[0].freedom
    questions = []
    for measure, symbol, place, least in means_asked(scenario, freedom):
        value = partial(value_of, measure=measure, place=place)
        predictions = tuple(map(value, found))
        mistakes = {name: combined(list(map(value, others))) for name, others in wrong.items()}
        reason = untestable(predictions[0], sizes[0], found[0], least)
        is_forgetting = measure == "forgetting"
        questions.append(
            ask(
                claim or measure,
                scenario.title,
                scenario,
                symbol,
                Predicted(combined(predictions), finite(mistakes)),
                limit(reading(measure, 0, *(task + 1 for task in place)), predictions),
                size=forgetting_size(found[-1]) if is_forgetting else None,
                absolute=is_forgetting,
                untestable=reason,
            )
        )
    return questions


def _wrong_means(sizes: Sequence[Scenario]) -> dict[str, list[Means[float]]]:
    """What theory would say at every size of the scenarios that mistakes are about."""
    each = [wrong_scenarios(one) for one in sizes]
    names = [name for name in each[0] if name not in VANISHING]
    return {name: [means(others[name]) for others in each] for name in names}


def combined(values: Sequence[float], weights: Sequence[float] = LIMIT) -> float:
    """The combination of values at all sizes that is the limit.

    Example:
        >>> round(combined([1 + 0.3 / n + 0.1 / n**2 for n in (10, 20, 40)]), 9)
        1.0
    """
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


def limit(read: Read, predictions: Sequence[float]) -> Read:
    """How the limit of a number is read, of which theory has predictions at all sizes."""
    return partial(_limit, read, tuple(predictions))


def _limit(read: Read, predictions: tuple[float, ...], results: Sequence[Any]) -> Reading:
    parts = [read(one) for one in results]
    values = [part.estimate for part in parts]
    errors = [part.standard_error for part in parts]
    # What is exact at finite size, and known, has no part in what the sizes leave open.
    unknown = [value - wanted for value, wanted in zip(values, predictions, strict=True)]
    between = [most - less for most, less in zip(LIMIT, LOWER, strict=True)]
    apart = abs(combined(unknown, between)) - NOISE * _spread(errors, between)
    rounded = sum(abs(w) * part.rounding for w, part in zip(LIMIT, parts, strict=True))
    return Reading(
        combined(values),
        _spread(errors, LIMIT),
        LEFT * max(0.0, apart) + rounded,
        any(part.lost for part in parts),
        Approach(SIZES, tuple(values), tuple(errors), predictions),
    )


def _spread(errors: Sequence[float], weights: Sequence[float]) -> float:
    """The standard error of a combination of independent numbers."""
    return math.hypot(*(w * error for w, error in zip(weights, errors, strict=True)))
