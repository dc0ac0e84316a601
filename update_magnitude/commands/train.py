"""``update-magnitude train``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from update_magnitude.commands.statuses import explained


def train(
    benchmark: Annotated[
        str, typer.Argument(metavar="BENCHMARK", help="Which; --list names them.")
    ] = "",
    strategy: Annotated[
        str, typer.Option(help="Strategies, separated by commas; --list names them.")
    ] = "initialized,frozen,hybrid",
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each strategy.")] = 5,
    tasks: Annotated[int | None, typer.Option(min=2, help="How many tasks.")] = None,
    classes: Annotated[int | None, typer.Option(min=2, help="Classes of a task.")] = None,
    shared: Annotated[
        int, typer.Option(min=0, help="Classes that a task shares with the one before.")
    ] = 0,
    corruption: Annotated[
        float, typer.Option(help="Share of noise in the images of later tasks, 0 to 1.")
    ] = 0.0,
    samples: Annotated[
        int | None,
        typer.Option(min=2, help="Training images per task; test images stay. Default: all."),
    ] = None,
    shrink: Annotated[int, typer.Option(min=1, help="Average squares of so many pixels.")] = 1,
    width: Annotated[
        int | None, typer.Option(min=1, help="Channels, a multiple of 4; or hidden units.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs per task.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Images per step.")] = None,
    rate: Annotated[float | None, typer.Option(help="Learning rate.")] = None,
    specific: Annotated[
        int | None,
        typer.Option(min=0, help="Modules, from the last, that train under frozen."),
    ] = None,
    metric: Annotated[str, typer.Option(help="Of gradients: cosine or signs.")] = "cosine",
    threshold: Annotated[
        float, typer.Option(help="Metric at or below which a task counts as unrelated.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, max=2**30, help="Of the first run.")] = 0,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of the data sets; digits need none."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write to. Default: figures/output/networks/BENCHMARK."),
    ] = None,
    bridge: Annotated[
        bool,
        typer.Option("--bridge", help="Also ask the linear theory which strategy it predicts."),
    ] = False,
    relatedness: Annotated[
        bool,
        typer.Option(
            "--relatedness",
            help="Also measure gradients of two tasks that differ by more and more noise, and by "
            "the names of their labels; print them in a table.",
        ),
    ] = False,
    formats: Annotated[
        str, typer.Option("--format", help="Of figures, separated by commas: png, pdf, svg.")
    ] = "png,pdf",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    listing: Annotated[
        bool, typer.Option("--list", help="List benchmarks and strategies, and stop.")
    ] = False,
) -> None:
    r"""Train deep networks on a sequence of tasks by several strategies, and compare them.

    One compiled program trains all strategies and seeds; runs that are alike so far are trained
    once. The state is kept after every task: killed
    at any moment and started again, it goes on where it was, with the same result. Needs the extra
    networks: pip install 'update-magnitude\[networks]'.

    Examples:
        update-magnitude train split-digits

        update-magnitude train split-mnist --data DIR --width 8 --shrink 2 --samples 2000

        update-magnitude train split-digits --strategy initialized,frozen,hybrid-distance --bridge

        update-magnitude train split-digits --strategy schedules
    """
    from update_magnitude.scenarios import ScenarioError
    from update_magnitude.simulations.networks import require_extra

    if listing:
        _print_list(as_json)
        return
    if not benchmark:
        raise ScenarioError("no benchmark given; --list names them")
    require_extra()
    from update_magnitude.figures.networks.training import Wanted, run
    from update_magnitude.figures.paths import OUTPUT, require_formats
    from update_magnitude.simulations.networks.benchmarks import settings_of
    from update_magnitude.simulations.progress import announce

    settings = settings_of(
        benchmark,
        strategies=tuple(name.strip() for name in strategy.split(",") if name.strip()),
        seeds=seeds,
        tasks=tasks,
        classes=classes,
        shared=shared,
        corruption=corruption,
        samples=samples,
        shrink=shrink,
        width=width,
        epochs=epochs,
        batch=batch,
        rate=rate,
        specific=specific,
        metric=metric,
        threshold=threshold,
        seed=seed,
    )
    wanted = require_formats(formats)
    folder = output or OUTPUT / "networks" / benchmark
    announce("training may take minutes; Ctrl-C keeps every task that is finished")
    with explained(lambda: _kept(folder)):
        run(settings, Wanted(data, folder, tuple(wanted), bridge, relatedness, as_json))


def _kept(folder: Path) -> str:
    """What is kept of an interrupted run, and how to go on."""
    from update_magnitude.simulations.networks.running import CHECKPOINT

    if (folder / CHECKPOINT).exists():
        return f"tasks that were finished are kept in {folder}; the same command goes on"
    return "no task was finished yet, and nothing is kept; the same command starts again"


def _print_list(as_json: bool) -> None:
    from update_magnitude.simulations.networks.benchmarks import BENCHMARKS
    from update_magnitude.simulations.networks.strategies import EVERY, STRATEGIES

    if as_json:
        benchmarks = [
            {"name": benchmark.name, "title": benchmark.title} for benchmark in BENCHMARKS.values()
        ]
        print(json.dumps({"benchmarks": benchmarks, "strategies": STRATEGIES, "every": EVERY}))
        return
    for of in BENCHMARKS.values():
        print(f"{of.name}\n    {of.title}: {of.tasks} tasks of {of.classes} classes, {of.model}")
    for name, does in {**STRATEGIES, **EVERY}.items():
        print(f"{name}\n    {does}")
