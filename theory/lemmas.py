"""The two lemmas behind everything: moments of a Haar-random projection, and E[1/χ²_ν].

Both are solved for, not typed in. Rotation invariance gives each moment its form, identities that
hold for every single projection give the coefficients.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sympy import Expr, Symbol, exp, factor, gamma, integrate, oo, simplify, solve, symbols

from theory.symbols import m, n, nu

Pairing = frozenset[frozenset[int]]

# The three ways to pair the indices of Q_01 Q_23: an isotropic tensor of order 4 is a combination
# of δ_01 δ_23, δ_02 δ_13 and δ_03 δ_12 (the second fundamental theorem of invariants of O(m)).
PAIRINGS: tuple[Pairing, ...] = tuple(
    frozenset(map(frozenset, pairs))
    for pairs in ([(0, 1), (2, 3)], [(0, 2), (1, 3)], [(0, 3), (1, 2)])
)


@dataclass(frozen=True)
class HaarMoments:
    """E[Q] = first · I and E[Qvvᵀ Q] = along · vvᵀ + across · ‖v‖² I, in n and m."""

    first: Expr
    along: Expr
    across: Expr


@cache
def haar_moments() -> HaarMoments:
    """The first two moments of a Haar-random projection Q of rank n in ℝ^m, n ≤ m.

    E[Q_ij Q_kl] = x δ_ij δ_kl + y (δ_ik δ_jl + δ_il δ_jk): isotropic, and symmetric because Q is.
    The traces tr(Q)² = n² and tr(Q²) = n hold for every Q; they fix x and y. Then
    E[Q v vᵀ Q]_il = Σ_jk E[Q_ij Q_kl] v_j v_k = (x + y) v_i v_l + y ‖v‖² δ_il.

    Returns:
        The coefficients, as expressions in n and m.

    Example:
        >>> moments = haar_moments()
        >>> moments.first
        n/m

    Source: rotation invariance; DESIGN §2, lemmas.
    """
    q, x, y = symbols("q x y")
    weights = dict(zip(PAIRINGS, (x, y, y), strict=True))
    squared_trace = _contract(weights, PAIRINGS[0]) - n**2  # tr(Q)² = Σ Q_ii Q_kk
    trace_of_square = _contract(weights, PAIRINGS[2]) - n  # tr(Q²) = Σ Q_ij Q_ji
    (second,) = solve([squared_trace, trace_of_square], [x, y], dict=True)
    (first,) = solve(q * m - n, q)  # tr(Q) = n
    return HaarMoments(
        first=first,
        along=factor(second[x] + second[y]),
        across=factor(second[y]),
    )


@cache
def inverse_chi_square() -> Expr:
    """E[1/χ²_ν] by integration over the density of χ²_ν; finite for ν > 2.

    Returns:
        The mean, as an expression in ν.

    Example:
        >>> inverse_chi_square()
        1/(nu - 2)

    Source: DESIGN §2, lemmas.
    """
    s = Symbol("s", positive=True)
    # With ν = 2 + k, k > 0, the integral exists; SymPy then needs no case distinction.
    k = Symbol("k", positive=True)
    density = s ** ((2 + k) / 2 - 1) * exp(-s / 2) / (2 ** ((2 + k) / 2) * gamma((2 + k) / 2))
    return simplify(simplify(integrate(density / s, (s, 0, oo))).subs(k, nu - 2))


def _contract(weights: dict[Pairing, Expr], pairing: Pairing) -> Expr:
    """Sum an isotropic tensor over indices joined by a pairing: each closed loop gives an m."""
    return sum(weight * m ** _loops(tensor, pairing) for tensor, weight in weights.items())


def _loops(first: Pairing, second: Pairing) -> int:
    """The number of closed loops that two pairings of the same indices form together."""
    parts = [set(pair) for pair in first]
    for pair in second:
        touching = [part for part in parts if part & pair]
        parts = [part for part in parts if not part & pair] + [set().union(*touching)]
    return len(parts)
