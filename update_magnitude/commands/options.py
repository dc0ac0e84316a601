"""Choices that several commands offer."""

from __future__ import annotations

from enum import StrEnum


class EngineName(StrEnum):
    """What a run may simulate with."""

    dense = "dense"
    law = "law"


class ProfileName(StrEnum):
    """How hard a run looks."""

    quick = "quick"
    default = "default"
    thorough = "thorough"
