"""Studies: of scenarios on the same draws, of a measure, of experiments side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from update_magnitude.paper_checks.questions import LAW, Question, Runnable, Study
from update_magnitude.scenarios import Scenario
from update_magnitude.simulations import Experiment
from update_magnitude.simulations.runner import Runner
from update_magnitude.simulations.streams import Seed, named

if TYPE_CHECKING:
    from update_magnitude.simulations.measures.base import AnyMeasure

LAW_SHARE = 0.05  # of the budget: besides its normals the law engine draws χ² variates
# Scenarios and contrasts come in multiples of these: a few programs serve most studies.
SCENARIOS, CONTRASTS = 4, 8


def side_by_side(
    name: str,
    scenarios: Sequence[Scenario],
    questions: Sequence[Question],
    seed: Seed,
    engine: str,
    contrasts: Sequence[Mapping[int, float]] | None = None,
    times: float = 1.0,
    purpose: str | None = None,
) -> Study:
    """A study of scenarios of one shape on common draws, and of linear combinations of them.

    Tracing a program takes longer than most studies run, and the numbers of scenarios and of
    contrasts are part of it. So lists longer than one are filled up, with repetitions of the first
    scenario and with combinations of nothing. A contrast has weights by the places of scenarios;
    without any, each scenario is one. The study may spend ``times`` the budget of others, and the
    random numbers are named by it, or by a purpose.
    """
    rows = list(contrasts or ({place: 1.0} for place in range(len(scenarios))))
    if len(scenarios) > 1:
        scenarios = [*scenarios, *[scenarios[0]] * (-len(scenarios) % SCENARIOS)]
        rows += [{}] * (-len(rows) % CONTRASTS)
    weights = [[row.get(place, 0.0) for place in range(len(scenarios))] for row in rows]
    experiment = Experiment(scenarios, named(seed, purpose or name, engine), weights, engine)
    share = times * (LAW_SHARE if engine == LAW else 1.0)
    return Study(name, experiment, tuple(questions), share, engine)


def measured(
    name: str,
    scenario: Scenario,
    measure: AnyMeasure,
    questions: Sequence[Question],
    seed: Seed,
    *,
    samples: bool = False,
    pilot: int = 4096,
) -> Study:
    """A study of a measure of its own, of which means are kept, or what every replicate has."""
    from update_magnitude.simulations.reducers import Averages, Replicates  # imports jax

    reducer = Replicates() if samples else Averages()
    runner = Runner([scenario], named(seed, name), measure=measure, reducer=reducer)
    return Study(name, runner, tuple(questions), pilot=pilot)


def replicate_by_replicate(
    name: str,
    scenarios: Sequence[Scenario],
    questions: Sequence[Question],
    seed: Seed,
    columns: Sequence[int],
    *,
    pilot: int = 1024,
) -> Study:
    """A study of scenarios on common draws, of which some numbers of every replicate are kept.

    The columns are those of ``simulations.measures.risks``: all risks, F, G and L.
    """
    from update_magnitude.simulations.measures.risks import Risks  # imports jax
    from update_magnitude.simulations.reducers import Replicates

    measure, kept = Risks(np.eye(len(scenarios))), Replicates(tuple(columns))
    runner = Runner(scenarios, named(seed, name), measure=measure, reducer=kept)
    return Study(name, runner, tuple(questions), pilot=pilot)


class Together:
    """Experiments on streams of their own, for as many replicates of each: engines, or sizes."""

    def __init__(self, parts: Sequence[Runnable]) -> None:
        self.parts = tuple(parts)

    @property
    def unit(self) -> int:
        """Replicates that are drawn at once: units are powers of 2."""
        return max(part.unit for part in self.parts)

    @property
    def normals(self) -> int:
        """Normal variates per replicate, of all parts."""
        return sum(part.normals for part in self.parts)

    @property
    def replicates(self) -> int:
        """Replicates run so far."""
        return min(part.replicates for part in self.parts)

    def run(self, replicates: int, progress: Callable[[int], None] | None = None) -> None:
        """Run until there are that many replicates of each."""
        done = self.replicates
        for part in self.parts:
            part.run(replicates)
        if progress is not None:
            progress(self.replicates - done)

    def results(self) -> list[object]:
        """Those of each."""
        return [part.results() for part in self.parts]
