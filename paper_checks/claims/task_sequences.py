"""Sequences of many tasks: closed forms, and what the order of the tasks does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.paper_checks import readings
from update_magnitude.paper_checks.claims.asking import Predicted, ask, by_theorem
from update_magnitude.paper_checks.claims.regimes import forgetting_size
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import (
    DENSE,
    LAW,
    Claim,
    Picture,
    Place,
    Question,
    Study,
)
from update_magnitude.scenarios import Scenario, coordinates, library, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import drift, means

CLOSED = Claim(
    "many-tasks",
    "forgetting and generalization error after T tasks are those of the closed forms, Lin et al.'s "
    "included",
    "Lin et al., ICML 2023 (arXiv 2302.05836), for initialized training; frozen and steady drift "
    "ours",
    ("sequence-forgetting", "sequence-generalization", "orthogonal-forgetting"),
    "Each update keeps a share r = 1 − n/m of what θ was and replaces the rest, so tasks fade "
    "geometrically. Under steady drift forgetting grows with the drift; between two tasks that "
    "alternate it settles.",
)
ORDER = Claim(
    "task-order",
    "the order of the same tasks changes forgetting and generalization as predicted",
    "Lin et al., ICML 2023 (arXiv 2302.05836); here from the closed forms",
    ("sequence-forgetting", "sequence-generalization"),
    "A far task is best learned early: what it changed fades with every later task, while a far "
    "task at the end leaves θ where only it is at home.",
)
CLAIMS = (CLOSED, ORDER)
Numbers = NDArray[np.float64]


def studies(seed: Seed) -> list[Study]:
    """Each on the law engine, and at small size on the dense one."""
    return [
        _closed_study(steady(300, 200, 10, 60), LAW, seed),
        _closed_study(steady(8, 16, 4, 5), DENSE, seed),
        _frozen_study(steady(300, 200, 10, 60), LAW, seed),
        _frozen_study(steady(8, 16, 4, 5), DENSE, seed),
        _returning_study(seed),
        _order_study(600, 400, 200, LAW, seed),
        _order_study(8, 16, 5, DENSE, seed),
    ]


def steady(shared: int, specific: int, count: int, samples: int) -> Scenario:
    """Tasks that drift on by equal steps, each in a new direction, in the specific block."""
    changes = {
        "tasks.count": count,
        "tasks.samples": samples,
        "title": f"steady drift, T = {count}",
    }
    sizes = {"blocks.shared": shared, "blocks.specific": specific}
    return varied(library("steady-drift"), changes | sizes)


def sums(points: Sequence[NDArray[Any]], r: float) -> dict[str, float]:
    """What the closed forms of T tasks depend on: sums over the tasks, weighted by their age.

    Args:
        points: coordinates of the optima, block by block, [T, k] each.
        r: what one update leaves, 1 − n/m.
    """
    optima = np.concatenate(points, axis=1).astype(float)
    norms = (optima**2).sum(1)
    apart = ((optima[:, None] - optima[None]) ** 2).sum(-1)  # [k, i]
    count = len(optima)
    ages = r ** (count - 1 - np.arange(count))
    last = ages @ apart  # Σ_k r^{T−k} ‖θ*_k − θ*_i‖², for every i
    own = [r ** np.arange(i, -1, -1) @ apart[: i + 1, i] for i in range(count - 1)]
    fading = (r ** np.arange(1, count) - r**count) * norms[:-1]
    return {
        "T": count,
        "R_0": float(norms.mean()),
        "W": float(last[:-1].mean()),
        "W_all": float(last.mean()),
        "W_own": float(np.mean(own)),
        "fading": float(fading.mean()),
    }


def closed_forms(scenario: Scenario) -> dict[str, Predicted]:
    """F_T and G_T under initialized training, from Lin et al.'s closed forms."""
    n, P = scenario.tasks.samples[0], scenario.blocks.capacity
    values = {"m": P, "n": n, "N": scenario.tasks.noise[0] ** 2}
    values |= sums(coordinates(scenario), 1 - n / P)
    whole: Mapping[str, float] = values | {"W": values["W_all"]}
    return {
        "F": by_theorem("sequence-forgetting", values, ("N", "fading")),
        "G": by_theorem("sequence-generalization", whole, ("N",)),
    }


def _closed_study(scenario: Scenario, engine: str, seed: Seed) -> Study:
    found = closed_forms(scenario)
    questions = _both(CLOSED, f"{scenario.title}, initialized", scenario, found, 0, engine)
    return _study(scenario.title, [scenario], None, questions, engine, seed)


def _frozen_study(initialized: Scenario, engine: str, seed: Seed) -> Study:
    """The specific block drifts on and trains alone: the form of steady drift."""
    frozen = varied(initialized, {"updates.strategy": "frozen"})
    two = varied(
        frozen,
        {
            "tasks.count": 2,
            "tasks.samples": frozen.tasks.samples[:2],
            "tasks.noise": frozen.tasks.noise[:2],
            "updates.scale": 1.0,
            "optima.distance": {"shared": 0.0, "specific": 0.8},
        },
    )
    after = drift(two)
    values = {
        "m": frozen.trainable_count(1),
        "n": frozen.tasks.samples[1],
        "T": frozen.tasks.count,
        "step": 0.8**2,
        "N": after.held(after.error) + frozen.tasks.noise[1] ** 2,
        "R_1": after.trained(after.error),
    }
    found = {"F": by_theorem("orthogonal-forgetting", values, ("step",))}
    questions = _both(CLOSED, f"{frozen.title}, frozen", frozen, found, 0, engine)
    return _study(f"{frozen.title}, frozen", [frozen], None, questions, engine, seed)


def _returning_study(seed: Seed) -> Study:
    """Two tasks by turns, learned so well that only the limit is left: r^T = 10⁻¹⁰."""
    scenario = varied(
        steady(200, 200, 10, 360),
        {"title": "two tasks by turns", "optima.direction": "returning"},
    )
    values = {"m": 400, "n": 360, "step": 0.8**2, "N": 0.5**2}
    found = {"G": by_theorem("returning-generalization", values, ("step",))}
    questions = _both(CLOSED, scenario.title, scenario, found, 0, LAW)
    return _study(scenario.title, [scenario], None, questions, LAW, seed)


def _order_study(shared: int, specific: int, samples: int, engine: str, seed: Seed) -> Study:
    """Three near tasks and a far one, the far one first and last."""
    near = 0.3
    axes = np.eye(4)
    tasks = [axes[0], axes[0] + near * axes[1], axes[0] - near * axes[1], axes[0] + 2 * axes[2]]
    orders = {"far first": (3, 0, 1, 2), "far last": (0, 1, 2, 3)}
    scenarios = [
        _ordered(np.array([tasks[k] for k in order]), words, (shared, specific), samples)
        for words, order in orders.items()
    ]
    forms = [closed_forms(scenario) for scenario in scenarios]
    questions: list[Question] = []
    for row, (words, found) in enumerate(zip(orders, forms, strict=True)):
        title = f"near tasks and a far one: {words}"
        questions += _both(ORDER, title, scenarios[row], found, row, engine)
    gaps = {
        letter: Predicted(forms[1][letter].value - forms[0][letter].value, {}) for letter in "FG"
    }
    title = "near tasks and a far one: far last less far first"
    questions += _both(ORDER, title, scenarios[0], gaps, 2, engine, scenarios[1:])
    rows = [[1.0, 0.0], [0.0, 1.0], [-1.0, 1.0]]
    return _study("the order of tasks", scenarios, rows, questions, engine, seed)


def _ordered(points: Numbers, words: str, sizes: tuple[int, int], samples: int) -> Scenario:
    gram = (0.5 * points @ points.T).tolist()
    return varied(
        library("order-of-tasks"),
        {
            "title": words,
            "blocks": dict(zip(("shared", "specific"), sizes, strict=True)),
            "tasks.count": len(points),
            "tasks.samples": samples,
            "optima.gram": {"shared": gram, "specific": gram},
        },
    )


def _both(
    claim: Claim,
    title: str,
    scenario: Scenario,
    found: Mapping[str, Predicted],
    row: int,
    engine: str,
    others: Sequence[Scenario] = (),
) -> list[Question]:
    """F and G of one scenario, or of the difference of two, as far as they are predicted."""
    reads = {"F": readings.forgetting(row), "G": readings.generalization(row)}
    known = [means(entry) for entry in (scenario, *others)]
    sizes = {"F": forgetting_size(*known), "G": max(entry.generalization for entry in known)}
    return [
        ask(
            claim,
            f"{letter}_{scenario.tasks.count}",
            title,
            scenario,
            predicted,
            reads[letter],
            size=sizes[letter],
            absolute=engine == DENSE,
            place=Place(f"{letter}, {title}", scenario.tasks.count),
        )
        for letter, predicted in found.items()
    ]


def _study(
    name: str,
    scenarios: Sequence[Scenario],
    rows: Sequence[Sequence[float]] | None,
    questions: Sequence[Question],
    engine: str,
    seed: Seed,
) -> Study:
    times = 4.0 if engine == LAW else 1.0  # a replicate draws at every task
    return side_by_side(name, scenarios, questions, seed, engine, rows, times)


def pictures() -> dict[str, Picture]:
    """Forgetting and generalization error against the number of tasks, initialized training."""
    counts = list(range(2, 11))
    found = [closed_forms(steady(300, 200, count, 60)) for count in counts]
    curves = {
        f"{letter}, steady drift, T = 10, initialized": (
            [float(count) for count in counts],
            [result[letter].value for result in found],
        )
        for letter in "FG"
    }
    return {CLOSED.name: Picture("tasks learned T", "F_T and G_T", curves)}
