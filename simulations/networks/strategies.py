"""What trains at each task: the strategies, and what the hybrid ones decide.

The last modules of the chain are the *specific* ones, as the last block of a linear scenario is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = Any  # arrays of NumPy or jax


class Signals(NamedTuple):
    """What gradients say of a task and the one before, for every run, [R] each."""

    published: Numbers  # metric(g_t, g_{t−1}), each at the start of its own task
    common: Numbers  # the same metric, both gradients at the start of the earlier task
    distance: Numbers  # at that point, an estimate of ‖g_t − g_{t−1}‖²/(‖g_t‖² + ‖g_{t−1}‖²)


@dataclass(frozen=True)
class Choice:
    """How much trains: the specific modules at least, all at most."""

    modules: int
    specific: int
    threshold: float  # of the metric, above which the specific modules train alone

    def trained(self, strategy: str, signals: Signals) -> NDArray[np.int64]:
        """How many modules train at a task after the first, counted from the last, [R].

        ``hybrid-distance`` is driven by theory, in which the cost of a frozen block grows with the
        distance that its optimum moves: it trains the specific modules and, of the others, the
        share that the estimated distance is of that of unrelated tasks, which is 1.

        Args:
            strategy: one of ``STRATEGIES``.
            signals: of all runs.

        Example:
            >>> import numpy as np
            >>> choice = Choice(modules=9, specific=3, threshold=0.0)
            >>> found = Signals(np.array([0.2]), np.array([-0.1]), np.array([0.6]))
            >>> [int(choice.trained(name, found)[0]) for name in STRATEGIES]
            [9, 3, 9, 3, 9, 7]
        """
        few, rest = self.specific, self.modules - self.specific
        runs = len(signals.published)
        if strategy == "frozen":
            return np.full(runs, few)
        if strategy == "hybrid":
            return np.where(signals.published > self.threshold, few, self.modules)
        if strategy == "hybrid-common":
            return np.where(signals.common > self.threshold, few, self.modules)
        if strategy == "hybrid-distance":
            share = np.clip(np.nan_to_num(signals.distance, nan=1.0), 0.0, 1.0)
            return few + np.rint(rest * share).astype(np.int64)
        return np.full(runs, self.modules)


STRATEGIES = {
    "initialized": "all modules train, from the previous solution",
    "frozen": "the first task trains all, later ones the specific modules alone",
    "reinitialized": "all modules train, from the initial parameters",
    "hybrid": "as published: all modules train where the gradients of a task and of the one "
    "before, each at the start of its task, have a cosine below the threshold, else the specific "
    "ones",
    "hybrid-common": "the same with both gradients at the start of the earlier task",
    "hybrid-distance": "as many modules train as the estimated distance of the tasks asks for",
}
METRICS = ("cosine", "signs")  # of gradients: see likeness
DEFAULT = ("initialized", "frozen", "hybrid")


def masks(counts: NDArray[np.int64], modules: int) -> NDArray[np.float32]:
    """1 for the last modules that train, else 0, [R, modules].

    Example:
        >>> masks(np.array([1, 3]), 3).tolist()
        [[0.0, 0.0, 1.0], [1.0, 1.0, 1.0]]
    """
    place = np.arange(modules)[None]
    return (place >= modules - counts[:, None]).astype(np.float32)
