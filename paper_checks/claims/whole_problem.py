"""The whole constrained problem between its ends, on the same draws in every replicate."""

from __future__ import annotations

from functools import partial

from update_magnitude.paper_checks.claims.asking import ask
from update_magnitude.paper_checks.claims.side_by_side import replicate_by_replicate
from update_magnitude.paper_checks.questions import Question, Read, Study
from update_magnitude.paper_checks.readings import furthest_ratio, largest_ratio
from update_magnitude.scenarios import library, varied
from update_magnitude.simulations.streams import Seed

CLAIM = "one-problem"
BETWEEN, TIGHT, PENALTY = 30.0, 1e8, 1e9  # weights of the held block, and a penalty
LEFT_OVER = {"weight": 1e-4, "penalty": 1e-6}  # what these leave of their limits
# R_1 and R_2 after the second task. The first task sees the held block alone, and both its optimum
# and θ_1 are 0: R_1 is the square of how far that block moves.
COLUMNS = {"R_1": 2, "R_2": 3}
MOVED, RISK = range(2)
CHANGES: dict[str, dict[str, object]] = {
    "initialized": {},
    "frozen": {"updates.strategy": "frozen"},
    "none": {"updates.scale": 0.0},
    "one": {"updates.weights": {"shared": [1.0, 1.0]}},
    "between": {"updates.weights": {"shared": [1.0, BETWEEN]}},
    "tight": {"updates.weights": {"shared": [1.0, TIGHT]}},
    "held": {"updates.penalty": [0.0, 1.0]},
    "still": {"updates.penalty": [0.0, PENALTY]},
}
PLACES = {name: place for place, name in enumerate(CHANGES)}


def study(seed: Seed) -> Study:
    """Frozen, initialized and no training as limits of weights and penalty."""
    scenarios = [varied(library("one-problem"), changes) for changes in CHANGES.values()]
    base = scenarios[PLACES["initialized"]]
    title = f"{base.title}: the whole problem"
    question = partial(ask, CLAIM, title, base, size=1.0, unit="a ratio of 1")
    equal = [
        ("weight 1", "one", "initialized", 1e-9),
        (f"weight {TIGHT:.0e}", "tight", "frozen", LEFT_OVER["weight"]),
        (f"λ = {PENALTY:.0e}", "still", "none", LEFT_OVER["penalty"]),
    ]
    wrong = {"one": "between", "tight": "between", "still": "held"}
    questions: list[Question] = [
        question(
            f"{words}: R_2 over that of {other} training",
            1.0,
            _furthest(one, other),
            rounding=rounding,
            astray={f"another: {wrong[one]}": _furthest(wrong[one], other)},
        )
        for words, one, other, rounding in equal
    ]
    for tighter, looser in (("between", "one"), ("tight", "between"), ("still", "held")):
        questions.append(
            question(
                f"how far the held block moves, {tighter} over {looser}",
                1.0,
                _largest(tighter, looser),
                side=-1,
            )
        )
    return replicate_by_replicate(title, scenarios, questions, seed, tuple(COLUMNS.values()))


def _furthest(one: str, other: str) -> Read:
    return furthest_ratio(PLACES[one], PLACES[other], RISK)


def _largest(one: str, other: str) -> Read:
    return largest_ratio(PLACES[one], PLACES[other], MOVED)
