"""How many replicates stand behind the points of a figure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """Replicates of each point, by engine."""

    profile: str
    law: int
    dense: int


EFFORTS = {
    effort.profile: effort
    for effort in (
        Effort("quick", law=16_384, dense=2_048),
        Effort("default", law=65_536, dense=16_384),
        Effort("thorough", law=2_097_152, dense=524_288),
    )
}
