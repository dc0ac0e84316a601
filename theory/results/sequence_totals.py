"""Forgetting and generalization of T tasks: Lin et al.'s closed forms, as special cases of R.

Any distances between the tasks; they enter through sums that the theorems name. Each form is
verified against result R itself, run for T = 2, ..., 8 in exact arithmetic.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from functools import partial

from sympy import Expr, Gt, Rational, Symbol, factor

from update_magnitude.theory.proofs.chain import Chain, derivation, simplest
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Theorem
from update_magnitude.theory.results.exact_runs import TASKS, Run, Table, agrees, mean
from update_magnitude.theory.results.sequence_risks import (
    LIN,
    in_regime,
    sequence_form,
    sequence_risk,
    sum_of,
)
from update_magnitude.theory.results.symbols import T, distances, i, r, settled, start, t
from update_magnitude.theory.results.update import UpdateMoments, in_regimes

first = symbol("R_first", nonnegative=True)  # R_i(θ_i)
last = symbol("R_last", nonnegative=True)  # R_i(θ_T)
# Σ_{k≤i} r^{i−k} ‖θ*_k − θ*_i‖²
distances_own = symbol(
    "W_own",
    "W_own",
    r"W_\mathrm{own}",
    meaning="mean over tasks i < T of Σ_{k≤i} r^(i−k) ‖θ*_k − θ*_i‖²",
    nonnegative=True,
)
# (r^i − r^T) ‖θ*_i‖², by which later updates lower R_i: it enters F with a minus
fading = symbol(
    "fading",
    "fading",
    r"\mathrm{fading}",
    meaning="how far later updates lower R_i: mean over tasks i < T of (r^i − r^T)‖θ*_i‖²",
    nonnegative=True,
)


@derivation
def sequence_forgetting(chain: Chain, moments: UpdateMoments) -> None:
    """E F_T under initialized training, from E R_i(θ_T) − E R_i(θ_i)."""
    total = chain.cite(_after(T, distances), "E R_i(θ_T)")
    opened = chain.define(last - first, "what is forgotten of task i: E R_i(θ_T) − E R_i(θ_i)")
    chain.substitute(
        {last: total, first: _after(i, distances_own)},
        "R_0 = ‖θ*_i‖² before the first task",
        "theorem",
        line=opened,
    )
    because = "with its fading, (r^i − r^T) ‖θ*_i‖², by name"
    chain.replace({start: fading / (r**i - r**T)}, because)
    terms = (distances, distances_own, fading, settled)
    ordered = chain.sort(terms, "sorted", simplest)
    chain.computed(
        sum_of(r**i, i, 1, T - 1) / (T - 1),
        "the mean of r^i over i < T",
        "geometric series",
        _is_mean_power,
    )
    series = chain.rewrite(factor, "in factors")
    chain.substitute(
        {r**i: series},
        "the mean over i < T of what is linear in r^i, W, W_own and the fading, which from here on "
        "stand for their means",
        "average",
        line=ordered,
    )
    chain.substitute(in_regime(moments), "r and f of the regime")
    _hold_against_recursion(chain, moments, "forgetting", _means_over_earlier)


@derivation
def sequence_generalization(chain: Chain, moments: UpdateMoments) -> None:
    """E G_T under initialized training, the mean of E R_i(θ_T)."""
    chain.cite(sequence_risk(moments), "E R_i after t tasks")
    because = "E R_i(θ_T); the mean over all i, in which R_0 = ‖θ*_i‖² and W stand for their means"
    chain.specialize({t: T}, because)
    _hold_against_recursion(chain, moments, "generalization", _means_over_all)


def _hold_against_recursion(
    chain: Chain,
    moments: UpdateMoments,
    measure: str,
    known: Callable[[Run], dict[Symbol, Fraction]],
) -> None:
    test = partial(agrees, moments=moments, optima=_any_optima, measure=measure, known=known)
    because = "the same as result R gives"
    chain.computed(chain[-1], because, "result R run for T = 2, ..., 8", test)


@derivation
def _after(chain: Chain, tasks: Symbol, distance: Symbol) -> None:
    """E R_i after a number of tasks, by the name that its sum of distances then has."""
    chain.cite(sequence_form(), "R_i after t steps")
    chain.specialize({t: tasks}, f"after {tasks} of them")
    if distance != distances:
        chain.replace({distances: distance}, "its sum of distances by name")


def _is_mean_power(closed: Expr) -> bool:
    """Whether it is the mean of r, ..., r^{T−1}, for T = 2, ..., 8."""
    kept = Rational(3, 7)
    return all(
        closed.subs({r: kept, T: tasks}) == sum(kept**k for k in range(1, tasks)) / (tasks - 1)
        for tasks in TASKS
    )


def _any_optima(tasks: int, rng: random.Random) -> Table:
    """Inner products of made-up optima; any symmetric table will do for an identity."""
    rows = [[Fraction(rng.randint(-99, 99), 31) for _ in range(tasks)] for _ in range(tasks)]
    return [[rows[min(j, k)][max(j, k)] for k in range(tasks)] for j in range(tasks)]


def _means_over_earlier(run: Run) -> dict[Symbol, Fraction]:
    end = len(run.gram) - 1
    tasks, kept = range(end), run.kept
    return {
        distances: mean(run.faded(end, i) for i in tasks),
        distances_own: mean(run.faded(i, i) for i in tasks),
        fading: mean((kept ** (i + 1) - kept ** (end + 1)) * run.gram[i][i] for i in tasks),
    }


def _means_over_all(run: Run) -> dict[Symbol, Fraction]:
    tasks = range(len(run.gram))
    return {
        start: mean(run.gram[i][i] for i in tasks),
        distances: mean(run.faded(len(tasks) - 1, i) for i in tasks),
    }


def theorems() -> tuple[Theorem, ...]:
    """The totals of a sequence."""
    return (
        Theorem(
            "sequence-forgetting",
            "E F_T, initialized training; W = mean over i < T of Σ_{k≤T} r^{T−k} ‖θ*_k − "
            "θ*_i‖², W_own of Σ_{k≤i} r^{i−k} ‖θ*_k − θ*_i‖², fading of (r^i − r^T)‖θ*_i‖²; N = σ²",
            LIN,
            in_regimes(sequence_forgetting, Gt(T, 1), cancels=True),
            {"W": "mean over tasks i < T of Σ_{k≤T} r^(T−k) ‖θ*_k − θ*_i‖²"},
        ),
        Theorem(
            "sequence-generalization",
            "E G_T under initialized training; R_0 = mean over i of ‖θ*_i‖², W = mean over i of "
            "Σ_{k≤T} r^{T−k} ‖θ*_k − θ*_i‖², N = σ²",
            LIN,
            in_regimes(sequence_generalization, Gt(T, 0, evaluate=False)),
            {
                "W": "mean over all tasks i of Σ_{k≤T} r^(T−k) ‖θ*_k − θ*_i‖²",
                "R_0": "mean over all tasks of the risk before the first: ‖θ*_i‖²",
            },
        ),
    )
