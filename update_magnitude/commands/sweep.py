"""``update-magnitude sweep``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from update_magnitude.commands.interrupts import explained
from update_magnitude.commands.options import Precision, bytes_of

if TYPE_CHECKING:
    from update_magnitude.simulations.sweeps.running import Summary


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
    with explained(lambda: _kept(output)):
        summary = _run(file, output, bytes_of(memory), precision and precision.value)
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
    if summary.digits_lost:
        print(f"{summary.digits_lost} have lost digits to rounding: see the variable digits_lost")
    print(f'read them with update_magnitude.simulations.sweeps.read("{output}")')


def _run(file: str, output: Path, memory: int, dtype: str | None) -> Summary:
    from update_magnitude.simulations.compilation import keep_compiled
    from update_magnitude.simulations.progress import counting_bar
    from update_magnitude.simulations.sweeps.reading import load
    from update_magnitude.simulations.sweeps.running import run

    found = load(file, memory=memory, dtype=dtype)
    keep_compiled()
    with counting_bar("points", found.size) as watch:
        return run(found, output, watch)


def _kept(output: Path) -> str:
    """What is kept of an interrupted sweep, and how to go on."""
    go_on = "the same command goes on with the others"
    if (output / "zarr.json").exists():
        return f"all points that were finished are kept in {output}; {go_on}"
    return "nothing was finished yet, and nothing is kept; the same command starts again"
