"""The best update of a scenario as a short text for people."""

from __future__ import annotations

import math
from collections.abc import Iterable

from figures.explore.optimum import MEASURES, Boundary, Optimum

SHOWN = 4  # boundaries, the nearest ones


def report(found: Optimum) -> str:
    """A page of text.

    Example:
        >>> import scenarios
        >>> from figures.explore.optimum import best_update
        >>> print(report(best_update(scenarios.preset("two-close-tasks"))).splitlines()[0])
        two close tasks: frozen training forgets least and generalizes best
    """
    parts = (
        _headline(found),
        *_costs(found),
        *_scales(found),
        *_counts(found),
        *_boundaries(found),
    )
    return "\n".join(parts)


def _headline(found: Optimum) -> str:
    forgets, generalizes = (found.best_strategy[measure] for measure in MEASURES)
    if forgets == generalizes and forgets not in (None, "tie"):
        return f"{found.title}: {forgets} training forgets least and generalizes best"
    words = (_best(forgets, "forgets least"), _best(generalizes, "generalizes best"))
    return f"{found.title}: {'; '.join(words)}"


def _best(strategy: str | None, does: str) -> str:
    if strategy is None:
        return f"no strategy has a finite mean, so none {does}"
    return f"of two that tie each {does}" if strategy == "tie" else f"{strategy} training {does}"


def _costs(found: Optimum) -> Iterable[str]:
    yield "\nwhat each choice costs (exact means)"
    yield f"  {'':32s}{'forgetting F':>14s}{'error G':>14s}"
    rows = [(f"{name} training", cost) for name, cost in found.costs.items()]
    rows += [(f"last update trains {name}", cost) for name, cost in found.blocks.items()]
    for words, cost in rows:
        yield f"  {words:32s}" + "".join(f"{_number(cost[of]):>14s}" for of in MEASURES)


def _scales(found: Optimum) -> Iterable[str]:
    yield "\nthe best scale α* of the last update, its other choices as they are"
    for of in found.scales:
        if math.isnan(of.alpha):
            yield f"  {of.measure}: any; the update changes nothing"
            continue
        yield (
            f"  {of.measure}: α* = {of.alpha:.3f}, which comes to {_number(of.value)} "
            f"(now {_number(of.now)})"
        )


def _counts(found: Optimum) -> Iterable[str]:
    if found.count:
        yield "\nthe best number m* of parameters to train, were optima spread evenly over them"
        yield "  " + ", ".join(f"{words}: {m}" for words, m in found.count.items())


def _boundaries(found: Optimum) -> Iterable[str]:
    yield "\nthe nearest boundaries between frozen and initialized training"
    if not found.boundaries:
        yield "  none: along every field the same one stays better"
    for of in found.boundaries[:SHOWN]:
        yield f"  {_boundary(of)}"


def _boundary(of: Boundary) -> str:
    times = f"× {of.factor:.2f}" if math.isfinite(of.factor) else "from 0"
    times += _across(of)
    verb = {"forgetting": "forgets less", "generalization": "generalizes better"}[of.measure]
    return (
        f"{of.field} = {of.now:g} → {of.there:.4g} ({times}): from there, {of.winner_beyond} {verb}"
    )


def _across(of: Boundary) -> str:
    """Whether there are values between without a finite mean, or where the two tie."""
    apart = abs(of.there - of.last) > 1 and of.field.startswith(("blocks.", "tasks.samples"))
    return ", across values without a winner" if apart else ""


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "no mean"
