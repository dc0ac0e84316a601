"""Simulating the points of a sweep that are not done yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.families import Family
from update_magnitude.scenarios.fields import fail
from update_magnitude.simulations.labelled import values
from update_magnitude.simulations.results import Simulation
from update_magnitude.simulations.simulation import Experiment
from update_magnitude.simulations.sweeps.dataset import read
from update_magnitude.simulations.sweeps.files import Index
from update_magnitude.simulations.sweeps.grid import Point, Sweep
from update_magnitude.simulations.sweeps.pieces import Piece, pieces
from update_magnitude.simulations.sweeps.store import Store

if TYPE_CHECKING:
    import xarray as xr

Watch = Callable[[int, float], None]  # called with points that are done, and the share of this run


@dataclass(frozen=True)
class Summary:
    """What a run has found in the store and what it has added."""

    points: int
    done: int  # in the store, at the end of the run
    simulated: int  # by this run
    undefined: int  # done, with values that have no finite mean
    digits_lost: int  # done, with means that rounding makes untrustworthy
    damaged: int  # points that were done, and that this run has found damaged
    repaired: tuple[str, ...]  # files of metadata that this run has found damaged

    def document(self) -> dict[str, object]:
        """The summary as it is printed in JSON."""
        return asdict(self)


def sweep(
    family: Family,
    folder: str | Path,
    replicates: int,
    *,
    engines: Sequence[str] = ("law",),
    seed: int = 0,
    watch: Watch | None = None,
) -> xr.Dataset:
    """Simulate every scenario of a family that the folder does not have yet, and keep it there.

    Interrupted and called again, it goes on where it was, and ends in the same bytes; any number of
    processes may call it with one folder, and share the work.

    Args:
        family: a scenario with axes.
        folder: where to keep it; made if it is not there.
        replicates: of every scenario.
        engines: ``law``, ``dense``, or both; the first axis of what is returned.
        seed: a whole number, at least 0.
        watch: called with how many points are done, and the share of this run.

    Returns:
        The dataset of ``sweeps.read``: that of ``simulate``, with the engine in front.

    Raises:
        ScenarioError: if a scenario cannot be simulated, or the folder holds anything else.

    Example:
        >>> import tempfile
        >>> from update_magnitude import scenarios
        >>> noisy = scenarios.family(scenarios.preset("mixed"), {"tasks.noise": [0.1, 0.5]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sweep(noisy, folder, 1000).load().forgetting.dims
        ('engine', 'tasks.noise')
    """
    if not isinstance(family, Family):
        fail("family", family, "a family is needed, as family(scenario, axes) makes one")
    given = Sweep(family.title, family.document, family.axes, tuple(engines), replicates, seed)
    run(given, folder, watch)
    return read(folder)


def run(sweep: Sweep, folder: str | Path, watch: Watch | None = None) -> Summary:
    """Simulate all points of a sweep that are not done yet, and keep them.

    Any number of processes may run the same sweep into one folder, together or one after another:
    they share the work, and the store ends up with the same bytes. What is damaged in the store is
    repaired: metadata are written anew, points simulated again, with all that share their draws.

    Args:
        sweep: what to simulate.
        folder: where to keep it.
        watch: called with how many points are done, and the share of this run.

    Raises:
        ScenarioError: if a point cannot be simulated, or the folder holds anything else.
    """
    if not isinstance(sweep, Sweep):
        fail("sweep", sweep, "a sweep is needed, as load and Sweep make one")
    import jax

    from update_magnitude.simulations.numerics.precision import precision_of

    sweep = replace(sweep, dtype=sweep.dtype or precision_of(jax.local_devices()[0]))
    whole = pieces(sweep.points)
    _require_memory(sweep, whole)
    tasks = max(point.scenario.tasks.count for point in sweep.points)
    store = Store(Path(folder), sweep, tasks, _settings(sweep))
    work = _Work(sweep, store, tasks, watch or (lambda done, share: None))
    work.run(whole)
    done = store.done()
    if done == sweep.size:
        store.tidy()
    return Summary(
        points=sweep.size,
        done=done,
        simulated=work.simulated,
        undefined=store.sentences("undefined"),
        digits_lost=store.sentences("digits_lost"),
        damaged=work.damaged,
        repaired=tuple(store.repaired),
    )


def _require_memory(sweep: Sweep, whole: Sequence[Piece]) -> None:
    """Refuse, before anything is written, pieces for which there is not enough memory.

    A piece is not made smaller for it: how many points share their draws would change last digits.
    """
    for piece in whole:
        try:
            _experiment(sweep, piece.points)
        except ScenarioError as error:
            first, others = sweep.place(piece.points[0].index), len(piece.points) - 1
            raise ScenarioError(f"at {first}, and {others} points with it: {error}") from None


def _experiment(sweep: Sweep, points: Sequence[Point]) -> Experiment:
    import jax

    # Processes of one program may be at different points, and digits must not depend on how
    # many devices one of them has: each process has one.
    return Experiment(
        [point.scenario for point in points],
        sweep.seed,
        engine=points[0].engine,
        dtype=sweep.dtype,
        memory=sweep.memory,
        devices=jax.local_devices()[:1],
    )


class _Work:
    """What one run does, and how far it is."""

    def __init__(self, sweep: Sweep, store: Store, tasks: int, watch: Watch) -> None:
        self._sweep, self._store, self._tasks, self._watch = sweep, store, tasks, watch
        self._points = sweep.size
        self._checked = self._missing = 0  # points that are done and whole, or not
        self._cost = self._spent = 0.0  # of this run
        self.simulated = self.damaged = 0

    def run(self, whole: Sequence[Piece]) -> None:
        """Take up what no process has; then, again and again, what none has done all the same.

        Whoever took a piece up may be dead or only slow. In each round a piece is taken up once
        more, so that those of dead processes are shared out too, and nobody is waited for.
        """
        todo = [piece for piece in whole if not self._is_finished(piece)]
        self._cost = sum(piece.cost for piece in todo)
        self._missing = sum(len(piece.points) for piece in todo)
        for attempt in count():
            todo = [piece for piece in todo if not self._take(piece, attempt)]
            if not todo:
                return

    def _is_finished(self, piece: Piece) -> bool:
        """Whether all points of a piece are done and whole; damaged ones are so no longer."""
        finished = self._store.points.has(
            _last(piece)
        )  # before the others, which are written first
        damaged = [
            point.index for point in piece.points if self._store.points.is_damaged(point.index)
        ]
        whole = not damaged and all(self._store.points.has(point.index) for point in piece.points)
        for index in [*damaged, *([_last(piece)] if finished and not whole else [])]:
            self._store.withdraw(index)  # so that others, too, see that there is something to do
        self.damaged += len(damaged)
        self._checked += len(piece.points) if finished and whole else 0
        self._watch(self._checked, 0.0)
        return finished and whole

    def _take(self, piece: Piece, attempt: int) -> bool:
        """Whether a piece is done, by this process or by another."""
        try:
            self._report(piece, 0)
            if not self._store.claim(f"{piece.number}-{attempt}"):
                return False
            self._finish(piece)
        except _Finished:
            pass
        self._missing -= len(piece.points)
        self._spent += piece.cost
        self._watch(self._points - self._missing, self._spent / self._cost)
        return True

    def _finish(self, piece: Piece) -> None:
        results = self._simulate(piece, piece.points)
        if not all(np.isfinite(result.risk.mean).all() for result in results):
            # Numbers too large for one scenario spoil the averages of all that run with it.
            results = [self._simulate(piece, [point])[0] for point in piece.points]
        for point, result in zip(piece.points, results, strict=True):
            numbers = values(result, point.scenario, self._tasks)
            self._store.write(point.index, numbers | {"done": True})
        self.simulated += len(piece.points)

    def _simulate(self, piece: Piece, points: Sequence[Point]) -> list[Simulation]:
        experiment = _experiment(self._sweep, points)
        finished = 0

        def progress(more: int) -> None:
            nonlocal finished
            finished += more
            self._report(piece, finished)

        experiment.run(self._sweep.replicates, progress)
        return experiment.results()

    def _report(self, piece: Piece, replicates: int) -> None:
        if self._store.points.has(_last(piece)):
            raise _Finished
        spent = self._spent + piece.cost * replicates / self._sweep.replicates
        self._watch(self._points - self._missing, spent / self._cost)


class _Finished(Exception):  # noqa: N818
    """Another process has finished the piece at hand."""


def _last(piece: Piece) -> Index:
    """The point of a piece that is kept last: when it is done, all of them are."""
    return piece.points[-1].index


def _settings(sweep: Sweep) -> dict[str, str]:
    """What the last digits depend on, beside the sweep and the machine."""
    import jax

    from update_magnitude import __version__

    software = f"update-magnitude {__version__}, jax {jax.__version__}"
    return {"dtype": str(sweep.dtype), "software": software}
