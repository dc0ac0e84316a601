"""Studies of scenarios that run side by side on the same draws, with few compiled programs."""

from __future__ import annotations

from collections.abc import Sequence

from update_magnitude.paper_checks.questions import LAW, Question, Study
from update_magnitude.scenarios import Scenario
from update_magnitude.simulations import Experiment
from update_magnitude.simulations.streams import Seed, named

LAW_SHARE = 0.05  # of the budget: besides its normals the law engine draws χ² variates
# Scenarios and contrasts come in multiples of these: a few programs serve most studies.
SCENARIOS, CONTRASTS = 4, 8


def side_by_side(
    name: str,
    scenarios: Sequence[Scenario],
    questions: Sequence[Question],
    seed: Seed,
    engine: str,
    contrasts: Sequence[Sequence[float]] | None = None,
    times: float = 1.0,
    purpose: str | None = None,
) -> Study:
    """A study of scenarios on common draws, and of linear combinations of them.

    Tracing a program takes longer than most studies run, and the numbers of scenarios and of
    contrasts are part of it. So lists longer than one are filled up, with repetitions of the first
    scenario and with combinations of nothing.

    Args:
        name: of the study.
        scenarios: of one shape.
        questions: that it answers.
        seed: a whole number, at least 0; or a stream, of which that of the study is a part.
        engine: ``law`` or ``dense``.
        contrasts: linear combinations of the scenarios; each by itself, if not given.
        times: the budget that the study may spend, in units of what others may.
        purpose: of the random numbers; the name of the study, if not given.
    """
    count = len(scenarios)
    rows = contrasts or [[float(k == row) for k in range(count)] for row in range(count)]
    if count > 1:
        spare = -count % SCENARIOS
        scenarios = [*scenarios, *[scenarios[0]] * spare]
        rows = [[*row, *[0.0] * spare] for row in rows]
        rows += [[0.0] * len(scenarios)] * (-len(rows) % CONTRASTS)
    experiment = Experiment(scenarios, named(seed, purpose or name, engine), rows, engine)
    share = times * (LAW_SHARE if engine == LAW else 1.0)
    return Study(name, experiment, tuple(questions), share, engine)
