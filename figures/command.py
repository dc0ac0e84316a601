"""``update-magnitude figures``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from paper_checks.command import ProfileName


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

    Examples:
        update-magnitude figures

        update-magnitude figures parameter-distance --format svg --output paper/
    """
    from figures.figure import FIGURES, REPLICATES, make
    from figures.paths import METADATA, OUTPUT
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
    wanted = formats.split(",")
    for given, known, kind in ((wanted, METADATA, "format"), (names or [], FIGURES, "figure")):
        for name in given:
            if name not in known:
                raise ScenarioError(f"{name!r} is no {kind}; known: {', '.join(known)}")
    folder = output or OUTPUT
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ScenarioError(
            f"--output = {folder}: no folder can be made there: {error.strerror}"
        ) from None
    keep_compiled()
    written: list[Path] = []
    with progress_bar("figures") as show:
        for name in names or FIGURES:
            replicates = REPLICATES[profile.value]
            written += make(FIGURES[name], folder, wanted, replicates, seed, show)
    if as_json:
        import json

        print(json.dumps([str(path) for path in written]))
    else:
        print("\n".join(map(str, written)))
