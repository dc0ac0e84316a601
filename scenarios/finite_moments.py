"""When the mean of a risk is finite, its variance, its fourth moment: a fact about a scenario.

An update of m parameters on n samples takes in what it cannot explain, of variance
N = ‖d_C‖² + σ² given θ_{t−1}: its noise, and the error d_C = θ* − θ_{t−1} of the blocks that do not
move. In law ‖Δ‖² holds N χ²_k/χ²_ν with ν = |m − n| + 1 degrees of freedom, independent of N, where
the square root of χ²_ν is the distance of one column (or row) of Φ_S from the span of the others.
The density of χ²_ν falls like x^(ν/2 − 1) towards 0, so E (1/χ²_ν)^k is finite exactly for ν > 2k:
the mean of a risk needs ν > 2, its variance ν > 4, its fourth moment ν > 8. What else is random in
an update, the projection of d_S, is bounded. So whether a moment is finite depends on the least ν
that has divided any noise that is still in θ, block by block, which is what this module follows:

- An update with N = 0 in every replicate takes in nothing. That needs σ = 0 and held blocks that
  are all, exactly and in every replicate, where the optimum is: a block that never trains and whose
  optimum is 0, or one that was learned exactly and whose optimum has not moved since.
- Otherwise a block that moves takes over the least of ν and the ν of the held blocks, whose error
  is part of N.
- For m > n it takes over the least ν of all blocks that move as well, for a projection mixes them.
  For m ≤ n the solution is d_S plus noise: a block keeps its own ν, and with α = 1 not even that.
- A block is known exactly at the start and after a reset (there it is 0), and after an update with
  N = 0 and m ≤ n, if it was known before or α = 1.
- An update with a penalty, or of some steps of gradient descent, takes in noise by a factor that is
  bounded, for which ν is infinite here, and mixes all blocks that move as a projection does.
- Where features of a block have variance 0 its parameters do not move, and do not count in m.
- An update that moves no parameter, has α = 0, or has nothing to learn changes nothing.

Risks are sums over all blocks, so those of θ_t have the moments that all blocks have.

Arrays broadcast: with a grid of scenarios in the trailing axes all of them are followed at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from update_magnitude.scenarios.numbers import Update, numbers_of
from update_magnitude.scenarios.schema import Scenario

MEAN, VARIANCE, FOURTH_MOMENT = 1, 2, 4  # orders of moments
ROUNDING = 4  # units in the last place by which two coordinates that are the same may differ

Numbers = Any  # a number, or an array over a grid of scenarios
Booleans = Any

OVERFLOW = "the risks are too large for floating-point numbers"
SINGLE_TASK = "forgetting compares tasks: it needs at least two"


def degrees_of_freedom(m: Numbers, n: Numbers) -> Numbers:
    """The ν of the χ²_ν that divides the noise in an update of m parameters on n samples."""
    return abs(m - n) + 1


def is_finite(order: int, freedom: Numbers) -> Booleans:
    """Whether a moment of a risk is finite, by the least ν that has divided any noise in it.

    Example:
        >>> [is_finite(MEAN, 3), is_finite(VARIANCE, 3), is_finite(FOURTH_MOMENT, 9)]
        [True, False, True]
    """
    return freedom >= least_freedom(order)


def least_freedom(order: int) -> int:
    """The least ν with which a moment is finite: E (1/χ²_ν)^k is for ν > 2k."""
    return 2 * order + 1


class Tails(NamedTuple):
    """What is known of θ after some task, block by block, as far as moments go."""

    freedom: tuple[Numbers, ...]  # the least ν that has divided any noise in it; infinite if none
    known: tuple[Booleans, ...]  # whether it is the same in every replicate
    points: tuple[Numbers, ...]  # then its coordinates, [k_b, ...], in those of the optima

    @property
    def least(self) -> Numbers:
        """The least ν of all blocks, which decides on the risks."""
        return np.minimum.reduce(np.broadcast_arrays(*self.freedom))


class Learned(NamedTuple):
    """What an update does to the tails."""

    tails: Tails
    noisy: Booleans  # whether it takes in anything: some parameter moves, and N is not 0
    diverges: Booleans  # whether it thereby loses the mean


def at_zero(optima: Sequence[Numbers]) -> Tails:
    """θ = 0, at the start or after a reset; of the optima any one per block, [k_b, ...]."""
    blocks = len(optima)
    return Tails((np.inf,) * blocks, (np.True_,) * blocks, tuple(map(np.zeros_like, optima)))


def after_update(before: Tails, update: Update, optimum: Sequence[Numbers]) -> Learned:
    """The tails after an update, by the rules that stand above.

    Of the optimum of its task there are the coordinates per block, [k_b, ...].
    """
    moves, blocks = update.moves, range(len(update.moves))
    unseen = [np.asarray(variance) == 0 for variance in update.variance]
    no_update = (update.m == 0) | (np.asarray(update.scale) == 0)
    already_exact = [before.known[b] & _same(before.points[b], optimum[b]) for b in blocks]
    noiseless = np.asarray(update.noise) == 0
    for b in blocks:
        noiseless = noiseless & (moves[b] | already_exact[b] | unseen[b])
    nothing_left = _all([already_exact[b] | unseen[b] for b in blocks if moves[b]])
    unchanged = no_update | (noiseless & nothing_left)
    own = np.where(update.bounded, np.inf, degrees_of_freedom(update.m, update.samples))
    projects = (update.m > np.asarray(update.samples)) | update.bounded
    seen = before._replace(
        freedom=tuple(np.where(unseen[b], np.inf, before.freedom[b]) for b in blocks)
    )
    taken_over = np.where(noiseless, np.inf, np.minimum(own, _least(seen, moves, moving=False)))
    taken_over = np.where(
        projects, np.minimum(taken_over, _least(seen, moves, moving=True)), taken_over
    )
    replaces = np.asarray(update.scale) == 1

    def block(b: int) -> tuple[Numbers, Booleans, Numbers]:
        if not moves[b]:
            return before.freedom[b], before.known[b], before.points[b]
        kept = np.where(replaces, taken_over, np.minimum(taken_over, before.freedom[b]))
        freedom = np.where(projects, taken_over, kept)
        known = noiseless & ~projects & (before.known[b] | replaces)
        point = (1 - update.scale) * before.points[b] + update.scale * optimum[b]
        stays = unchanged | unseen[b]
        return (
            np.where(stays, before.freedom[b], freedom),
            np.where(stays, before.known[b], known),
            np.where(stays, before.points[b], point),
        )

    after = Tails(*zip(*map(block, blocks), strict=True))
    noisy = ~no_update & ~noiseless
    return Learned(after, noisy, noisy & ~is_finite(MEAN, own))


def freedom_after_tasks(scenario: Scenario) -> np.ndarray:
    """For the risks after each task the least ν that has divided any noise in them, [T].

    Under ``hybrid`` it is the least whatever the data may decide.

    Example:
        >>> from update_magnitude.scenarios import preset, varied
        >>> near = varied(preset("two-close-tasks"), {"tasks.samples": [30, 17]})  # m = 40, then 16
        >>> freedom_after_tasks(near).tolist()
        [11.0, 2.0]
    """
    return np.array(_followed(scenario)[0])


def undefined(scenarios: Sequence[Scenario], risk: np.ndarray) -> str | None:
    """Why risks R_i(θ_t), [T, T], are infinite, missing or estimates of no finite mean, in words.

    None where none is. The risks are those of some scenarios, or combinations of theirs.

    Example:
        >>> from update_magnitude.scenarios import preset, varied
        >>> near = varied(preset("two-close-tasks"), {"tasks.samples": [5, 16]})
        >>> undefined([near], np.zeros((2, 2)))[:44]
        'no finite mean after task 2 (m = 16, n = 16)'
    """
    followed = [_followed(scenario) for scenario in scenarios]
    culprits = list(dict.fromkeys(words for _, found in followed for words in found))
    finite = is_finite(MEAN, np.min([freedom for freedom, _ in followed], axis=0))
    reasons = []
    if culprits:
        reasons.append(
            f"no finite mean after {', '.join(culprits)}: |m - n| <= 1 with noise, "
            "where E[1/chi^2] is infinite"
        )
    if not np.isfinite(np.asarray(risk, float)[finite]).all():
        reasons.append(OVERFLOW)
    if scenarios[0].tasks.count == 1:
        reasons.append(SINGLE_TASK)
    return "; ".join(reasons) or None


@lru_cache(maxsize=64)  # asked again and again while an experiment runs
def _followed(scenario: Scenario) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """The least ν after each task, and the updates that lose the mean, in words."""
    numbers = numbers_of(scenario)
    tails = at_zero([block[0] for block in numbers.optima])
    freedom, culprits = [], []
    for task, samples in enumerate(scenario.tasks.samples):
        if scenario.updates.strategy == "reinitialized":
            tails = at_zero([block[task] for block in numbers.optima])
        ends = []
        for moves in scenario.options(task):
            update = numbers.update(task, moves)
            if task and scenario.updates.goes_by_evidence:
                update = update._replace(penalty=np.ones((), np.longdouble))  # some, whatever it is
            learned = after_update(tails, update, [block[task] for block in numbers.optima])
            ends.append(learned.tails)
            if learned.diverges:
                culprits.append(f"task {task + 1} (m = {int(update.m)}, n = {samples})")
        tails = _any_of(ends)
        freedom.append(float(tails.least))
    return tuple(freedom), tuple(culprits)


def _any_of(ends: Sequence[Tails]) -> Tails:
    """The tails where any of some ends may have come about."""
    first, *others = ends
    for other in others:
        known = (
            here & there & _same(one, two)
            for here, there, one, two in zip(
                first.known, other.known, first.points, other.points, strict=True
            )
        )
        freedom = map(np.minimum, first.freedom, other.freedom)
        first = Tails(tuple(freedom), tuple(known), first.points)
    return first


def _least(tails: Tails, moves: Sequence[bool], *, moving: bool) -> Numbers:
    """The least ν of the blocks that move, or of those that do not."""
    chosen = [nu for nu, moved in zip(tails.freedom, moves, strict=True) if moved == moving]
    return np.minimum.reduce(np.broadcast_arrays(np.inf, *chosen))


def _same(one: Numbers, two: Numbers) -> Booleans:
    """Whether two points are the same, but for the rounding of their coordinates."""
    unit = np.finfo(np.result_type(one, two)).eps
    return (np.abs(one - two) <= ROUNDING * unit * (np.abs(one) + np.abs(two))).all(axis=0)


def _all(truths: Sequence[Booleans]) -> Booleans:
    return np.logical_and.reduce(np.broadcast_arrays(np.True_, *truths))
