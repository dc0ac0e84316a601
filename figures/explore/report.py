"""The best update of a scenario as a short text for people."""

from __future__ import annotations

import math

from update_magnitude.figures.explore.boundaries import MEASURES, NO_MEAN, REACH, TIE, Boundary
from update_magnitude.figures.explore.optimum import ANY, Optimum
from update_magnitude.figures.explore.optimum import NO_MEAN as WITHOUT
from update_magnitude.scenarios.axes import WHOLE
from update_magnitude.scenarios.templates import render

SHOWN = 4  # boundaries, the nearest ones
OUTCOMES = {  # of a look along a field that found no boundary
    "frozen": "frozen training is better wherever the two differ",
    "initialized": "initialized training is better wherever the two differ",
    TIE: "the two tie wherever both have a finite mean",
    NO_MEAN: "nothing was compared, for nowhere have both a finite mean",
}
SCALES = {
    ANY: "any; the update changes nothing",
    WITHOUT: "none; no scale has a finite mean, because of the tasks before",
}


def report(found: Optimum) -> str:
    """A page of text.

    Example:
        >>> from update_magnitude import scenarios
        >>> from update_magnitude.figures.explore.optimum import best_update
        >>> print(report(best_update(scenarios.preset("two-close-tasks"))).splitlines()[0])
        two close tasks: frozen training forgets least and generalizes best
    """
    shown = _shown(found.boundaries)
    text = render(
        "figures/explore/optimum.txt",
        found=found,
        headline=_headline(found),
        costs=_costs(found),
        measures=MEASURES,
        unusual_scales=SCALES,
        shares=_shares(len(shown), len(found.boundaries)),
        reach=f"{REACH[0]:g}",
        boundaries=[_boundary(boundary) for boundary in shown],
        elsewhere=_elsewhere(found),
        number=_number,
    )
    return text.rstrip()


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


def _costs(found: Optimum) -> list[tuple[str, dict[str, float]]]:
    """The rows of the table of costs, in words."""
    rows = [(f"{name} training", cost) for name, cost in found.costs.items()]
    return rows + [(f"last update trains {name}", cost) for name, cost in found.blocks.items()]


def _shown(boundaries: list[Boundary]) -> list[Boundary]:
    """The nearest boundaries, and the critical distance of each measure wherever it is."""
    distances = {
        boundary.measure: boundary for boundary in reversed(boundaries) if _is_distance(boundary)
    }
    nearest = boundaries[:SHOWN]
    return [
        boundary for boundary in boundaries if boundary in nearest or boundary in distances.values()
    ]


def _shares(shown: int, count: int) -> str:
    if not count:
        return ""
    if shown == count:
        return f" (all {count} found)" if count > 1 else " (1 found)"
    apart = " and the nearest along a distance" if shown > SHOWN else ""
    return f" ({SHOWN} nearest of {count}{apart}; --json has all)"


def _is_distance(boundary: Boundary) -> bool:
    return boundary.field.startswith("optima.distance.")


def _elsewhere(found: Optimum) -> list[tuple[str, str]]:
    """The fields along which no boundary was found, and the words for what there is instead."""
    fields = {
        words: [_along(key, by_measure, outcome) for key, by_measure in found.compared.items()]
        for outcome, words in OUTCOMES.items()
    }
    return [(", ".join(filter(None, keys)), words) for words, keys in fields.items() if any(keys)]


def _along(key: str, table: dict[str, str], outcome: str) -> str:
    """The field, if that came of it; with the measure, if of one alone."""
    measures = [measure for measure in MEASURES if table[measure] == outcome]
    if not measures:
        return ""
    return key if len(measures) == len(MEASURES) else f"{key} ({measures[0]})"


def _boundary(boundary: Boundary) -> str:
    times = f"× {boundary.factor:.2f}" if math.isfinite(boundary.factor) else "from 0"
    times += _across(boundary)
    verb = {"forgetting": "forgets less", "generalization": "generalizes better"}[boundary.measure]
    now, there = (_value(boundary.field, value) for value in (boundary.now, boundary.there))
    return (
        f"{boundary.field} = {now} → {there} ({times}): from there, {boundary.winner_beyond} {verb}"
    )


def _value(field: str, value: float) -> str:
    """A whole number in full, others with four digits."""
    return f"{value:.0f}" if WHOLE.fullmatch(field) else f"{value:.4g}"


def _across(boundary: Boundary) -> str:
    """Whether there are values between without a finite mean, or where the two tie."""
    apart = WHOLE.fullmatch(boundary.field) and abs(boundary.there - boundary.last) > 1
    return ", across values without a winner" if apart else ""


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "no mean"
