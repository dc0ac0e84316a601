"""``update-magnitude simulate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from update_magnitude.commands.interrupts import explained
from update_magnitude.commands.options import AnyEngineName, Precision, bytes_of
from update_magnitude.commands.panels import print_risks

if TYPE_CHECKING:
    from update_magnitude.simulations.results import Estimate, Simulation


def simulate(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of a preset.")],
    replicates: Annotated[
        int, typer.Option(min=2, help="How often the whole sequence is drawn anew.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the random numbers.")] = 0,
    engine: Annotated[
        AnyEngineName,
        typer.Option(
            help="dense: every feature is drawn; law: exact in law, at any size; literal: as "
            "dense, but slow and plain, a witness to hold dense against."
        ),
    ] = AnyEngineName.dense,
    memory: Annotated[
        float, typer.Option(min=0, metavar="GIB", help="What its arrays may take of each device.")
    ] = 4.0,
    precision: Annotated[
        Precision | None,
        typer.Option(help="Numbers to compute with; the widest that the device has by itself."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
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

    found = load(scenario)
    most = bytes_of(memory)
    keep_compiled()
    done = 0
    with explained(lambda: _kept(done, replicates)), progress_bar(found.title) as show:

        def progress(more: int) -> None:
            nonlocal done
            done += more
            show(found.title, done / replicates)

        result = estimates(
            found,
            replicates,
            seed,
            progress,
            engine.value,
            memory=most,
            dtype=precision and precision.value,
        )
    if as_json:
        import json

        print(json.dumps(result.document(), allow_nan=False))
    else:
        _show(found.title, result)


def _kept(done: int, replicates: int) -> str:
    """What is kept of an interrupted simulation, and how to go on."""
    return (
        f"nothing is kept of {done:,} of {replicates:,} replicates; start again with fewer "
        "--replicates, or run a sweep, which keeps what is finished"
    )


def _show(title: str, result: Simulation) -> None:
    from rich.console import Console

    console = Console()
    cells = [
        [f"{mean:.5g} ± {error:.2g}" for mean, error in zip(means, errors, strict=True)]
        for means, errors in zip(result.risk.mean, result.risk.standard_error, strict=True)
    ]
    print_risks(f"{title}: mean risks ± standard error", cells, console)
    if result.forgetting is not None:
        console.print(_line("forgetting", result.forgetting), highlight=False, soft_wrap=True)
    console.print(
        _line("generalization error", result.generalization), highlight=False, soft_wrap=True
    )
    console.print(_line("learning error", result.learning_error), highlight=False, soft_wrap=True)
    if result.decisions is not None:
        shares = "  ".join(f"{share:.3g}" for share in result.decisions.trained_all.mean)
        console.print(
            f"all blocks trained    {shares}  (share of replicates)",
            highlight=False,
            soft_wrap=True,
        )
    console.print(
        f"{result.replicates} replicates, seed {result.seed}, {result.engine} engine, "
        f"{result.dtype} on {result.device}",
        highlight=False,
        soft_wrap=True,
    )
    if result.undefined:
        console.print(f"undefined: {result.undefined}", highlight=False, soft_wrap=True)
    if result.digits_lost:
        console.print(f"digits lost: {result.digits_lost}", highlight=False, soft_wrap=True)


def _line(name: str, estimate: Estimate) -> str:
    return f"{name:<21} {estimate.mean:.6g} ± {estimate.standard_error:.2g}"
