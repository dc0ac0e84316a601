"""``update-magnitude explore``: maps, the best update of a scenario, and the interactive page."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from update_magnitude.commands.options import ProfileName
from update_magnitude.commands.statuses import ALL_HOLD, INCONCLUSIVE, REFUTED

if TYPE_CHECKING:
    import xarray as xr

    from update_magnitude.scenarios import Axis

explore = typer.Typer(help="Explore parameter-distance regimes.", no_args_is_help=True)

SIMULATED = 13  # values per axis at which winners are simulated
PRESET = "two-close-tasks"

What = Annotated[str, typer.Argument(metavar="[SCENARIO]", help="A scenario file or a preset.")]


@explore.command("map")
def draw_map(
    scenario: What = PRESET,
    x: Annotated[
        str | None,
        typer.Option(
            help="Field across, as FIELD or FIELD=LOW:HIGH. Default: the distance of the block "
            "'specific', else of the last one; where optima have no distances, its size.",
        ),
    ] = None,
    y: Annotated[str | None, typer.Option(help="Field upwards. Default: tasks.samples.")] = None,
    measure: Annotated[
        str, typer.Option(help="forgetting, generalization or learning_error.")
    ] = "forgetting",
    compare: Annotated[
        str, typer.Option(help="Strategies, separated by commas.")
    ] = "frozen,initialized",
    points: Annotated[int, typer.Option(min=2, max=2000, help="Values per axis.")] = 400,
    simulate: Annotated[
        bool,
        typer.Option(
            "--simulate",
            help="Overlay winners by the law engine, whose means are compared with theory.",
        ),
    ] = False,
    profile: Annotated[
        ProfileName, typer.Option(help="How many replicates stand behind a simulated winner.")
    ] = ProfileName.quick,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the random numbers.")] = 0,
    formats: Annotated[
        str, typer.Option("--format", help="Formats, separated by commas: png, pdf, svg.")
    ] = "png",
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write to. Default: figures/output, in the working directory."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON summary.")] = False,
) -> None:
    """Which strategy is better, over any two fields of a scenario: a figure and its data.

    By theory alone; --simulate compares simulated means with it: status 1 says that one refutes
    theory, 3 that there is none to compare.

    Examples:
        update-magnitude explore map

        update-magnitude explore map my.toml --x tasks.noise=0:2 --y blocks.specific --simulate
    """
    from update_magnitude.figures.explore.asking import (
        map_name,
        measure_of,
        naming,
        read_axis,
        strategies_of,
        two_fields,
    )
    from update_magnitude.figures.explore.maps import regime_map, self_explanatory, simulated_map
    from update_magnitude.figures.paths import OUTPUT, require_folder, require_formats
    from update_magnitude.scenarios import load

    wanted, names, of = require_formats(formats), strategies_of(compare), measure_of(measure)
    base = load(scenario)
    typed = zip(two_fields(x, y, base), ("--x", "--y"), strict=True)
    across, up = (read_axis(*text, base, points, of) for text in typed)
    with naming({"--x": across.field, "--y": up.field}, scenario):
        dataset = self_explanatory(regime_map(base, across, up, of, names), base)
    folder = require_folder(output or OUTPUT)
    status = 0
    sentences: list[str] = []
    if simulate:
        few = (_coarser(across), _coarser(up))
        winners = partial(simulated_map, base, few[0], few[1], of, names)
        dataset, status, sentences = _simulated(dataset, winners, profile.value, seed)
    name = map_name(Path(scenario).stem, (across.field, up.field), base, (of, *names))
    files = _save(dataset, folder, name, wanted)
    _tell(dataset, files, sentences, as_json)
    raise typer.Exit(status)


@explore.command("optimum", no_args_is_help=True)
def optimum(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario file or a preset.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The best update magnitude for a scenario, what each choice costs, and the next boundary.

    Examples:
        update-magnitude explore optimum two-close-tasks

        update-magnitude explore optimum my.toml --json
    """
    from update_magnitude.figures.explore.asking import naming
    from update_magnitude.figures.explore.optimum import best_update
    from update_magnitude.scenarios import load

    base = load(scenario)
    with naming({}, scenario):
        found = best_update(base)
    if as_json:
        import json

        print(json.dumps(found.document(), allow_nan=False))
    else:
        from update_magnitude.figures.explore.report import report

        print(report(found))


@explore.command("app")
def app(
    port: Annotated[int, typer.Option(min=1, max=65535, help="On the loopback address.")] = 2718,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
) -> None:
    """An interactive page on the loopback address: sliders, curves, the map, a verdict.

    Examples:
        update-magnitude explore app

        update-magnitude explore app --port 8080 --no-browser
    """
    from update_magnitude.figures.explore.serving import serve

    serve(port, browser)


def _coarser(fine: Axis) -> Axis:
    """Few values of an axis, away from its ends, where a scenario may be degenerate."""
    import numpy as np

    from update_magnitude.scenarios import axis

    low, high = fine.numbers.min(), fine.numbers.max()
    margin = (high - low) / (2 * SIMULATED)
    return axis(fine.field, np.linspace(low + margin, high - margin, SIMULATED))


def _simulated(
    dataset: xr.Dataset, winners: Callable[..., dict[str, object]], profile: str, seed: int
) -> tuple[xr.Dataset, int, list[str]]:
    from update_magnitude.figures.agreement import agreements
    from update_magnitude.figures.points import EFFORTS
    from update_magnitude.simulations.compilation import keep_compiled
    from update_magnitude.simulations.progress import announce, progress_bar
    from update_magnitude.simulations.streams import named

    announce("simulating the points of the map: this may take a minute")
    keep_compiled()
    with progress_bar("map") as show:
        stream = named(seed, "explore", "map")
        variables = winners(EFFORTS[profile].law, stream, lambda share: show("map", share))
    found = dataset.assign(variables)
    (agreement,) = agreements([("map", found)])
    status = REFUTED if agreement.refuted else ALL_HOLD if len(agreement.z) else INCONCLUSIVE
    return found, status, [agreement.sentence(), _marked(found)]


def _marked(dataset: xr.Dataset) -> str:
    """How many simulated points are called for no strategy, and why."""
    from update_magnitude.figures.explore.drawing import CLEAR, marks
    from update_magnitude.scenarios.finite_moments import FOURTH_MOMENT, least_freedom

    found = marks(dataset)
    least = least_freedom(FOURTH_MOMENT) - 1
    left, close = int((~found.known).sum()), int((found.known & found.close).sum())
    return (
        f"map: {found.known.size} places simulated; {close} are within {CLEAR:g} SE of a tie (x); "
        f"{left} have no mark: there a noisy update has |m - n| < {least}, and simulated means no "
        "valid test"
    )


def _save(dataset: xr.Dataset, folder: Path, name: str, formats: list[str]) -> list[Path]:
    from update_magnitude.figures.explore.drawing import plot_map
    from update_magnitude.figures.paths import save_figure
    from update_magnitude.figures.style import style

    with style():
        drawing = plot_map(dataset, dataset.attrs["scenario"])
        return save_figure(dataset, drawing, folder, name, formats)


def _tell(dataset: xr.Dataset, files: list[Path], sentences: list[str], as_json: bool) -> None:
    """What won where, and the files."""
    from update_magnitude.figures.explore.maps import NO_MEAN, TIE

    names = [str(name) for name in dataset.strategy.values]
    rest = {"tie": TIE, "no finite mean": NO_MEAN}
    shares = {
        name: float((dataset.winner == place).mean())
        for name, place in ({name: k for k, name in enumerate(names)} | rest).items()
    }
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    if as_json:
        import json

        fields = {entry: dataset[entry].attrs["field"] for entry in "xy"}
        summary = {"measure": dataset.attrs["measure"], **fields, "shares": shares}
        print(json.dumps(summary | {"files": [str(path) for path in files]}))
        return
    for name, share in shares.items():
        if name in names or share:
            print(f"{name + ' is best' if name in names else name} on {share:.1%} of the map")
    print("\n".join(map(str, files)))
