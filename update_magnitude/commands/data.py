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
    from update_magnitude.simulations.networks.data.loading import require_data_folder
    from update_magnitude.simulations.networks.data.sets import DATA_SETS

    if folder is not None:
        require_data_folder(folder)
    told = [_told(data_set, folder) for data_set in DATA_SETS.values()]
    if as_json:
        import json

        print(json.dumps(told))
        return
    for of in told:
        print("\n    ".join(_lines(of)))


def _told(data_set: DataSet, folder: Path | None) -> dict[str, Any]:
    return {
        "name": data_set.name,
        "title": data_set.title,
        "shape": list(data_set.shape),
        "classes": data_set.classes,
        "train": data_set.train,
        "test": data_set.test,
        "source": data_set.source,
        "files": data_set.layout,
        "found": _found(data_set, folder),
    }


def _found(data_set: DataSet, folder: Path | None) -> str | None:
    """Where there are files of a set; nothing if there are none, or no folder was given."""
    from update_magnitude.simulations.networks.data.loading import found, places

    if folder is None:
        return None
    here = found(data_set, places(data_set, folder))
    return str(here[0]) if here else None


def _lines(table: dict[str, Any]) -> list[str]:
    shape = " x ".join(map(str, table["shape"]))
    size = f"{table['train']:,} + {table['test']:,} images, {shape}, {table['classes']} classes"
    there = [f"found: {table['found']}"] if table["found"] else []
    return [
        f"{table['name']}: {table['title']}",
        size,
        table["source"],
        f"files: {table['files']}",
        *there,
    ]
