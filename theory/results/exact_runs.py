"""Result R run for sequences of T = 2, ..., 8 tasks in exact arithmetic: a test of closed forms.

R is a map of E‖θ‖² and E⟨θ, θ*_i⟩ here, and of mean and spread in ``numbers/dynamics.py``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from sympy import Expr, Rational, Symbol

from update_magnitude.theory.proofs.evaluation import lower
from update_magnitude.theory.results.recursion import BY_NAME, alignment_step, norm_step
from update_magnitude.theory.results.sequence_risks import in_regime, kept
from update_magnitude.theory.results.symbols import (
    D_S,
    G_ti,
    G_tt,
    N,
    T,
    alpha,
    c_bi,
    c_bt,
    m,
    n,
    p,
    q_b,
)
from update_magnitude.theory.results.update import UpdateMoments

TASKS = range(2, 9)

Table = list[list[Fraction]]


@dataclass(frozen=True)
class Run:
    """What result R gives for one block, all of which trains at every task, from θ_0 = 0."""

    risk: Table  # E R_i(θ_t)
    gram: Table  # ⟨θ*_i, θ*_j⟩
    kept: Fraction  # r

    @property
    def forgetting(self) -> Fraction:
        """E F_T."""
        earlier = range(len(self.risk) - 1)
        return mean(self.risk[-1][i] - self.risk[i][i] for i in earlier)

    @property
    def generalization(self) -> Fraction:
        """E G_T."""
        return mean(self.risk[-1])

    def faded(self, last: int, task: int) -> Fraction:
        """Σ_{k≤last} r^{last−k} ‖θ*_k − θ*_i‖², tasks counted from 0."""
        G, i = self.gram, task
        distances = (G[k][k] - 2 * G[k][i] + G[i][i] for k in range(last + 1))
        return sum(
            (self.kept ** (last - k) * distance for k, distance in enumerate(distances)),
            Fraction(0),
        )


def mean(numbers: Iterable[Fraction]) -> Fraction:
    """The mean of some fractions."""
    listed = list(numbers)
    return sum(listed, Fraction(0)) / len(listed)


def agrees(
    closed: Expr,
    moments: UpdateMoments,
    optima: Callable[[int, random.Random], Table],
    measure: str,
    known: Callable[[Run], Mapping[Symbol, Fraction]],
) -> bool:
    """Whether a closed form gives what result R gives, for every number of tasks.

    Args:
        closed: the form, in n, m and N, or in r and f; and in what else is known.
        moments: result U in the regime of the updates.
        optima: inner products of made-up optima, for a number of tasks.
        measure: what the form is of, ``forgetting`` or ``generalization``.
        known: the values of its other symbols.
    """
    rates = [(quantity, rate.result) for quantity, rate in in_regime(moments).items()]
    in_sizes = closed.subs(rates, simultaneous=True)
    rng = random.Random(0)
    for tasks in TASKS:
        few, many = rng.randint(3, 20), rng.randint(25, 60)
        sizes = {n: few, m: many} if moments.regime == "overparameterized" else {n: many, m: few}
        noise = Fraction(rng.randint(1, 9), 7)
        run = run_recursion(moments, sizes, noise, optima(tasks, rng))
        point = {**sizes, **known(run), T: tasks, N: noise}
        values = [(symbol, Rational(str(value))) for symbol, value in point.items()]
        if in_sizes.subs(values) != Rational(str(getattr(run, measure))):
            return False
    return True


def run_recursion(
    moments: UpdateMoments, sizes: dict[Symbol, int], noise: Fraction, gram: Table
) -> Run:
    """Result R for n and m, for σ² and for ⟨θ*_i, θ*_j⟩, [T][T]."""
    norm, alignment = _steps(moments)
    given = (Fraction(sizes[n]), Fraction(sizes[m]))
    tasks = range(len(gram))
    q, alignments, risk = Fraction(0), [Fraction(0) for _ in tasks], []
    for k in tasks:
        q = norm(*given, noise, q, alignments[k], gram[k][k])
        alignments = [alignment(*given, alignments[j], gram[k][j]) for j in tasks]
        risk.append([q - 2 * alignments[j] + gram[j][j] for j in tasks])
    return Run(risk, gram, Fraction(str(kept(moments).result.subs(sizes))))


@cache
def _steps(moments: UpdateMoments) -> tuple[Callable[..., Fraction], Callable[..., Fraction]]:
    """The maps of q and c_i by result R, when all parameters train at α = 1."""
    whole = {symbol: moment.result for symbol, moment in moments.derived.items()}
    norm, alignment = (
        step().result.subs(BY_NAME).subs({**whole, alpha: 1, p: m})
        for step in (norm_step, alignment_step)
    )
    norm = norm.subs(D_S, q_b - 2 * c_bt + G_tt)
    return lower((n, m, N, q_b, c_bt, G_tt), norm), lower((n, m, c_bi, G_ti), alignment)
