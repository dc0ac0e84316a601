"""The update that changes earlier risks least: in every replicate, and as descent finds it."""

from __future__ import annotations

from functools import partial

from update_magnitude.paper_checks.claims.asking import ask
from update_magnitude.paper_checks.claims.side_by_side import replicate_by_replicate
from update_magnitude.paper_checks.questions import Question, Study
from update_magnitude.paper_checks.readings import furthest_ratio, largest_ratio
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed

CLAIM = "least-forgetting"
TASKS = 3
# Of the numbers that are read from a replicate: F_3, half of ΔᵀMΔ here, and R_3(θ_3).
COLUMNS = {"F": TASKS**2, "R_3": TASKS**2 - 1}
FORGETTING, RISK = range(2)
LEAST, FROZEN, INITIALIZED, DESCENT, PLAIN_DESCENT = range(5)
STANDARD = {"frozen": FROZEN, "initialized": INITIALIZED}
STEPS, RATE = 4_000, 0.02  # as many as it takes, at a rate that is small enough
LEFT_OVER = 1e-6  # of the solution, that descent may leave
UNIT = "a ratio of 1"


def studies(seed: Seed) -> list[Study]:
    """One, of all updates on common draws."""
    scenarios = compared()
    least = scenarios[LEAST]
    title = f"{least.title}: least forgetting"
    question = partial(ask, CLAIM, title, least, size=1.0, unit=UNIT)
    questions: list[Question] = [
        question(
            f"ΔᵀMΔ of the least-forgetting update over that of {name} training, at most",
            1.0,
            largest_ratio(LEAST, place, FORGETTING),
            side=-1,
            astray={
                f"{other} training": largest_ratio(STANDARD[other], place, FORGETTING)
                for other in STANDARD
                if other != name
            },
        )
        for name, place in STANDARD.items()
    ]
    questions += [
        question(
            f"{symbol} after descent with rates 1/M per block over that of the update",
            1.0,
            furthest_ratio(DESCENT, LEAST, column),
            rounding=LEFT_OVER,
            astray={"one rate for all blocks": furthest_ratio(PLAIN_DESCENT, LEAST, column)},
        )
        for column, symbol in enumerate(COLUMNS)
    ]
    columns = tuple(COLUMNS.values())
    return [replicate_by_replicate(title, scenarios, questions, seed, columns)]


def compared() -> list[Scenario]:
    """The least-forgetting update, both standard ones, and descent with two kinds of rates."""
    least = library("least-forgetting")
    rows = zip(*(step.weights for step in least.schedule), strict=True)
    weights = dict(zip(least.blocks.names, map(list, rows), strict=True))
    descent: dict[str, object] = {
        "updates.strategy": "initialized",
        "updates.steps": STEPS,
        "updates.rate": RATE,
    }
    return [
        least,
        varied(least, {"updates.strategy": "frozen"}),
        varied(least, {"updates.strategy": "initialized"}),
        varied(least, descent | {"updates.weights": weights}),
        varied(least, descent),
    ]
