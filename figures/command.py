"""``update-magnitude figures``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paper_checks.command import ProfileName

if TYPE_CHECKING:
    import xarray as xr


def figures(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Figures. Default: all.")
    ] = None,
    formats: Annotated[
        str, typer.Option("--format", help="Formats, separated by commas: png, pdf, svg.")
    ] = "png,pdf",
    profile: Annotated[
        ProfileName, typer.Option(help="How many replicates stand behind each point.")
    ] = ProfileName.default,
    output: Annotated[
        Path | None, typer.Option(help="Folder to write to. Default: figures/output.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the random numbers.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list of files.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="List the figures and stop.")] = False,
) -> None:
    """Regenerate the figures, each with its data beside it.

    Every simulated point is compared with theory; what came of it is told on stderr.

    Examples:
        update-magnitude figures

        update-magnitude figures parameter-distance --format svg --output paper/
    """
    from figures.agreement import agreements
    from figures.effort import EFFORTS
    from figures.figure import FIGURES, make
    from figures.paths import OUTPUT, require_folder, require_formats
    from scenarios import ScenarioError
    from simulations.compilation import keep_compiled
    from simulations.progress import progress_bar

    if listing and as_json:
        import json

        print(json.dumps([{"name": of.name, "shows": of.shows} for of in FIGURES.values()]))
        return
    if listing:
        for figure in FIGURES.values():
            print(f"{figure.name}\n    {figure.shows}")
        return
    wanted = require_formats(formats)
    for name in names or []:
        if name not in FIGURES:
            raise ScenarioError(f"{name!r} is no figure; known: {', '.join(FIGURES)}")
    folder = require_folder(output or OUTPUT)
    keep_compiled()
    written: list[Path] = []
    datasets: dict[str, xr.Dataset] = {}
    with progress_bar("figures") as show:
        for name in names or FIGURES:
            effort = EFFORTS[profile.value]
            datasets[name], files = make(FIGURES[name], folder, wanted, effort, seed, show)
            written += files
    found = agreements(datasets.items())
    print("\n".join(of.sentence() for of in found), file=sys.stderr)
    if as_json:
        import json

        print(json.dumps([str(path) for path in written]))
    else:
        print("\n".join(map(str, written)))
    raise typer.Exit(int(any(of.refuted for of in found)))
