"""Arguments and options that several commands have, each declared once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class EngineName(StrEnum):
    """What a check may simulate with."""

    dense = "dense"
    law = "law"


class ProfileName(StrEnum):
    """How hard a run looks."""

    quick = "quick"
    default = "default"
    thorough = "thorough"


class Precision(StrEnum):
    """The numbers that an engine can compute with."""

    float64 = "float64"
    float32 = "float32"


ScenarioName = Annotated[str, typer.Argument(help="A scenario file, or the name of a preset.")]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the random numbers.")]
NumberType = Annotated[
    Precision | None,
    typer.Option(help="Numbers to compute with; the widest that the device has by itself."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Formats = Annotated[
    str, typer.Option("--format", help="Formats, separated by commas: png, pdf, svg.")
]
Output = Annotated[
    Path | None,
    typer.Option(help="Folder to write to. Default: figures/output, in the working directory."),
]


def bytes_of(memory: float) -> int:
    """The bytes of so many GiB, as ``--memory`` gives them."""
    size = memory * 2**30
    if not math.isfinite(size):
        raise typer.BadParameter(f"{memory} is no amount of memory", param_hint="'--memory'")
    return int(size)


@contextmanager
def naming(file: str) -> Iterator[None]:
    """Say of an error which scenario it is about, as ``load`` does of what a file says."""
    from update_magnitude.scenarios import ScenarioError
    from update_magnitude.scenarios.fields import one_line

    try:
        yield
    except ScenarioError as error:
        raise ScenarioError(f"{one_line(file)}: {error}") from None
