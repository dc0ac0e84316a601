"""Integrals by quadrature: the test of those that SymPy finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import mpmath
from sympy import Expr, Symbol, lambdify

INFINITY = mpmath.inf


def integrates(
    integrand: Expr, over: Symbol, cuts: Sequence[float], found: Expr, at: Mapping[Symbol, int]
) -> bool:
    """Whether quadrature gives the same integral, other symbols having the values ``at``.

    Args:
        integrand: of one symbol once the others have their values.
        over: that symbol.
        cuts: the limits of integration, and points between them at which to divide the work.
        found: the integral in closed form.
        at: values of the other symbols.

    Example:
        >>> from sympy import exp
        >>> from sympy.abc import k, s
        >>> integrates(s * exp(-k * s), s, (0, 1, 10, INFINITY), 1 / k**2, {k: 2})
        True
    """
    numeric = lambdify(over, integrand.subs(at), "mpmath")
    value = float(found.subs(at))
    return bool(abs(mpmath.quad(numeric, list(cuts)) - value) < 1e-10 * max(1.0, abs(value)))
