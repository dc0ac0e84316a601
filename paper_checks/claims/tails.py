"""The exact law: distributions, variances, and updates so near m = n that moments are infinite."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from update_magnitude.paper_checks.claims.asking import (
    Predicted,
    ask,
    by_theorem,
    wrong_scenarios,
)
from update_magnitude.paper_checks.claims.regimes import exact, is_testable
from update_magnitude.paper_checks.claims.side_by_side import Together
from update_magnitude.paper_checks.questions import DENSE, LAW, Place, Reading, Study
from update_magnitude.scenarios import Scenario, library, preset, varied
from update_magnitude.simulations.simulation import sample_runner
from update_magnitude.simulations.streams import Seed, named

if TYPE_CHECKING:
    from update_magnitude.simulations.reducers import Samples

QUANTILES = (0.1, 0.9, 0.99)
VARIANCES = (((100, 600, 200), LAW), ((40, 100, 300), LAW), ((2, 30, 10, 2.0), DENSE))


def studies(seed: Seed) -> list[Study]:
    """Well within a regime and at the threshold; variances in both regimes."""
    close = varied(
        preset("two-close-tasks"),
        {"blocks": {"shared": 4, "specific": 6}, "tasks.samples": 3, "tasks.noise": 0.5},
    )
    near = varied(close, {"tasks.samples": [3, 5], "title": "two close tasks, m = n + 1"})
    small = varied(close, {"title": "two close tasks, small"})
    return [
        quantile_study(small, seed),
        quantile_study(near, seed),
        *(_variance_study(single(*sizes), engine, seed) for sizes, engine in VARIANCES),
    ]


def scenario_studies(scenario: Scenario, seed: Seed) -> list[Study]:
    """The quantiles of a user's scenario where its moments cannot be put to a z-test."""
    return [] if is_testable(scenario) else [quantile_study(scenario, seed, "quantiles")]


def quantile_study(scenario: Scenario, seed: Seed, purpose: str | None = None) -> Study:
    """Forgetting, and the last task's risk, on both engines; the purpose is that of the draws."""
    count = scenario.tasks.count
    columns = {f"R_{count}(θ_{count})": count**2 - 1}
    if count > 1:
        columns["F"] = count**2
    wrong = wrong_scenarios(scenario)
    other = wrong.get("n + 1 for n") or wrong.get("nothing learned")
    mistakes = {} if other is None else {"the law of n + 1 samples": 2}
    unit = "all replicates, of which it is a share"
    question = partial(
        ask, "exact-law", scenario.title, scenario, size=1.0, absolute=True, unit=unit
    )
    questions = [
        question(
            f"share of {quantity} below its {p:.0%} quantile",
            Predicted(p, {"five points more": p + 0.05}),
            partial(share_below, column, p, 1),
            astray={name: partial(share_below, column, p, k) for name, k in mistakes.items()},
            place=Place(f"{quantity}, {scenario.title}", p),
        )
        for column, quantity in enumerate(columns)
        for p in QUANTILES
    ]
    name = f"{scenario.title}: quantiles"
    engines = both_engines(scenario, named(seed, purpose or name), list(columns.values()), other)
    return Study(name, engines, tuple(questions))


def both_engines(
    scenario: Scenario, seed: Seed, columns: Sequence[int], wrong: Scenario | None
) -> Together:
    """The dense engine, the law engine and, as a control, the law engine on a wrong scenario."""
    others = [scenario] if wrong is None else [scenario, wrong]
    runners = [sample_runner(scenario, named(seed, DENSE), DENSE, columns)]
    runners += [sample_runner(other, named(seed, LAW), LAW, columns) for other in others]
    return Together(runners)


def share_below(column: int, p: float, engine: int, results: Sequence[Samples]) -> Reading:
    """The share of dense replicates below the p-quantile of the law's.

    Its variance is p(1 − p)(1/N + 1/N′) at large N, whatever the distribution, if it has a density:
    the quantile of N′ replicates errs as much as the share of N. Rounding may carry across the
    quantile all that lies as near to it as rounding reaches.
    """
    both = (results[0], results[engine])
    dense, law = (samples.values[:, 0, column] for samples in both)
    reach = sum(float(np.asarray(samples.rounding)[0, column]) for samples in both)
    quantile = np.quantile(law, p)
    near = float((np.abs(dense - quantile) <= reach).mean())
    error = float(np.sqrt(p * (1 - p) * (1 / len(dense) + 1 / len(law))))
    return Reading(float((dense < quantile).mean()), error, near, near > error)


def single(shared: int, specific: int, samples: int, step: float = 1.0) -> Scenario:
    """Two tasks of which the first is not learned: θ_1 = 0 is known."""
    return varied(
        library("one-update"),
        {
            "title": f"one update from 0, n = {samples}",
            "blocks": {"shared": shared, "specific": specific},
            "tasks.samples": [1, samples],
            "optima.distance.specific": step,
        },
    )


def _variance_study(scenario: Scenario, engine: str, seed: Seed) -> Study:
    predicted = by_theorem("forgetting-variance", scenario, ("N",))
    question = ask(
        "exact-variance",
        scenario.title,
        scenario,
        "Var F",
        predicted,
        variance,
        size=predicted.value + exact("forgetting", scenario) ** 2,
        absolute=True,
        unit="the mean square of forgetting, of which it is a part",
    )
    share = 0.3 if engine == LAW else 1.0
    name = f"{scenario.title}: variance"
    forgetting = [scenario.tasks.count**2]
    runner = sample_runner(scenario, named(seed, name, engine), engine, forgetting)
    return Study(name, runner, (question,), share, engine)


def variance(results: Samples) -> Reading:
    """The variance over replicates, and its standard error from the fourth central moment."""
    values = results.values[:, 0, 0]
    squares, count = (values - values.mean()) ** 2, len(values)
    error = squares.std() / np.sqrt(count)
    return Reading(float(squares.mean()) * count / (count - 1), float(error))
