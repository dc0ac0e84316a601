"""The two lemmas behind everything: moments of a Haar-random projection, and E[1/χ²_ν].

The form of the moments is that of isotropic tensors, the one thing that is taken from others; their
coefficients are solved for, from identities that every single projection obeys. E[1/χ²_ν] is
integrated.
"""

from __future__ import annotations

from collections.abc import Callable
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
    gammasimp,
    symbols,
)

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.equality import INFINITY, integrates
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.symbols import m, n, nu

WEYL = "Weyl, The Classical Groups (2nd ed., Princeton 1946), Theorem 2.9.A"
CUTS = (0, 1, 10, 100, INFINITY)  # where densities of χ² are integrated
SYMMETRY = "ours; rotation invariance"

# What m and n mean where the samples of a task are all that a projection keeps
PROJECTED = {
    "m": "dimension of the space that is projected: the parameters that train",
    "n": "dimension of the subspace it is projected on: the samples of the task",
}

Pairing = frozenset[frozenset[int]]

# The three ways to pair the indices of Q_01 Q_23: an isotropic tensor of order 4 is a combination
# of δ_01 δ_23, δ_02 δ_13 and δ_03 δ_12 (the first fundamental theorem of invariants of O(m)).
PAIRINGS: tuple[Pairing, ...] = tuple(
    frozenset(map(frozenset, pairs))
    for pairs in ([(0, 1), (2, 3)], [(0, 2), (1, 3)], [(0, 3), (1, 2)])
)

DIAGONAL: Pairing = frozenset({frozenset({0, 1})})  # δ_01, all that is isotropic of order 2

x, y, q = symbols("x y q")  # the unknown coefficients
WEIGHTS = dict(zip(PAIRINGS, (x, y, y), strict=True))  # symmetric, because Q is


@derivation
def haar_first(chain: Chain) -> None:
    """E[Q] = q I for a Haar-random projection Q of rank n in ℝ^m, and tr(Q) = n for every Q."""
    chain.assume(
        _contract({DIAGONAL: q}, DIAGONAL) - n,
        "E[Q] = q I, because isotropic tensors of order 2 are multiples of δ_ij; and tr(Q) = n for "
        "every Q",
        WEYL,
    )
    chain.solve(q, "so the mean of the trace fixes q")


@derivation
def haar_across(chain: Chain) -> None:
    """The coefficient of ‖v‖² I in E[Qvvᵀ Q]."""
    solve_across(chain, HAAR)


@derivation
def haar_along(chain: Chain) -> None:
    """The coefficient of vvᵀ in E[Qvvᵀ Q]."""
    solve_along(chain, HAAR)


class Traces(NamedTuple):
    """What is known of a random symmetric matrix whose law no rotation changes."""

    squared: Expr  # tr(Q)²
    squared_words: str
    of_square: Expr  # tr(Q²)
    square_words: str


HAAR = Traces(n**2, "Σ Q_ii Q_kk = n²", n, "Σ Q_ij Q_ji = n of the same tensor, because Q² = Q")


def solve_along(chain: Chain, traces: Traces) -> int:
    """The coefficient of vvᵀ in E[Qvvᵀ Q]."""
    x_in_y, y_value = solve_across(chain, traces)
    chain.computed(
        sum(weight for pairing, weight in WEIGHTS.items() if frozenset({0, 3}) not in pairing),
        "E[Qvvᵀ Q]_il = Σ_jk E[Q_ij Q_kl] v_j v_k = (x + y) v_i v_l + y ‖v‖² δ_il: the pairings "
        "that leave i and l to v",
        "contraction",
        _beside_the_diagonal,
    )
    chain.substitute({x: x_in_y}, "with x from above")
    chain.substitute({y: y_value}, "and y from above")
    return chain.rewrite(factor, "in factors")


def solve_across(chain: Chain, traces: Traces) -> tuple[int, int]:
    """Solve both trace identities; return the lines of x in terms of y, and of y.

    The coefficient of ‖v‖² I in E[Qvvᵀ Q] is y.
    """
    squared_trace = chain.assume(
        _contract(WEIGHTS, PAIRINGS[0]) - traces.squared,
        "E[Q_ij Q_kl] = x δ_ij δ_kl + y (δ_ik δ_jl + δ_il δ_jk): isotropic, and symmetric because "
        f"Q is; the trace identity tr(Q)² = {traces.squared_words}",
        WEYL,
        _counted(PAIRINGS[0], traces.squared),
        "trace identity",
    )
    chain.assume(
        _contract(WEIGHTS, PAIRINGS[2]) - traces.of_square,
        f"the trace identity tr(Q²) = {traces.square_words}",
        WEYL,
        _counted(PAIRINGS[2], traces.of_square),
        "trace identity",
    )
    x_in_y = chain.solve(x, "the second identity gives x")
    chain.substitute({x: x_in_y}, "put into the first", line=squared_trace)
    chain.solve(y, "which gives y")
    return x_in_y, chain.rewrite(factor, "in factors")


@derivation
def inverse_chi_square(chain: Chain) -> None:
    """E[1/χ²_ν] by integration over the density of χ²_ν; finite for ν > 2."""
    because = "E[1/χ²_ν] = ∫ s⁻¹ s^{ν/2−1} e^{−s/2} ds / (2^{ν/2} Γ(ν/2)), with ν = 2 + k, k > 0"
    chi_square_moment(chain, -1, 2, because)


def chi_square_moment(chain: Chain, order: int, above: int, because: str) -> int:
    """E (χ²_ν)^order for ν > above, by Euler's integral Γ(z) = ∫ x^{z−1} e^{−x} dx, z > 0."""
    s, half = Symbol("s", positive=True), nu / 2
    integrand = s**order * s ** (half - 1) * exp(-s / 2) / (2**half * gamma(half))
    chain.computed(
        Integer(2) ** order
        * gamma(half + order)
        / gamma(half),  # the powers of 2 are those of s = 2x
        f"{because}: with s = 2x it is Euler's integral of a Gamma function",
        "integration",
        lambda formula: all(
            integrates(integrand, s, CUTS, formula, {nu: above + k}) for k in (2, 5, 8)
        ),
    )
    return without_gamma(chain)


def without_gamma(chain: Chain) -> int:
    """Write the last line, a ratio of Gamma functions, as the rational function that it is."""
    return chain.rewrite(lambda ratio: factor(gammasimp(ratio)), "by Γ(z + 1) = z Γ(z)")


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


def _beside_the_diagonal(formula: Expr) -> bool:
    """Whether it is what v_i v_l has for its coefficient, for i ≠ l, in 2 and in 3 dimensions."""
    return all(
        formula.equals(
            sum(_tensor((0, j, k, 1)) * v[j] * v[k] for j in range(len(v)) for k in range(len(v)))
            / (v[0] * v[1])
        )
        for v in ((2, 3), (2, 3, 5))
    )


def _tensor(index: tuple[int, ...]) -> Expr:
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
            total += _tensor(index)
    return total


def theorems() -> tuple[Theorem, ...]:
    """The lemmas, as theorems."""
    freedom = one_case(inverse_chi_square, Gt(nu, 2))
    rank = (Ge(m, n), Gt(m, 1), Gt(n, 0, evaluate=False))
    moments = (
        ("mean", "E[Q] = q I for a Haar-random projection Q of rank n in ℝ^m", haar_first),
        ("along", "E[Qvvᵀ Q] = a vvᵀ + b ‖v‖² I: the coefficient a", haar_along),
        ("across", "E[Qvvᵀ Q] = a vvᵀ + b ‖v‖² I: the coefficient b", haar_across),
    )
    return (
        *(
            Theorem(f"haar-{name}", statement, SYMMETRY, one_case(derive, *rank), PROJECTED)
            for name, statement, derive in moments
        ),
        Theorem("inverse-chi-square", "the mean of 1/χ²_ν", "textbook; integration", freedom),
    )
