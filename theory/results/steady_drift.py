"""Sequences whose optimum drifts steadily: every step of length ‖δ‖ in the blocks that train.

*Orthogonal* steps lead on, each orthogonal to all before; *returning* ones alternate between two
tasks. Frozen training is initialized training of the specific block from θ_1 on, with N for its
noise, so one form serves both: what came before enters through R_1 = E R_1(θ_1) in that block.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial

from sympy import (
    Dummy,
    Expr,
    Ge,
    Gt,
    Integer,
    Rational,
    Symbol,
    cancel,
    collect,
    expand,
    factor,
    oo,
    powsimp,
    simplify,
)

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.kinds import DEFINITION
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.regimes import OVER, in_regimes
from update_magnitude.theory.results.sequence_totals import TASKS, Run, run_recursion
from update_magnitude.theory.results.sums import sum_of
from update_magnitude.theory.results.symbols import (
    N,
    T,
    after,
    apart,
    distances,
    i,
    k,
    lost,
    m,
    n,
    other,
    own,
    power,
    r,
    risk_1,
    risk_i,
    settled,
    start,
    step,
    t,
)
from update_magnitude.theory.results.task_sequences import (
    in_regime,
    rates,
    sequence_form,
    sequence_step,
)
from update_magnitude.theory.results.update import UpdateMoments

SOURCE = "ours; for initialized training the recursion is Lin et al.'s (arXiv 2302.05836)"

# Compares the risks of whole sequences with result R, for orthogonal steps.
BY_RECURSION = "tests/test_sequence_theorems.py::test_orthogonal_steps_agree_with_the_recursion"

Measure = Callable[[Run], Fraction]


@cache
def orthogonal_form() -> Derivation:
    """R_i after task t ≥ i in r and f, when each step is orthogonal to all before."""
    behind, ahead = r ** (t - k) * (i - k), r ** (t - k) * (k - i)
    chain = Chain()
    faded = chain.tested(
        step * _over_square(sum_of(behind, k, 2, i) + sum_of(ahead, k, i + 1, t)),
        "W = Σ_{k=2}^t r^{t−k} |k − i| ‖δ‖²: tasks i and k lie |k − i| orthogonal steps apart",
        "summation",
        _is_faded,
    )
    steps = chain.cite(sequence_form(), "R_i after t updates")
    later = chain.specialize(steps, {t: t - 1}, "the t − 1 updates after the first")
    begins = chain.state(
        risk_1 + (i - 1) * step,
        "R_i(θ_1) = R_1 + (i − 1)‖δ‖²: no step leads back towards θ_1",
        BY_RECURSION,
    )
    chain.substitute(later, {start: begins, distances: faded}, "with this W and R_i(θ_1)")
    return chain.done()


@cache
def orthogonal_risk(moments: UpdateMoments) -> Derivation:
    """E R_i(θ_t), 1 ≤ i ≤ t and t ≥ 2."""
    chain = Chain()
    if _keeps(moments):
        form = chain.cite(orthogonal_form(), "R_i after task t, in r and f")
    else:
        steps = chain.cite(sequence_form(), "R_i after t updates")
        last = chain.specialize(steps, {t: 1}, "one update, of task t")
        alone = chain.substitute(
            last, {r: rates(moments).kept}, "r = 0: of what was before, nothing is left"
        )
        form = chain.replace(
            alone, {distances: (t - i) * step}, "‖θ*_t − θ*_i‖² = (t − i)‖δ‖²", DEFINITION
        )
    chain.substitute(form, in_regime(moments), "r and f of the regime")
    return chain.done()


def _keeps(moments: UpdateMoments) -> bool:
    """Whether an update leaves anything of a risk: r ≠ 0."""
    return bool(rates(moments).kept.result != 0)


@cache
def orthogonal_forgetting(moments: UpdateMoments) -> Derivation:
    """E F_T, the mean over i < T of E R_i(θ_T) − E R_i(θ_i)."""
    risk = orthogonal_form().result
    if not _keeps(moments):
        total = sum_of((T - i) * step, i, 1, T - 1) + settled - risk_1
    else:
        total = sum_of(risk.subs(t, T) - risk.subs(t, i), i, 1, T - 1)
    because = "the mean over i < T of R_i(θ_T) − R_i(θ_i), in r and f"
    return _mean(moments, total, T - 1, because, _forgetting)


@cache
def orthogonal_generalization(moments: UpdateMoments) -> Derivation:
    """E G_T, the mean over i of E R_i(θ_T); T ≥ 2."""
    if not _keeps(moments):
        total = sum_of((T - i) * step + settled, i, 1, T)
    else:
        total = sum_of(orthogonal_form().result.subs(t, T), i, 1, T)
    because = "the mean over i of R_i(θ_T), in r and f"
    return _mean(moments, total, T, because, _generalization)


def _mean(
    moments: UpdateMoments, total: Expr, tasks: Expr, because: str, measure: Measure
) -> Derivation:
    """A mean over tasks, verified by running result R, and then in the terms of a regime."""
    chain = Chain()
    form = chain.tested(
        _sorted(total, tasks),
        because,
        "average over tasks; result R run for T = 2, ..., 8",
        partial(_agrees, moments, measure),
        (orthogonal_form() if _keeps(moments) else sequence_form(),),
    )
    chain.substitute(form, in_regime(moments), "r and f of the regime")
    return chain.done()


@cache
def orthogonal_offset() -> Derivation:
    """Where F_T − T‖δ‖²/2 tends, m > n + 1: each update undoes some of the drift before it."""
    chain = Chain()
    form = chain.combine(
        lost - T * step / 2,
        {lost: _first_line(orthogonal_forgetting(OVER.moments()))},
        "F_T − T ‖δ‖²/2, in r and f",
    )
    faded = chain.replace(form, {r**T: power}, "with z = r^T", DEFINITION)
    gone = chain.limit(faded, power, Integer(0), "z and T z → 0 as T → ∞, because r < 1")
    limit = chain.limit(gone, T, oo, "and so do the terms that fall like 1/T")
    in_sizes = chain.substitute(limit, in_regime(OVER.moments()), "r of the regime")
    chain.rewrite(in_sizes, factor, "in factors")
    return chain.done()


@cache
def returning_risks(measure: str, moments: UpdateMoments) -> Derivation:
    """The limit of F_T or G_T when two tasks at distance ‖δ‖ alternate.

    Between updates the risks on the task just learned and on the other one settle: an update takes
    the other task's risk to its own, and its own, grown by the distance, to the other's.
    """
    chain = Chain()
    of_own = chain.combine(
        own - after,
        {after: _settling(moments, other, Integer(0))},
        "settled: the risk on the task just learned comes from that on the other one before",
    )
    of_other = chain.combine(
        other - after,
        {after: _settling(moments, own, step)},
        "and that on the other one from that on the task learned before, at distance ‖δ‖",
    )
    first = chain.solve(of_own, own, "the first gives R_own")
    closed = chain.substitute(of_other, {own: first}, "put into the second")
    second = chain.solve(closed, other, "which gives R_other")
    combined = {"forgetting": (other - own) / 2, "generalization": (other + own) / 2}[measure]
    words = {
        "forgetting": "half of all tasks are the other one, and lost R_other − R_own; half nothing",
        "generalization": "half of all tasks are the one just learned, half the other",
    }[measure]
    total = chain.define(combined, words)
    of_second = chain.substitute(total, {own: first}, "with R_own")
    both = chain.substitute(of_second, {other: second}, "and R_other")
    chain.rewrite(both, _by_source, "sorted by distance and noise")
    return chain.done()


@cache
def _settling(moments: UpdateMoments, before: Symbol, distance: Expr) -> Derivation:
    """The risk after an update, from one before it, at a distance."""
    chain = Chain()
    update = chain.cite(sequence_step(moments), "the step, derived on its own")
    because = "the risk before the update, and the distance of the tasks"
    chain.replace(update, {risk_i: before, apart: distance}, because, DEFINITION)
    return chain.done()


def _first_line(derivation: Derivation) -> Derivation:
    """A derivation cut off after its first line."""
    return Derivation(derivation.lines[:1])


def _by_source(expression: Expr) -> Expr:
    return sum(factor(simplify(expression.diff(entry))) * entry for entry in (step, N))


def _sorted(total: Expr, tasks: Expr) -> Expr:
    """A mean over tasks, sorted by R_1, f and ‖δ‖², in which it is linear."""
    parts = expand(total)
    weights = {entry: parts.coeff(entry) for entry in (risk_1, settled, step)}
    return sum(_over_square(weight) * entry / tasks for entry, weight in weights.items())


def _over_square(expression: Expr) -> Expr:
    """An expression in powers of r over (1 − r)², where it has that denominator."""
    numerator = _of_powers(expression * (1 - r) ** 2)
    if not numerator.has(r):
        return factor(_of_powers(expression))
    return collect(numerator, [r**T, r**t], factor) / (1 - r) ** 2


def _of_powers(expression: Expr) -> Expr:
    """The same, with everything cancelled: powers of r with unknown exponents are symbols."""
    opened = expand(expression)  # r^{t−i} is r^t r^{−i}
    names = {entry: Dummy(str(entry), positive=True) for entry in (t, i, T)}
    forth = {r ** (sign * entry): name**sign for entry, name in names.items() for sign in (1, -1)}
    rational = cancel(opened.xreplace(forth))
    return powsimp(expand(rational.xreplace({name: r**entry for entry, name in names.items()})))


def _is_faded(found: Expr) -> bool:
    """Whether the sum W is right, term by term, for up to six tasks."""
    kept = Rational(3, 7)
    return all(
        found.subs({r: kept, step: 1, i: task, t: last}).equals(
            sum(kept ** (last - k) * abs(k - task) for k in range(2, last + 1))
        )
        for last in range(1, 7)
        for task in range(1, last + 1)
    )


def _agrees(moments: UpdateMoments, measure: Measure, found: Expr) -> bool:
    """Whether a closed form in r and f gives what result R gives, for every number of tasks."""
    rng = random.Random(0)
    for tasks in TASKS:
        few, many = rng.randint(3, 20), rng.randint(25, 60)
        over = moments.regime == "overparameterized"
        sizes = {n: few, m: many} if over else {n: many, m: few}
        noise, norm, squared = (Fraction(rng.randint(1, 9), 7) for _ in range(3))
        gram = [[norm + min(j, k) * squared for k in range(tasks)] for j in range(tasks)]
        run = run_recursion(moments, sizes, noise, gram)
        known = {N: noise, step: squared, risk_1: run.risk[0][0], T: tasks} | sizes
        values = [(entry, Rational(str(value))) for entry, value in known.items()]
        in_sizes = [(entry, rate.result) for entry, rate in in_regime(moments).items()]
        if found.subs(in_sizes, simultaneous=True).subs(values) != Rational(str(measure(run))):
            return False
    return True


def _forgetting(run: Run) -> Fraction:
    tasks = range(len(run.risk) - 1)
    return sum((run.risk[-1][j] - run.risk[j][j] for j in tasks), Fraction(0)) / len(tasks)


def _generalization(run: Run) -> Fraction:
    return sum(run.risk[-1], Fraction(0)) / len(run.risk)


def theorems() -> tuple[Theorem, ...]:
    """Steady drift, for initialized and for frozen training."""
    several = Gt(T, 1)
    each = "each step ‖δ‖ is orthogonal to the first optimum and to all earlier steps"
    both = (
        f"{each}; in the m parameters that train at every task (frozen training: from task 2 on, "
        "the others do not drift): R_1 = E R_1(θ_1) in them, N = E‖d_C‖² + σ²"
    )
    return (
        Theorem(
            "orthogonal-risk",
            f"E R_i(θ_t), i ≤ t, when {both}",
            SOURCE,
            in_regimes(orthogonal_risk, Gt(t, 1), Ge(t, i), cancels=True),
        ),
        Theorem(
            "orthogonal-forgetting",
            f"E F_T when {both}",
            SOURCE,
            in_regimes(orthogonal_forgetting, several, cancels=True),
        ),
        Theorem(
            "orthogonal-generalization",
            f"E G_T, less E‖d_C‖², when {both}",
            SOURCE,
            in_regimes(orthogonal_generalization, several, cancels=True),
        ),
        Theorem(
            "orthogonal-offset",
            f"where F_T − T‖δ‖²/2 tends as T → ∞ when {each}: forgetting grows with the drift",
            SOURCE,
            (Case("", (OVER.domain,), orthogonal_offset),),
        ),
        *(
            Theorem(
                f"returning-{measure}",
                f"where {letter} tends as T → ∞ when two tasks alternate, their optima ‖δ‖ apart "
                "in the m parameters that train, N = E‖d_C‖² + σ²",
                SOURCE,
                in_regimes(partial(returning_risks, measure)),
            )
            for measure, letter in (("forgetting", "F_T"), ("generalization", "G_T, less E‖d_C‖²,"))
        ),
    )
