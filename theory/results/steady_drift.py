"""Sequences whose optimum drifts steadily: every step of length ‖δ‖ in the blocks that train.

*Orthogonal* steps lead on, each orthogonal to the first optimum and to all steps before;
*returning* ones alternate between two tasks. Frozen training is initialized training of the
specific block from θ_1 on, with noise N, so one form serves both: what came before enters through
R_1 = E R_1(θ_1) in that block.
"""

from __future__ import annotations

import random
from fractions import Fraction
from functools import partial

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
)

from update_magnitude.theory.proofs.chain import Chain, derivation, simplest
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.exact_runs import Run, Table, agrees
from update_magnitude.theory.results.recursion import risk_step
from update_magnitude.theory.results.sequence_risks import (
    in_regime,
    kept,
    sequence_form,
    sum_of,
)
from update_magnitude.theory.results.symbols import (
    N,
    T,
    apart,
    change_1,
    distances,
    i,
    power,
    r,
    risk_i,
    settled,
    start,
    t,
)
from update_magnitude.theory.results.update import UpdateMoments, in_regimes, overparameterized

SOURCE = "ours; for initialized training the recursion is Lin et al.'s (arXiv 2302.05836)"
FORGETTING, GENERALIZATION = "forgetting", "generalization"

# Compares the risks of whole sequences with result R, for orthogonal steps.
BY_RECURSION = "tests/test_sequence_theorems.py::test_orthogonal_steps_agree_with_the_recursion"
# Compares with means over the last tasks of long sequences.
IN_THE_LONG_RUN = "tests/test_sequence_theorems.py::test_limits_are_where_long_sequences_end"

k = symbol("k", meaning="another task, counted from 1", parameter=True, integer=True, positive=True)
step = symbol(
    "step",
    "‖δ‖²",
    r"\|\delta\|^2",
    meaning="squared length of each step from one optimum to the next, where parameters train",
    nonnegative=True,
)
risk_1 = symbol(
    "R_1",
    meaning="mean risk on task 1 right after it, in the parameters that train",
    nonnegative=True,
)
after = symbol("R_after", nonnegative=True)  # a risk after an update
own = symbol("R_own", "R_own", r"R_\mathrm{own}", nonnegative=True)  # of two tasks, after an update
other = symbol("R_other", "R_other", r"R_\mathrm{other}", nonnegative=True)


@derivation
def orthogonal_form(chain: Chain) -> None:
    """R_i after task t ≥ i in r and f, for orthogonal steps."""
    behind, ahead = r ** (t - k) * (i - k), r ** (t - k) * (k - i)
    faded = chain.computed(
        step * _over_square(sum_of(behind, k, 2, i) + sum_of(ahead, k, i + 1, t)),
        "W = Σ_{k=2}^t r^{t−k} |k − i| ‖δ‖²: tasks i and k lie |k − i| orthogonal steps apart",
        "summation",
        _is_faded,
    )
    chain.cite(sequence_form(), "R_i after t updates")
    later = chain.specialize({t: t - 1}, "the t − 1 updates after the first")
    begins = chain.state(
        risk_1 + (i - 1) * step,
        "R_i(θ_1) = R_1 + (i − 1)‖δ‖²: no step leads back towards θ_1",
        BY_RECURSION,
    )
    chain.substitute({start: begins, distances: faded}, "with this W and R_i(θ_1)", line=later)


@derivation
def orthogonal_risk(chain: Chain, moments: UpdateMoments) -> None:
    """E R_i(θ_t), 1 ≤ i ≤ t and t ≥ 2."""
    if _keeps(moments):
        chain.cite(orthogonal_form(), "R_i after task t, in r and f")
    else:
        chain.cite(sequence_form(), "R_i after t updates")
        chain.specialize({t: 1}, "one update, of task t")
        chain.substitute({r: kept(moments)}, "r = 0: of what was before, nothing is left")
        chain.replace({distances: (t - i) * step}, "‖θ*_t − θ*_i‖² = (t − i)‖δ‖²")
    chain.substitute(in_regime(moments), "r and f of the regime")


def _keeps(moments: UpdateMoments) -> bool:
    """Whether an update leaves anything of a risk: r ≠ 0."""
    return bool(kept(moments).result != 0)


@derivation
def orthogonal_mean(chain: Chain, measure: str, moments: UpdateMoments) -> None:
    """E F_T, the mean over i < T of E R_i(θ_T) − E R_i(θ_i), or E G_T, over i of E R_i(θ_T)."""
    if _keeps(moments):
        ends = orthogonal_form().result.subs(t, T)
        begins = orthogonal_form().result.subs(t, i)
    else:
        ends, begins = (T - i) * step + settled, settled
    if measure == FORGETTING:
        tasks, because = T - 1, "the mean over i < T of R_i(θ_T) − R_i(θ_i), in r and f"
        total = sum_of(ends - begins, i, 1, tasks)
        if not _keeps(moments):
            total += settled - risk_1
    else:
        tasks, because = T, "the mean over i of R_i(θ_T), in r and f"
        total = sum_of(ends, i, 1, tasks)
    test = partial(
        agrees,
        moments=moments,
        optima=_orthogonal_optima,
        measure=measure,
        known=_first_risk_and_step,
    )
    source = orthogonal_form() if _keeps(moments) else sequence_form()
    rule = "average over tasks; result R run for T = 2, ..., 8"
    chain.computed(_sorted(total, tasks), because, rule, test, (source,))
    chain.substitute(in_regime(moments), "r and f of the regime")


@derivation
def orthogonal_offset(chain: Chain) -> None:
    """Where F_T − T‖δ‖²/2 tends, m > n + 1: each update undoes some of the drift before it."""
    regime = overparameterized()
    in_rates = Derivation(orthogonal_mean(FORGETTING, regime).lines[:1])
    chain.combine(change_1 - T * step / 2, {change_1: in_rates}, "F_T − T ‖δ‖²/2, in r and f")
    chain.replace({r**T: power}, "with z = r^T")
    chain.limit(power, Integer(0), "z and T z → 0 as T → ∞, because r < 1")
    chain.limit(T, oo, "and so do the terms that fall like 1/T")
    chain.substitute(in_regime(regime), "r of the regime")
    chain.rewrite(factor, "in factors")


@derivation
def returning_risks(chain: Chain, measure: str, moments: UpdateMoments) -> None:
    """The limit of F_T or G_T when two tasks at distance ‖δ‖ alternate.

    The risks settle: the newly learned task has R_own = r R_other + mcN, and the other one has
    R_other = r R_own + (1 − r)‖δ‖² + mcN.
    """
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
    first = chain.solve(own, "the first gives R_own", line=of_own)
    chain.substitute({own: first}, "put into the second", line=of_other)
    second = chain.solve(other, "which gives R_other")
    total, because = {
        FORGETTING: (
            (other - own) / 2,
            "half of the tasks are forgotten by R_other − R_own, the others not at all",
        ),
        GENERALIZATION: (
            (other + own) / 2,
            "half of all tasks are the one just learned, half the other",
        ),
    }[measure]
    chain.state(total, because, IN_THE_LONG_RUN)
    chain.substitute({own: first}, "with R_own")
    chain.substitute({other: second}, "and R_other")
    because = "sorted by distance and noise"
    chain.sort((step, N), because, simplest)


@derivation
def _settling(chain: Chain, moments: UpdateMoments, before: Symbol, distance: Expr) -> None:
    """The risk after an update, from one before it, at a distance."""
    chain.cite(risk_step(moments), "the step, derived on its own")
    because = "the risk before the update, and the distance of the tasks"
    chain.replace({risk_i: before, apart: distance}, because)


def _sorted(total: Expr, tasks: Expr) -> Expr:
    """A mean over tasks, sorted by R_1, f and ‖δ‖², in which it is linear."""
    opened = expand(total)
    quantities = (risk_1, settled, step)
    return sum(_over_square(opened.coeff(one)) * one / tasks for one in quantities)


def _over_square(expression: Expr) -> Expr:
    """An expression in powers of r > 0 over (1 − r)², where it has that denominator."""
    base = Symbol("r", positive=True)
    in_powers = expression.subs(r, base)
    numerator = _of_powers(in_powers * (1 - base) ** 2, base)
    if not numerator.has(base):
        return factor(_of_powers(in_powers, base))
    return (collect(numerator, [base**T, base**t], factor) / (1 - base) ** 2).subs(base, r)


def _of_powers(expression: Expr, base: Symbol) -> Expr:
    """The same, with everything cancelled: powers of r with unknown exponents are symbols."""
    opened = expand(expression)  # r^{t−i} is r^t r^{−i}
    names = {count: Dummy(str(count), positive=True) for count in (t, i, T)}
    signed = ((count, name, sign) for count, name in names.items() for sign in (1, -1))
    forth = {base ** (sign * count): name**sign for count, name, sign in signed}
    rational = cancel(opened.xreplace(forth))
    powers = {name: base**count for count, name in names.items()}
    return powsimp(expand(rational.xreplace(powers)))


def _is_faded(closed: Expr) -> bool:
    """Whether the sum W is right, term by term, for up to six tasks."""
    ratio = Rational(3, 7)
    return all(
        closed.subs({r: ratio, step: 1, i: task, t: last}).equals(
            sum(ratio ** (last - k) * abs(k - task) for k in range(2, last + 1))
        )
        for last in range(1, 7)
        for task in range(1, last + 1)
    )


def _orthogonal_optima(tasks: int, rng: random.Random) -> Table:
    """Inner products of optima whose steps have one length and are orthogonal to all before."""
    norm, squared = Fraction(rng.randint(1, 9), 7), Fraction(rng.randint(1, 9), 7)
    return [[norm + min(j, k) * squared for k in range(tasks)] for j in range(tasks)]


def _first_risk_and_step(run: Run) -> dict[Symbol, Fraction]:
    return {risk_1: run.risk[0][0], step: run.gram[1][1] - run.gram[0][0]}


def theorems() -> tuple[Theorem, ...]:
    """Steady drift, for initialized and for frozen training."""
    each = "each step ‖δ‖ is orthogonal to the first optimum and to all earlier steps"
    both = (
        f"{each}; in the m parameters that train at every task (frozen training: from task 2 on, "
        "the others do not drift): R_1 = E R_1(θ_1) in them, N = E‖d_C‖² + σ²"
    )
    measures = ((FORGETTING, "F_T"), (GENERALIZATION, "G_T, less E‖d_C‖²,"))
    return (
        Theorem(
            "orthogonal-risk",
            f"E R_i(θ_t), i ≤ t, when {both}",
            SOURCE,
            in_regimes(orthogonal_risk, Gt(t, 1), Ge(t, i), cancels=True),
        ),
        *(
            Theorem(
                f"orthogonal-{measure}",
                f"E {letter} when {both}",
                SOURCE,
                in_regimes(partial(orthogonal_mean, measure), Gt(T, 1), cancels=True),
            )
            for measure, letter in measures
        ),
        Theorem(
            "orthogonal-offset",
            f"where F_T − T‖δ‖²/2 tends as T → ∞ when {each}: forgetting grows with the drift",
            SOURCE,
            one_case(orthogonal_offset, overparameterized().domain),
        ),
        *(
            Theorem(
                f"returning-{measure}",
                f"where {letter} tends as T → ∞ when two tasks alternate, their optima ‖δ‖ apart "
                "in the m parameters that train, N = E‖d_C‖² + σ²",
                SOURCE,
                in_regimes(partial(returning_risks, measure)),
            )
            for measure, letter in measures
        ),
    )
