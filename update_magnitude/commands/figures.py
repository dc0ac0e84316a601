"""``update-magnitude figures``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from update_magnitude.commands.options import Formats, Output, ProfileName, Seed
from update_magnitude.commands.statuses import ALL_HOLD, REFUTED, explained

if TYPE_CHECKING:
    from update_magnitude.figures import Made


def figures(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Figures. Default: all.")
    ] = None,
    formats: Formats = "png,pdf",
    profile: Annotated[
        ProfileName, typer.Option(help="How many replicates stand behind each point.")
    ] = ProfileName.default,
    output: Output = None,
    seed: Seed = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list of files.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="List the figures and stop.")] = False,
) -> None:
    """Regenerate the figures, each with its data beside it.

    Every simulated point is compared with theory; what came of it is printed on stderr, and the
    exit status is 1 if one of them refutes theory. Ctrl-C keeps the figures that are complete.

    Examples:
        update-magnitude figures

        update-magnitude figures parameter-distance --format svg --output paper/
    """
    from update_magnitude.figures.figure import Order, make_all, require_names
    from update_magnitude.figures.paths import OUTPUT, require_folder, require_formats
    from update_magnitude.simulations.compilation import keep_compiled
    from update_magnitude.simulations.processes import useful_workers
    from update_magnitude.simulations.progress import announce, progress_bar

    if listing:
        _print_list(as_json)
        return
    wanted = tuple(dict.fromkeys(require_formats(formats)))
    chosen = require_names(names)
    order = Order(require_folder(output or OUTPUT), wanted, profile.value, seed)
    announce(
        f"figures to make: {len(chosen)}; all of them take minutes; Ctrl-C keeps what is complete"
    )
    keep_compiled()
    made: list[Made] = []
    with explained(lambda: _kept(made, chosen, order.folder)), progress_bar("figures") as show:
        made.extend(make_all(chosen, order, useful_workers(), show))
    _print_made(sorted(made, key=lambda figure: chosen.index(figure.name)), as_json)


def _kept(made: Sequence[Made], chosen: Sequence[str], folder: Path) -> str:
    """What is kept of an interrupted run, and how to go on."""
    done = {figure.name for figure in made}
    left = " ".join(name for name in chosen if name not in done)
    again = f"for the others, with the same options: update-magnitude figures {left}"
    return f"{len(done)} of {len(chosen)} figures are complete in {folder}; {again}"


def _print_list(as_json: bool) -> None:
    from update_magnitude.figures import FIGURES

    if as_json:
        rows = [{"name": figure.name, "shows": figure.shows} for figure in FIGURES.values()]
        print(json.dumps(rows))
        return
    for figure in FIGURES.values():
        print(f"{figure.name}\n    {figure.shows}")


def _print_made(made: Sequence[Made], as_json: bool) -> None:
    """Say how the points agree with theory, and which files there are; exit 1 if one is refuted."""
    from update_magnitude.figures.agreement import agreements

    compared = agreements((figure.name, figure.dataset) for figure in made)
    print("\n".join(result.sentence() for result in compared), file=sys.stderr)
    files = [str(path) for figure in made for path in figure.files]
    print(json.dumps(files) if as_json else "\n".join(files))
    raise typer.Exit(REFUTED if any(result.refuted for result in compared) else ALL_HOLD)
