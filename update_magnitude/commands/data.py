"""``update-magnitude data``: which data sets there are, and bringing them from their homes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from update_magnitude.simulations.networks.data.sets import DataSet

data = typer.Typer(help="Data sets of real images for networks.", no_args_is_help=True)


@data.command("fetch", no_args_is_help=True)
def fetch_one(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set; see data list.")],
    folder: Annotated[
        Path, typer.Option("--data", metavar="DIR", help="Folder of data; made if need be.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring a data set from its own home into DIR/NAME, and check it.

    What is there already and intact stays; what is damaged is replaced. Nothing takes its name
    before it is complete and its checksum right.

    Examples:
        update-magnitude data fetch mnist --data data

        update-magnitude data fetch cifar10 --data /shared/data --json
    """
    from update_magnitude.simulations.networks.data.fetch import fetch
    from update_magnitude.simulations.progress import progress_bar

    with progress_bar(name) as watch:
        done = fetch(name, folder, watch)
    if as_json:
        import json

        lies = None if done.folder is None else str(done.folder)
        print(json.dumps({"name": name, "folder": lies, "downloaded": list(done.downloaded)}))
    elif done.folder is None:
        print(f"{name} needs no files")
    elif done.converted:
        print(f"{name} is in {done.folder}, made of another packaging that was there")
    elif not done.downloaded:
        print(f"{name} is there already, and intact: {done.folder}")
    else:
        print(f"{name} is in {done.folder}, from {', '.join(done.downloaded)}")


@data.command("list")
def list_all(
    folder: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Tell what is found there.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """List the data sets: their size, the files they are looked for in, and what is found.

    That a set is found says that there are files of it; they are checked when they are read.

    Examples:
        update-magnitude data list

        update-magnitude data list --data data --json
    """
    from update_magnitude.simulations.networks.data.sets import DATA_SETS, require_data_folder

    if folder is not None:
        require_data_folder(folder)
    rows = [_row(data_set, folder) for data_set in DATA_SETS.values()]
    if as_json:
        import json

        print(json.dumps(rows))
        return
    for row in rows:
        print("\n    ".join(_lines(row)))


def _row(data_set: DataSet, folder: Path | None) -> dict[str, Any]:
    place = None if folder is None else data_set.place_in(*data_set.places(folder))
    return {
        "name": data_set.name,
        "title": data_set.title,
        "shape": list(data_set.shape),
        "classes": data_set.classes,
        "train": data_set.train,
        "test": data_set.test,
        "source": data_set.source,
        "files": data_set.layout,
        "found": None if place is None else str(place),
    }


def _lines(row: dict[str, Any]) -> list[str]:
    shape = " x ".join(map(str, row["shape"]))
    size = f"{row['train']:,} + {row['test']:,} images, {shape}, {row['classes']} classes"
    there = [f"found: {row['found']}"] if row["found"] else []
    lines = [f"{row['name']}: {row['title']}", size, row["source"], f"files: {row['files']}"]
    return lines + there
