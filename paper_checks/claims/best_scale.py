"""The best scale of an update: where forgetting and the risks are least in α."""

from __future__ import annotations

from functools import partial
from typing import Any

from update_magnitude.paper_checks import readings
from update_magnitude.paper_checks.claims.asking import ask, by_theorem
from update_magnitude.paper_checks.claims.drift import arguments, scenario
from update_magnitude.paper_checks.claims.regimes import forgetting_size
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import (
    DENSE,
    LAW,
    Claim,
    Picture,
    Place,
    Question,
    Reading,
    Study,
)
from update_magnitude.scenarios import Scenario, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import means

BEST = Claim(
    "best-scale",
    "forgetting, the risk on task 2 and the mean of both are each least at one scale α, where "
    "theory says, with the value that it says",
    "ours (cf. the paper's optimal update magnitude)",
    ("optimal-scale-forgetting", "optimal-scale-second-risk", "optimal-scale-mean"),
    "Every risk after the update is a parabola in α: a step of length α gains in proportion to α "
    "and pays, in drift and in noise that it takes in, in proportion to α². Forgetting has its "
    "least value at a positive α where the update points, on average, back to the first optimum.",
)
CLAIMS = (BEST,)
SCALES = (0.0, 0.5, 1.0)  # three points of a parabola, and their weights in
CURVATURE = (4.0, -8.0, 4.0)  # its curvature 2a
START = (-3.0, 4.0, -1.0)  # and in its slope at 0
RUNS = (("many parameters", LAW), ("many samples", LAW), ("few parameters", DENSE))
# A measure, the theorem about its best scale, and how it is read.
MEASURES = {"forgetting": "F", "second-risk": "R_2(θ_2)", "mean": "G"}


def studies(seed: Seed) -> list[Study]:
    """All three best scales in both regimes, with the values there."""
    return [_study(name, engine, seed) for name, engine in RUNS]


def _study(name: str, engine: str, seed: Seed) -> Study:
    """Three scales, and each best one, on the same draws."""
    base = scenario(name)
    values = arguments(base)
    best = {entry: by_theorem(f"optimal-scale-{entry}", values) for entry in MEASURES}
    scales = [*SCALES, *(entry.value for entry in best.values())]
    rows = [_weights(CURVATURE, len(scales))]
    questions: list[Question] = []
    for number, (measure, quantity) in enumerate(MEASURES.items()):
        first, at = len(rows), best[measure].value
        rows.append(_weights(_slope(at), len(scales)))
        rows.append([float(k == len(SCALES) + number) for k in range(len(scales))])
        title = f"{base.title}: scale"
        questions += [
            ask(
                BEST,
                f"α at which {quantity} is least",
                title,
                base,
                best[measure],
                partial(_vertex, _reader(measure), first, at),
                size=max(at, 0.1) if engine == LAW else 1.0,
                absolute=True,
                unit="a tenth of a whole update, α = 1"
                if engine == LAW
                else "a whole update, α = 1",
            ),
            ask(
                BEST,
                f"{quantity} at its best α",
                title,
                base,
                _value(at_scale(base, at), measure),
                _reader(measure)(first + 1),
                size=_size(at_scale(base, at), measure),
                absolute=True,
                place=Place(f"{quantity}, {name}", at),
            ),
        ]
    scenarios = [at_scale(base, scale) for scale in scales]
    return side_by_side(f"{base.title}: scale", scenarios, questions, seed, engine, rows)


def at_scale(base: Scenario, alpha: float) -> Scenario:
    """The scenario with another scale of its second update."""
    return varied(base, {"updates.scale": [1.0, alpha]})


def _slope(at: float) -> tuple[float, ...]:
    """Weights of the values at ``SCALES`` in the slope b + 2aα of a parabola aα² + bα + c."""
    return tuple(first + at * second for first, second in zip(START, CURVATURE, strict=True))


def _weights(row: tuple[float, ...], count: int) -> list[float]:
    return [*row, *(0.0,) * (count - len(row))]


def _reader(measure: str) -> Any:
    """How the measure is read from a contrast."""
    return {
        "forgetting": readings.forgetting,
        "second-risk": partial(readings.risk, 2, 2),
        "mean": readings.generalization,
    }[measure]


def _vertex(read: Any, first: int, at: float, results: Any) -> Reading:
    """α* − slope/curvature, exact for a parabola; the slope has all the noise at first order."""
    curvature, slope = read(0)(results), read(first)(results)
    error, rounding = (
        entry / abs(curvature.estimate) for entry in (slope.standard_error, slope.rounding)
    )
    value = at - slope.estimate / curvature.estimate
    return Reading(value, error, rounding, slope.lost or curvature.lost)


def _size(scenario: Scenario, measure: str) -> float:
    """The size of the risks that a measure is made of."""
    return (
        forgetting_size(means(scenario)) if measure == "forgetting" else _value(scenario, measure)
    )


def _value(scenario: Scenario, measure: str) -> float:
    found = means(scenario)
    picks = {
        "forgetting": found.forgetting,
        "second-risk": found.risk[1, 1],
        "mean": found.generalization,
    }
    return float(picks[measure])


def pictures() -> dict[str, Picture]:
    """The three parabolas."""
    name = "many parameters"
    base, scales = scenario(name), [k / 20 for k in range(25)]
    curves = {
        f"{quantity}, {name}": (
            scales,
            [_value(at_scale(base, scale), measure) for scale in scales],
        )
        for measure, quantity in MEASURES.items()
    }
    return {BEST.name: Picture("scale α of the second update", "risk or forgetting", curves)}
