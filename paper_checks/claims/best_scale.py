"""The best scale of an update: where forgetting and the risks are least in α."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from update_magnitude.paper_checks.claims.asking import ask, by_theorem
from update_magnitude.paper_checks.claims.drift import scenario
from update_magnitude.paper_checks.claims.regimes import exact, size_of_risks
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import (
    DENSE,
    LAW,
    Picture,
    Place,
    Question,
    Read,
    Reading,
    Study,
)
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios import Scenario, varied
from update_magnitude.simulations import Simulation
from update_magnitude.simulations.streams import Seed

SCALES = (0.0, 0.5, 1.0)  # three points of a parabola, and their weights in
CURVATURE = (4.0, -8.0, 4.0)  # its curvature 2a
START = (-3.0, 4.0, -1.0)  # and in its slope at 0
RUNS = (("many parameters", LAW), ("many samples", LAW), ("few parameters", DENSE))
# A theorem about a best scale: its measure, and the symbol.
MEASURES = {
    "forgetting": ("forgetting", "F"),
    "second-risk": ("second_risk", "R_2(θ_2)"),
    "mean": ("generalization", "G"),
}


def studies(seed: Seed) -> list[Study]:
    """All three best scales in both regimes, with the values there."""
    return [_study(name, engine, seed) for name, engine in RUNS]


def _study(name: str, engine: str, seed: Seed) -> Study:
    """Three scales, and each best one, on the same draws."""
    base = scenario(name)
    title = f"{base.title}: scale"
    best = {theorem: by_theorem(f"optimal-scale-{theorem}", base) for theorem in MEASURES}
    scenarios = [at_scale(base, alpha) for alpha in (*SCALES, *(b.value for b in best.values()))]
    rows = [dict(enumerate(CURVATURE))]
    questions: list[Question] = []
    question = partial(ask, "best-scale", title, base, absolute=True)
    unit = ("a tenth of " if engine == LAW else "") + "a whole update, α = 1"
    whole = 1.0 if engine == DENSE else None
    for place, (theorem, (measure, symbol)) in enumerate(MEASURES.items(), len(SCALES)):
        row, alpha, there = len(rows), best[theorem].value, scenarios[place]
        slope = [first + alpha * second for first, second in zip(START, CURVATURE, strict=True)]
        rows += [dict(enumerate(slope)), {place: 1.0}]
        bend, rise, value = (_read(measure, contrast) for contrast in (0, row, row + 1))
        questions += [
            question(
                f"α at which {symbol} is least",
                best[theorem],
                partial(_vertex, bend, rise, alpha),
                size=whole or max(alpha, 0.1),
                unit=unit,
            ),
            question(
                f"{symbol} at its best α",
                exact(measure, there),
                value,
                size=size_of_risks(measure, there),
                place=Place(f"{symbol}, {name}", alpha),
            ),
        ]
    return side_by_side(title, scenarios, questions, seed, engine, rows)


def at_scale(base: Scenario, alpha: float) -> Scenario:
    """The scenario with another scale of its second update."""
    return varied(base, {"updates.scale": [1.0, alpha]})


def _read(measure: str, row: int) -> Read:
    return reading("risk", row, 2, 2) if measure == "second_risk" else reading(measure, row)


def _vertex(curvature: Read, slope: Read, alpha: float, results: Sequence[Simulation]) -> Reading:
    """α* − slope/curvature, exact for a parabola; the slope has all the noise at first order."""
    bend, rise = curvature(results), slope(results)
    size = abs(bend.estimate)
    value = alpha - rise.estimate / bend.estimate
    lost = rise.lost or bend.lost
    return Reading(value, rise.standard_error / size, rise.rounding / size, lost)


def pictures() -> dict[str, Picture]:
    """The three parabolas."""
    name = "many parameters"
    scales = [k / 20 for k in range(25)]
    points = [at_scale(scenario(name), alpha) for alpha in scales]
    curves = {
        f"{symbol}, {name}": (scales, [exact(measure, point) for point in points])
        for measure, symbol in MEASURES.values()
    }
    return {"best-scale": Picture("scale α of the second update", "risk or forgetting", curves)}
