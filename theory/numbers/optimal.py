"""Where a measure is least, in numbers: how many parameters to train, and with which penalty.

Which m of P can be best: for m > n + 1 the gain does not depend on m and what noise adds falls in
it, so that branch is least at m = P. For m < n − 1 noise grows beyond all bounds towards m = n − 1,
so that branch is least at an integer next to the stationary point, or at m = P; with P = n − 1 and
σ = 0, where N vanishes as m nears P, the change is linear in m. Updates with |m − n| ≤ 1 have no
finite mean and are left out, but for m = P without noise.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

import mpmath

from update_magnitude.scenarios import fields
from update_magnitude.scenarios.fields import ANY
from update_magnitude.theory.theorems import theorem

COUNT_MEASURES = ("forgetting", "second_risk", "mean")
TINY, HUGE = 1e-8, 1e8  # penalties between which a root is looked for


class BestCount(NamedTuple):
    """The best number of trainable parameters, and what is compared to find it."""

    m: int
    change: float  # what training m of P parameters changes the measure by
    candidates: dict[int, float]  # the same for every m that may be best


def best_count(
    measure: str,
    P: int,
    n: int,
    drift: float,
    overlap: float = 0.0,
    sigma: float = 0.0,
    alpha: float = 1.0,
) -> BestCount:
    """The m of P parameters to train on task 2 so that a measure is least, optima spread evenly.

    Args:
        measure: ``forgetting``, ``second_risk``, or ``mean`` (of both risks).
        P: the capacity.
        n: samples of task 2.
        drift: E‖d‖², d = θ*_2 − θ_1, over all P parameters.
        overlap: E⟨e, d⟩, e = θ_1 − θ*_1, over all P parameters; no part of R_2.
        sigma: the noise of task 2.
        alpha: the scale of the update.

    Raises:
        ScenarioError: if there is no such measure, or a number cannot be.

    Example:
        >>> best_count("forgetting", P=64, n=60, drift=2.0, overlap=-1.0, sigma=1.0).m
        0
        >>> best_count("forgetting", P=64, n=60, drift=2.0, overlap=-1.0, sigma=1.0, alpha=0.3).m
        19

    Source: docs/model.md, fixed capacity.
    """
    fields.choice(measure, "measure", COUNT_MEASURES)
    P, n = _size(P, "P"), _size(n, "n")
    drift = _not_negative(drift, "drift", "a squared length is at least 0")
    sigma = _not_negative(sigma, "sigma", "a standard deviation is at least 0")
    overlap, alpha = _number(overlap, "overlap"), _number(alpha, "alpha")
    sizes = {"P": P, "n": n, "sigma": sigma, "alpha": alpha, "d_d": drift, "e_d_all": overlap}
    changes = _changes(measure, sizes)
    if sigma == 0:
        changes[P] = _noiseless(measure, P, n, drift, overlap, alpha)
    candidates = {0: 0.0} | {m: value for m, value in changes.items() if math.isfinite(value)}
    best = min(candidates, key=lambda m: (candidates[m], m))
    return BestCount(best, candidates[best], dict(sorted(candidates.items())))


def _changes(measure: str, sizes: dict[str, float]) -> dict[int, float]:
    """What an update changes the measure by, for the m > 0 that may be best."""
    name = measure.replace("_", "-")
    counts = {int(sizes["P"])}
    stationary = _evaluate(f"capacity-count-{name}", sizes)
    if math.isfinite(stationary):
        counts |= {math.floor(stationary), math.ceil(stationary)}
    return {m: _evaluate(f"capacity-change-{name}", sizes | {"m": m}) for m in counts if m > 0}


def _noiseless(measure: str, P: int, n: int, drift: float, overlap: float, alpha: float) -> float:
    """The change when all parameters train and nothing is noise: N = 0, for any P and n."""
    from update_magnitude.theory.results import symbols
    from update_magnitude.theory.results.magnitude import change_of
    from update_magnitude.theory.results.update import overparameterized, underparameterized

    moments = overparameterized() if n < P else underparameterized()
    form = change_of(measure).result.subs(symbols.N, 0)
    values = {
        **{symbols.g: moments.g, symbols.a: moments.a, symbols.b: moments.b},
        **{symbols.D_S: drift, symbols.overlap: overlap, symbols.alpha: alpha},
    }
    return float(form.subs(values).subs({symbols.m: P, symbols.n: n}))


def _evaluate(name: str, values: dict[str, float]) -> float:
    formula = theorem(name)
    return float(formula(**{argument: values[argument] for argument in formula.arguments}))


def best_penalty(
    measure: str, gamma: float, drift: float, noise: float, overlap: float = 0.0
) -> float:
    """The λ at which the risk on task 2, or forgetting, is least, in the limit m/n → γ.

    For the risk it is γN/‖d_S‖². For forgetting it is the root of the theorem
    ``proximal-forgetting-slope``, where forgetting turns from falling to rising, once at
    most. It is 0 where the minimum-norm update is best, infinite if not updating is best.

    Args:
        measure: ``risk`` or ``forgetting``.
        gamma: m/n.
        drift: E‖d_S‖², d = θ*_2 − θ_1.
        noise: N = E‖d_C‖² + σ².
        overlap: E⟨e_S, d_S⟩, e = θ_1 − θ*_1; no part of the risk.

    Raises:
        ScenarioError: if there is no such measure, or a number cannot be.

    Example:
        >>> best_penalty("risk", gamma=2.0, drift=1.0, noise=0.25)
        0.5
        >>> best_penalty("forgetting", gamma=2.0, drift=1.0, noise=0.25, overlap=0.5)
        inf

    Source: docs/model.md, the proximal face.
    """
    from scipy.optimize import brentq

    fields.choice(measure, "measure", ("risk", "forgetting"))
    gamma = _not_negative(gamma, "gamma", "a ratio of sizes is above 0")
    if gamma == 0:
        fields.fail("gamma", gamma, "a ratio of sizes is above 0")
    drift = _not_negative(drift, "drift", "a squared length is at least 0")
    noise = _not_negative(noise, "noise", "a variance is at least 0")
    known = (gamma, drift, noise, _number(overlap, "overlap"))
    if measure == "risk":
        if drift == 0:
            return math.inf
        return float(theorem("proximal-best-penalty")(gamma=gamma, D_S=drift, N=noise))
    if _slope(HUGE, *known) <= 0:
        return math.inf
    if _slope(TINY, *known) >= 0:
        return 0.0

    def slope(log_penalty: float) -> float:
        return _slope(math.exp(log_penalty), *known)

    return math.exp(brentq(slope, math.log(TINY), math.log(HUGE), xtol=1e-14))


def moments(gamma: float, penalty: float) -> tuple[mpmath.mpf, mpmath.mpf, mpmath.mpf]:
    """s_k = ∫ (x + λ)^{−k} dMP(x) for k = 1, 2, 3, in 60 digits."""
    from update_magnitude.theory.proofs.equality import value
    from update_magnitude.theory.results import proximal, symbols

    known = {proximal.gamma: Fraction(gamma), symbols.lam: Fraction(penalty)}
    laws = (proximal.stieltjes(), proximal.second_moment(), proximal.third_moment())
    first, second, third = (value(law.result, known) for law in laws)
    return first, second, third


def _slope(penalty: float, gamma: float, drift: float, noise: float, overlap: float) -> float:
    """The slope of forgetting in λ; its terms cancel, and keep enough of 60 digits."""
    from update_magnitude.theory.proofs.equality import value
    from update_magnitude.theory.results import proximal, symbols

    s_1, s_2, s_3 = moments(gamma, penalty)
    known = {proximal.gamma: gamma, symbols.lam: penalty, symbols.D_S: drift}
    known |= {symbols.N: noise, symbols.overlap: overlap}
    exact = {symbol: Fraction(number) for symbol, number in known.items()}
    exact |= {proximal.s_1: s_1, proximal.s_2: s_2, proximal.s_3: s_3}
    return float(value(proximal.slope(proximal.FORGETTING).result, exact))


def _size(value: object, name: str) -> int:
    """A whole number of parameters or samples, which may be written as 40.0."""
    given = fields.plain(value)
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    return fields.whole(given, name, 1, "a size is a whole number, at least 1")


def _not_negative(value: object, name: str, why: str) -> float:
    return fields.length(fields.plain(value), name, why, ANY)


def _number(value: object, name: str) -> float:
    return fields.number(fields.plain(value), name, ANY)
