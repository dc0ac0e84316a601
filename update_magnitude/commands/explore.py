"""``update-magnitude explore``: maps, the best update of a scenario, and the interactive page."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from update_magnitude.commands.options import Formats, Output, ProfileName, Seed
from update_magnitude.commands.statuses import ALL_HOLD, INCONCLUSIVE, REFUTED

if TYPE_CHECKING:
    import xarray as xr

    from update_magnitude.scenarios import Axis

explore = typer.Typer(help="Explore parameter-distance regimes.", no_args_is_help=True)

SIMULATED = 13  # values per axis at which winners are simulated
PRESET = "two-close-tasks"

FieldAcross = Annotated[
    str | None,
    typer.Option(
        help="Field across, as FIELD or FIELD=LOW:HIGH. Default: the distance of the block "
        "'specific', else of the last one; where optima have no distances, its size.",
    ),
]
FieldUpwards = Annotated[str | None, typer.Option(help="Field upwards. Default: tasks.samples.")]
MeasureName = Annotated[str, typer.Option(help="forgetting, generalization or learning_error.")]
Strategies = Annotated[str, typer.Option(help="Strategies, separated by commas.")]
Points = Annotated[int, typer.Option(min=2, max=2000, help="Values per axis.")]
Overlay = Annotated[
    bool,
    typer.Option(
        "--simulate",
        help="Overlay winners by the law engine, whose means are compared with theory.",
    ),
]
Effort = Annotated[
    ProfileName, typer.Option(help="How many replicates stand behind a simulated winner.")
]


@explore.command("map")
def draw_map(
    scenario: Annotated[
        str, typer.Argument(metavar="[SCENARIO]", help="A scenario file or a preset.")
    ] = PRESET,
    x: FieldAcross = None,
    y: FieldUpwards = None,
    measure: MeasureName = "forgetting",
    compare: Strategies = "frozen,initialized",
    points: Points = 400,
    simulate: Overlay = False,
    profile: Effort = ProfileName.quick,
    seed: Seed = 0,
    formats: Formats = "png",
    output: Output = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON summary.")] = False,
) -> None:
    """Which strategy is better, over any two fields of a scenario: a figure and its data.

    By theory alone; --simulate compares simulated means with it: status 1 says that one refutes
    theory, 3 that there is none to compare.

    Examples:
        update-magnitude explore map

        update-magnitude explore map my.toml --x tasks.noise=0:2 --y blocks.specific --simulate
    """
    from update_magnitude.figures.explore import asking, maps
    from update_magnitude.figures.paths import OUTPUT, require_folder, require_formats
    from update_magnitude.scenarios import load

    wanted, names = require_formats(formats), asking.strategies_of(compare)
    number, base = asking.measure_of(measure), load(scenario)
    typed = zip(asking.two_fields(x, y, base), ("--x", "--y"), strict=True)
    across, up = (asking.read_axis(*text, base, points, number) for text in typed)
    with asking.naming({"--x": across.field, "--y": up.field}, scenario):
        dataset = maps.self_explanatory(maps.regime_map(base, across, up, number, names), base)
    folder = require_folder(output or OUTPUT)
    status = ALL_HOLD
    if simulate:
        few = (_coarser(across), _coarser(up))
        winners = partial(maps.simulated_map, base, *few, number, names)
        dataset, status = _simulated(dataset, winners, profile.value, seed)
    fields = (across.field, up.field)
    name = asking.map_name(Path(scenario).stem, fields, base, (number, *names))
    _report(dataset, _save(dataset, folder, name, wanted), as_json)
    raise typer.Exit(status)


@explore.command("optimum", no_args_is_help=True)
def optimum(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario file or a preset.")
    ],
    measure: Annotated[
        str, typer.Option(help="Of --write: generalization, forgetting or risk.")
    ] = "generalization",
    write: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml", help="Write the scenario with the best penalties and weights."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The best update magnitude for a scenario, what each choice costs, and the next boundary.

    Examples:
        update-magnitude explore optimum two-close-tasks

        update-magnitude explore optimum my.toml --write best.toml --measure risk
    """
    from update_magnitude.figures.explore.asking import naming
    from update_magnitude.figures.explore.optimum import optimum_of, write_optimum
    from update_magnitude.figures.explore.report import report
    from update_magnitude.scenarios import load

    base = load(scenario)
    with naming({}, scenario):
        best = optimum_of(base)
        if write is not None:
            write_optimum(base, measure, write)
    print(json.dumps(best.document(), allow_nan=False) if as_json else report(best))


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
) -> tuple[xr.Dataset, int]:
    """The map with simulated winners; whether they agree with theory is said, and is the status."""
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
    dataset = dataset.assign(variables)
    (agreement,) = agreements([("map", dataset)])
    print(f"{agreement.sentence()}\n{_marked(dataset)}", file=sys.stderr)
    return dataset, REFUTED if agreement.refuted else ALL_HOLD if len(agreement.z) else INCONCLUSIVE


def _marked(dataset: xr.Dataset) -> str:
    """How many simulated points are called for no strategy, and why."""
    from update_magnitude.figures.explore.drawing import CLEAR, marks
    from update_magnitude.scenarios.finite_moments import FOURTH_MOMENT, least_freedom

    shown = marks(dataset)
    least = least_freedom(FOURTH_MOMENT) - 1
    left, close = int((~shown.known).sum()), int((shown.known & shown.close).sum())
    return (
        f"map: {shown.known.size} places simulated; {close} are within {CLEAR:g} SE of a tie (x); "
        f"{left} have no mark: there a noisy update has |m - n| < {least}, and simulated means no "
        "valid test"
    )


def _save(dataset: xr.Dataset, folder: Path, name: str, formats: list[str]) -> list[str]:
    from update_magnitude.figures.explore.drawing import plot_map
    from update_magnitude.figures.paths import save_figure
    from update_magnitude.figures.style import style

    with style():
        drawing = plot_map(dataset, dataset.attrs["scenario"])
        return list(map(str, save_figure(dataset, drawing, folder, name, formats)))


def _report(dataset: xr.Dataset, files: list[str], as_json: bool) -> None:
    """What won where, and the files."""
    from update_magnitude.figures.explore.maps import NO_MEAN, TIE

    names = [str(name) for name in dataset.strategy.values]
    places = {name: place for place, name in enumerate(names)} | {
        "tie": TIE,
        "no finite mean": NO_MEAN,
    }
    shares = {name: float((dataset.winner == place).mean()) for name, place in places.items()}
    if as_json:
        fields = {axis: dataset[axis].attrs["field"] for axis in "xy"}
        summary = {"measure": dataset.attrs["measure"], **fields, "shares": shares}
        print(json.dumps(summary | {"files": files}))
        return
    for name, share in shares.items():
        if name in names or share:
            print(f"{name + ' is best' if name in names else name} on {share:.1%} of the map")
    print("\n".join(files))
