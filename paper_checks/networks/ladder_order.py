"""Whether a rung of the ladder orders the strategies as the network does, and how far it is off."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from update_magnitude.paper_checks.networks.verdicts import compared
from update_magnitude.simulations.networks.metrics import Document

if TYPE_CHECKING:
    import xarray as xr

TIED = 1e-9  # relative difference up to which two values are the same
Values = dict[str, dict[str, Document]]  # by measure and strategy
Pairs = dict[str, list[list[str]]]  # by measure: the better strategy, and the worse one


def decided_pairs(run: xr.Dataset, strategies: Sequence[str], measure: str) -> list[list[str]]:
    """The pairs of strategies of which a run says which is better, the better one first.

    Those whose paired 95% interval covers 0 are left out, and those that did not run.
    """
    sign = -1 if measure == "forgetting" else 1
    there = [name for name in strategies if name in run.strategy.values]
    pairs = []
    for first, second in combinations(there, 2):
        gain = compared(run, measure, first, second)
        low, high = sorted((sign * gain.low, sign * gain.high))
        if low > 0:
            pairs.append([first, second])
        elif high < 0:
            pairs.append([second, first])
    return pairs


def compared_with(
    pairs: Pairs,
    error: Values | None,
    accuracy: Values | None,
    true_error: Values | None,
    true_accuracy: Values | None,
) -> Document:
    """How many of the decided pairs a rung has in the right order, and how far it is off.

    A rung is judged by its squared errors, the last one, which has none, by its accuracies; what
    accuracies alone would say stands beside it. Errors are off from those of the network trained
    with the squared loss, accuracies from those of the network as trained.
    """
    return {
        "right": {name: _right(pairs[name], name, error, accuracy) for name in pairs},
        "right_by_accuracy": accuracy
        and {name: _right(pairs[name], name, None, accuracy) for name in pairs},
        "off": {
            "error": _differences(error, true_error),
            "accuracy": _differences(accuracy, true_accuracy),
        },
    }


def _right(
    pairs: list[list[str]], measure: str, error: Values | None, accuracy: Values | None
) -> Document:
    """How many pairs are in the right order; two values that are the same are in none."""
    values = error if error is not None else accuracy
    small = error is not None or measure == "forgetting"  # is better
    count = tied = 0
    for pair in pairs:
        better, worse = ((values or {})[measure].get(name, {}).get("mean") for name in pair)
        if better is None or worse is None:
            continue
        gap = worse - better if small else better - worse
        same = abs(gap) <= TIED * max(abs(better), abs(worse))
        tied += same
        count += gap > 0 and not same
    return {"count": count, "of": len(pairs), "tied": tied}


def _differences(values: Values | None, true: Values | None) -> Document | None:
    """By how much the means are off, where both are known."""
    if values is None or true is None:
        return None
    return {
        measure: {
            strategy: None
            if found["mean"] is None or true[measure].get(strategy, found)["mean"] is None
            else found["mean"] - true[measure][strategy]["mean"]
            for strategy, found in strategies.items()
            if strategy in true[measure]
        }
        for measure, strategies in values.items()
    }
