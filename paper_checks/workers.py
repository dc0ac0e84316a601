"""Measuring the studies of several claims at once, each claim's in one process.

Half of a check is tracing programs and deriving theorems, which keeps one core busy. Studies own
their random numbers, so what is found does not depend on which process finds it, nor on how many
there are. This is for commands: processes are spawned, which a script must be prepared for.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from paper_checks.claims import akin, builders_of, studies_of
from paper_checks.judging import Measurement
from paper_checks.measuring import Watch, measure
from paper_checks.profiles import Profile


class WorkersDiedError(RuntimeError):
    """The processes that measure are gone, before all was measured."""


PATIENCE = 1.0  # seconds between looks at whether a worker is still alive


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


def useful_workers() -> int:
    """Processes to spread claims over: those of the CPU; an accelerator is not shared."""
    import jax

    return min(4, os.cpu_count() or 1) if jax.default_backend() == "cpu" else 1


def one_by_one(job: Job, watch: Watch) -> Iterator[Found]:
    """All studies in this process."""
    for builder in builders_of(job.names):
        yield from _studies(job, builder, watch)


def side_by_side(job: Job, workers: int, watch: Watch) -> Iterator[Found]:
    """All studies, spread over processes, as they are finished.

    Raises:
        RuntimeError: if a worker failed or died, with what it said.
    """
    context = multiprocessing.get_context("spawn")
    tasks, found = context.Queue(), context.Queue()
    builders = builders_of(job.names)
    for group in (*akin(builders), *[None] * workers):
        tasks.put(group)
    processes = [
        context.Process(target=_work, args=(job, tasks, found), daemon=True) for _ in range(workers)
    ]
    try:
        _start(processes)
        yield from _collected(found, processes, len(builders), watch)
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _start(processes: Sequence[Any]) -> None:
    """Start processes that never see an interrupt, from their first line on: it is the parent's."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        for process in processes:
            process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _collected(
    found: Any, processes: Sequence[Any], builders: int, watch: Watch
) -> Iterator[Found]:
    """What workers send, until all builders are done."""
    left = builders
    while left:
        try:
            kind, content = found.get(timeout=PATIENCE)
        except queue.Empty:
            if not any(process.is_alive() for process in processes):
                raise WorkersDiedError from None
            continue
        if kind == "failed":
            raise RuntimeError(content)
        if kind == "done":
            left -= 1
        elif kind == "progress":
            watch(content, 1 - left / builders)
        else:
            yield content


def _work(job: Job, tasks: Any, found: Any) -> None:
    """Measure the studies of one group of builders after another."""
    from simulations.compilation import keep_compiled

    keep_compiled()
    try:
        for builder in chain.from_iterable(iter(tasks.get, None)):
            for study in _studies(job, builder, lambda name, _: found.put(("progress", name))):
                found.put(("found", study))
            found.put(("done", builder))
    except BaseException:
        found.put(("failed", traceback.format_exc()))


def _studies(job: Job, builder: str, watch: Watch) -> Iterator[Found]:
    for number, study in enumerate(studies_of(builder, job.names, job.seed, job.engines)):
        yield Found(builder, number, measure(study, job.profile, job.seed, watch))
