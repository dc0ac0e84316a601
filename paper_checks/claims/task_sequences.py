"""Sequences of many tasks: closed forms, and what the order of the tasks does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from update_magnitude.paper_checks.claims.asking import Predicted, ask, by_theorem
from update_magnitude.paper_checks.claims.critical_distance import LETTERS
from update_magnitude.paper_checks.claims.regimes import size_of_risks
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import DENSE, LAW, Picture, Place, Question, Study
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios import Scenario, coordinates, library, varied
from update_magnitude.simulations.streams import Seed
from update_magnitude.theory import drift

STEP = 0.8  # of steady drift, and between the two tasks that take turns
RETURNING = {"title": "two tasks by turns", "optima.direction": "returning"}
# Three near tasks and a far one, in units of their norm; the far one comes first or last.
NEAR, FAR = 0.3, 2.0
TASKS = np.array([[1, 0, 0], [1, NEAR, 0], [1, -NEAR, 0], [1, 0, FAR]])
ORDERS = {"far first": [3, 0, 1, 2], "far last": [0, 1, 2, 3]}


def studies(seed: Seed) -> list[Study]:
    """Each on the law engine, and at small size on the dense one."""
    lines = ((steady(300, 200, 10, 60), LAW), (steady(8, 16, 4, 5), DENSE))
    # Two tasks by turns, learned so well that only the limit is left: r^T = 10⁻¹⁰.
    turns = varied(steady(200, 200, 10, 360), RETURNING)
    values = {"m": 400, "n": 360, "step": STEP**2, "N": 0.5**2}
    limit = {"G": by_theorem("returning-generalization", turns, ("step",), **values)}
    return [
        *(_alone(line, "initialized", closed_forms(line), engine, seed) for line, engine in lines),
        *(_frozen(line, engine, seed) for line, engine in lines),
        _alone(turns, "", limit, LAW, seed),
        _orders((600, 400), 200, LAW, seed),
        _orders((8, 16), 5, DENSE, seed),
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


def closed_forms(scenario: Scenario) -> dict[str, Predicted]:
    """F_T and G_T under initialized training, from Lin et al.'s closed forms."""
    n, P = scenario.tasks.samples[0], scenario.blocks.capacity
    values = {"m": P, "n": n, "N": scenario.tasks.noise[0] ** 2} | _sums(scenario, 1 - n / P)
    whole = values | {"W": values["W_all"]}
    return {
        "F": by_theorem("sequence-forgetting", scenario, ("N", "fading"), **values),
        "G": by_theorem("sequence-generalization", scenario, ("N",), **whole),
    }


def _sums(scenario: Scenario, r: float) -> dict[str, float]:
    """What the closed forms depend on: sums over the tasks, by age, of which r is left at each."""
    optima = np.concatenate(coordinates(scenario), axis=1).astype(float)
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


def _frozen(initialized: Scenario, engine: str, seed: Seed) -> Study:
    """The specific block drifts on and trains alone: the form of steady drift."""
    frozen = varied(initialized, {"updates.strategy": "frozen"})
    two = {
        "tasks.count": 2,
        "tasks.samples": frozen.tasks.samples[:2],
        "tasks.noise": frozen.tasks.noise[:2],
        "updates.scale": 1.0,
        "optima.distance": {"shared": 0.0, "specific": STEP},
    }
    after = drift(varied(frozen, two))
    values = {
        "m": frozen.trainable_count(1),
        "n": frozen.tasks.samples[1],
        "T": frozen.tasks.count,
        "step": STEP**2,
        "N": after.held(after.error) + frozen.tasks.noise[1] ** 2,
        "R_1": after.trained(after.error),
    }
    form = {"F": by_theorem("orthogonal-forgetting", frozen, ("step",), **values)}
    return _alone(frozen, "frozen", form, engine, seed)


def _alone(
    scenario: Scenario, words: str, forms: Mapping[str, Predicted], engine: str, seed: Seed
) -> Study:
    """One scenario against closed forms."""
    title = f"{scenario.title}, {words}" if words else scenario.title
    name = title if words == "frozen" else scenario.title
    questions = _ask("many-tasks", title, [scenario], forms, 0, engine)
    return side_by_side(name, [scenario], questions, seed, engine, None, _times(engine))


def _orders(sizes: tuple[int, int], samples: int, engine: str, seed: Seed) -> Study:
    """Near tasks and a far one, in both orders, and the difference."""
    scenarios, forms, title = [], [], "near tasks and a far one"
    questions: list[Question] = []
    for row, (words, order) in enumerate(ORDERS.items()):
        gram = (0.5 * TASKS[order] @ TASKS[order].T).tolist()
        changes = {
            "title": words,
            "blocks": dict(zip(("shared", "specific"), sizes, strict=True)),
            "tasks.count": len(order),
            "tasks.samples": samples,
            "optima.gram": {"shared": gram, "specific": gram},
        }
        scenarios.append(varied(library("order-of-tasks"), changes))
        forms.append(closed_forms(scenarios[row]))
        heading = f"{title}: {words}"
        questions += _ask("task-order", heading, [scenarios[row]], forms[row], row, engine)
    gaps = {
        letter: Predicted(last.value - forms[0][letter].value, {})
        for letter, last in forms[1].items()
    }
    heading = f"{title}: far last less far first"
    questions += _ask("task-order", heading, scenarios, gaps, len(ORDERS), engine)
    rows = [{0: 1.0}, {1: 1.0}, {0: -1.0, 1: 1.0}]
    name = "the order of tasks"
    return side_by_side(name, scenarios, questions, seed, engine, rows, _times(engine))


def _times(engine: str) -> float:
    """The budget, in units of that of others: the law engine draws at every task."""
    return 4.0 if engine == LAW else 1.0


def _ask(
    claim: str,
    title: str,
    scenarios: Sequence[Scenario],
    forms: Mapping[str, Predicted],
    row: int,
    engine: str,
) -> list[Question]:
    """F and G of one scenario, or of the difference of two, as far as they are predicted."""
    count = scenarios[0].tasks.count
    question = partial(ask, claim, title, scenarios[0], absolute=engine == DENSE)
    return [
        question(
            f"{letter}_{count}",
            forms[letter],
            reading(measure, row),
            size=size_of_risks(measure, *scenarios),
            place=Place(f"{letter}, {title}", count),
        )
        for measure, letter in LETTERS.items()
        if letter in forms
    ]


def pictures() -> dict[str, Picture]:
    """Forgetting and generalization error against the number of tasks, initialized training."""
    counts = list(range(2, 11))
    by_count = [closed_forms(steady(300, 200, count, 60)) for count in counts]
    curves = {
        f"{letter}, steady drift, T = 10, initialized": (
            [float(count) for count in counts],
            [forms[letter].value for forms in by_count],
        )
        for letter in LETTERS.values()
    }
    return {"many-tasks": Picture("tasks learned T", "F_T and G_T", curves)}
