"""Spreading work over processes.

Half of most work here is tracing programs and deriving theorems, which keeps one core busy. Work
owns its random numbers, so results do not depend on which process computes them, nor on how many
there are. This is for commands: processes are spawned, which a script must be prepared for.

Each process has a pipe of its own. So the death of one is noticed at once, as the end of its pipe,
and it can take no lock with it that others wait for. A pool of ``concurrent.futures`` does not say
how a process ended, takes an error that it cannot read for a death, raises a worker's interrupt as
if it were the user's, and on Ctrl-C waits for work that has begun.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple, Protocol, TypeAlias

Watch = Callable[[str, float], None]  # called with a name, and the share that is done
Result: TypeAlias = Any  # whatever the work yields


class Work(Protocol):
    """What is done with a task: a function that a process can be sent, so one of a module."""

    def __call__(self, task: str, watch: Watch, /) -> Iterable[Result]:
        """Yield what comes of the task, and report the progress."""


PATIENCE = 5.0  # seconds to wait for the exit status of a process whose pipe has ended


class WorkersDiedError(RuntimeError):
    """A process is gone before its work was done."""


class _Worker(NamedTuple):
    """A process, and this end of its pipe."""

    process: BaseProcess
    pipe: Connection


def useful_workers() -> int:
    """Processes to spread work over: those of the CPU; an accelerator is not shared."""
    import jax

    return min(4, os.cpu_count() or 1) if jax.default_backend() == "cpu" else 1


def side_by_side(
    work: Work, groups: Sequence[Sequence[str]], workers: int, watch: Watch
) -> Iterator[Result]:
    """All that comes of all tasks, in the order in which it is finished.

    The tasks of a group are done by one process, one after another.

    Raises:
        WorkersDiedError: if one of them died.
        Exception: what a worker raised, with its traceback as a note.
    """
    started: list[_Worker] = []
    try:
        _start(started, work, workers)
        yield from _collected(started, groups, watch)
    finally:
        for worker in started:
            worker.process.terminate()
            worker.process.join()
            worker.pipe.close()


def _start(started: list[_Worker], work: Work, workers: int) -> None:
    """Start processes that never see an interrupt, from their first line on: it is the parent's."""
    context = multiprocessing.get_context("spawn")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        for _ in range(workers):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(work, there), daemon=True)
            process.start()
            there.close()  # the process has it now, and nobody else
            started.append(_Worker(process, here))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _collected(
    workers: Sequence[_Worker], groups: Sequence[Sequence[str]], watch: Watch
) -> Iterator[Result]:
    """What workers send, until all tasks are done; who is free is given the next group."""
    waiting, tasks = iter(groups), sum(map(len, groups))
    left, owners = tasks, {worker.pipe: worker for worker in workers}
    while left:
        for pipe in wait(list(owners)):
            worker = owners[pipe]  # type: ignore[index]  # they are what was waited for
            try:
                kind, content = worker.pipe.recv()
                if kind == "free" and (group := next(waiting, None)) is not None:
                    worker.pipe.send(group)  # with none left it stays until all others are done
            except (EOFError, OSError):
                raise _died(worker) from None
            if kind == "failed":
                raise content
            if kind == "done":
                left -= 1
            elif kind == "progress":
                watch(content, 1 - left / tasks)
            elif kind == "result":
                yield content


def _died(worker: _Worker) -> WorkersDiedError:
    """How a process ended, in words."""
    worker.process.join(PATIENCE)
    code = worker.process.exitcode or 0
    how = f"by the signal {signal.Signals(-code).name}" if code < 0 else f"with status {code}"
    why = ", as happens where memory runs out" if code == -signal.SIGKILL else ""
    return WorkersDiedError(
        f"a worker process ended {how} before its work was done{why}; nothing is concluded: try "
        "one claim or one figure at a time, or more memory"
    )


def _serve(work: Work, pipe: Connection) -> None:
    """Do the tasks of one group after another, until the parent ends this process."""
    from update_magnitude.simulations.compilation import keep_compiled

    keep_compiled()
    try:
        while True:
            pipe.send(("free", None))
            for task in pipe.recv():
                for result in work(task, lambda name, _: pipe.send(("progress", name))):
                    pipe.send(("result", result))
                pipe.send(("done", task))
    except (EOFError, BrokenPipeError):
        return  # the parent is gone
    except BaseException as error:
        pipe.send(("failed", _portable(error)))


def _portable(error: BaseException) -> Exception:
    """An error as it can be sent, with its traceback as a note."""
    portable: Exception = RuntimeError(f"{type(error).__name__}: {error}")
    with suppress(Exception):  # not every error can be sent
        sent = pickle.loads(pickle.dumps(error))
        portable = sent if isinstance(sent, Exception) else portable
    portable.add_note(f"in a worker process:\n{traceback.format_exc()}")
    return portable
