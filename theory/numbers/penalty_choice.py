"""The penalty λ of a proximal update at which a measure is least, in numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from update_magnitude.scenarios import fields
from update_magnitude.scenarios.fields import ANY
from update_magnitude.theory.theorems import theorem

TINY, HUGE = 1e-8, 1e8  # penalties between which a root is looked for


def best_penalty(
    measure: str, gamma: float, drift: float, noise: float, overlap: float = 0.0
) -> float:
    """The λ at which the risk on task 2, or forgetting, is least, in the limit m/n → γ.

    For the risk it is γN/‖d_S‖². For forgetting it is the root of the theorem
    ``proximal-forgetting-slope``: the last sign change of the slope from falling to rising.

    Args:
        measure: ``risk`` or ``forgetting``.
        gamma: m/n.
        drift: E‖d_S‖², d = θ*_2 − θ_1.
        noise: N = E‖d_C‖² + σ².
        overlap: E⟨e_S, d_S⟩, e = θ_1 − θ*_1; no part of the risk.

    Returns:
        λ; 0 where the minimum-norm update is best, infinite where none is.

    Raises:
        ScenarioError: if there is no such measure, or a number cannot be.

    Example:
        >>> best_penalty("risk", gamma=2.0, drift=1.0, noise=0.25)
        0.5
        >>> best_penalty("forgetting", gamma=2.0, drift=1.0, noise=0.25, overlap=0.5)
        inf

    Source: docs/model.md, the proximal face.
    """
    fields.choice(measure, "measure", ("risk", "forgetting"))
    gamma = fields.length(fields.plain(gamma), "gamma", "a ratio of sizes is above 0", ANY)
    if gamma == 0:
        fields.fail("gamma", gamma, "a ratio of sizes is above 0")
    drift = fields.length(fields.plain(drift), "drift", "a squared length is at least 0", ANY)
    noise = fields.length(fields.plain(noise), "noise", "a variance is at least 0", ANY)
    overlap = fields.number(fields.plain(overlap), "overlap", ANY)
    if measure == "risk":
        if drift == 0:
            return math.inf
        return float(theorem("proximal-best-penalty")(gamma=gamma, D_S=drift, N=noise))
    if _slope(HUGE, gamma, drift, noise, overlap) <= 0:
        return math.inf
    if _slope(TINY, gamma, drift, noise, overlap) >= 0:
        return 0.0
    return _root(lambda penalty: _slope(penalty, gamma, drift, noise, overlap))


def moments(gamma: float, penalty: float) -> tuple[Any, Any, Any]:
    """s_k = ∫ (x + λ)^{−k} dMP(x) for k = 1, 2, 3, in 60 digits.

    Example:
        >>> s_1, s_2, s_3 = moments(2.0, 0.5)
        >>> round(float(s_1), 4)
        1.2808
    """
    from update_magnitude.theory.proofs.equality import value
    from update_magnitude.theory.results import proximal, symbols

    at = {proximal.gamma: Fraction(gamma), symbols.lam: Fraction(penalty)}
    moments = (proximal.stieltjes, proximal.second_moment, proximal.third_moment)
    first, second, third = (value(moment().result, at) for moment in moments)
    return first, second, third


def _slope(penalty: float, gamma: float, drift: float, noise: float, overlap: float) -> float:
    """The slope of forgetting in λ; its terms cancel, and keep enough of 60 digits."""
    from update_magnitude.theory.proofs.equality import value
    from update_magnitude.theory.results import proximal, symbols

    s_1, s_2, s_3 = moments(gamma, penalty)
    known = {proximal.gamma: gamma, symbols.lam: penalty, symbols.D_S: drift}
    known |= {symbols.N: noise, symbols.overlap: overlap}
    at = {symbol: Fraction(number) for symbol, number in known.items()}
    at |= {proximal.s_1: s_1, proximal.s_2: s_2, proximal.s_3: s_3}
    return float(value(proximal.slope(proximal.FORGETTING).result, at))


def _root(slope: Callable[[float], float]) -> float:
    """Where a slope changes from negative to positive, on the scale of log λ."""
    from scipy.optimize import brentq

    ends = math.log(TINY), math.log(HUGE)
    return math.exp(brentq(lambda log_penalty: slope(math.exp(log_penalty)), *ends, xtol=1e-14))
