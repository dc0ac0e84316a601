"""Formulas with their signs as a person would write them: every difference positive.

A factor such as √η − √ξ, which is negative wherever a theorem holds, is turned round, and its sign
goes to the product: −√ξ(n + 1)/(√η − √ξ) becomes √ξ(n + 1)/(√ξ − √η). Which factors are negative
is looked up at points of the domain; the formula stays the same whatever is found there.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sympy import Add, Expr, Integer, Mul, Symbol, Trace

from update_magnitude.theory.proofs.evaluation import lower
from update_magnitude.theory.proofs.inner_products import Inner

DRAWN, ENOUGH = 20_000, 12  # points that are drawn, and how many have to lie in the domain


class Domain:
    """Points at which some relations hold.

    Example:
        >>> from sympy import sqrt
        >>> from update_magnitude.theory.results.symbols import eta, n, xi
        >>> Domain((xi > eta,)).turned((n + 1) / (sqrt(eta) - sqrt(xi)))
        -(n + 1)/(-sqrt(eta) + sqrt(xi))
    """

    def __init__(self, relations: Sequence[Expr]) -> None:
        self._inside = np.ones(DRAWN, bool)
        for relation in relations:
            self._inside &= np.asarray(self._values(relation), bool)

    def turned(self, expression: Expr) -> Expr:
        """The same formula, every difference in its products positive where that is decided.

        Args:
            expression: the formula; it may have symbols that the relations do not have.
        """
        if expression.is_Atom or isinstance(expression, Inner | Trace):
            return expression
        parts = [self.turned(part) for part in expression.args]
        turned = [self._turned_factor(part) for part in parts] if expression.is_Mul else parts
        changed = sum(new is not old for new, old in zip(turned, parts, strict=True))
        if changed:
            odd = sum(
                bool(new.as_base_exp()[1].is_odd)
                for new, old in zip(turned, parts, strict=True)
                if new is not old
            )
            return Mul(Integer(-1) ** odd, *turned)
        if all(new is old for new, old in zip(parts, expression.args, strict=True)):
            return self._turned_power(expression)
        return self._turned_power(expression.func(*parts))

    def _turned_power(self, power: Expr) -> Expr:
        """A power that is no factor of a product: 1/(√η − √ξ), (√η − √ξ)²."""
        turned = self._turned_factor(power) if power.is_Pow else power
        odd = turned is not power and power.exp.is_odd
        return -turned if odd else turned

    def _turned_factor(self, factor: Expr) -> Expr:
        """A difference that is negative, or a whole power of one, turned round; else itself."""
        base, exponent = factor.as_base_exp()
        if not (base.is_Add and exponent.is_Integer and self._is_negative(base)):
            return factor
        return Add(*(-term for term in base.args)) ** exponent

    def _is_negative(self, base: Expr) -> bool:
        """Whether a difference is negative wherever the relations hold."""
        minus = {term.could_extract_minus_sign() for term in base.args}
        if len(minus) < 2 or base.has(Inner, Trace) or self._inside.sum() < ENOUGH:
            return False
        return bool(np.all(self._values(base)[self._inside] < 0))

    def _values(self, expression: Expr) -> NDArray[np.float64]:
        """An expression at all points; no number where it has no value."""
        symbols = tuple(sorted(expression.free_symbols, key=str))
        with np.errstate(all="ignore"):
            values = lower(symbols, expression)(*map(_drawn, symbols))
        return np.broadcast_to(values, (DRAWN,))


def _drawn(symbol: Symbol) -> NDArray[np.float64]:
    """Values that a symbol can have, the same at every call."""
    rng = np.random.default_rng(zlib.crc32(str(symbol).encode()))
    size = np.exp(rng.uniform(-1, 4, DRAWN))
    if symbol.is_integer:
        return np.ceil(size)
    return size if symbol.is_nonnegative else size * rng.choice((1.0, -1.0), DRAWN)
