"""Descent that is stopped after some steps: its limits, and that the best penalty is better."""

from __future__ import annotations

from update_magnitude.paper_checks.claims.asking import ask
from update_magnitude.paper_checks.claims.limits import limit_study
from update_magnitude.paper_checks.claims.regimes import DIFFERENCE, difference_size
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import DENSE, Study
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed

CLAIM = "stopped-descent"
# Parameters, samples, noise, steps and their rate, by title.
CASES = {
    "descent, more parameters": (20, 10, 0.3, 4, 0.15),
    "descent, more samples": (10, 20, 0.3, 3, 0.2),
}
COMPARED = (1, 2, 4, 8, 16, 64)  # steps


def studies(seed: Seed) -> list[Study]:
    """Risks as limits, and differences of risks on common draws, in both regimes."""
    titles = list(CASES)
    return [limit_study(scenario(title), seed, claim=CLAIM) for title in titles] + [
        _compared(title, seed) for title in titles
    ]


def scenario(title: str, steps: int | None = None) -> Scenario:
    """One of the scenarios, with as many steps at its second task, or those that it has."""
    capacity, samples, noise, own, rate = CASES[title]
    changes: dict[str, object] = {
        "title": title,
        "blocks.all": capacity,
        "tasks.samples": samples,
        "tasks.noise": noise,
        "updates.steps": own if steps is None else steps,
        "updates.rate": rate,
    }
    return varied(library("stopped-descent"), changes)


def penalized(title: str) -> Scenario:
    """The same tasks, with the penalty at which R_2 is least: γN/E‖d‖², from θ_1 = 0."""
    capacity, samples, noise, _, _ = CASES[title]
    changes = {"title": title, "blocks.all": capacity, "tasks.samples": samples}
    plain = varied(library("stopped-descent"), changes | {"tasks.noise": noise})
    squared = plain.optima.gram[0][1][1] if plain.optima.gram else 0.0
    return varied(plain, {"updates.penalty": capacity / samples * noise**2 / squared})


def _compared(title: str, seed: Seed) -> Study:
    """R_2 after descent of some steps, less R_2 with the best penalty."""
    name, best = f"{title}: the best penalty", penalized(title)
    descents = [scenario(title, steps) for steps in COMPARED]
    questions = [
        ask(
            CLAIM,
            name,
            descent,
            f"R_2 after descent of {steps} steps less R_2 with the best penalty",
            0.0,
            reading("risk", row, 2, 2),
            size=difference_size("second_risk", best, descent),
            unit=DIFFERENCE,
            side=1,
        )
        for row, (steps, descent) in enumerate(zip(COMPARED, descents, strict=True))
    ]
    rows = [{0: -1.0, place: 1.0} for place in range(1, len(descents) + 1)]
    return side_by_side(name, [best, *descents], questions, seed, DENSE, rows)
