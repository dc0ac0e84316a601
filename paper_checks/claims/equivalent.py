"""The deterministic equivalent of constrained updates, in both regimes and for other features."""

from __future__ import annotations

from update_magnitude.paper_checks.claims.limits import limit_study
from update_magnitude.paper_checks.questions import Study
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed

MANY = {"tasks.samples": 30}  # beside 20 parameters
WEIGHTS = {"updates.weights": {"middle": 0.5, "narrow": [1.0, 4.0]}}
HELD = {"updates.strategy": "frozen", "updates.specific": ["wide", "middle"]}
# What is changed of the scenario of the library, by title.
CASES: dict[str, dict[str, object]] = {
    "variances that differ": {},
    "signs, penalty, weights, part of the way": {
        **WEIGHTS,
        "updates.penalty": [0.1, 0.4],
        "updates.scale": [1.0, 0.7],
        "features.distribution": "sign",
    },
    "many samples, penalty, a held block, uniform features": {
        **MANY,
        **HELD,
        **WEIGHTS,
        "updates.penalty": 2.0,
        "features.distribution": "uniform",
    },
}


def studies(seed: Seed) -> list[Study]:
    """Every risk, F and G of each scenario, as limits."""
    return [limit_study(scenario(title), seed, claim="equivalent") for title in CASES]


def scenario(title: str) -> Scenario:
    """One of the scenarios."""
    return varied(library("equivalent"), {"title": title} | CASES[title])
