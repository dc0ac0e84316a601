"""Roots are proved to be the only ones over a whole domain; wrong ones are refused."""

from __future__ import annotations

import pytest
import sympy
from sympy import Rational, Symbol, sqrt, symbols

from update_magnitude.theory import theorem, theorem_names
from update_magnitude.theory.proofs.cells import samples
from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import DerivationError
from update_magnitude.theory.proofs.equality import identical
from update_magnitude.theory.proofs.roots import RootError, require_only_root
from update_magnitude.theory.proofs.rules import Solving
from update_magnitude.theory.results.magnitude import optimal_count
from update_magnitude.theory.results.proximal import (
    FORGETTING,
    gamma,
    s_1,
    s_2,
    s_3,
    slope,
    stieltjes,
)
from update_magnitude.theory.results.symbols import D_S, N, eta, lam, m, n, overlap, xi

u, a, b = Symbol("u", real=True), Symbol("a", real=True), Symbol("b", real=True)
size = Symbol("size", positive=True)


class TestWhatIsRefused:
    def test_the_other_sign_of_a_square_root(self):
        line = u**2 - 2 * u - size
        require_only_root(line, u, 1 + sqrt(1 + size), (u > 0,))
        with pytest.raises(RootError, match="another root"):
            require_only_root(line, u, 1 - sqrt(1 + size), (u > 0,))

    @pytest.mark.parametrize("derivation", [stieltjes, lambda: optimal_count("forgetting")])
    def test_the_other_sign_in_a_theorem(self, derivation):
        """The roots of theorems, taken to the other branch of every square root."""
        (solved,) = [line for line in derivation().lines if isinstance(line.rule, Solving)]
        before = derivation().lines[solved.uses[0]].result
        unknown, where = solved.rule.unknown, solved.rule.where
        other = {
            s_1: (gamma - lam - 1 - sqrt((1 - gamma + lam) ** 2 + 4 * gamma * lam))
            / (2 * gamma * lam),
            m: (n + 1) * sqrt(xi) / (sqrt(xi) + sqrt(eta)),
        }[unknown]
        assert identical(before.subs(unknown, other), 0)  # a root it is
        assert solved.rule.follows([before], solved.result)
        with pytest.raises(RootError, match="another root"):
            require_only_root(before, unknown, other, where)

    def test_a_root_that_is_right_at_a_point_and_wrong_elsewhere(self):
        """(u − a)(u − b) for u > 1: a is the root where a > 1 > b, and b where b > 1 > a."""
        line, where = (u - a) * (u - b), (u > 1, (a - 1) * (b - 1) < 0)
        with pytest.raises(RootError, match="another root"):
            require_only_root(line, u, a, where)
        require_only_root(line, u, a, (*where, a > b))

    def test_a_root_that_is_wrong_in_a_narrow_region_only(self):
        """Between the two roots of a polynomial in the parameter, 1/1000 apart."""
        narrow = (size - 5) * (size - 5 - Rational(1, 1000))
        line, where = (u - 1) * (u - narrow), (u > 0,)
        with pytest.raises(RootError, match="2 roots"):
            require_only_root(line, u, sympy.Integer(1), where)
        inside = (*where, size > 5, size < 5 + Rational(1, 1000))
        require_only_root(line, u, sympy.Integer(1), inside)

    def test_a_domain_in_which_there_are_two_roots(self):
        with pytest.raises(RootError, match="2 roots"):
            require_only_root((u - 1) * (u - 1 - size), u, sympy.Integer(1), (u > 0,))

    def test_a_domain_in_which_there_is_none(self):
        with pytest.raises(RootError, match="no roots"):
            require_only_root(u**2 - a, u, sqrt(a), (u > 0,))
        require_only_root(u**2 - a, u, sqrt(a), (u > 0, a > 0))

    def test_the_optimal_count_without_its_condition(self):
        """It takes ξ > η: else there is no root beyond n + 1."""
        solved = optimal_count("forgetting").lines[-1]
        before = optimal_count("forgetting").lines[solved.uses[0]].result
        assert len(solved.rule.where) == 2
        for left_out in solved.rule.where:
            rest = tuple(entry for entry in solved.rule.where if entry != left_out)
            with pytest.raises(RootError):
                require_only_root(before, m, solved.result, rest)

    def test_what_is_no_root(self):
        with pytest.raises(RootError, match="is no root"):
            require_only_root(u**2 - size, u, sqrt(size + 1), (u > 0,))

    def test_what_cannot_be_shown(self):
        with pytest.raises(RootError, match="no polynomial"):
            require_only_root(sympy.exp(u) - size, u, sympy.log(size), (u > 0,))
        with pytest.raises(RootError, match="other roots"):
            require_only_root(u**3 - size, u, sympy.cbrt(size), (u > 0,))
        with pytest.raises(RootError, match="empty"):
            require_only_root(u**2 - size, u, sqrt(size), (size < 0,))

    def test_a_solving_without_a_region_where_there_are_two_roots(self):
        chain = Chain()
        chain.define(u**2 - size, "a start")
        chain.solve(u, "as it suits", which=lambda root: root.subs(size, 4) > 0)
        with pytest.raises(DerivationError, match=r"line 2 does not follow by solving.*2 roots"):
            chain.done().verify()
        chain = Chain()
        chain.define(u**2 - size, "a start")
        chain.solve(u, "positive", (u > 0,), lambda root: root.subs(size, 4) > 0)
        chain.done().verify()


def test_every_solving_that_is_not_affine_is_proved():
    """Each of them has to be there: count, capacity, spectrum, κ and the best shares."""
    proved = set()
    for name in theorem_names():
        for case in theorem(name).cases:
            for derivation in case.derive().everything():
                for line in derivation.lines:
                    if not isinstance(line.rule, Solving):
                        continue
                    before = derivation.lines[line.uses[0]].result
                    if not identical(before.diff(line.rule.unknown, 2), 0):
                        proved.add(str(line.rule.unknown))
                        unknown, where = line.rule.unknown, line.rule.where
                        require_only_root(before, unknown, line.result, where)
    assert proved == {"m", "short", "s_1", "a_b", "g_b", "g_c", "rho_b", "penalty", "kappa"}


class TestCells:
    def test_there_is_a_point_in_every_cell(self):
        """A circle and a line through it: four cells, with other signs in each."""
        x, y = symbols("x y", real=True)
        cuts = (x**2 + y**2 - 4, y - x)
        signs = {
            tuple(bool(cut.subs(point) > 0) for cut in cuts) for point in samples(cuts, (), (x, y))
        }
        assert len(signs) == 4

    def test_small_cells_are_met_too(self):
        """Where 0 < y < x < 1/1000, by lines that cross far from there."""
        x, y = symbols("x y", real=True)
        narrow = (x, y, x - y, Rational(1, 1000) - x)
        points = list(samples((x + y - 50, x * y - 7), narrow, (x, y)))
        assert points
        assert all(entry.subs(point) > 0 for entry in narrow for point in points)

    def test_points_are_rational(self):
        x, y = symbols("x y", real=True)
        points = list(samples((x**2 - 2, y**3 - x), (x,), (x, y)))
        assert len(points) == 4
        assert all(number.is_Rational for point in points for number in point.values())


def test_the_moments_of_any_spectrum_obey_what_the_best_penalty_takes():
    """s_2 − λ s_3 = ∫ x/(x + λ)³, for any spectrum: here of three atoms, in exact arithmetic."""
    atoms, penalty = (Rational(1, 3), Rational(2), Rational(7, 2)), Rational(3, 5)
    second, third = (sum((x + penalty) ** -k for x in atoms) for k in (2, 3))
    assert second - penalty * third == sum(x / (x + penalty) ** 3 for x in atoms)


def test_the_slope_of_forgetting_vanishes_at_one_penalty_at_most():
    """What ``best_penalty`` looks for numerically is the only sign change there is.

    With A = ∫ x/(x + λ)² and B = ∫ x/(x + λ)³ the slope has the sign of −oλ − γN − (o + D)ρ,
    ρ = A/B − λ > 0 and growing. Where o < 0 and o + D ≤ 0 this grows in λ. Where o < 0 < o + D,
    a root is where (γN + (o + D)ρ)/λ = −o, and the left side falls if ρ/λ does: shown here for the
    Marchenko–Pastur law with s_1 for the coordinate, of which λ and all moments are rational.
    """
    s, ratio = Symbol("s", positive=True), Symbol("ratio", positive=True)
    penalty = (1 - (1 - ratio) * s) / (s * (1 + ratio * s))
    equation = stieltjes().lines[0].result.subs({s_1: s, gamma: ratio})
    assert sympy.cancel(equation.subs(lam, penalty)) == 0

    def by_penalty(expression: sympy.Expr) -> sympy.Expr:
        return sympy.cancel(expression.diff(s) / penalty.diff(s))

    second = -by_penalty(s)
    third = -by_penalty(second) / 2
    rho = sympy.cancel((s - penalty * second) / (second - penalty * third) - penalty)
    for falls in (by_penalty(rho / penalty), -by_penalty(rho), -rho):
        over, under = sympy.fraction(sympy.cancel(falls))
        domain = (s, ratio, sympy.fraction(penalty)[0].expand())
        points = list(samples((over, under), domain, (ratio, s)))
        assert len(points) > 1
        assert all(falls.subs(point) < 0 for point in points)


def test_the_slope_is_what_that_proof_takes_it_for():
    """The slope of forgetting in λ is 2B(−oλ − γN − (o + D)ρ) with these A, B and ρ."""

    first, factor = s_1 - lam * s_2, s_2 - lam * s_3
    rho = first / factor - lam
    wanted = 2 * factor * (-overlap * lam - gamma * N - (overlap + D_S) * rho)
    assert identical(slope(FORGETTING).result, wanted)
