"""Measuring the studies of several claims, in this process or in several, each claim's in one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from update_magnitude.paper_checks.claims import akin, builders_of, studies_of
from update_magnitude.paper_checks.measuring import Watch, measure
from update_magnitude.paper_checks.profiles import Profile
from update_magnitude.paper_checks.verdicts import Measurement
from update_magnitude.simulations.processes import side_by_side


@dataclass(frozen=True)
class Job:
    """What is to be measured."""

    names: tuple[str, ...]  # of claims; none for all
    profile: Profile
    seed: int
    engines: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What one study has found."""

    builder: str
    number: int  # of the study among those of its builder
    measurements: list[Measurement]


def measured(job: Job, workers: int, watch: Watch) -> Iterator[Found]:
    """All studies, as they are finished; over more than one process if there is so much to do."""
    builders = builders_of(job.names)
    count = min(workers, len(builders))
    if count > 1:
        yield from side_by_side(partial(_studies, job), akin(builders), count, watch)
        return
    for builder in builders:
        yield from _studies(job, builder, watch)


def _studies(job: Job, item: str, watch: Watch) -> Iterator[Found]:
    for number, study in enumerate(studies_of(item, job.names, job.seed, job.engines)):
        yield Found(item, number, measure(study, job.profile, job.seed, watch))
