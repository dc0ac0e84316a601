"""The proximal face of the update magnitude: its limit, and how fast finite sizes get there."""

from __future__ import annotations

from functools import partial

from update_magnitude.paper_checks.claims.asking import Predicted, ask, by_theorem
from update_magnitude.paper_checks.claims.side_by_side import measured
from update_magnitude.paper_checks.questions import Picture, Place, Study
from update_magnitude.paper_checks.readings import mean
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import means

# m, n and λ: two sizes of one limit, and another limit.
CASES = ((20, 40, 0.5), (28, 56, 0.5), (16, 8, 0.5))
# What the first correction may leave, of the risk and over m², by γ. This is no theory, but what a
# million replicates showed at m = 8, and two of its errors more: 0.152 ± 0.010 and 0.106 ± 0.005.
LEFT = {0.5: 0.172, 2.0: 0.116}
SYMBOLS = {"risk": "R_2", "forgetting": "F"}


def studies(seed: Seed) -> list[Study]:
    """The limit and its correction, at two sizes and in both regimes."""
    return [_study(scenario(m, n), penalty, seed) for m, n, penalty in CASES]


def scenario(capacity: int, samples: int) -> Scenario:
    """Two tasks of which the first is not learned, so that θ_1 = 0 is known."""
    title = f"proximal, m = {capacity}, n = {samples}"
    changes = {"title": title, "blocks.all": capacity, "tasks.samples": samples}
    return varied(library("proximal-update"), changes)


def predicted(measure: str, scenario: Scenario, penalty: float) -> Predicted:
    """The limit with its correction; wrong: without it, or with twice of it."""
    limit = by_theorem(f"proximal-{measure}", scenario, ("N",), penalty=penalty)
    size = by_theorem(f"proximal-{measure}-size", scenario, penalty=penalty)
    off = size.value / scenario.blocks.capacity
    wrong = {
        "the limit taken for finite size": limit.value,
        "the correction twice": limit.value + 2 * off,
    }
    return Predicted(limit.value + off, wrong | limit.wrong)


def _study(scenario: Scenario, penalty: float, seed: Seed) -> Study:
    # This imports jax, which naming a claim need not.
    from update_magnitude.simulations.measures.proximal import FORGETTING, RISK, Proximal

    title, m = scenario.title, scenario.blocks.capacity
    predictions = {measure: predicted(measure, scenario, penalty) for measure in SYMBOLS}
    before = float(means(scenario).risk[0, 0])
    risk = abs(predictions["risk"].value)
    sizes = {"risk": risk, "forgetting": max(before, before + predictions["forgetting"].value)}
    ratio = m / scenario.tasks.samples[1]
    left = LEFT[ratio] / m**2 * risk
    question = partial(ask, "proximal", title, scenario, absolute=True)
    questions = [
        question(
            SYMBOLS[measure],
            predictions[measure],
            mean(index),
            size=sizes[measure],
            rounding=left / sizes[measure],
            place=Place(f"{SYMBOLS[measure]}, γ = {ratio:g}", m),
        )
        for measure, index in (("risk", RISK), ("forgetting", FORGETTING))
    ]
    return measured(title, scenario, Proximal(penalty), questions, seed)


def pictures() -> dict[str, Picture]:
    """The predicted means against m."""
    sizes = [8, 12, 16, 24, 32, 48, 64, 96]
    points = [scenario(m, 2 * m) for m in sizes]
    curves = {
        f"{symbol}, γ = 0.5": (
            [float(m) for m in sizes],
            [predicted(measure, point, 0.5).value for point in points],
        )
        for measure, symbol in SYMBOLS.items()
    }
    return {"proximal": Picture("parameters m", "risk or forgetting", curves)}
