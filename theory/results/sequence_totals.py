"""Forgetting and generalization of T tasks: Lin et al.'s closed forms, as special cases of R.

Any distances between the tasks; they enter through sums that the theorems name. Each form is
verified against result R itself, run for T = 2, ..., 8 in exact arithmetic.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from typing import NamedTuple

from sympy import Expr, Gt, Rational, Symbol, factor, simplify

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.kinds import DEFINITION
from update_magnitude.theory.proofs.lowering import lower
from update_magnitude.theory.proofs.theorem import Theorem
from update_magnitude.theory.results.recursion import BY_NAME, norm_step, overlap_step
from update_magnitude.theory.results.regimes import in_regimes
from update_magnitude.theory.results.sums import sum_of
from update_magnitude.theory.results.symbols import (
    D_S,
    G_ti,
    G_tt,
    N,
    T,
    a,
    alpha,
    b,
    c,
    c_bi,
    c_bt,
    distances,
    distances_own,
    fading,
    first,
    g,
    i,
    last,
    m,
    n,
    p,
    q_b,
    r,
    settled,
    start,
    t,
)
from update_magnitude.theory.results.task_sequences import (
    LIN,
    in_regime,
    rates,
    sequence_form,
    sequence_risk,
)
from update_magnitude.theory.results.update import UpdateMoments

TASKS = range(2, 9)  # numbers of tasks for which result R itself is run

Table = list[list[Fraction]]


@cache
def sequence_forgetting(moments: UpdateMoments) -> Derivation:
    """E F_T under initialized training, from E R_i(θ_T) − E R_i(θ_i)."""
    chain = Chain()
    total = chain.cite(_after(T, distances), "E R_i(θ_T)")
    each = chain.define(last - first, "what is forgotten of task i: E R_i(θ_T) − E R_i(θ_i)")
    opened = chain.substitute(
        each,
        {last: total, first: _after(i, distances_own)},
        "R_0 = ‖θ*_i‖² before the first task",
        "theorem",
    )
    fades: dict[Expr, Expr] = {start: fading / (r**i - r**T)}
    named = chain.replace(
        opened, fades, "with its fading, (r^i − r^T) ‖θ*_i‖², by name", DEFINITION
    )
    ordered = chain.rewrite(named, _by_part, "sorted")
    series = chain.tested(
        sum_of(r**i, i, 1, T - 1) / (T - 1),
        "the mean of r^i over i < T",
        "geometric series",
        _is_mean_power,
    )
    short = chain.rewrite(series, factor, "in factors")
    mean = chain.substitute(
        ordered,
        {r**i: short},
        "the mean over i < T of what is linear in r^i, W, W_own and the fading, which from here on "
        "stand for their means",
        "average",
    )
    chain.substitute(mean, in_regime(moments), "r and f of the regime")
    chain.tested(
        chain.done().result,
        "the same as result R gives",
        "result R run for T = 2, ..., 8",
        partial(_agrees, moments, _forgetting),
    )
    return chain.done()


@cache
def sequence_generalization(moments: UpdateMoments) -> Derivation:
    """E G_T under initialized training, the mean of E R_i(θ_T)."""
    chain = Chain()
    risk = chain.cite(sequence_risk(moments), "E R_i after t tasks")
    after_all = chain.specialize(
        risk,
        {t: T},
        "E R_i(θ_T); the mean over all i, in which R_0 = ‖θ*_i‖² and W stand for their means",
    )
    chain.tested(
        chain[after_all],
        "the same as result R gives",
        "result R run for T = 2, ..., 8",
        partial(_agrees, moments, _generalization),
    )
    return chain.done()


@cache
def _after(tasks: Symbol, distance: Symbol) -> Derivation:
    """E R_i after a number of tasks, by the name that its sum of distances then has."""
    chain = Chain()
    form = chain.cite(sequence_form(), "R_i after t steps")
    known = chain.specialize(form, {t: tasks}, f"after {tasks} of them")
    if distance != distances:
        chain.replace(known, {distances: distance}, "its sum of distances by name", DEFINITION)
    return chain.done()


def _by_part(expression: Expr) -> Expr:
    """The expression sorted by distances, fading and noise, in which it is linear."""
    parts = (distances, distances_own, fading, settled)
    return sum(factor(simplify(expression.diff(part))) * part for part in parts)


def _is_mean_power(found: Expr) -> bool:
    """Whether it is the mean of r, ..., r^{T−1}, for T = 2, ..., 8."""
    kept = Rational(3, 7)
    return all(
        found.subs({r: kept, T: tasks}) == sum(kept**k for k in range(1, tasks)) / (tasks - 1)
        for tasks in TASKS
    )


class Run(NamedTuple):
    """Result R, run in exact numbers for tasks of random inner products."""

    risk: Table  # E R_i(θ_t)
    gram: Table  # ⟨θ*_i, θ*_j⟩
    kept: Fraction  # r

    def faded(self, first: int, last: int, task: int) -> Fraction:
        """Σ_{k≤first} r^{last−k} ‖θ*_k − θ*_i‖², tasks counted from 1."""
        G, i = self.gram, task - 1
        return sum(
            (
                self.kept ** (last - k) * (G[k - 1][k - 1] - 2 * G[k - 1][i] + G[i][i])
                for k in range(1, first + 1)
            ),
            Fraction(0),
        )


def _agrees(
    moments: UpdateMoments,
    measure: Callable[[Run, int], tuple[Fraction, dict[Symbol, Fraction]]],
    found: Expr,
) -> bool:
    """Whether a closed form gives what result R gives, for every number of tasks."""
    rng = random.Random(0)
    for tasks in TASKS:
        few, many = rng.randint(3, 20), rng.randint(25, 60)
        sizes = {n: few, m: many} if moments.regime == "overparameterized" else {n: many, m: few}
        noise = Fraction(rng.randint(1, 9), 7)
        run = run_recursion(moments, sizes, noise, _any_gram(tasks, rng))
        wanted, sums = measure(run, tasks)
        at = {**sizes, **sums, T: tasks, N: noise}
        values = [(entry, Rational(str(value))) for entry, value in at.items()]
        if found.subs(values) != Rational(str(wanted)):
            return False
    return True


def _forgetting(run: Run, tasks: int) -> tuple[Fraction, dict[Symbol, Fraction]]:
    earlier = range(1, tasks)
    kept, risk, gram = run.kept, run.risk, run.gram

    def mean(entry: Callable[[int], Fraction]) -> Fraction:
        return sum(map(entry, earlier), Fraction(0)) / (tasks - 1)

    return mean(lambda i: risk[-1][i - 1] - risk[i - 1][i - 1]), {
        distances: mean(lambda i: run.faded(tasks, tasks, i)),
        distances_own: mean(lambda i: run.faded(i, i, i)),
        fading: mean(lambda i: (kept**i - kept**tasks) * gram[i - 1][i - 1]),
    }


def _generalization(run: Run, tasks: int) -> tuple[Fraction, dict[Symbol, Fraction]]:
    every = range(1, tasks + 1)
    return sum(run.risk[-1], Fraction(0)) / tasks, {
        start: sum((run.gram[i - 1][i - 1] for i in every), Fraction(0)) / tasks,
        distances: sum((run.faded(tasks, tasks, i) for i in every), Fraction(0)) / tasks,
    }


def _any_gram(tasks: int, rng: random.Random) -> Table:
    """Inner products of made-up optima; any symmetric table will do for an identity."""
    rows = [[Fraction(rng.randint(-99, 99), 31) for _ in range(tasks)] for _ in range(tasks)]
    return [[rows[min(j, k)][max(j, k)] for k in range(tasks)] for j in range(tasks)]


def run_recursion(
    moments: UpdateMoments, sizes: dict[Symbol, int], noise: Fraction, gram: Table
) -> Run:
    """Result R in exact numbers: one block, all of which trains at every task, from θ_0 = 0.

    Args:
        moments: result U in the regime of the updates.
        sizes: n and m.
        noise: σ².
        gram: ⟨θ*_i, θ*_j⟩, [T][T].
    """
    norm, overlap = _steps(moments)
    known = (Fraction(sizes[n]), Fraction(sizes[m]))
    tasks = range(len(gram))
    q, overlaps, risk = Fraction(0), [Fraction(0) for _ in tasks], []
    for k in tasks:
        q = norm(*known, noise, q, overlaps[k], gram[k][k])
        overlaps = [overlap(*known, overlaps[j], gram[k][j]) for j in tasks]
        risk.append([q - 2 * overlaps[j] + gram[j][j] for j in tasks])
    return Run(risk, gram, Fraction(str(rates(moments).kept.result.subs(sizes))))


@cache
def _steps(moments: UpdateMoments) -> tuple[Callable[..., Fraction], Callable[..., Fraction]]:
    """The maps of q and c_i by result R, when all parameters train at α = 1."""
    whole = {g: moments.g, a: moments.a, b: moments.b, c: moments.c, alpha: 1, p: m}
    named = (step().result.subs(BY_NAME).subs(whole) for step in (norm_step, overlap_step))
    norm, overlap = named
    norm = norm.subs(D_S, q_b - 2 * c_bt + G_tt)
    return lower((n, m, N, q_b, c_bt, G_tt), norm), lower((n, m, c_bi, G_ti), overlap)


def theorems() -> tuple[Theorem, ...]:
    """The totals of a sequence."""
    return (
        Theorem(
            "sequence-forgetting",
            "E F_T, initialized training; W = mean over i < T of Σ_{k≤T} r^{T−k} ‖θ*_k − "
            "θ*_i‖², W_own of Σ_{k≤i} r^{i−k} ‖θ*_k − θ*_i‖², fading of (r^i − r^T)‖θ*_i‖²; N = σ²",
            LIN,
            in_regimes(sequence_forgetting, Gt(T, 1), cancels=True),
        ),
        Theorem(
            "sequence-generalization",
            "E G_T under initialized training; R_0 = mean over i of ‖θ*_i‖², W = mean over i of "
            "Σ_{k≤T} r^{T−k} ‖θ*_k − θ*_i‖², N = σ²",
            LIN,
            in_regimes(sequence_generalization, Gt(T, 0, evaluate=False)),
        ),
    )
