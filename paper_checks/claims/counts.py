"""Two tasks of which any of several numbers of parameters may train at the second."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.theory.numbers.arguments import scenario_argument


class Nested(NamedTuple):
    """Two tasks; a block with all the signal, and redundant ones that may train as well."""

    title: str
    held: int  # parameters of the shared block, which is held at task 2
    counts: tuple[int, ...]  # m, the numbers of trainable parameters, rising; the first: the signal
    samples: tuple[int, int]
    noise: tuple[float, float]
    norm: float  # ‖θ*_1‖ in the signal block
    step: float  # ‖δ‖ in the shared block and in the signal block

    def scenario(self, m: int) -> Scenario:
        """The first m of the nested parameters train at task 2."""
        names = [f"extra_{k}" for k in range(1, len(self.counts))]
        sizes = [after - before for before, after in pairwise(self.counts)]
        idle = dict.fromkeys(names, 0.0)
        return varied(
            library("nested-counts"),
            {
                "title": self.title,
                "blocks": {"shared": self.held, "signal": self.counts[0]}
                | dict(zip(names, sizes, strict=True)),
                "tasks.samples": self.samples,
                "tasks.noise": self.noise,
                "optima.norm": {"shared": 0.5, "signal": self.norm} | idle,
                "optima.distance": {"shared": self.step, "signal": self.step} | idle,
                "updates.trainable": [
                    ["shared", "signal"],
                    ["signal", *names[: self.counts.index(m)]],
                ],
            },
        )

    def arguments(self) -> dict[str, float]:
        """n, and ξ and η of forgetting, which are the same for every m."""
        return _arguments(self.scenario(self.counts[0]), ("n", "xi", "eta"))


class Spread(NamedTuple):
    """Two tasks whose optima are spread evenly over P parameters, of which m train at task 2."""

    title: str
    counts: tuple[int, ...]  # m, rising; the last is P
    samples: tuple[int, int]
    noise: tuple[float, float]
    step: float  # ‖δ‖; the first optimum has norm 1
    alpha: float  # scale of the second update

    def scenario(self, m: int) -> Scenario:
        """The first m parameters train."""
        sizes = [after - before for before, after in pairwise((0, *self.counts))]
        names = [f"part_{k}" for k in range(1, len(sizes) + 1)]
        share = {
            name: math.sqrt(size / self.counts[-1]) for name, size in zip(names, sizes, strict=True)
        }
        trained = names[: self.counts.index(m) + 1] if m else []
        return varied(
            library("fixed-capacity"),
            {
                "title": self.title,
                "blocks": dict(zip(names, sizes, strict=True)),
                "tasks.samples": self.samples,
                "tasks.noise": self.noise,
                "optima.norm": share,
                "optima.distance": {name: self.step * part for name, part in share.items()},
                "updates.scale": [1.0, self.alpha],
                "updates.trainable": [names, trained],
            },
        )

    def arguments(self) -> dict[str, float]:
        """The arguments, other than m, of the theorems about fixed capacity."""
        names = ("P", "n", "sigma", "alpha", "d_d", "e_d_all")
        return _arguments(self.scenario(self.counts[-1]), names)


def _arguments(scenario: Scenario, names: tuple[str, ...]) -> dict[str, float]:
    return {name: scenario_argument(scenario, "forgetting", name) for name in names}
