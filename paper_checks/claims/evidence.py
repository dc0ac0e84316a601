"""The hybrid strategy that holds every block as the data say, against both standard strategies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from update_magnitude.paper_checks.claims.asking import ask
from update_magnitude.paper_checks.claims.hybrid import SEQUENCES, STANDARD
from update_magnitude.paper_checks.claims.regimes import exact
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import DENSE, Question, Study
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed

CLAIM = "hybrid-evidence"
EVIDENCE = {"updates.strategy": "hybrid", "updates.signal": "evidence"}
UNIT = "the generalization error of the better standard strategy"
# Times the error of the better standard strategy that are allowed: usually, and where it is behind.
WITHIN, AT_MOST = 1.03, 1.05
# The grid: parameters of both blocks and samples, noise, steps of both optima.
SIZES = ((40, 40, 12), (30, 60, 20), (6, 6, 24))
NOISE = (0.3, 1.0)
STEPS = ((0.0, 0.0), (0.0, 1.0), (0.5, 0.5), (1.5, 1.0))
# Where the better standard strategy was better on other seeds, by two to three percent.
BEHIND = ("40 + 40, n = 12, σ = 0.3, steps 0 and 0",)
# Where the difference is so small that more replicates are needed to see which is better.
CLOSE = (
    *BEHIND,
    "40 + 40, n = 12, σ = 0.3, steps 0 and 1",
    "30 + 60, n = 20, σ = 0.3, steps 0 and 0",
    "30 + 60, n = 20, σ = 0.3, steps 0.5 and 0.5",
)
PILOTS = {True: 3072, False: 512}


def studies(seed: Seed) -> list[Study]:
    """The sequences of the other rules, and the grid."""
    sequences = [_sequence(name, steps, seed) for name, (_, steps) in SEQUENCES.items()]
    return sequences + [_regime(scenario, seed) for scenario in grid()]


def grid() -> Iterator[Scenario]:
    """Two tasks each, under the strategy that is asked about."""
    for (shared, specific, samples), noise, (far, further) in product(SIZES, NOISE, STEPS):
        title = (
            f"{shared} + {specific}, n = {samples}, σ = {noise:g}, steps {far:g} and {further:g}"
        )
        yield varied(
            library("evidence"),
            {
                "title": title,
                "blocks.shared": shared,
                "blocks.specific": specific,
                "tasks.samples": samples,
                "tasks.noise": noise,
                "optima.distance.shared": far,
                "optima.distance.specific": further,
            },
        )


def standard(scenario: Scenario) -> dict[str, Scenario]:
    """The same under both standard strategies, the better one first."""
    plain = {name: varied(scenario, {"updates": {"strategy": name}}) for name in STANDARD}
    order = sorted(plain, key=lambda name: exact("generalization", plain[name]))
    return {name: plain[name] for name in order}


def _sequence(name: str, steps: list[float], seed: Seed) -> Study:
    """Against both, on near and far tasks."""
    changes = {"title": f"{name}: evidence", "optima.distance.shared": steps}
    base = varied(library("hybrid-sequences"), changes | EVIDENCE)
    others = standard(base)
    questions = [
        _question(base.title, other, f"G by evidence less G_{strategy}", row)
        for row, (strategy, other) in enumerate(others.items())
    ]
    # What takes longest comes last: lists are filled up with copies of the first.
    rows = [{len(others): 1.0, place: -1.0} for place in range(len(others))]
    study = side_by_side(base.title, [*others.values(), base], questions, seed, DENSE, rows)
    return replace(study, pilot=PILOTS[False])


def _regime(base: Scenario, seed: Seed) -> Study:
    """Less than the better one, and so than 1.03 times it; where it is behind, how far."""
    name, better = next(iter(standard(base).items()))
    behind = base.title in BEHIND
    factors = {AT_MOST if behind else WITHIN: -1, 1.0: 1 if behind else -1}
    rows = [{1: 1.0, 0: -factor} for factor in factors]
    questions = [
        _question(base.title, better, f"G by evidence less {factor:g} G_{name}", row, side)
        for row, (factor, side) in enumerate(factors.items())
    ]
    study = side_by_side(base.title, [better, base], questions, seed, DENSE, rows)
    return replace(study, pilot=PILOTS[base.title in CLOSE])


def _question(title: str, other: Scenario, quantity: str, row: int, side: int = -1) -> Question:
    return ask(
        CLAIM,
        title,
        other,
        quantity,
        0.0,
        reading("generalization", row),
        size=exact("generalization", other),
        unit=UNIT,
        side=side,
    )
