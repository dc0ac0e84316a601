"""Result D in numbers: an update of blocks that differ in variance or weight, or are penalized.

With s_b = v_b/ρ_b and κ the largest root of f(κ) = κ − λ − (κ/n) Σ_{b∈S} p_b s_b/(s_b + κ),

E[Δ_b] ≈ g_b d_b, g_b = s_b/(s_b + κ), and beside its mean Δ_b is isotropic in its block, with the
variance (g_b²/v_b)Ψ per parameter, Ψ = [Σ_{b∈S} (1 − g_b)² v_b E‖d_b‖² + N]/(n − df₂) and
df₂ = Σ_{b∈S} p_b g_b². It is off by O(1/n); result U, which is exact, takes its place where it can.
Everything is written so that no digits cancel for any s_b, and so that v_b may be 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.finite_moments import MEAN, degrees_of_freedom, is_finite
from update_magnitude.scenarios.numbers import Update

if TYPE_CHECKING:
    from jaxtyping import Bool, Shaped

Real = np.longdouble
Array = NDArray[np.longdouble]
MOST_STEPS = 5_000  # of Newton's method, which halves κ where a root is nearly double
LAST = 4 * np.finfo(Real).eps  # relative change of κ that is rounding


class Equivalent(NamedTuple):
    """The coefficients of result D, per block; those of blocks that do not move are 0 and 1."""

    needed: Bool[NDArray[np.bool_], "*grid"]  # where they mean something, as in ``is_needed``
    gain: tuple[Shaped[Array, "*grid"], ...]  # g_b
    rest: tuple[Shaped[Array, "*grid"], ...]  # 1 − g_b
    # The variance per parameter for each unit of Σ_{b∈S} (1 − g_b)² v_b E‖d_b‖², and of N; the
    # latter is infinite where noise has no finite mean square.
    signal: tuple[Shaped[Array, "*grid"], ...]
    noise: tuple[Shaped[Array, "*grid"], ...]
    # By how much its rounding is larger than that of result U: what rounding does to f, in κ.
    condition: Shaped[Array, "*grid"]


def is_needed(update: Update) -> Bool[NDArray[np.bool_], "*grid"]:
    """Where an update that moves anything is neither of result U nor one of steps of descent."""
    exact = np.asarray(update.penalty == 0) & update.normal & are_alike(update)
    return np.asarray(~(is_still(update) | exact) & (update.steps is None))


def is_still(update: Update) -> Bool[NDArray[np.bool_], "*#grid"]:
    """Where an update moves nothing."""
    return np.asarray((update.m == 0) | (np.asarray(update.scale) == 0))


def are_alike(update: Update) -> Bool[NDArray[np.bool_], "*grid"]:
    """Whether all blocks that train have one variance and one weight."""
    alike: NDArray[np.bool_] = np.ones((), bool)
    for values in (update.variance, update.weights):
        moving = [value for value, moves in zip(values, update.moves, strict=True) if moves]
        for value in moving[1:]:
            alike = alike & (value == moving[0])
    return np.asarray(alike)


def equivalent(update: Update) -> Equivalent | None:
    """The coefficients of result D for an update; None where it is needed nowhere."""
    needed = is_needed(update)
    if not needed.any():
        return None
    kappa, ratios = fixed_point(update), _ratios(update)
    with np.errstate(all="ignore"):
        gain = tuple(np.where(s > 0, s / (s + kappa), Real(0)) for s in ratios)
        rest = tuple(np.where(s > 0, kappa / (s + kappa), Real(1)) for s in ratios)
        each = (p * g * r for p, g, r in zip(update.sizes, gain, rest, strict=True))
        # n − df₂ = Σ p_b g_b (1 − g_b) + nλ/κ by the fixed point, whose terms are all positive.
        left = sum(each, np.where(kappa > 0, update.samples * update.penalty / kappa, Real(0)))
        left = np.where(kappa > 0, left, update.samples - update.m)
        signal = tuple(
            np.where(s > 0, s / (rho * (s + kappa) ** 2) / left, Real(0))
            for s, rho in zip(ratios, update.weights, strict=True)
        )
        condition = np.where(needed & (kappa > 0), 1 + update.samples / left, Real(1))
    finite = update.bounded | is_finite(MEAN, degrees_of_freedom(update.m, update.samples))
    noise = tuple(
        np.where(finite | (s == 0), unit, Real(np.inf))
        for s, unit in zip(ratios, signal, strict=True)
    )
    return Equivalent(needed, gain, rest, signal, noise, condition)


def fixed_point(update: Update) -> Shaped[Array, "*grid"]:
    """κ: the largest root of f, by Newton's method from the right; 0 for λ = 0 and m ≤ n.

    f is convex, so that κ falls at every step; the terms of f are sorted so that those which nearly
    cancel are whole numbers, n and the parameters of the blocks with s_b ≥ κ.
    """
    n, terms = update.samples, list(zip(update.sizes, _ratios(update), strict=True))
    has_root = (update.penalty > 0) | (update.m > n)
    kappa = np.asarray(update.penalty + sum(p * s for p, s in terms) / n)
    with np.errstate(all="ignore"):
        for _ in range(MOST_STEPS):
            whole, rest, slope = n, -n * update.penalty, n
            for p, s in terms:
                above, share = s >= kappa, np.where(s > 0, s / (s + kappa), Real(0))
                whole = whole - np.where(above, p, Real(0))
                rest = rest + p * kappa * np.where(above, kappa / (s + kappa), -share)
                slope = slope - p * share**2
            lower = kappa - (kappa * whole + rest) / slope
            falls = has_root & (lower < kappa)
            settled = ~falls | (kappa - lower <= LAST * kappa)
            kappa = np.where(falls, lower, kappa)
            if settled.all():
                break
    return np.where(has_root, kappa, Real(0))


def _ratios(update: Update) -> list[Shaped[Array, "*grid"]]:
    """s_b = v_b/ρ_b; 0 for blocks that do not move."""
    return [
        np.asarray(variance / weight if moves else np.zeros_like(variance))
        for variance, weight, moves in zip(
            update.variance, update.weights, update.moves, strict=True
        )
    ]
