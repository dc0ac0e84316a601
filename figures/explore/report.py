"""The best update of a scenario as a short text for people."""

from __future__ import annotations

import math
import textwrap

from update_magnitude.figures.explore.boundaries import MEASURES, NO_MEAN, REACH, TIE, Boundary
from update_magnitude.figures.explore.optimum import ANY, BestUpdate, Optimum
from update_magnitude.figures.explore.optimum import NO_MEAN as WITHOUT
from update_magnitude.scenarios.axes import WHOLE
from update_magnitude.scenarios.templates import render

SHOWN = 4  # boundaries, the nearest ones
WIDTH, LABEL = 80, 52  # columns of the page, and at most those of what a number is the cost of
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
VERBS = {
    "forgetting": ("forgets less", "forgets least"),
    "generalization": ("generalizes better", "generalizes best"),
}


def report(optimum: Optimum) -> str:
    """A page of text, 80 columns wide.

    Example:
        >>> from update_magnitude import scenarios
        >>> from update_magnitude.figures.explore.optimum import optimum_of
        >>> print(report(optimum_of(scenarios.preset("two-close-tasks"))).splitlines()[0])
        two close tasks: frozen training forgets least and generalizes best of the
    """
    shown = _shown(optimum.boundaries)
    costs = [(f"{name} training", cost) for name, cost in optimum.costs.items()]
    costs += [(f"last update trains {name}", cost) for name, cost in optimum.blocks.items()]
    column = min(LABEL, max(len(words) for words, _ in costs) + 2)
    text = render(
        "figures/explore/optimum.txt",
        optimum=optimum,
        headline=_headline(optimum),
        costs=[(_lines(words, column), cost) for words, cost in costs],
        column=column,
        measures=MEASURES,
        unusual_scales=SCALES,
        beaten=[update.measure for update in optimum.updates if _is_beaten(update, optimum)],
        shares=_shares(len(shown), len(optimum.boundaries)),
        reach=f"{REACH[0]:g}",
        boundaries=[_boundary(boundary) for boundary in shown],
        elsewhere=_elsewhere(optimum),
        number=_number,
    )
    return "\n".join(wrapped for line in text.rstrip().split("\n") for wrapped in _wrapped(line))


def _lines(words: str, column: int) -> list[str]:
    """What a number is the cost of, in lines that leave room for the numbers."""
    return textwrap.wrap(words, column - 2, subsequent_indent="  ", break_long_words=False)


def _wrapped(line: str) -> list[str]:
    """A line in lines of the page's width, the others indented by two more."""
    if len(line) <= WIDTH:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(
        line.strip(),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _is_beaten(update: BestUpdate, optimum: Optimum) -> bool:
    """Whether scaling the last update alone comes to less than the best penalty and weights."""
    found = next(scale for scale in optimum.scales if scale.measure == update.measure)
    return found.kind not in SCALES and found.value < update.value


def _headline(optimum: Optimum) -> str:
    forgets, generalizes = (optimum.best_strategy[measure] for measure in MEASURES)
    (_, least), (_, best) = (VERBS[measure] for measure in MEASURES)
    compared = "of the standard strategies"
    if forgets == generalizes and forgets not in (None, "tie"):
        return f"{optimum.title}: {forgets} training {least} and {best} {compared}"
    both = f"{_best(forgets, least)}; {_best(generalizes, best)}"
    return f"{optimum.title}: {both} ({compared})"


def _best(strategy: str | None, does: str) -> str:
    if strategy is None:
        return f"no strategy has a finite mean, so none {does}"
    return f"of two that tie each {does}" if strategy == "tie" else f"{strategy} training {does}"


def _shown(boundaries: list[Boundary]) -> list[Boundary]:
    """The nearest boundaries, and the critical distance of each measure wherever it is."""
    along = [one for one in boundaries if one.field.startswith("optima.distance.")]
    nearest = {boundary.measure: boundary for boundary in reversed(along)}
    kept = [*boundaries[:SHOWN], *nearest.values()]
    return [boundary for boundary in boundaries if boundary in kept]


def _shares(shown: int, count: int) -> str:
    if not count:
        return ""
    if shown == count:
        return f"all {count} found; " if count > 1 else "1 found; "
    apart = "and the nearest along a distance; " if shown > SHOWN else "of all; "
    return f"the {SHOWN} nearest of {count} {apart}--json has all; "


def _elsewhere(optimum: Optimum) -> list[tuple[str, str]]:
    """The fields along which no boundary was found, and the words for what there is instead."""
    fields = {
        words: [_along(key, by_measure, outcome) for key, by_measure in optimum.compared.items()]
        for outcome, words in OUTCOMES.items()
    }
    return [(", ".join(filter(None, keys)), words) for words, keys in fields.items() if any(keys)]


def _along(key: str, outcomes: dict[str, str], outcome: str) -> str:
    """The field, if that came of it; with the measure, if of one alone."""
    measures = [measure for measure in MEASURES if outcomes[measure] == outcome]
    if not measures:
        return ""
    return key if len(measures) == len(MEASURES) else f"{key} ({measures[0]})"


def _boundary(boundary: Boundary) -> str:
    whole = WHOLE.fullmatch(boundary.field)
    now, there = (f"{x:.0f}" if whole else f"{x:.4g}" for x in (boundary.now, boundary.there))
    times = f"× {boundary.factor:.2f}" if math.isfinite(boundary.factor) else "from 0"
    if whole and abs(boundary.there - boundary.last) > 1:
        times += ", across values without a winner"  # without a finite mean, or where the two tie
    verb, _ = VERBS[boundary.measure]
    return (
        f"{boundary.field} = {now} → {there} ({times}): from there, {boundary.winner_beyond} {verb}"
    )


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "no mean"
