"""Spreading work over processes.

Half of most work here is tracing programs and deriving theorems, which keeps one core busy. Work
owns its random numbers, so what is found does not depend on which process finds it, nor on how many
there are. This is for commands: processes are spawned, which a script must be prepared for.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

Watch = Callable[[str, float], None]


class Work(Protocol):
    """What is done with an item: a function that a process can be sent, so one of a module."""

    def __call__(self, item: str, watch: Watch) -> Iterable[Any]:
        """Yield what comes of the item, and tell of the progress by a name and a share."""


class WorkersDiedError(RuntimeError):
    """The processes are gone before all was done."""


PATIENCE = 1.0  # seconds between looks at whether a worker is still alive


def useful_workers() -> int:
    """Processes to spread work over: those of the CPU; an accelerator is not shared."""
    import jax

    return min(4, os.cpu_count() or 1) if jax.default_backend() == "cpu" else 1


def side_by_side(
    work: Work, groups: Sequence[Sequence[str]], workers: int, watch: Watch
) -> Iterator[Any]:
    """All that comes of all items, in the order in which it is finished.

    Args:
        work: what is done with an item.
        groups: items; those of a group are done by one process, one after another.
        workers: how many processes.
        watch: told what is being done, and the share of items that are done.

    Raises:
        RuntimeError: if a worker failed, with what it said.
        WorkersDiedError: if all of them died.
    """
    context = multiprocessing.get_context("spawn")
    tasks, found = context.Queue(), context.Queue()
    for group in (*groups, *[None] * workers):
        tasks.put(group)
    processes = [
        context.Process(target=_serve, args=(work, tasks, found), daemon=True)
        for _ in range(workers)
    ]
    try:
        _start(processes)
        yield from _collected(found, processes, sum(map(len, groups)), watch)
    finally:
        for process in processes:
            if process.pid is not None:  # it was started
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


def _collected(found: Any, processes: Sequence[Any], items: int, watch: Watch) -> Iterator[Any]:
    """What workers send, until all items are done."""
    left = items
    while left:
        try:
            kind, content = found.get(timeout=PATIENCE)
        except queue.Empty:
            if not any(process.is_alive() for process in processes):
                raise WorkersDiedError("the processes that did the work died") from None
            continue
        if kind == "failed":
            raise RuntimeError(content)
        if kind == "done":
            left -= 1
        elif kind == "progress":
            watch(content, 1 - left / items)
        else:
            yield content


def _serve(work: Work, tasks: Any, found: Any) -> None:
    """Do the items of one group after another."""
    from update_magnitude.simulations.compilation import keep_compiled

    keep_compiled()
    try:
        for item in chain.from_iterable(iter(tasks.get, None)):
            for result in work(item, lambda name, _: found.put(("progress", name))):
                found.put(("found", result))
            found.put(("done", item))
    except BaseException:
        found.put(("failed", traceback.format_exc()))
