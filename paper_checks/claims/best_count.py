"""The best number of trainable parameters: fixed signal (Theorem IV.4), and fixed capacity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from update_magnitude.paper_checks import readings
from update_magnitude.paper_checks.claims.asking import Predicted, ask, by_theorem
from update_magnitude.paper_checks.claims.counts import Nested, Spread
from update_magnitude.paper_checks.claims.regimes import yardstick
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import (
    DENSE,
    LAW,
    RISKS,
    Claim,
    Picture,
    Place,
    Question,
    Study,
)
from update_magnitude.scenarios.finite_moments import FOURTH_MOMENT, least_freedom
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import best_count, drift, theorem

SIGNAL = Claim(
    "best-count",
    "fixed signal: an interior number m* of trainable parameters forgets least if ξ > η > 0, none "
    "if η ≥ ξ; beyond it forgetting only nears a plateau",
    "the paper, Theorem IV.4 (that its ξ and η are these is inferred); location and value ours",
    ("optimal-count-forgetting", "optimal-count-value-forgetting", "optimal-count-second-risk"),
    "Redundant parameters dilute an update: it moves a share n/m along the signal, which undoes "
    "error left on task 1 (ξ), and takes in noise n/(m − n − 1) (η). Near the interpolation "
    "threshold the noise dominates, far beyond it nothing happens at all; where the signal "
    "outweighs the noise there is a best point between. Beyond it, returns diminish like 1/m.",
    "The paper (Theorem IV.4, as it is reported): there is an extremum in the number of trainable "
    "parameters. That would be more forgetting on both sides of it: positive differences.",
)
CAPACITY = Claim(
    "best-capacity",
    "fixed capacity: with more parameters than samples all should train; with fewer, the best "
    "number is where theory says, and may be 0",
    "ours (cf. the paper's optimal update magnitude)",
    ("capacity-change-forgetting", "capacity-count-forgetting"),
    "At fixed capacity whatever is not trained acts as noise. Beyond the threshold training more "
    "parameters always lessens both the noise and its amplification; below it a small update can "
    "be best, because few parameters take in little noise.",
)
DESCENT = Claim(
    "double-descent",
    "forgetting, against the number of trainable parameters, rises to the interpolation threshold "
    "m = n and falls again beyond it",
    "the double descent of least squares (textbook); for forgetting, here from result R",
    ("double-descent", "two-task-forgetting"),
    "An update of m parameters on n samples takes in noise with the factor min(m, n)/(|m − n| − 1),"
    " whatever the task: it has a pole at the threshold, on both sides.",
)
CLAIMS = (SIGNAL, CAPACITY, DESCENT)
LEAST = "the most forgetting compared, or the risks that it is made of if they are less"
FAR_ENOUGH = least_freedom(FOURTH_MOMENT)  # |m − n| from which a z-test is valid, and one more


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
WAVELET = Nested("across the threshold, small", 2, (2, 4, 24, 32), (12, 13), (0.3, 0.3), 2.0, 0.5)
SMALL_UPDATE = Spread(
    "few parameters are best", (10, 20, 36, 52, 98, 200), (400, 180), (2.0, 1.0), 0.3, 0.5
)
WHOLE_UPDATE = Spread(
    "all parameters are best", (15, 30, 50, 130, 180, 400), (160, 80), (0.3, 0.3), 0.3, 1.0
)
ALL_SMALL = Spread("all parameters are best, small", (4, 16, 22, 32), (8, 4), (0.3, 0.3), 0.3, 1.0)


def studies(seed: Seed) -> list[Study]:
    """Each claim where it could fail: on both sides of a best number, and where there is none."""
    return [
        *(_signal(entry, LAW, seed) for entry in (LEARNED, SPOILT)),
        _signal(SMALL, DENSE, seed),
        *(_capacity(entry, LAW, seed) for entry in (SMALL_UPDATE, WHOLE_UPDATE)),
        _capacity(ALL_SMALL, DENSE, seed),
        _descent(WAVE, LAW, seed),
        _descent(WAVELET, DENSE, seed),
    ]


def _signal(nested: Nested, engine: str, seed: Seed) -> Study:
    """F at every m, against its value at the predicted best, or along its fall to the plateau.

    What is predicted to be the best number is simulated, with others on both sides of it.
    """
    values = nested.arguments()
    exists = values["xi"] > values["eta"]
    best = round(by_theorem("optimal-count-forgetting", values).value) if exists else None
    if best is not None:
        beside = (round(0.8 * best), best) if engine == LAW else (best,)
        nested = nested._replace(counts=(nested.counts[0], *beside, 2 * best, nested.counts[-1]))
    counts = [m for m in nested.counts if m >= nested.samples[1] + FAR_ENOUGH]
    name = "fixed-signal-change-forgetting"
    change = {m: by_theorem(name, values | {"m": m}) for m in counts}
    forgets = {
        m: Predicted(found.value, found.wrong | _swapped(nested, m)) for m, found in change.items()
    }
    about = _about(SIGNAL, nested, forgets, engine)
    questions = about.values(forgets)
    pairs: list[tuple[int, int]] = list(pairwise(counts))
    if best is not None:
        pairs = [(m, best) for m in counts if m != best]
        lowest = by_theorem("optimal-count-value-forgetting", values)
        # To a whole number of parameters it is off by 10⁻⁴ at most, so flat is the minimum.
        questions.append(about.ask("F at m*", lowest, counts.index(best), [best], rounding=2e-4))
    questions += about._replace(paper=exists or None).orders(pairs, len(counts))
    return _study(nested, counts, pairs, questions, engine, seed)


def _swapped(nested: Nested, m: int) -> dict[str, float]:
    """What F would be if signal and noise were taken for each other."""
    values = nested.arguments()
    swapped = values | {"m": m, "xi": values["eta"], "eta": values["xi"]}
    return {"ξ and η swapped": by_theorem("fixed-signal-change-forgetting", swapped).value}


def _capacity(spread: Spread, engine: str, seed: Seed) -> Study:
    """F at several m, and against its value at the best of all m, 0 included."""
    values, n, whole = spread.arguments(), spread.samples[1], spread.counts[-1]
    given = (values[name] for name in ("d_d", "e_d_all", "sigma", "alpha"))
    best = best_count("forgetting", whole, n, *given).m
    if 0 < best < whole and abs(best - n) >= FAR_ENOUGH:
        spread = spread._replace(counts=(round(0.3 * best), round(0.6 * best), best, whole))
    counts = [m for m in spread.counts[-4:] if abs(m - n) >= FAR_ENOUGH]
    if best and best not in counts:  # where no z-test is valid: as near as one is
        best = min(counts, key=lambda m: abs(m - best))
    forgets = {
        m: by_theorem("capacity-change-forgetting", values | {"m": m}, ("sigma",)) for m in counts
    }
    pairs = [(m, best) for m in counts if m != best] if best else []
    about = _about(CAPACITY, spread, forgets, DENSE)  # updates near P = n spread widely
    questions = [*about.values(forgets), *about.orders(pairs, len(counts))]
    if best:
        words = f"F, m = {best:,}: less than for no update"
        questions.append(about.ask(words, Predicted(0.0, {}), counts.index(best), [best], side=-1))
    return _study(spread, counts, pairs, questions, engine, seed)


def _descent(nested: Nested, engine: str, seed: Seed) -> Study:
    """F at several m on both sides of the threshold, and its rise and fall."""
    counts, n = list(nested.counts[-4:]), nested.samples[1]
    forgets = {m: _two_tasks(nested, m) for m in counts}
    pairs = [
        pair if pair[0] > n else pair[::-1]
        for pair in pairwise(counts)
        if (pair[0] > n) == (pair[1] > n)
    ]
    about = _about(DESCENT, nested, forgets, engine)
    questions = [*about.values(forgets), *about.orders(pairs, len(counts))]
    return _study(nested, counts, pairs, questions, engine, seed)


def _two_tasks(nested: Nested, m: int) -> Predicted:
    """F from its closed form, which holds on both sides of the threshold."""
    return by_theorem("two-task-forgetting", _known(nested, m), ("N",))


def _known(nested: Nested, m: int) -> dict[str, float]:
    """The arguments of that closed form."""
    found = drift(nested.scenario(m))
    return {
        "m": m,
        "n": nested.samples[1],
        "alpha": 1.0,
        "D_S": found.trained(found.drift),
        "N": found.held(found.drift) + nested.noise[1] ** 2,
        "e_d": found.trained(found.overlap),
    }


class _About(NamedTuple):
    """What all questions of a study have in common."""

    claim: Claim
    of: Nested | Spread
    engine: str
    largest: float  # forgetting that is compared
    paper: bool | None

    def ask(
        self, quantity: str, found: Predicted, row: int, counts: Sequence[int], **more: Any
    ) -> Question:
        """A question about the forgetting of one contrast, of some numbers of parameters."""
        shown, title = self.of.scenario(self.of.counts[-2]), self.of.title
        given = (self.claim, quantity, title, shown, found, readings.forgetting(row))
        size = yardstick(map(self.of.scenario, counts), self.engine, self.largest)
        unit = RISKS if self.engine == DENSE else LEAST
        return ask(*given, size=size, absolute=True, unit=unit, paper=self.paper, **more)

    def values(self, forgets: Mapping[int, Predicted]) -> list[Question]:
        """F at every m."""
        return [
            self.ask(f"F, m = {m:,}", found, row, [m], place=Place(self.of.title, m))
            for row, (m, found) in enumerate(forgets.items())
        ]

    def orders(self, pairs: Sequence[tuple[int, int]], first: int) -> list[Question]:
        """That F at one m is above F at another, for pairs whose differences begin at a row."""
        return [
            self.ask(
                f"F, m = {more:,} less m = {less:,}", Predicted(0.0, {}), row, [more, less], side=1
            )
            for row, (more, less) in enumerate(pairs, first)
        ]


def _about(
    claim: Claim,
    nested: Nested | Spread,
    forgets: Mapping[int, Predicted],
    engine: str,
) -> _About:
    largest = max(abs(found.value) for found in forgets.values())
    return _About(claim, nested, engine, largest, None)


def _study(
    nested: Nested | Spread,
    counts: Sequence[int],
    pairs: Sequence[tuple[int, int]],
    questions: Sequence[Question],
    engine: str,
    seed: Seed,
) -> Study:
    """All m, and the differences of pairs, on the same draws."""
    rows = [[float(m == other) for other in counts] for m in counts]
    rows += [[float(m == more) - float(m == less) for m in counts] for more, less in pairs]
    scenarios = [nested.scenario(m) for m in counts]
    return side_by_side(nested.title, scenarios, questions, seed, engine, rows)


def pictures() -> dict[str, Picture]:
    """Forgetting against m, as theory has it between the points that are simulated."""
    words, measure = "trainable parameters m", "forgetting F"
    signal = {
        entry.title: _curve("fixed-signal-change-forgetting", entry) for entry in (LEARNED, SPOILT)
    }
    best = {"m*": by_theorem("optimal-count-forgetting", LEARNED.arguments()).value}
    spread = (SMALL_UPDATE, WHOLE_UPDATE)
    capacity = {entry.title: _curve("capacity-change-forgetting", entry) for entry in spread}
    fixed = {
        "alpha": 1.0,
        **{name: _known(WAVE, WAVE.counts[0])[name] for name in ("D_S", "N", "e_d", "n")},
    }
    wave = {WAVE.title: _along("two-task-forgetting", fixed, WAVE.counts[0], 2 * WAVE.counts[-1])}
    return {
        SIGNAL.name: Picture(words, measure, signal, best, logarithmic=True),
        CAPACITY.name: Picture(words, measure, capacity),
        DESCENT.name: Picture(words, measure, wave, {"m = n": float(WAVE.samples[1])}),
    }


def _curve(name: str, nested: Nested | Spread) -> tuple[list[float], list[float]]:
    """A theorem along m, from the fewest parameters that are simulated to the most."""
    first = nested.samples[1] + FAR_ENOUGH if isinstance(nested, Nested) else nested.counts[0]
    return _along(name, nested.arguments(), first, nested.counts[-1])


def _along(
    name: str, values: Mapping[str, float], first: int, last: int
) -> tuple[list[float], list[float]]:
    """A theorem at a hundred numbers of parameters, none of them near the pole at m = n."""
    m = np.unique(np.geomspace(first, last, 200).round())
    m = m[np.abs(m - values["n"]) >= FAR_ENOUGH]
    of = theorem(name)
    known = {argument: m if argument == "m" else values[argument] for argument in of.arguments}
    return m.tolist(), of(**known).tolist()
