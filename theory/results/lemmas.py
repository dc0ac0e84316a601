"""The two lemmas behind everything: moments of a Haar-random projection, and E[1/χ²_ν].

Both are solved for. Rotation invariance gives each moment its form, which is the one thing that is
taken from others; identities that hold for every single projection give the coefficients.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product
from typing import NamedTuple

from sympy import (
    Expr,
    Ge,
    Gt,
    Integer,
    Symbol,
    exp,
    factor,
    gamma,
    integrate,
    oo,
    simplify,
    symbols,
)

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.kinds import WEYL
from update_magnitude.theory.proofs.quadrature import INFINITY, integrates
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.symbols import excess, m, n, nu

CUTS = (0, 1, 10, 100, INFINITY)  # where densities of χ² are integrated
SYMMETRY = "ours; rotation invariance"

Pairing = frozenset[frozenset[int]]

# The three ways to pair the indices of Q_01 Q_23: an isotropic tensor of order 4 is a combination
# of δ_01 δ_23, δ_02 δ_13 and δ_03 δ_12 (the first fundamental theorem of invariants of O(m)).
PAIRINGS: tuple[Pairing, ...] = tuple(
    frozenset(map(frozenset, pairs))
    for pairs in ([(0, 1), (2, 3)], [(0, 2), (1, 3)], [(0, 3), (1, 2)])
)

DIAGONAL: Pairing = frozenset({frozenset({0, 1})})  # δ_01, all that is isotropic of order 2

x, y, q = symbols("x y q")  # the unknown coefficients


class HaarMoments(NamedTuple):
    """E[Q] = first · I and E[Qvvᵀ Q] = along · vvᵀ + across · ‖v‖² I, in n and m."""

    first: Expr
    along: Expr
    across: Expr


@cache
def haar_moments() -> HaarMoments:
    """The first two moments of a Haar-random projection Q of rank n in ℝ^m, n ≤ m.

    Returns:
        The coefficients, as expressions in n and m.

    Example:
        >>> haar_moments().first
        n/m

    Source: rotation invariance; docs/model.md.
    """
    return HaarMoments(haar_first().result, haar_along().result, haar_across().result)


@cache
def haar_first() -> Derivation:
    """E[Q] = q I, and tr(Q) = n for every Q."""
    chain = Chain()
    trace = chain.assume(
        _contract({DIAGONAL: q}, DIAGONAL) - n,
        "E[Q] = q I, because isotropic tensors of order 2 are multiples of δ_ij; and tr(Q) = n for "
        "every Q",
        WEYL,
    )
    chain.solve(trace, q, "so the mean of the trace fixes q")
    return chain.done()


@cache
def haar_across() -> Derivation:
    """The coefficient of ‖v‖² I in E[Qvvᵀ Q]."""
    chain = Chain()
    _solve_for_both(chain)
    return chain.done()


@cache
def haar_along() -> Derivation:
    """The coefficient of vvᵀ in E[Qvvᵀ Q]."""
    chain = Chain()
    x_in_y, y_value = _solve_for_both(chain)
    weights = dict(zip(PAIRINGS, (x, y, y), strict=True))
    form = chain.tested(
        sum(weight for pairing, weight in weights.items() if frozenset({0, 3}) not in pairing),
        "E[Qvvᵀ Q]_il = Σ_jk E[Q_ij Q_kl] v_j v_k = (x + y) v_i v_l + y ‖v‖² δ_il: the pairings "
        "that leave i and l to v",
        "contraction",
        _beside_the_diagonal,
    )
    without_x = chain.substitute(form, {x: x_in_y}, "with x from above")
    value = chain.substitute(without_x, {y: y_value}, "and y from above")
    chain.rewrite(value, factor, "in factors")
    return chain.done()


def _solve_for_both(chain: Chain) -> tuple[int, int]:
    """Solve both trace identities; return the lines of x in terms of y, and of y."""
    weights = dict(zip(PAIRINGS, (x, y, y), strict=True))
    squared_trace = chain.assume(
        _contract(weights, PAIRINGS[0]) - n**2,
        "E[Q_ij Q_kl] = x δ_ij δ_kl + y (δ_ik δ_jl + δ_il δ_jk): isotropic, and symmetric because "
        "Q is; the trace identity tr(Q)² = Σ Q_ii Q_kk = n²",
        WEYL,
        _counted(PAIRINGS[0], n**2),
        "trace identity",
    )
    trace_of_square = chain.assume(
        _contract(weights, PAIRINGS[2]) - n,
        "the trace identity tr(Q²) = Σ Q_ij Q_ji = n of the same tensor, because Q² = Q",
        WEYL,
        _counted(PAIRINGS[2], n),
        "trace identity",
    )
    x_in_y = chain.solve(trace_of_square, x, "the second identity gives x")
    only_y = chain.substitute(squared_trace, {x: x_in_y}, "put into the first")
    y_value = chain.solve(only_y, y, "which gives y")
    return x_in_y, chain.rewrite(y_value, factor, "in factors")


@cache
def inverse_chi_square() -> Derivation:
    """E[1/χ²_ν] by integration over the density of χ²_ν; finite for ν > 2.

    Example:
        >>> inverse_chi_square().result
        1/(nu - 2)

    Source: docs/model.md.
    """
    s = Symbol("s", positive=True)
    # With ν = 2 + k, k > 0, the integral exists; SymPy then needs no case distinction.
    k = excess
    density = s ** ((2 + k) / 2 - 1) * exp(-s / 2) / (2 ** ((2 + k) / 2) * gamma((2 + k) / 2))
    chain = Chain()
    mean = chain.tested(
        simplify(integrate(density / s, (s, 0, oo))),
        "E[1/χ²_ν] = ∫ s⁻¹ s^{ν/2−1} e^{−s/2} ds / (2^{ν/2} Γ(ν/2)), with ν = 2 + k, k > 0",
        "integration",
        lambda found: all(integrates(density / s, s, CUTS, found, {k: at}) for at in (2, 5, 8)),
    )
    chain.specialize(mean, {k: nu - 2}, "in ν again")
    return chain.done()


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


def _beside_the_diagonal(found: Expr) -> bool:
    """Whether it is what v_i v_l has for its coefficient, for i ≠ l, in 2 and in 3 dimensions."""
    return all(
        found.equals(
            sum(_entry((0, j, k, 1)) * v[j] * v[k] for j in range(len(v)) for k in range(len(v)))
            / (v[0] * v[1])
        )
        for v in ((2, 3), (2, 3, 5))
    )


def _entry(index: tuple[int, ...]) -> Expr:
    """The tensor x δ_01 δ_23 + y (δ_02 δ_13 + δ_03 δ_12) at an index."""
    first, second, third, fourth = index
    straight = first == second and third == fourth
    crossed = (first == third and second == fourth) + (first == fourth and second == third)
    return x * int(straight) + y * int(crossed)


def _counted(pairing: Pairing, wanted: Expr) -> Callable[[Expr], bool]:
    """A test of a trace identity by summing over all indices, in 2 and in 3 dimensions."""

    def test(identity: Expr) -> bool:
        return all(
            (identity + wanted - _summed(pairing, size)).subs(m, size).expand() == 0
            for size in (2, 3)
        )

    return test


def _summed(pairing: Pairing, size: int) -> Expr:
    """Σ over indices joined by the pairing of x δ_01 δ_23 + y (δ_02 δ_13 + δ_03 δ_12)."""
    total: Expr = Integer(0)
    for index in product(range(size), repeat=4):
        if all(len({index[i] for i in pair}) == 1 for pair in pairing):
            total += _entry(index)
    return total


def theorems() -> tuple[Theorem, ...]:
    """The lemmas, as theorems."""
    rank = (Ge(m, n), Gt(m, 1), Gt(n, 0, evaluate=False))
    return (
        Theorem(
            "haar-mean",
            "E[Q] = q I for a Haar-random projection Q of rank n in ℝ^m",
            SYMMETRY,
            (Case("", rank, haar_first),),
        ),
        Theorem(
            "haar-along",
            "E[Qvvᵀ Q] = a vvᵀ + b ‖v‖² I: the coefficient a",
            SYMMETRY,
            (Case("", rank, haar_along),),
        ),
        Theorem(
            "haar-across",
            "E[Qvvᵀ Q] = a vvᵀ + b ‖v‖² I: the coefficient b",
            SYMMETRY,
            (Case("", rank, haar_across),),
        ),
        Theorem(
            "inverse-chi-square",
            "the mean of 1/χ²_ν",
            "textbook; integration",
            (Case("", (Gt(nu, 2),), inverse_chi_square),),
        ),
    )
