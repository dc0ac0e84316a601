"""What holds for every block, or at every point, summed over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sympy import Expr, Symbol

from update_magnitude.theory.proofs.derivation import Rule
from update_magnitude.theory.proofs.equality import identical


@dataclass(frozen=True)
class Summed(Rule):
    """The sum of a line over all blocks, or its integral: each term by the name of its total."""

    totals: tuple[Symbol, ...]
    terms: tuple[Expr, ...]  # what one block adds to each of the totals
    varying: tuple[Symbol, ...]  # what differs from block to block
    name: str

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the sum is linear in the totals, and is the line with a term for each total."""
        (line,) = before
        slopes = [after.diff(total) for total in self.totals]
        linear = sum(slope * total for slope, total in zip(slopes, self.totals, strict=True))
        return (
            not after.has(*self.varying)
            and not any(slope.has(*self.totals) for slope in slopes)
            and identical(after, linear)
            and identical(line, after.subs(dict(zip(self.totals, self.terms, strict=True))))
        )


def over_blocks(totals: Mapping[Symbol, Expr], block: Sequence[Symbol]) -> Summed:
    """The sum over all blocks, given what one block adds to each of the totals."""
    return Summed(tuple(totals), tuple(totals.values()), tuple(block), "sum over the blocks")


def over_law(totals: Mapping[Symbol, Expr], point: Symbol) -> Summed:
    """The integral over a law, given what each of the totals is the integral of."""
    return Summed(tuple(totals), tuple(totals.values()), (point,), "integral over the law")
