"""Where small parameter distances favour freezing, and where they do not: the map."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from update_magnitude.paper_checks.claims.asking import Predicted, ask, wrong_scenarios
from update_magnitude.paper_checks.claims.critical_distance import (
    LETTERS,
    Pairs,
    advantage,
    ask_crossing,
    initialized,
)
from update_magnitude.paper_checks.claims.regimes import size_of, size_of_risks
from update_magnitude.paper_checks.questions import DENSE, LAW, Picture, Place, Question, Study
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import critical_distance, means

NEAR, FAR = 0.0, 1.0  # distances ‖δ‖ at which strategies are compared
EXACT = 1e-9  # of that size, a difference that is rounding
TIE = 0.02  # of the size of the risks, a difference that says nothing about who wins
TOO_NEAR = 0.1  # a critical distance at which the two strategies differ by next to nothing


@dataclass(frozen=True)
class Regime:
    """A point of the map: what is known of the blocks, samples, noise, and what moves."""

    words: str
    capacity: int  # P
    share: float  # of the parameters that are specific
    ratio: float  # n/P
    noise: float  # σ
    known: float  # ‖θ*_1‖ in the shared block; 1 in the specific block
    both: bool  # whether both optima move, by equal lengths; else the specific one alone

    @property
    def title(self) -> str:
        """The regime, and its size."""
        return f"{self.words}, P = {self.capacity}"

    def frozen(self, distance: float) -> Scenario:
        """Two tasks of this regime, ‖δ‖ apart."""
        specific = round(self.capacity * self.share)
        parts = (math.sqrt(0.5), math.sqrt(0.5)) if self.both else (0.0, 1.0)
        return varied(
            library("two-tasks"),
            {
                "title": f"{self.title}, δ = {distance:g}",
                "blocks": {"shared": self.capacity - specific, "specific": specific},
                "tasks.samples": round(self.ratio * self.capacity),
                "tasks.noise": self.noise,
                "optima.norm.shared": self.known,
                "optima.distance.shared": parts[0] * distance,
                "optima.distance.specific": parts[1] * distance,
            },
        )


REGIMES = (
    Regime("shared known", 400, 0.5, 0.1, 0.3, 0.2, False),
    Regime("shared known, both move", 400, 0.5, 0.1, 0.3, 0.2, True),
    Regime("shared known, noisy", 400, 0.5, 0.1, 1.0, 0.2, False),
    Regime("shared unknown", 400, 0.5, 0.1, 0.3, 1.0, False),
    Regime("shared unknown, no noise", 400, 0.5, 0.1, 0.0, 1.0, False),
    Regime("few specific parameters", 400, 0.25, 0.2, 0.3, 0.2, False),
    Regime("more samples than parameters", 400, 0.5, 2.0, 0.3, 0.2, True),
)
WITNESSES = tuple(
    replace(regime, capacity=40) for regime in REGIMES if (regime.share, regime.ratio) == (0.5, 0.1)
)

# At this distance, where in the first regime freezing wins, what else there is to the map: fields
# in which it loses again, values between which it begins to, and what they are called.
EDGE_AT = 0.5
EDGES = (
    ("noise", (0.3, 1.0), "σ"),
    ("ratio", (0.1, 0.3), "n/P"),
    ("share", (0.3, 0.15), "specific share"),
    ("known", (0.2, 0.8), "‖θ*_1‖ in the shared block"),
)
EDGE_WITHIN = 2**-13  # of the way between those values, how near to the edge is near enough
BEYOND = 0.4  # of the way from the edge to those values, where both sides are simulated
TELLING = 10  # times the difference, what its resolution is relative to
SIGN = "ten times the predicted difference, or the risks that it is made of if they are less"


def studies(seed: Seed) -> list[Study]:
    """The map on the law engine, and a part of it, at a tenth of the size, on the dense one."""
    return [
        *(_study(regime, LAW, seed) for regime in REGIMES),
        *(_edge_study(*edge, seed) for edge in EDGES),
        *(_study(witness, DENSE, seed) for witness in WITNESSES),
    ]


def _study(regime: Regime, engine: str, seed: Seed) -> Study:
    """A regime at both distances and, on the law engine, around its critical distance."""
    pairs = Pairs()
    # At distance 0 it does not matter which optimum would move.
    for distance in (FAR,) if regime.both and regime.ratio < 1 else (NEAR, FAR):
        row = pairs.add(regime.frozen(distance))
        pairs.questions += _differences(regime, distance, row)
    measure = "generalization" if regime.both else "forgetting"
    base = regime.frozen(1.0)
    critical = critical_distance(base, measure)
    if engine == LAW and critical is not None and critical.distance > TOO_NEAR:
        ask_crossing(pairs, "small-distances", base, measure, regime.title)
    return pairs.study(f"map: {regime.words}", seed, engine)


def _differences(regime: Regime, distance: float, row: int) -> list[Question]:
    """What freezing adds to forgetting and to the generalization error, where it makes some."""
    frozen = regime.frozen(distance)
    size = size_of(frozen, means(frozen))
    questions = []
    for measure, letter in LETTERS.items():
        if distance == NEAR and measure == "generalization":
            continue  # of one task learned twice it is the same number
        value = advantage(measure, frozen)
        if abs(value) < TIE * size:
            if regime.ratio < 1:
                continue  # so near a tie that its sign says nothing
            value = 0.0 if abs(value) < EXACT * size else value  # a tie that is exact is a claim
        wrong = {
            name: advantage(measure, other)
            for name, other in wrong_scenarios(frozen).items()
            if other.updates.strategy == "frozen"  # other mistakes are about one of the strategies
        }
        asked = ask(
            "small-distances",
            frozen.title,
            frozen,
            f"{letter}_frozen − {letter}_initialized",
            Predicted(value, wrong),
            reading(measure, row),
            size=size_of_risks(measure, frozen, initialized(frozen)),
            absolute=True,
            paper=_as_the_paper_has_it(regime, measure, distance),
            place=Place(f"{letter}, {regime.words}", distance),
        )
        questions.append(asked)
    return questions


def _as_the_paper_has_it(regime: Regime, measure: str, distance: float) -> bool | None:
    """Whether freezing is better at the small distance, or at the large one but not there."""
    near, far = (advantage(measure, regime.frozen(apart)) for apart in (NEAR, FAR))
    if distance == NEAR:
        return near < 0 if abs(near) > EXACT else None
    return False if far < 0 <= near + TIE else None


def _edge_study(field: str, values: tuple[float, float], words: str, seed: Seed) -> Study:
    """Who forgets less on both sides of the edge that a field has at a small distance."""
    pairs, edge = Pairs(), edge_of(field, values)
    for end in values:
        side = _with(field, edge + BEYOND * (end - edge))
        frozen = side.frozen(EDGE_AT)
        value = advantage("forgetting", frozen)
        risks = size_of_risks("forgetting", frozen, initialized(frozen))
        where = f"{words} = {getattr(side, field):.3g}, edge at {edge:.3g}"
        asked = ask(
            "small-distances",
            f"{REGIMES[0].title}, δ = {EDGE_AT:g}",
            frozen,
            f"F_frozen − F_initialized; {where}",
            0.0,
            reading("forgetting", pairs.add(frozen)),
            size=min(TELLING * abs(value), risks),
            unit=SIGN,
            side=1 if value > 0 else -1,
            paper=value < 0,
        )
        pairs.questions.append(asked)
    return pairs.study(f"map: edge in {words}", seed, LAW)


def edge_of(field: str, values: tuple[float, float]) -> float:
    """Where, between a value of a field at which freezing forgets less and one of more, it ties.

    Example:
        >>> round(edge_of("noise", (0.3, 1.0)), 3)
        0.462
    """
    from scipy.optimize import bisect  # which needs no slope: whole numbers make steps

    def gap(value: float) -> float:
        return advantage("forgetting", _with(field, value).frozen(EDGE_AT))

    return float(bisect(gap, *values, xtol=EDGE_WITHIN * abs(values[1] - values[0])))


def _with(field: str, value: float) -> Regime:
    """The first regime with another value of a field."""
    changed: dict[str, Any] = {field: value}
    return replace(REGIMES[0], **changed)


def pictures() -> dict[str, Picture]:
    """What freezing adds to forgetting against distance, in every regime."""
    distances = [k * FAR / 20 for k in range(21)]
    curves = {
        f"F, {regime.words}": (
            distances,
            [advantage("forgetting", regime.frozen(distance)) for distance in distances],
        )
        for regime in REGIMES
    }
    critical = critical_distance(REGIMES[0].frozen(1.0))
    marks = {f"δ_c ({REGIMES[0].words})": critical.distance} if critical else {}
    words = ("parameter distance ‖δ‖", "F_frozen − F_initialized")
    return {"small-distances": Picture(*words, curves, marks)}
