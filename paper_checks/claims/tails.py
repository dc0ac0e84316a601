"""The exact law: distributions, variances, and updates so near m = n that moments are infinite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from update_magnitude.paper_checks.claims.asking import Predicted, ask, by_theorem
from update_magnitude.paper_checks.claims.regimes import is_testable
from update_magnitude.paper_checks.claims.wrong import wrong_scenarios
from update_magnitude.paper_checks.questions import (
    DENSE,
    LAW,
    Claim,
    Place,
    Question,
    Reading,
    Study,
)
from update_magnitude.scenarios import Scenario, coordinates, library, preset, varied
from update_magnitude.simulations.runner import Runner
from update_magnitude.simulations.simulation import sample_runner
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import means

if TYPE_CHECKING:
    from update_magnitude.simulations.reducers import Samples

LAW_HOLDS = Claim(
    "exact-law",
    "the law engine and the dense engine draw from the same distribution, quantile by quantile",
    "ours (result L)",
    (),
    "Dense draws every feature and solves every least-squares problem; law draws a handful of "
    "scalars. Of the dense replicates a share p must lie below the p-quantile of the law's, for "
    "every p. That needs no moments at all, so it is also the test next to the interpolation "
    "threshold, where the variance of a risk is infinite, or its mean.",
)
VARIANCE = Claim(
    "exact-variance",
    "the variance of forgetting, given what was learned before, is that of the exact law",
    "ours (result L)",
    ("forgetting-variance",),
    "With the first task left out, θ_1 = 0 is known, and the variance over the draws of task 2 is "
    "a closed form of E β², E 1/χ² and E 1/χ⁴.",
)
CLAIMS = (LAW_HOLDS, VARIANCE)
QUANTILES = (0.1, 0.9, 0.99)


class EnginesSideBySide:
    """Runners of several engines, each on a stream of its own, for as many replicates of each."""

    def __init__(self, runners: Sequence[Runner[Samples]]) -> None:
        """See above."""
        self.runners = tuple(runners)

    @property
    def unit(self) -> int:
        """Replicates that are drawn at once: units are powers of 2."""
        return max(runner.unit for runner in self.runners)

    @property
    def normals(self) -> int:
        """Normal variates per replicate, of all engines."""
        return sum(runner.normals for runner in self.runners)

    @property
    def replicates(self) -> int:
        """Replicates run so far."""
        return min(runner.replicates for runner in self.runners)

    def run(self, replicates: int, progress: Callable[[int], None] | None = None) -> None:
        """Run until there are that many replicates of each."""
        done = self.replicates
        for runner in self.runners:
            runner.run(replicates)
        if progress is not None:
            progress(self.replicates - done)

    def results(self) -> list[Samples]:
        """Those of each."""
        return [runner.results() for runner in self.runners]


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
        *(_variance_study(entry, engine, seed) for entry, engine in VARIANCES),
    ]


def quantile_study(scenario: Scenario, seed: Seed, purpose: str | None = None) -> Study:
    """Forgetting, and the last task's risk, on both engines; the purpose is that of the draws."""
    count = scenario.tasks.count
    columns = {f"R_{count}(θ_{count})": count**2 - 1}
    if count > 1:
        columns["F"] = count**2
    wrong = wrong_scenarios(scenario)
    other = wrong.get("n + 1 for n") or wrong.get("nothing learned")
    questions = [
        _quantile(scenario, quantity, column, p, other is not None)
        for column, quantity in enumerate(columns)
        for p in QUANTILES
    ]
    name = f"{scenario.title}: quantiles"
    return Study(
        name,
        both_engines(scenario, named(seed, purpose or name), list(columns.values()), other),
        tuple(questions),
    )


def both_engines(
    scenario: Scenario, seed: Seed, columns: Sequence[int], wrong: Scenario | None
) -> EnginesSideBySide:
    """The dense engine, the law engine and, as a control, the law engine on a wrong scenario."""
    others = [scenario] if wrong is None else [scenario, wrong]
    runners = [sample_runner(scenario, named(seed, DENSE), DENSE, columns)]
    runners += [sample_runner(other, named(seed, LAW), LAW, columns) for other in others]
    return EnginesSideBySide(runners)


def scenario_studies(scenario: Scenario, seed: Seed) -> list[Study]:
    """The quantiles of a user's scenario where its moments cannot be put to a z-test."""
    return [] if is_testable(scenario) else [quantile_study(scenario, seed, "quantiles")]


def _quantile(
    scenario: Scenario, quantity: str, column: int, p: float, controlled: bool
) -> Question:
    return ask(
        LAW_HOLDS,
        f"share of {quantity} below its {p:.0%} quantile",
        scenario.title,
        scenario,
        Predicted(p, {"five points more": p + 0.05}),
        partial(_share_below, column, p, 1),
        size=1.0,
        absolute=True,
        unit="all replicates, of which it is a share",
        astray={"the law of n + 1 samples": partial(_share_below, column, p, 2)}
        if controlled
        else {},
        place=Place(f"{quantity}, {scenario.title}", p),
    )


def _share_below(column: int, p: float, engine: int, results: Sequence[Samples]) -> Reading:
    """The share of dense replicates below the p-quantile of the law's.

    Its variance is p(1 − p)(1/N + 1/N′) at large N, whatever the distribution, if it has a density:
    the quantile of N′ replicates errs as much as the share of N. Rounding may carry across the
    quantile all that lies as near to it as rounding reaches.
    """
    dense, law = (entry.values[:, 0, column] for entry in (results[0], results[engine]))
    reach = sum(
        float(np.asarray(entry.rounding)[0, column]) for entry in (results[0], results[engine])
    )
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


VARIANCES = (
    (single(100, 600, 200), LAW),
    (single(40, 100, 300), LAW),
    (single(2, 30, 10, 2.0), DENSE),
)


def _variance_study(scenario: Scenario, engine: str, seed: Seed) -> Study:
    values, mean = known(scenario), means(scenario).forgetting
    variance = by_theorem("forgetting-variance", values, ("N",))
    question = ask(
        VARIANCE,
        "Var F",
        scenario.title,
        scenario,
        variance,
        _variance,
        size=variance.value + mean**2,
        absolute=True,
        unit="the mean square of forgetting, of which it is a part",
    )
    share = 0.3 if engine == LAW else 1.0
    name = f"{scenario.title}: variance"
    forgetting = [scenario.tasks.count**2]
    runner = sample_runner(scenario, named(seed, name, engine), engine, forgetting)
    return Study(name, runner, (question,), share, engine)


def known(scenario: Scenario) -> dict[str, float]:
    """The arguments of the variance: θ_1 = 0, so e = −θ*_1 and d = θ*_2."""
    shared, specific = coordinates(scenario)
    first, second = specific.astype(float)
    held = float((shared[1] ** 2).sum())
    return {
        "m": scenario.blocks.sizes[1],
        "n": scenario.tasks.samples[1],
        "alpha": scenario.updates.scale[1],
        "N": held + scenario.tasks.noise[1] ** 2,
        "D_S": float(second @ second),
        "e_d": float(-first @ second),
        "e_e": float(first @ first),
    }


def _variance(results: Samples) -> Reading:
    """The variance over replicates, and its standard error from the fourth central moment."""
    values = results.values[:, 0, 0]
    squares, count = (values - values.mean()) ** 2, len(values)
    error = squares.std() / np.sqrt(count)
    return Reading(float(squares.mean()) * count / (count - 1), float(error))
