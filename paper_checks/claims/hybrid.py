"""The hybrid strategy on linear models: near and far tasks mixed, all near, all far."""

from __future__ import annotations

from update_magnitude.paper_checks.claims.asking import ask
from update_magnitude.paper_checks.claims.regimes import exact
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import DENSE, Study
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed

# How far the shared optimum moves before tasks 2, 3 and 4.
SEQUENCES = {
    "a far task, then near ones": ("hybrid-mixed", [3.0, 0.0, 0.0]),
    "all near": ("hybrid-alike", [0.0, 0.0, 0.0]),
    "all far": ("hybrid-alike", [3.0, 3.0, 3.0]),
}
STRATEGIES: dict[str, dict[str, str | float]] = {
    "predicted cost": {"updates.signal": "predicted"},
    "distance": {"updates.signal": "distance", "updates.threshold": 1.5},
    "published cosine": {"updates.signal": "published", "updates.threshold": 0.0},
    "frozen": {"updates.strategy": "frozen"},
    "initialized": {"updates.strategy": "initialized"},
}
STANDARD = ("frozen", "initialized")


def studies(seed: Seed) -> list[Study]:
    """One per sequence, all strategies on the same draws."""
    return [_study(name, *sequence, seed) for name, sequence in SEQUENCES.items()]


def _study(name: str, claim: str, steps: list[float], seed: Seed) -> Study:
    """What is better than what: differences of generalization errors, replicate by replicate."""
    base = varied(library("hybrid-sequences"), {"title": name, "optima.distance.shared": steps})
    scenarios: dict[str, Scenario] = {
        strategy: varied(base, changes) for strategy, changes in STRATEGIES.items()
    }
    known = {strategy: exact("generalization", scenarios[strategy]) for strategy in STANDARD}
    better = min(known, key=lambda strategy: known[strategy])
    mixed = claim == "hybrid-mixed"
    pairs = [("predicted cost", other, -1) for other in STANDARD]
    pairs += [("distance", other, -1) for other in STANDARD if mixed]
    pairs += [("published cosine", better, 1)]
    published = reading("generalization", len(pairs) - 1)  # a control where another is better
    questions = [
        ask(
            claim,
            name,
            scenarios[second],
            f"G by {first} less G_{second}",
            0.0,
            reading("generalization", row),
            size=known[second],
            unit=f"the generalization error of {second} training",
            side=side,
            paper=False if side > 0 and mixed else None,
            astray={"the published cosine": published} if (second, side) == (better, -1) else {},
        )
        for row, (first, second, side) in enumerate(pairs)
    ]
    places = {strategy: place for place, strategy in enumerate(STRATEGIES)}
    rows = [{places[first]: 1.0, places[second]: -1.0} for first, second, _ in pairs]
    strategies = list(scenarios.values())
    return side_by_side(f"hybrid: {name}", strategies, questions, seed, DENSE, rows)
