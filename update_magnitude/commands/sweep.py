"""``update-magnitude sweep``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from update_magnitude.commands.options import Precision, bytes_of


def sweep(
    file: Annotated[str, typer.Argument(metavar="SWEEP.toml", help="A sweep file.")],
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the store: new, or to go on with.")
    ],
    memory: Annotated[
        float, typer.Option(min=0, metavar="GIB", help="What the arrays of a run may take.")
    ] = 4.0,
    precision: Annotated[
        Precision | None,
        typer.Option(help="Numbers to compute with; the widest that the device has by itself."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Simulate a scenario over a grid of its fields, into a store that can be taken up again.

    Killed at any moment and started again it goes on where it was. Start it as often as there are
    machines that share the folder: the processes share the work. Every point is checked before any
    is simulated. Damaged files of the store are noticed, and made anew. Read the result with
    simulations.sweeps.read(DIR).

    No number depends on --memory; a store belongs to one --precision.

    Examples:
        update-magnitude sweep docs/sweeps/distance.toml --output distance.zarr

        update-magnitude sweep my-sweep.toml --output /shared/my-sweep.zarr --json

        update-magnitude sweep my-sweep.toml --output my-sweep.zarr --memory 16 --precision float32
    """
    from update_magnitude.simulations.compilation import keep_compiled
    from update_magnitude.simulations.progress import counting_bar
    from update_magnitude.simulations.sweeps.reading import load
    from update_magnitude.simulations.sweeps.running import run

    found = load(file, memory=bytes_of(memory), dtype=precision and precision.value)
    keep_compiled()
    with counting_bar("points", found.size) as watch:
        summary = run(found, output, watch)
    if as_json:
        import json

        print(json.dumps({"output": str(output), **summary.document()}))
        return
    print(
        f"{summary.done} of {summary.points} points done, {summary.simulated} of them by this run"
    )
    if summary.damaged:
        points = "point was" if summary.damaged == 1 else "points were"
        print(f"{summary.damaged} damaged {points} simulated again")
    if summary.repaired:
        files = "file of metadata was" if len(summary.repaired) == 1 else "files of metadata were"
        names = ", ".join(summary.repaired)
        print(f"{len(summary.repaired)} damaged {files} written again: {names}")
    if summary.undefined:
        print(f"{summary.undefined} have no finite mean somewhere: see the variable undefined")
    print(f'read them with simulations.sweeps.read("{output}")')
