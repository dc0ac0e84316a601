"""Choices that several commands offer."""

from __future__ import annotations

import math
from enum import StrEnum

import typer


class EngineName(StrEnum):
    """What a check may simulate with."""

    dense = "dense"
    law = "law"


class AnyEngineName(StrEnum):
    """What ``simulate`` may simulate with."""

    dense = "dense"
    law = "law"
    literal = "literal"


class ProfileName(StrEnum):
    """How hard a run looks."""

    quick = "quick"
    default = "default"
    thorough = "thorough"


class Precision(StrEnum):
    """The numbers that an engine can compute with."""

    float64 = "float64"
    float32 = "float32"


def bytes_of(memory: float) -> int:
    """The bytes of so many GiB, as ``--memory`` gives them."""
    found = memory * 2**30
    if not math.isfinite(found):
        raise typer.BadParameter(f"{memory} is no amount of memory", param_hint="'--memory'")
    return int(found)
