"""The proximal face of the update magnitude: its limit, and how fast finite sizes get there."""

from __future__ import annotations

from functools import partial
from typing import Any

from update_magnitude.paper_checks.claims.asking import Predicted, ask, by_theorem
from update_magnitude.paper_checks.questions import Claim, Picture, Place, Question, Reading, Study
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.runner import Runner
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import drift, means

PROXIMAL = Claim(
    "proximal",
    "an update held by λ‖θ − θ_{t−1}‖² does what the limit n, m → ∞ says, and a predicted term "
    "over m, at several sizes",
    "ours; Marchenko–Pastur, Bai–Silverstein",
    ("proximal-risk", "proximal-risk-size"),
    "Risks are averages over the spectrum of the features' covariance. Their limits come from the "
    "Marchenko–Pastur law; at finite size the spectrum's edges repel what lies near them, which "
    "shifts the mean of any such average by a known constant over m.",
)
CLAIMS = (PROXIMAL,)
# m, n and λ: two sizes of one limit, and another limit.
CASES = ((20, 40, 0.5), (28, 56, 0.5), (16, 8, 0.5))
# What the first correction may leave, of the risk and over m², by γ. This is no theory, but what a
# million replicates showed at m = 8, and two of its errors more: 0.152 ± 0.010 and 0.106 ± 0.005.
LEFT = {0.5: 0.172, 2.0: 0.116}
MEASURES = {"risk": "R_2", "forgetting": "F"}


def studies(seed: Seed) -> list[Study]:
    """The limit and its correction, at two sizes and in both regimes."""
    return [_study(*case, seed) for case in CASES]


def scenario(capacity: int, samples: int) -> Scenario:
    """Two tasks of which the first is not learned, so that θ_1 = 0 is known."""
    title = f"proximal, m = {capacity}, n = {samples}"
    changes = {"title": title, "blocks.all": capacity, "tasks.samples": samples}
    return varied(library("proximal-update"), changes)


def known(capacity: int, samples: int, penalty: float) -> dict[str, float]:
    """The arguments of the theorems."""
    of = scenario(capacity, samples)
    found = drift(of)
    return {
        "gamma": capacity / samples,
        "penalty": penalty,
        "N": of.tasks.noise[1] ** 2,
        "D_S": float(found.drift.sum()),
        "e_d": float(found.overlap.sum()),
    }


def predicted(measure: str, capacity: int, samples: int, penalty: float) -> Predicted:
    """The limit with its correction; wrong: without it, or with twice of it."""
    values = known(capacity, samples, penalty)
    limit = by_theorem(f"proximal-{measure}", values, ("N",))
    off = by_theorem(f"proximal-{measure}-size", values).value
    wrong = {
        "the limit taken for finite size": limit.value,
        "the correction twice": limit.value + 2 * off / capacity,
    }
    return Predicted(limit.value + off / capacity, wrong | limit.wrong)


def _study(capacity: int, samples: int, penalty: float, seed: Seed) -> Study:
    # These import jax, which naming a claim need not.
    from update_magnitude.simulations.measures.proximal import FORGETTING, RISK, Proximal
    from update_magnitude.simulations.reducers import Averages

    of = scenario(capacity, samples)
    risk = abs(predicted("risk", capacity, samples, penalty).value)
    before = float(means(of).risk[0, 0])
    changed = before + predicted("forgetting", capacity, samples, penalty).value
    sizes = {"risk": risk, "forgetting": max(before, changed)}
    left = LEFT[capacity / samples] / capacity**2 * risk

    def question(measure: str, index: int) -> Question:
        return ask(
            PROXIMAL,
            MEASURES[measure],
            of.title,
            of,
            predicted(measure, capacity, samples, penalty),
            partial(_read, index),
            size=sizes[measure],
            rounding=left / sizes[measure],
            absolute=True,
            place=Place(f"{MEASURES[measure]}, γ = {capacity / samples:g}", capacity),
        )

    questions = (question("risk", RISK), question("forgetting", FORGETTING))
    held = Proximal(penalty)
    runner = Runner([of], named(seed, of.title), measure=held, reducer=Averages())
    return Study(of.title, runner, questions)


def _read(index: int, results: Any) -> Reading:
    return Reading(float(results.mean[index]), float(results.standard_error[index]))


def pictures() -> dict[str, Picture]:
    """The predicted means against m."""
    sizes = [8, 12, 16, 24, 32, 48, 64, 96]
    curves = {
        f"{quantity}, γ = 0.5": (
            [float(m) for m in sizes],
            [predicted(measure, m, 2 * m, 0.5).value for m in sizes],
        )
        for measure, quantity in MEASURES.items()
    }
    return {PROXIMAL.name: Picture("parameters m", "risk or forgetting", curves)}
