"""The best number of steps of gradient descent, with its certificate."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeAlias

from update_magnitude.theory.numbers.spectral import Descent, filter_moments

MOST = 2**40  # steps that are looked at; where more would still be better, all are
ROUNDING = 1e-11  # two risks that differ by less, relative to E‖d_S‖² + N, count as equal


class BestSteps(NamedTuple):
    """Where the risk in the trained blocks is least, over all numbers of steps."""

    steps: float  # 0 for no update, inf where every step more is better
    risk: float
    bounds: dict[tuple[int, float], float]  # a lower bound for each range of all other numbers


Parts: TypeAlias = Callable[[float], tuple[float, float]]


class _Range(NamedTuple):
    """Numbers of steps from first to last, by the least that their risk can be."""

    bound: float
    first: int
    last: float


def best_steps(gamma: float, rate: float, drift: float, noise: float) -> BestSteps:
    """The number of steps at which R_2 is least, in the limit m/n → γ.

    Every step learns more along every eigenvalue, so that what is missed falls and what noise adds
    rises. So over a range of numbers of steps the risk is at least what is missed at its last and
    what noise adds at its first. Ranges are halved until this bound is above the least risk seen:
    the ranges that are left, with their bounds, are the certificate. Where many numbers come out
    the same but for rounding, it is one of them.

    Args:
        gamma: m/n.
        rate: η, at most 1/(1 + √γ)², the inverse of the largest eigenvalue.
        drift: E‖d_S‖².
        noise: N.

    Raises:
        ValueError: if the rate is larger, or a number is negative.

    Example:
        >>> best = best_steps(gamma=2.0, rate=0.1, drift=1.0, noise=0.25)
        >>> best.steps, round(best.risk, 4)
        (11, 0.6461)

    Source: docs/model.md, spectral filters.
    """
    if not 0 < rate <= (1 + math.sqrt(gamma)) ** -2 * (1 + 1e-12):
        raise ValueError(
            f"rate = {rate}: it is above 0 and at most 1/(1 + √γ)² = {(1 + gamma**0.5) ** -2:.6g}"
        )
    if drift < 0 or noise < 0:
        raise ValueError(f"drift = {drift}, noise = {noise}: mean squares are at least 0")
    if noise == 0 and drift > 0:
        return BestSteps(math.inf, drift * max(0.0, 1 - 1 / gamma), {})
    return _searched(partial(_parts, gamma, rate, drift, noise), drift, ROUNDING * (drift + noise))


def _searched(parts: Parts, least: float, slack: float) -> BestSteps:
    """Ranges of numbers of steps, halved while their bounds are below the least risk seen."""
    best, settled = 0.0, []
    waiting = [_Range(-math.inf, 1, math.inf)]
    while waiting:
        bound, first, last = heapq.heappop(waiting)
        middle = 2 * first if math.isinf(last) else (first + int(last)) // 2
        missed, added = parts(first)
        if missed + added < least:
            least, best = missed + added, first
        bound = max(bound, parts(last)[0] + added)
        if bound >= least - slack or first == last:
            settled.append(_Range(bound, first, last))
        elif first >= MOST:
            return BestSteps(math.inf, sum(parts(math.inf)), {})
        else:
            heapq.heappush(waiting, _Range(bound, first, middle))
            heapq.heappush(waiting, _Range(bound, middle + 1, last))
    bounds = {(first, last): bound for bound, first, last in sorted(settled, key=lambda r: r.first)}
    return BestSteps(best, least, bounds)


def _parts(
    gamma: float, rate: float, drift: float, noise: float, steps: float
) -> tuple[float, float]:
    """What is missed of the drift, and what noise adds, after some steps."""
    if math.isinf(steps):
        added = noise * max(gamma, 1) / abs(1 - gamma) if gamma != 1 else math.inf
        return drift * max(0.0, 1 - 1 / gamma), added
    moments = filter_moments(Descent(steps, rate), gamma)
    missed = float(1 - 2 * moments.mean + moments.square)
    return drift * missed, noise * float(moments.noise)
