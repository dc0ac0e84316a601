"""``update-magnitude simulate``."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from update_magnitude.commands.options import Json, NumberType, ScenarioName, Seed, bytes_of
from update_magnitude.commands.panels import print_measures
from update_magnitude.commands.statuses import explained

if TYPE_CHECKING:
    from update_magnitude.simulations import Estimate, Simulation


class EngineName(StrEnum):
    """What may be simulated with."""

    dense = "dense"
    law = "law"
    literal = "literal"


Engine = Annotated[
    EngineName,
    typer.Option(
        help="dense: every feature is drawn; law: exact in law, at any size; literal: as "
        "dense, but slow and plain, a witness to hold dense against."
    ),
]


def simulate(
    scenario: ScenarioName,
    replicates: Annotated[
        int, typer.Option(min=2, help="How often the whole sequence is drawn anew.")
    ] = 10_000,
    seed: Seed = 0,
    engine: Engine = EngineName.dense,
    memory: Annotated[
        float, typer.Option(min=0, metavar="GIB", help="What its arrays may take of each device.")
    ] = 4.0,
    precision: NumberType = None,
    as_json: Json = False,
) -> None:
    """Estimate risks, forgetting and generalization of a scenario by simulation.

    Ctrl-C ends it, and keeps nothing: what has to survive an interruption is a sweep.

    Examples:
        update-magnitude simulate two-close-tasks --replicates 100000

        update-magnitude simulate my-scenario.toml --seed 7 --json

        update-magnitude simulate ten-tasks --engine law --replicates 1000000

        update-magnitude simulate large.toml --memory 16 --precision float32
    """
    from update_magnitude.scenarios import load
    from update_magnitude.simulations.compilation import keep_compiled
    from update_magnitude.simulations.progress import progress_bar
    from update_magnitude.simulations.simulation import estimates

    problem, most, done = load(scenario), bytes_of(memory), 0
    keep_compiled()
    with explained(lambda: _kept(done, replicates)), progress_bar(problem.title) as show:

        def progress(more: int) -> None:
            nonlocal done
            done += more
            show(problem.title, done / replicates)

        run = (problem, replicates, seed, progress, engine.value)
        result = estimates(*run, memory=most, dtype=precision and precision.value)
    if as_json:
        print(json.dumps(result.document(), allow_nan=False))
    else:
        _show(problem.title, result)


def _kept(done: int, replicates: int) -> str:
    """What is kept of an interrupted simulation, and how to go on."""
    return (
        f"nothing is kept of {done:,} of {replicates:,} replicates; start again with fewer "
        "--replicates, or run a sweep, which keeps what is finished"
    )


def _show(title: str, result: Simulation) -> None:
    cells = [
        [f"{mean:.5g} ± {error:.2g}" for mean, error in zip(means, errors, strict=True)]
        for means, errors in zip(result.risk.mean, result.risk.standard_error, strict=True)
    ]
    numbers = {"forgetting": _number(result.forgetting)} if result.forgetting else {}
    numbers["generalization error"] = _number(result.generalization)
    numbers["learning error"] = _number(result.learning_error)
    if result.decisions is not None:
        shares = "  ".join(f"{share:.3g}" for share in result.decisions.trained_all.mean)
        numbers["all blocks trained"] = f"{shares}  (share of replicates)"
    run = (
        f"{result.replicates} replicates, seed {result.seed}, {result.engine} engine, "
        f"{result.dtype} on {result.device}"
    )
    sentences = {"": run, "undefined": result.undefined, "digits lost": result.digits_lost}
    print_measures(f"{title}: mean risks ± standard error", cells, numbers, sentences)


def _number(estimate: Estimate) -> str:
    return f"{estimate.mean:.6g} ± {estimate.standard_error:.2g}"
