"""The table of theorems."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from sympy import Expr, Ge, Gt

from theory import lemmas, optima, recursion, sequences, thresholds, update
from theory.derivation import Chain, Derivation
from theory.recursion import BY_NAME
from theory.statements import Case, Theorem, by_name
from theory.symbols import P, eta, m, n, n_1, n_2, nu, xi
from theory.two_tasks import change_in_regime, first_task_error, two_task_forgetting
from theory.update import UpdateMoments, overparameterized, underparameterized

OURS = "ours"
SYMMETRY = "ours; rotation invariance"
PAPER_IV_4 = (
    "the paper, Theorem IV.4 (that its ξ and η are these is inferred); value and condition ours"
)

OVER, UNDER = (Gt(m, n + 1), Gt(n, m + 1))
REGIMES: tuple[tuple[str, Expr, Callable[[], UpdateMoments]], ...] = (
    ("overparameterized", OVER, overparameterized),
    ("underparameterized", UNDER, underparameterized),
)


@cache
def theorems() -> dict[str, Theorem]:
    """All theorems, by name, in the order of their derivation."""
    parts = (_lemmas, _one_update, _sequences, _two_tasks, _optima, _thresholds)
    return by_name(theorem for part in parts for theorem in part())


def _lemmas() -> tuple[Theorem, ...]:
    rank = (Ge(m, n), Gt(m, 1), Gt(n, 0, evaluate=False))
    return (
        Theorem(
            "haar-mean",
            "E[Q] = q I for a Haar-random projection Q of rank n in ℝ^m",
            SYMMETRY,
            (Case("", rank, lemmas.haar_first),),
        ),
        Theorem(
            "haar-along",
            "E[Qvvᵀ Q] = a vvᵀ + b ‖v‖² I: the coefficient a",
            SYMMETRY,
            (Case("", rank, lemmas.haar_along),),
        ),
        Theorem(
            "haar-across",
            "E[Qvvᵀ Q] = a vvᵀ + b ‖v‖² I: the coefficient b",
            SYMMETRY,
            (Case("", rank, lemmas.haar_across),),
        ),
        Theorem(
            "inverse-chi-square",
            "the mean of 1/χ²_ν",
            "textbook; integration",
            (Case("", (Gt(nu, 2),), lemmas.inverse_chi_square),),
        ),
    )


def _one_update() -> tuple[Theorem, ...]:
    noise = (update.overparameterized_noise, update.underparameterized_noise)
    return (
        Theorem(
            "update-noise",
            "E[ΔΔᵀ] = a d_S d_Sᵀ + (b ‖d_S‖² + c N) I: the coefficient c",
            f"{OURS} (result U)",
            tuple(
                Case(regime, (domain,), derive)
                for (regime, domain, _), derive in zip(REGIMES, noise, strict=True)
            ),
        ),
        Theorem(
            "norm-step",
            "q_b′ = E‖θ_t‖²_b after an update, from the moments before it",
            f"{OURS} (result R)",
            _in_regimes(partial(_named, recursion.norm_step)),
        ),
        Theorem(
            "overlap-step",
            "c_{b,i}′ = E⟨θ_t, θ*_i⟩_b after an update, from the moments before it",
            f"{OURS} (result R)",
            _in_regimes(partial(_named, recursion.overlap_step)),
        ),
    )


def _sequences() -> tuple[Theorem, ...]:
    return (
        Theorem(
            "double-descent",
            "E R_1(θ_1) of a single task that trains m parameters on n samples, G_tt = ‖θ*_1‖²",
            "textbook; here from result U",
            _in_regimes(sequences.double_descent),
        ),
        Theorem(
            "initialized-step",
            "E R_i(θ_t) = r E R_i(θ_{t−1}) + (1 − r)‖θ*_t − θ*_i‖² + mcσ², all m parameters train",
            "Lin et al., ICML 2023 (arXiv 2302.05836), for m > n + 1; here from result R",
            _in_regimes(sequences.initialized_step),
        ),
        Theorem(
            "initialized-noise",
            "what noise has added to any risk after t tasks that train all m parameters",
            "Lin et al., ICML 2023 (arXiv 2302.05836); here from result R",
            (Case("", (OVER,), sequences.initialized_noise),),
        ),
    )


def _two_tasks() -> tuple[Theorem, ...]:
    at_first = (Gt(P, n_1 + 1), Gt(n_1, P + 1))
    at_second = (Gt(m, n_2 + 1), Gt(n_2, m + 1))
    cases = [
        Case(
            f"first {first[0]}, second {second[0]}",
            (first_domain, second_domain, Gt(m, 0, evaluate=False), Ge(P, m)),
            partial(_forgetting, first[2], second[2]),
        )
        for first, first_domain in zip(REGIMES, at_first, strict=True)
        for second, second_domain in zip(REGIMES, at_second, strict=True)
    ]
    by_drift = [
        Theorem(
            name,
            statement,
            source,
            _in_regimes(partial(change_in_regime, measure)),
        )
        for name, measure, statement, source in (
            (
                "two-task-forgetting",
                "forgetting",
                "F = 2αg E⟨e_S,d_S⟩ + α²(g E‖d_S‖² + vN) after two tasks, N = E‖d_C‖² + σ²",
                "the paper (forgetting as drift in parameter space); closed form ours",
            ),
            (
                "two-task-risk-change",
                "second_risk",
                "R_2 − E‖d‖² = −2αg E‖d_S‖² + α²(g E‖d_S‖² + vN): what task 2 gains",
                "the paper (generalization under update magnitude); closed form ours",
            ),
        )
    ]
    return (
        *by_drift,
        Theorem(
            "first-task-error",
            "E‖e‖²_b, e = θ_1 − θ*_1, in a block after the first task from θ_0 = 0; N = σ²",
            OURS,
            _in_regimes(first_task_error),
        ),
        Theorem(
            "two-task-forgetting-explicit",
            "F in sizes, noise and distances: P parameters trained on task 1, m of them on task 2",
            "the paper (forgetting as drift in parameter space); closed form ours",
            tuple(cases),
        ),
    )


def _optima() -> tuple[Theorem, ...]:
    scales = [
        Theorem(
            f"optimal-scale-{measure.replace('_', '-')}",
            f"the scale α at which {words} is least (unclipped)",
            "the paper (optimal update magnitude); closed form ours",
            _in_regimes(partial(optima.optimal_scale, measure)),
        )
        for measure, words in (
            (optima.FORGETTING, "forgetting of task 1"),
            (optima.SECOND_RISK, "the risk on task 2"),
            (optima.MEAN, "the mean of both risks"),
        )
    ]
    exists = (Gt(xi, eta), Gt(eta, 0, evaluate=False), Gt(n, 0, evaluate=False))
    counts = [
        Theorem(
            f"optimal-{what}-{measure.replace('_', '-')}",
            f"{words} (fixed signal): ξ = {signal}, η = N",
            PAPER_IV_4,
            (Case("", exists, partial(derive, measure)),),
        )
        for measure, signal in (
            (optima.FORGETTING, "E‖e_S‖² − ‖δ_S‖²"),
            (optima.SECOND_RISK, "E‖d_S‖²"),
        )
        for what, words, derive in (
            (
                "count",
                "the number m > n + 1 of trainable parameters that is best",
                optima.optimal_count,
            ),
            ("count-value", "what the update then changes the risk by", optima.optimal_count_value),
            ("count-curvature", "the second derivative in m there", optima.optimal_count_curvature),
        )
    ]
    return (*scales, *counts)


def _thresholds() -> tuple[Theorem, ...]:
    over_all, under_all = Gt(P, n + 1), Gt(n, P + 1)
    pairs = (
        ("frozen and initialized overparameterized", (OVER, Ge(P, m)), REGIMES[0], REGIMES[0]),
        ("frozen under-, initialized overparameterized", (UNDER, over_all), REGIMES[1], REGIMES[0]),
        ("both underparameterized", (UNDER, under_all, Ge(P, m)), REGIMES[1], REGIMES[1]),
    )
    return tuple(
        Theorem(
            f"critical-scale-{measure.replace('_', '-')}",
            f"x by which to scale ‖δ‖² so that freezing all but m of P leaves {words} as it is "
            "when all train (negative: there is none)",
            "the paper (small distances favour freezing); the threshold is ours",
            tuple(
                Case(regime, domain, partial(_critical, measure, frozen[2], initialized[2]))
                for regime, domain, frozen, initialized in pairs
            ),
        )
        for measure, words in zip(
            thresholds.MEASURES,
            ("forgetting", "the risk on task 2", "the generalization error"),
            strict=True,
        )
    )


def _critical(
    measure: str, frozen: Callable[[], UpdateMoments], initialized: Callable[[], UpdateMoments]
) -> Derivation:
    return thresholds.critical_scale(measure, frozen(), initialized())


def _in_regimes(derive: Callable[[UpdateMoments], Derivation]) -> tuple[Case, ...]:
    return tuple(
        Case(regime, (domain,), partial(_at, derive, moments))
        for regime, domain, moments in REGIMES
    )


def _at(
    derive: Callable[[UpdateMoments], Derivation], moments: Callable[[], UpdateMoments]
) -> Derivation:
    return derive(moments())


def _forgetting(
    first: Callable[[], UpdateMoments], second: Callable[[], UpdateMoments]
) -> Derivation:
    return two_task_forgetting(first(), second())


@cache
def _named(step: Callable[[], Derivation], moments: UpdateMoments) -> Derivation:
    """A step of result R in the names of docs/model.md, with the moments of one regime."""
    from theory.symbols import a, b, c, g

    chain = Chain()
    start = chain.given(step().result, "the step, derived on its own", "theorem")
    named = chain.substitute(start, BY_NAME, "with the means before the update by their names")
    values = {g: moments.g, a: moments.a, b: moments.b, c: moments.c}
    chain.substitute(named, values, "the moments of the update", "result U")
    return chain.done()
