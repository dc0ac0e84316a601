"""The hybrid strategy on linear models: near and far tasks mixed, all near, all far."""

from __future__ import annotations

from typing import Any

from update_magnitude.paper_checks import readings
from update_magnitude.paper_checks.claims.asking import ask
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import DENSE, Claim, Study
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import means

MIXED = Claim(
    "hybrid-mixed",
    "on near and far tasks mixed, choosing by predicted cost, or by estimated distance, "
    "generalizes better than both standard strategies; choosing by the sign of the published "
    "cosine does not",
    "the paper (a hybrid strategy beats both standard ones); by which signal is ours",
    ("two-task-risk-change", "two-task-forgetting"),
    "A far task must move the shared block once, and the near ones after it should leave it alone: "
    "no fixed choice does both. A rule that knows the distance does. The published cosine compares "
    "gradients at the starts of their own tasks, which is no function of the distance (see "
    "gradient-direction), so it cannot tell the far task from the near ones; its threshold is 0 "
    "here, that of the distance 1.5, half the far step.",
    "The paper: choosing by the cosine of gradients beats both standard strategies (on deep "
    "networks). That would be a negative difference.",
)
ALIKE = Claim(
    "hybrid-alike",
    "on tasks that are all near, or all far, choosing by predicted cost generalizes better than "
    "the better standard strategy as well; choosing by the sign of the published cosine, worse",
    "ours (what the paper's claim leaves open)",
    ("two-task-risk-change", "two-task-forgetting"),
    "Where one standard strategy is right on average, a rule that estimates what each choice costs "
    "still tells the draws on which it is wrong. The published cosine does not know the distance; "
    "with a threshold chosen for such a sequence, other than 0, it can do well too, but nothing "
    "says beforehand which.",
)
CLAIMS = (MIXED, ALIKE)
# How far the shared optimum moves before tasks 2, 3 and 4.
SEQUENCES = {
    "a far task, then near ones": (MIXED, [3.0, 0.0, 0.0]),
    "all near": (ALIKE, [0.0, 0.0, 0.0]),
    "all far": (ALIKE, [3.0, 3.0, 3.0]),
}
STRATEGIES: dict[str, dict[str, Any]] = {
    "predicted cost": {"updates.signal": "predicted"},
    "distance": {"updates.signal": "distance", "updates.threshold": 1.5},
    "published cosine": {"updates.signal": "published", "updates.threshold": 0.0},
    "frozen": {"updates.strategy": "frozen"},
    "initialized": {"updates.strategy": "initialized"},
}
STANDARD = ("frozen", "initialized")


def studies(seed: Seed) -> list[Study]:
    """One per sequence, all strategies on the same draws."""
    return [_study(name, seed) for name in SEQUENCES]


def scenario(name: str, strategy: str) -> Scenario:
    """Four tasks; the second has many samples, for there is most to learn if it is far."""
    base = varied(
        library("hybrid-sequences"),
        {"title": name, "optima.distance.shared": SEQUENCES[name][1]},
    )
    return varied(base, STRATEGIES[strategy])


def _study(name: str, seed: Seed) -> Study:
    """What is better than what: differences of generalization errors, replicate by replicate."""
    known = {strategy: means(scenario(name, strategy)).generalization for strategy in STANDARD}
    better = min(known, key=lambda entry: known[entry])
    pairs = [("predicted cost", other, -1) for other in STANDARD]
    pairs += [("distance", other, -1) for other in STANDARD if SEQUENCES[name][0] is MIXED]
    pairs += [("published cosine", better, 1)]
    rows = [_difference(first, second) for first, second, _ in pairs]
    last = len(rows) - 1  # that of the published rule, a control where another should be better
    questions = [
        ask(
            SEQUENCES[name][0],
            f"G by {first} less G_{second}",
            name,
            scenario(name, second),
            0.0,
            readings.generalization(row),
            size=known[second],
            unit=f"the generalization error of {second} training",
            side=side,
            paper=False if side > 0 and SEQUENCES[name][0] is MIXED else None,
            astray={"the published cosine": readings.generalization(last)}
            if (second, side) == (better, -1)
            else {},
        )
        for row, (first, second, side) in enumerate(pairs)
    ]
    strategies = [scenario(name, strategy) for strategy in STRATEGIES]
    return side_by_side(f"hybrid: {name}", strategies, questions, seed, DENSE, rows)


def _difference(first: str, second: str) -> list[float]:
    return [float(strategy == first) - float(strategy == second) for strategy in STRATEGIES]
