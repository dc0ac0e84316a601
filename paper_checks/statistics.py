"""What a difference between a prediction and an estimate means.

z = (estimate − prediction)/SE is standard normal if the prediction is right, by the central limit
theorem at the replicates used here (thousands and more), where the fourth moment is finite: the
variance alone is not enough, for then the standard error itself does not settle. Questions about
numbers with heavier tails are not put to a z-test at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

FAMILY_ERROR = 0.001  # probability that a run refutes anything, if every prediction is right
POWER = 0.99  # probability with which a deviation of the size of the resolution is detected


def p_value(z: float) -> float:
    """The probability that a standard normal lies further from 0 than z, on either side.

    Example:
        >>> round(p_value(1.96), 3)
        0.05
    """
    return math.erfc(abs(z) / math.sqrt(2))


def critical_value(tests: int) -> float:
    """The |z| that refutes, whatever the other tests of a run say (Bonferroni).

    Example:
        >>> round(critical_value(1), 2), round(critical_value(200), 2)
        (3.29, 4.56)
    """
    return NormalDist().inv_cdf(1 - FAMILY_ERROR / (2 * max(1, tests)))


def detectable(standard_error: float, tests: int) -> float:
    """The smallest deviation that is refuted with the stated power, in units of the estimate.

    (z_critical + z_power) SE, with the critical value of the strictest step of Holm's procedure.

    Example:
        >>> round(detectable(0.1, tests=1), 3)
        0.562
    """
    return (critical_value(tests) + NormalDist().inv_cdf(POWER)) * standard_error


def holm(p_values: Sequence[float], tests: int = 0) -> list[bool]:
    """Which hypotheses are rejected, with a family-wise error of at most FAMILY_ERROR.

    The smallest p is held against FAMILY_ERROR/K, the next against FAMILY_ERROR/(K − 1), and so on
    until one is not rejected (Holm, 1979); valid under any dependence. With ``tests`` there are so
    many hypotheses in all, of which the rest was not tested.

    Example:
        >>> holm([0.5, 1e-9, 0.0004])
        [False, True, True]
    """
    order = sorted(range(len(p_values)), key=lambda k: p_values[k])
    rejected, tests = [False] * len(p_values), max(tests, len(p_values))
    for rank, k in enumerate(order):
        if not p_values[k] <= FAMILY_ERROR / (tests - rank):
            break
        rejected[k] = True
    return rejected
