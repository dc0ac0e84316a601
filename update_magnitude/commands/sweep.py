"""``update-magnitude sweep``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from update_magnitude.commands.options import Json, NumberType, bytes_of
from update_magnitude.commands.statuses import explained

if TYPE_CHECKING:
    from update_magnitude.simulations.sweeps import Summary


def sweep(
    file: Annotated[str, typer.Argument(metavar="SWEEP.toml", help="A sweep file.")],
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the store: new, or to go on with.")
    ],
    memory: Annotated[
        float, typer.Option(min=0, metavar="GIB", help="What the arrays of a run may take.")
    ] = 4.0,
    precision: NumberType = None,
    as_json: Json = False,
) -> None:
    """Simulate a scenario over a grid of its fields, into a store that can be taken up again.

    Killed at any moment, by Ctrl-C too, and started again it goes on where it was. Start it as
    often as there are machines that share the folder: the processes share the work. Every point is
    checked before any is simulated. Damaged files of the store are noticed, and made anew. Read the
    result with update_magnitude.simulations.sweeps.read(DIR).

    No number depends on --memory; a store belongs to one --precision.

    Examples:
        update-magnitude sweep docs/sweeps/distance.toml --output distance.zarr

        update-magnitude sweep my-sweep.toml --output /shared/my-sweep.zarr --json

        update-magnitude sweep my-sweep.toml --output my-sweep.zarr --memory 16 --precision float32
    """
    from update_magnitude.simulations.compilation import keep_compiled
    from update_magnitude.simulations.progress import counting_bar
    from update_magnitude.simulations.sweeps import load, run

    with explained(lambda: _kept(output)):
        grid = load(file, memory=bytes_of(memory), dtype=precision and precision.value)
        keep_compiled()
        with counting_bar("points", grid.size) as watch:
            summary = run(grid, output, watch)
    if as_json:
        print(json.dumps({"output": str(output), **summary.document()}))
    else:
        print("\n".join(_lines(summary, output)))


def _lines(summary: Summary, output: Path) -> Iterator[str]:
    yield f"{summary.done} of {summary.points} points done, {summary.simulated} of them by this run"
    if summary.damaged:
        points = "point was" if summary.damaged == 1 else "points were"
        yield f"{summary.damaged} damaged {points} simulated again"
    if summary.repaired:
        files = "file of metadata was" if len(summary.repaired) == 1 else "files of metadata were"
        names = ", ".join(summary.repaired)
        yield f"{len(summary.repaired)} damaged {files} written again: {names}"
    if summary.undefined:
        yield f"{summary.undefined} have no finite mean somewhere: see the variable undefined"
    if summary.digits_lost:
        yield f"{summary.digits_lost} have lost digits to rounding: see the variable digits_lost"
    yield f'read them with update_magnitude.simulations.sweeps.read("{output}")'


def _kept(output: Path) -> str:
    """What is kept of an interrupted sweep, and how to go on."""
    go_on = "the same command goes on with the others"
    if (output / "zarr.json").exists():
        return f"all points that were finished are kept in {output}; {go_on}"
    return "nothing was finished yet, and nothing is kept; the same command starts again"
