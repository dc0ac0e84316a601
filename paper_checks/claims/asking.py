"""Questions with their negative controls: how a theorem becomes one, and what may be wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from update_magnitude.paper_checks.claims.regimes import regime
from update_magnitude.paper_checks.questions import ROUNDING, Claim, Question, Read
from update_magnitude.scenarios import Scenario
from update_magnitude.theory import theorem

TENTH = 0.1
COUNTS = ("n", "n_1", "n_2", "m", "P")  # sizes, each of which a derivation may have off by one


class Predicted(NamedTuple):
    """A number that theory predicts, and what mistakes would make of it."""

    value: float
    wrong: dict[str, float]

    def times(self, factor: float) -> Predicted:
        """The same for a multiple of the number."""
        return Predicted(
            factor * self.value, {name: factor * entry for name, entry in self.wrong.items()}
        )


def by_theorem(name: str, values: Mapping[str, float], dropped: tuple[str, ...] = ()) -> Predicted:
    """What a theorem predicts, and the same with a size off by one or a term dropped.

    Args:
        name: of the theorem.
        values: of its arguments, and possibly of others.
        dropped: arguments whose term a mistake may lose.

    Raises:
        ValueError: if the theorem says nothing about these values.

    Example:
        >>> best = by_theorem("optimal-count-forgetting", {"n": 8, "xi": 4.0, "eta": 1.0})
        >>> best.value, best.wrong
        (18.0, {'n + 1 for n': 20.0})
    """
    of, known = theorem(name), dict(values)
    found = of.at(known)
    if not math.isfinite(found):
        raise ValueError(f"{name}: no finite value at {known}")
    wrong = {
        f"{size} + 1 for {size}": of.at(known | {size: known[size] + 1})
        for size in COUNTS
        if size in known
    }
    wrong |= {f"{term} left out": of.at(known | {term: 0.0}) for term in dropped}
    return Predicted(found, finite(wrong))


def ask(
    claim: Claim,
    quantity: str,
    scenario: str,
    entry: Scenario,
    predicted: Predicted | float,
    read: Read,
    *,
    size: float | None = None,
    rounding: float = ROUNDING,
    **more: Any,
) -> Question:
    """A question; beside the mistakes of the prediction, a coefficient and the sign are wrong.

    Args:
        claim: that it is about.
        quantity: the number, in words or symbols.
        scenario: title of what is compared.
        entry: the scenario, or one of those that are compared.
        predicted: the number that theory predicts, with mistakes if there are any.
        read: from the results of the experiment.
        size: of the problem's numbers; that of the prediction, if not given.
        rounding: what may be missing of the number, in units of the size.
        more: further fields of the question.
    """
    value, wrong = predicted if isinstance(predicted, Predicted) else Predicted(predicted, {})
    value += 0.0  # −0 is written as 0
    size = abs(value) if size is None else size
    if "side" not in more:
        wrong = blunders(value, size) | wrong
    return Question(
        claim=claim,
        quantity=quantity,
        scenario=scenario,
        regime=regime(entry),
        setting=entry.document(),
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
