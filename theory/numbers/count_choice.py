"""The number of parameters to train, of P: the integer optimum at fixed capacity, in numbers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from update_magnitude.scenarios import fields
from update_magnitude.scenarios.fields import ANY
from update_magnitude.theory.theorems import theorem

MEASURES = ("forgetting", "second_risk", "mean")


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

    Compared are m = 0 (no update), m = P, and the whole numbers around the stationary point of the
    branch m < n − 1, where there is one. No other m can be best. For m > n + 1 the gain does not
    depend on m and what noise adds falls in it: that branch is least at m = P. For m < n − 1 noise
    grows beyond all bounds towards m = n − 1, so that branch is least beside a stationary point, or
    at m = P; with P = n − 1 and σ = 0, where N vanishes as m nears P, the change is linear in m.
    Updates with |m − n| ≤ 1 have no finite mean and are left out, but for m = P without noise.

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
    fields.choice(measure, "measure", MEASURES)
    P, n = _size(P, "P"), _size(n, "n")
    drift = fields.length(fields.plain(drift), "drift", "a squared length is at least 0", ANY)
    sigma = fields.length(fields.plain(sigma), "sigma", "a standard deviation is at least 0", ANY)
    overlap = fields.number(fields.plain(overlap), "overlap", ANY)
    alpha = fields.number(fields.plain(alpha), "alpha", ANY)
    name = measure.replace("_", "-")
    sizes = {"P": P, "n": n, "sigma": sigma, "alpha": alpha, "d_d": drift, "e_d_all": overlap}
    counts = {P}
    stationary = _evaluate(f"capacity-count-{name}", sizes)
    if math.isfinite(stationary):
        counts |= {math.floor(stationary), math.ceil(stationary)}
    changes = {m: _evaluate(f"capacity-change-{name}", sizes | {"m": m}) for m in counts if m > 0}
    if sigma == 0:
        changes[P] = _noiseless(measure, P, n, drift, overlap, alpha)
    candidates = {0: 0.0} | {m: value for m, value in changes.items() if math.isfinite(value)}
    best = min(candidates, key=lambda m: (candidates[m], m))
    return BestCount(best, candidates[best], dict(sorted(candidates.items())))


def _size(value: Any, name: str) -> int:
    """A whole number of parameters or samples, which may be written as 40.0."""
    given = fields.plain(value)
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    return fields.whole(given, name, 1, "a size is a whole number, at least 1")


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
    of = theorem(name)
    return float(of(**{argument: values[argument] for argument in of.arguments}))
