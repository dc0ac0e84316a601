"""Forgetting is drift: the terms of the decomposition, each measured by itself."""

from __future__ import annotations

from functools import partial

from update_magnitude.paper_checks.claims.asking import Predicted, ask, by_theorem
from update_magnitude.paper_checks.claims.regimes import yardstick
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import DENSE, LAW, RISKS, Picture, Place, Study
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.simulations.streams import Seed

# What is there of the step in the trained blocks, of that in the held ones, and of the noise.
PARTS = {
    "nothing": (0, 0, 0),
    "trained +": (1, 0, 0),
    "trained −": (-1, 0, 0),
    "held +": (0, 1, 0),
    "held −": (0, -1, 0),
    "noise": (0, 0, 1),
    "all": (1, 1, 1),
}
TERMS: dict[str, dict[str, float]] = {
    "drift-trained": {"trained +": 0.5, "trained −": 0.5, "nothing": -1},
    "drift-held": {"held +": 0.5, "held −": 0.5, "nothing": -1},
    "unlearned": {"nothing": 1},
    "noise": {"noise": 1, "nothing": -1},
    "interference": {"trained +": 0.5, "trained −": -0.5, "held +": 0.5, "held −": -0.5},
}
# Carriers that a mistake may lose; of a sum, all but one are left to tell.
DROPPED = {"unlearned": ("e_e_C",), "interference": ("e_delta_C",)}
LEAST = "all of forgetting, or the risks that it is made of if they are less"
SIZES: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "many parameters": ((500, 400), (150, 120)),
    "few parameters": ((20, 20), (4, 4)),
    "many samples": ((40, 60), (300, 240)),
    "more samples": ((3, 3), (22, 18)),
}
RUNS = (
    ("many parameters", LAW),
    ("many samples", LAW),
    ("few parameters", DENSE),
    ("more samples", DENSE),
)


def studies(seed: Seed) -> list[Study]:
    """Every term in both regimes, on the law engine and, at small size, on the dense one."""
    return [_study(name, engine, seed) for name, engine in RUNS]


def scenario(name: str, part: str = "all") -> Scenario:
    """Two tasks of a size, the second with some of its step and noise; the specific block trains.

    Steps have a part along the first optimum, so that there is interference.
    """
    (shared, specific), samples = SIZES[name]
    trained, held, noise = PARTS[part]
    return varied(
        library("drift-terms"),
        {
            "title": f"two tasks, {name}",
            "blocks": {"shared": shared, "specific": specific},
            "tasks.samples": samples,
            "tasks.noise": [0.5, 0.8 * noise],
            "optima.gram.shared": _gram(1.0, 0.5 * held, 1.0 * abs(held)),
            "optima.gram.specific": _gram(1.5, -0.8 * trained, 1.2 * abs(trained)),
        },
    )


def _gram(norm: float, meet: float, step: float) -> list[list[float]]:
    """⟨θ*_i, θ*_j⟩ from ‖θ*_1‖², ⟨θ*_1, δ⟩ and ‖δ‖²."""
    return [[norm, norm + meet], [norm + meet, norm + 2 * meet + step]]


def _study(name: str, engine: str, seed: Seed) -> Study:
    whole, parts = scenario(name), list(PARTS)
    scenarios = [scenario(name, part) for part in parts]
    total = by_theorem("forgetting-decomposition", whole)
    terms = _terms(name)
    rows = [{parts.index(part): w for part, w in weights.items()} for weights in TERMS.values()]
    everything = {parts.index("all"): 1.0}
    left = {
        place: everything.get(place, 0.0) - sum(row.get(place, 0.0) for row in rows)
        for place in range(len(parts))
    }
    contrasts = [*rows, everything, left]
    lost = {f"{term} dropped": total.value - number.value for term, number in terms.items()}
    predicted = {f"F, {term}": number for term, number in terms.items()}
    predicted["F, whole"] = Predicted(total.value, total.wrong | lost)
    predicted["F less the sum of its terms"] = Predicted(0.0, {})
    unit = RISKS if engine == DENSE else LEAST
    question = partial(ask, "drift", whole.title, whole, absolute=True, unit=unit)
    questions = []
    for row, (quantity, number) in enumerate(predicted.items()):
        summed = [scenarios[place] for place, weight in contrasts[row].items() if weight]
        size = yardstick(summed, engine, abs(total.value))
        place = Place(name, row) if row < len(TERMS) else None
        read = reading("forgetting", row)
        questions.append(question(quantity, number, read, size=size, place=place))
    return side_by_side(whole.title, scenarios, questions, seed, engine, contrasts)


def _terms(name: str) -> dict[str, Predicted]:
    """What each term adds to forgetting."""
    whole = scenario(name)
    return {term: by_theorem(f"forgetting-{term}", whole, DROPPED.get(term, ())) for term in TERMS}


def pictures() -> dict[str, Picture]:
    """The terms side by side, in both regimes."""
    places = [float(k) for k in range(len(TERMS))]
    curves = {
        name: (places, [number.value for number in _terms(name).values()])
        for name, engine in RUNS
        if engine == LAW
    }
    return {"drift": Picture("term", "what it adds to F", curves, names=tuple(TERMS))}
