"""The best number of trainable parameters: fixed signal (Theorem IV.4), and fixed capacity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from update_magnitude.paper_checks.claims.asking import Predicted, ask, by_theorem
from update_magnitude.paper_checks.claims.counts import Nested, Spread
from update_magnitude.paper_checks.claims.regimes import yardstick
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import DENSE, LAW, RISKS, Picture, Place, Study
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios.finite_moments import FOURTH_MOMENT, least_freedom
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import best_count, theorem
from update_magnitude.theory.numbers.arguments import scenario_argument

LEAST = "the most forgetting compared, or the risks that it is made of if they are less"
FAR_ENOUGH = least_freedom(FOURTH_MOMENT)  # |m − n| from which a z-test is valid, and one more
CHANGE = "fixed-signal-change-forgetting"

LEARNED = Nested(
    "much left to learn", 120, (80, 256, 317, 640, 200_000), (120, 160), (0.3, 0.3), 2.0, 0.3
)
SPOILT = Nested(
    "more noise than signal", 60, (40, 120, 158, 320, 100_000), (60, 80), (0.3, 2.0), 1.0, 0.3
)
SMALL = Nested("much left to learn, small", 3, (4, 14, 18, 60), (18, 5), (0.3, 0.3), 1.6, 0.3)
WAVE = Nested(
    "across the threshold", 120, (40, 60, 110, 240, 320), (180, 160), (0.3, 0.3), 1.0, 0.5
)
WAVELET = Nested("across the threshold, small", 2, (2, 4, 24, 32), (12, 13), (0.3, 0.3), 2.0, 0.4)
SMALL_UPDATE = Spread(
    "few parameters are best", (10, 20, 36, 52, 98, 200), (400, 180), (2.0, 1.0), 0.3, 0.5
)
WHOLE_UPDATE = Spread(
    "all parameters are best", (15, 30, 50, 130, 180, 400), (160, 80), (0.3, 0.3), 0.3, 1.0
)
ALL_SMALL = Spread("all parameters are best, small", (4, 16, 22, 32), (8, 4), (0.3, 0.3), 0.3, 1.0)


class _Asked(NamedTuple):
    """A question about F at one number of parameters, or about a difference of two."""

    quantity: str
    predicted: Predicted
    counts: tuple[int, ...]
    more: dict[str, Any]  # fields of the question


def studies(seed: Seed) -> list[Study]:
    """Each claim where it could fail: on both sides of a best number, and where there is none."""
    return [
        *(_signal(nested, LAW, seed) for nested in (LEARNED, SPOILT)),
        _signal(SMALL, DENSE, seed),
        *(_capacity(spread, LAW, seed) for spread in (SMALL_UPDATE, WHOLE_UPDATE)),
        _capacity(ALL_SMALL, DENSE, seed),
        _descent(WAVE, LAW, seed),
        _descent(WAVELET, DENSE, seed),
    ]


def _signal(nested: Nested, engine: str, seed: Seed) -> Study:
    """F at every m, against its value at the predicted best, or along its fall to the plateau.

    What is predicted to be the best number is simulated, with others on both sides of it.
    """
    signal = nested.scenario(nested.counts[0])
    known = nested.arguments()
    exists = known["xi"] > known["eta"]
    best = round(by_theorem("optimal-count-forgetting", signal).value) if exists else None
    if best is not None:
        beside = (round(0.8 * best), best) if engine == LAW else (best,)
        nested = nested._replace(counts=(nested.counts[0], *beside, 2 * best, nested.counts[-1]))
    counts = [m for m in nested.counts if m >= nested.samples[1] + FAR_ENOUGH]
    forgets = {}
    for m in counts:
        predicted = by_theorem(CHANGE, signal, m=m)
        swapped = by_theorem(CHANGE, signal, m=m, xi=known["eta"], eta=known["xi"]).value
        forgets[m] = Predicted(predicted.value, predicted.wrong | {"ξ and η swapped": swapped})
    asked = _values(nested, forgets)
    pairs: list[tuple[int, int]] = list(pairwise(counts))
    if best is not None:
        pairs = [(m, best) for m in counts if m != best]
        lowest = by_theorem("optimal-count-value-forgetting", signal)
        # To a whole number of parameters it is off by 10⁻⁴ at most, so flat is the minimum.
        asked.append(_Asked("F at m*", lowest, (best,), {"rounding": 2e-4}))
    asked += _orders(pairs, paper=exists or None)
    return _study("best-count", nested, engine, seed, forgets, asked)


def _capacity(spread: Spread, engine: str, seed: Seed) -> Study:
    """F at several m, and against its value at the best of all m, 0 included."""
    known, n, whole = spread.arguments(), spread.samples[1], spread.counts[-1]
    given = (known[name] for name in ("d_d", "e_d_all", "sigma", "alpha"))
    best = best_count("forgetting", whole, n, *given).m
    if 0 < best < whole and abs(best - n) >= FAR_ENOUGH:
        spread = spread._replace(counts=(round(0.3 * best), round(0.6 * best), best, whole))
    counts = [m for m in spread.counts[-4:] if abs(m - n) >= FAR_ENOUGH]
    if best and best not in counts:  # where no z-test is valid: as near as one is
        best = min(counts, key=lambda m: abs(m - best))
    everything = spread.scenario(whole)
    forgets = {
        m: by_theorem("capacity-change-forgetting", everything, ("sigma",), **known, m=m)
        for m in counts
    }
    asked = _values(spread, forgets)
    if best:
        words = f"F, m = {best:,}: less than for no update"
        asked += _orders([(m, best) for m in counts if m != best])
        asked.append(_Asked(words, Predicted(0.0, {}), (best,), {"side": -1}))
    return _study("best-capacity", spread, engine, seed, forgets, asked)


def _descent(nested: Nested, engine: str, seed: Seed) -> Study:
    """F at several m on both sides of the threshold, and its rise and fall."""
    counts, n = nested.counts[-4:], nested.samples[1]
    forgets = {m: by_theorem("two-task-forgetting", nested.scenario(m), ("N",)) for m in counts}
    pairs = [
        pair if pair[0] > n else pair[::-1]
        for pair in pairwise(counts)
        if (pair[0] > n) == (pair[1] > n)
    ]
    asked = [*_values(nested, forgets), *_orders(pairs)]
    return _study("double-descent", nested, engine, seed, forgets, asked)


def _values(line: Nested | Spread, forgets: Mapping[int, Predicted]) -> list[_Asked]:
    """F at every m."""
    return [
        _Asked(f"F, m = {m:,}", predicted, (m,), {"place": Place(line.title, m)})
        for m, predicted in forgets.items()
    ]


def _orders(pairs: Iterable[tuple[int, int]], **more: Any) -> list[_Asked]:
    """That F at one m is above F at another."""
    zero = Predicted(0.0, {})
    return [
        _Asked(f"F, m = {above:,} less m = {below:,}", zero, (above, below), {"side": 1} | more)
        for above, below in pairs
    ]


def _study(
    claim: str,
    line: Nested | Spread,
    engine: str,
    seed: Seed,
    forgets: Mapping[int, Predicted],
    asked: Sequence[_Asked],
) -> Study:
    """All m, and the differences that are asked about, on the same draws."""
    shown = line.scenario(line.counts[-2])
    largest = max(abs(predicted.value) for predicted in forgets.values())
    judged = DENSE if isinstance(line, Spread) else engine  # updates near P = n spread widely
    rows = list(dict.fromkeys(one.counts for one in asked))
    unit = RISKS if judged == DENSE else LEAST
    question = partial(ask, claim, line.title, shown, absolute=True, unit=unit)
    questions = [
        question(
            one.quantity,
            one.predicted,
            reading("forgetting", rows.index(one.counts)),
            size=yardstick(map(line.scenario, one.counts), judged, largest),
            **one.more,
        )
        for one in asked
    ]
    places = {m: place for place, m in enumerate(forgets)}
    contrasts = [
        {places[m]: weight for m, weight in zip(row, (1.0, -1.0), strict=False)} for row in rows
    ]
    scenarios = [line.scenario(m) for m in forgets]
    return side_by_side(line.title, scenarios, questions, seed, engine, contrasts)


def pictures() -> dict[str, Picture]:
    """Forgetting against m, as theory has it between the points that are simulated."""
    words, measure = "trainable parameters m", "forgetting F"
    signal = {
        nested.title: _curve(CHANGE, nested, nested.samples[1] + FAR_ENOUGH)
        for nested in (LEARNED, SPOILT)
    }
    best = by_theorem("optimal-count-forgetting", LEARNED.scenario(LEARNED.counts[0])).value
    capacity = {
        spread.title: _curve("capacity-change-forgetting", spread, spread.counts[0])
        for spread in (SMALL_UPDATE, WHOLE_UPDATE)
    }
    wave = {WAVE.title: _curve("two-task-forgetting", WAVE, WAVE.counts[0], 2 * WAVE.counts[-1])}
    return {
        "best-count": Picture(words, measure, signal, {"m*": best}, logarithmic=True),
        "best-capacity": Picture(words, measure, capacity),
        "double-descent": Picture(words, measure, wave, {"m = n": float(WAVE.samples[1])}),
    }


def _curve(
    name: str, line: Nested | Spread, first: int, last: int = 0
) -> tuple[list[float], list[float]]:
    """A theorem at a hundred numbers of parameters, none of them near the pole at m = n."""
    m = np.unique(np.geomspace(first, last or line.counts[-1], 200).round())
    m = m[np.abs(m - line.samples[1]) >= FAR_ENOUGH]
    base = line.scenario(line.counts[0] if isinstance(line, Nested) else line.counts[-1])
    formula = theorem(name)
    known = {
        argument: m if argument == "m" else scenario_argument(base, name, argument)
        for argument in formula.arguments
    }
    return m.tolist(), formula(**known).tolist()
