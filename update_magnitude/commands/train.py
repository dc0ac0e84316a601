"""``update-magnitude train``."""

import inspect
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from update_magnitude.commands.statuses import explained


@dataclass(frozen=True)
class Options:
    """All options of the command, in the order of its help."""

    benchmark: Annotated[
        str, typer.Argument(metavar="BENCHMARK", help="Which; --list names them.")
    ] = ""
    strategy: Annotated[
        str, typer.Option(help="Strategies, separated by commas; --list names them.")
    ] = "initialized,frozen,hybrid,hybrid-rates"
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each strategy.")] = 5
    tasks: Annotated[int | None, typer.Option(min=2, help="How many tasks.")] = None
    classes: Annotated[int | None, typer.Option(min=2, help="Classes of a task.")] = None
    shared: Annotated[
        int, typer.Option(min=0, help="Classes that a task shares with the one before.")
    ] = 0
    corruption: Annotated[
        float, typer.Option(help="Share of noise in the images of later tasks, 0 to 1.")
    ] = 0.0
    shuffle_classes: Annotated[
        bool,
        typer.Option("--shuffle-classes", help="Number the classes in an order by chance."),
    ] = False
    samples: Annotated[
        int | None,
        typer.Option(min=2, help="Training images per task; test images stay. Default: all."),
    ] = None
    shrink: Annotated[int, typer.Option(min=1, help="Average squares of so many pixels.")] = 1
    width: Annotated[
        int | None, typer.Option(min=1, help="Channels, a multiple of 4; or hidden units.")
    ] = None
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs per task.")] = None
    batch: Annotated[int | None, typer.Option(min=1, help="Images per step.")] = None
    rate: Annotated[float | None, typer.Option(help="Learning rate.")] = None
    specific: Annotated[
        int | None,
        typer.Option(min=0, help="Modules, from the last, that train under frozen."),
    ] = None
    metric: Annotated[str, typer.Option(help="Of gradients: cosine or signs.")] = "cosine"
    threshold: Annotated[
        float, typer.Option(help="Metric at or below which a task counts as unrelated.")
    ] = 0.0
    strength: Annotated[
        float | None,
        typer.Option(
            help="The strength c of rates and κ of penalties, one number for all strategies that "
            "have one; default: each strategy's own."
        ),
    ] = None
    loss: Annotated[str, typer.Option(help="cross-entropy or squared.")] = "cross-entropy"
    perturb: Annotated[
        float,
        typer.Option(
            help="Change every initial parameter that is not 0 by about this share of it, to see "
            "what rounding may do.",
        ),
    ] = 0.0
    seed: Annotated[int, typer.Option(min=0, max=2**30, help="Of the first run.")] = 0
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of the data sets; digits need none."),
    ] = None
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write to. Default: figures/output/networks/BENCHMARK."),
    ] = None
    bridge: Annotated[
        bool,
        typer.Option(
            "--bridge",
            help="Also ask the linear theory which strategy it predicts, and climb a ladder of "
            "five steps from it to the network, which takes minutes for each seed.",
        ),
    ] = False
    relatedness: Annotated[
        bool,
        typer.Option(
            "--relatedness",
            help="Also measure gradients of two tasks that differ by more and more noise, and by "
            "the names of their labels; print them in a table.",
        ),
    ] = False
    formats: Annotated[
        str, typer.Option("--format", help="Of figures, separated by commas: png, pdf, svg.")
    ] = "png,pdf"
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
    listing: Annotated[
        bool, typer.Option("--list", help="List benchmarks and strategies, and stop.")
    ] = False


def train(**typed: Any) -> None:
    r"""Train deep networks on a sequence of tasks by several strategies, and compare them.

    One compiled program trains all strategies and seeds (a second one synaptic intelligence); runs
    that are alike so far are trained once. The state is kept after every task: killed
    at any moment and started again, it goes on where it was, with the same result. Needs the extra
    networks: pip install 'update-magnitude\[networks]'.

    Examples:
        update-magnitude train split-digits

        update-magnitude train split-mnist --data DIR --width 8 --shrink 2 --samples 2000

        update-magnitude train split-digits --strategy initialized,frozen,hybrid-penalty,ewc

        update-magnitude train split-digits --bridge

        update-magnitude train split-digits --strategy schedules
    """
    from update_magnitude.scenarios import ScenarioError
    from update_magnitude.simulations.networks import require_extra

    options = Options(**typed)
    if options.listing:
        _print_list(options.as_json)
        return
    if not options.benchmark:
        raise ScenarioError("no benchmark given; --list names them")
    require_extra()
    from update_magnitude.figures.networks.training import Wanted, run
    from update_magnitude.figures.paths import OUTPUT, items_of, require_formats
    from update_magnitude.simulations.networks.benchmarks import settings_of
    from update_magnitude.simulations.progress import announce

    names = inspect.signature(settings_of).parameters
    chosen = {name: value for name, value in typed.items() if name in names}
    settings = settings_of(options.benchmark, tuple(items_of(options.strategy)), **chosen)
    formats = tuple(require_formats(options.formats))
    folder = options.output or OUTPUT / "networks" / options.benchmark
    announce("training may take minutes; Ctrl-C keeps every task that is finished")
    further = options.bridge, options.relatedness, options.as_json
    with explained(lambda: _kept(folder)):
        run(settings, Wanted(options.data, folder, formats, *further))


train.__dict__["__signature__"] = inspect.signature(Options)  # from which typer reads the options


def _kept(folder: Path) -> str:
    """What is kept of an interrupted run, and how to go on."""
    from update_magnitude.simulations.networks.running import CHECKPOINT

    if (folder / CHECKPOINT).exists():
        return f"tasks that were finished are kept in {folder}; the same command goes on"
    return "no task was finished yet, and nothing is kept; the same command starts again"


def _print_list(as_json: bool) -> None:
    from update_magnitude.simulations.networks.benchmarks import BENCHMARKS
    from update_magnitude.simulations.networks.strategies import SETS_OF_STRATEGIES, STRATEGIES

    strategies = {name: strategy.does for name, strategy in STRATEGIES.items()}
    if as_json:
        benchmarks = [{"name": name, "title": own.title} for name, own in BENCHMARKS.items()]
        print(
            json.dumps(
                {"benchmarks": benchmarks, "strategies": strategies, "every": SETS_OF_STRATEGIES}
            )
        )
        return
    for name, own in BENCHMARKS.items():
        print(f"{name}\n    {own.title}: {own.tasks} tasks of {own.classes} classes, {own.model}")
    for name, does in (strategies | SETS_OF_STRATEGIES).items():
        print(f"{name}\n    {does}")
