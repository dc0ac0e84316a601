"""The optimal update magnitude: how far parameters should move, and how many of them."""

from __future__ import annotations

from functools import partial

from sympy import Expr, Gt, Symbol, collect, expand, factor, oo, simplify, sqrt

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.symbols import (
    D_S,
    N,
    alpha,
    change_1,
    change_2,
    error,
    eta,
    m,
    n,
    step_S,
    xi,
)
from update_magnitude.theory.results.two_tasks import (
    FORGETTING,
    SECOND_RISK,
    gap_change,
    open_gap,
)
from update_magnitude.theory.results.update import (
    UpdateMoments,
    in_regimes,
    overparameterized,
)

MEAN = "mean"
MEASURES = {
    FORGETTING: "forgetting",
    SECOND_RISK: "the risk on task 2",
    MEAN: "the mean of both risks",
}
SIGNALS = {FORGETTING: "E‖e_S‖² − ‖δ_S‖²", SECOND_RISK: "E‖d_S‖²"}  # ξ, under fixed signal


def change_of(measure: str) -> Derivation:
    """What an update changes ``forgetting``, ``second_risk`` or their ``mean`` by."""
    return _mean_change() if measure == MEAN else gap_change(measure)


@derivation
def _mean_change(chain: Chain) -> None:
    both = {change_1: gap_change(FORGETTING), change_2: gap_change(SECOND_RISK)}
    chain.combine((change_1 + change_2) / 2, both, "the mean of what R_1 and R_2 change by")


@derivation
def optimal_scale(chain: Chain, measure: str, moments: UpdateMoments) -> None:
    """The scale α, any real number, at which a measure is least, with V = g E‖d_S‖² + vN.

    Of ``forgetting`` −g E⟨e_S, d_S⟩/V, of ``second_risk`` g E‖d_S‖²/V.
    """
    chain.cite(change_of(measure), "what an update changes, derived on its own")
    chain.substitute(moments.derived, "the moments of the update", "result U")
    chain.differentiate(alpha, "a parabola in α that opens upwards: its least value")
    chain.solve(alpha, "is where its slope vanishes")
    chain.rewrite(factor, "in factors")


# Under fixed signal, the parameters beyond those that carry it are redundant: E‖e_S‖², ‖δ_S‖² and N
# stay as they are when m grows.


@derivation
def fixed_signal_change(chain: Chain, measure: str) -> None:
    """What an update at α = 1 changes a measure by, m > n + 1: n(η/(m − n − 1) − ξ/m)."""
    _fixed_signal(chain, measure)


def _fixed_signal(chain: Chain, measure: str) -> None:
    chain.cite(change_of(measure), "what an update changes, derived on its own")
    chain.specialize({alpha: 1}, "a whole update")
    chain.substitute(overparameterized().derived, "the moments of the update", "result U")
    if measure == FORGETTING:
        open_gap(chain, noise=False)
        because = "with ξ = E‖e_S‖² − ‖δ_S‖² and η = N; E⟨e_S, δ_S⟩ cancels, as a + mb is g"
        chain.replace({error: xi + step_S, N: eta}, because)
    else:
        chain.replace({D_S: xi, N: eta}, "with ξ = E‖d_S‖² and η = N")
    chain.rewrite(_by_signal, "sorted by ξ and η")


def _by_signal(expression: Expr) -> Expr:
    """The expression as a sum of a multiple of ξ and one of η."""
    parts = collect(expand(expression), (xi, eta), evaluate=False)
    return sum(simplify(weight) * symbol for symbol, weight in parts.items())


@derivation
def fixed_signal_plateau(chain: Chain, measure: str) -> None:
    """Where the change tends when m grows: to 0, as without an update."""
    chain.cite(fixed_signal_change(measure), "the change")
    chain.limit(m, oo, "more and more redundant parameters")


@derivation
def fixed_signal_returns(chain: Chain, measure: str) -> None:
    """What is left of the change, times m: diminishing returns, from below if ξ > η."""
    chain.combine(m * change_1, {change_1: fixed_signal_change(measure)}, "m times the change")
    chain.limit(m, oo, "more and more redundant parameters")


@derivation
def optimal_count(chain: Chain, measure: str) -> None:
    """The number m* = (n + 1)√ξ/(√ξ − √η) > n + 1 at which it is least, if ξ > η > 0."""
    _fixed_signal(chain, measure)
    chain.differentiate(m, "its slope in the number of trainable parameters")
    chain.solve(
        m,
        "vanishes at one m beyond n + 1, if ξ > η",
        (Gt(m, n + 1), Gt(xi, eta)),
        _beyond_threshold,
        _in_roots,
    )


@derivation
def optimal_count_value(chain: Chain, measure: str) -> None:
    """What the measure changes by at the optimal number of parameters, −n(√ξ − √η)²/(n + 1)."""
    _fixed_signal(chain, measure)
    _at_best(chain, measure)


@derivation
def optimal_count_curvature(chain: Chain, measure: str) -> None:
    """The second derivative there, positive for ξ > η > 0: it is a minimum."""
    _fixed_signal(chain, measure)
    chain.differentiate(m, "the slope")
    chain.differentiate(m, "and the slope of the slope")
    _at_best(chain, measure)


def _at_best(chain: Chain, measure: str) -> None:
    best = {m: optimal_count(measure)}
    chain.substitute(best, "at the optimal number, derived on its own", "theorem")
    chain.rewrite(_in_roots, "in factors")


def _in_roots(expression: Expr) -> Expr:
    """The expression in factors of √ξ and √η."""
    root_xi, root_eta = Symbol("root_xi", positive=True), Symbol("root_eta", positive=True)
    rational = expression.subs({xi: root_xi**2, eta: root_eta**2}, simultaneous=True)
    return factor(rational).subs({root_xi: sqrt(xi), root_eta: sqrt(eta)})


def _beyond_threshold(root: Expr) -> bool:
    """Whether a root lies beyond n + 1, at one point where ξ > η; which of two is this one."""
    return bool(root.subs({n: 5, xi: 9, eta: 4}) > 6)


def theorems() -> tuple[Theorem, ...]:
    """Optimal update magnitudes."""
    source = "ours (cf. the paper's optimal update magnitude)"
    scales = (
        Theorem(
            f"optimal-scale-{measure.replace('_', '-')}",
            f"the scale α at which {words} is least (unclipped)",
            source,
            in_regimes(partial(optimal_scale, measure)),
        )
        for measure, words in (MEASURES | {FORGETTING: "forgetting of task 1"}).items()
    )
    positive = tuple(Gt(symbol, 0, evaluate=False) for symbol in (xi, eta, n))
    beyond, exists = (overparameterized().domain, *positive), (Gt(xi, eta), *positive[1:])
    changes = "what training m parameters at α = 1 changes the risk by"
    best = "the number m > n + 1 of trainable parameters that is best"
    changing = (
        ("change", changes, beyond, fixed_signal_change),
        ("plateau", "where that change tends as m → ∞", positive, fixed_signal_plateau),
        ("returns", "m times that change as m → ∞", positive, fixed_signal_returns),
    )
    counts = (
        ("count", best, exists, optimal_count),
        ("count-value", "what the update then changes the risk by", exists, optimal_count_value),
        ("count-curvature", "the second derivative in m there", exists, optimal_count_curvature),
    )
    fixed_signal = (
        Theorem(
            f"{group}-{name}-{measure.replace('_', '-')}",
            f"{words} (fixed signal): ξ = {signal}, η = N",
            _source(name, measure),
            one_case(partial(derive, measure), *domain),
        )
        for group, table in (("fixed-signal", changing), ("optimal", counts))
        for measure, signal in SIGNALS.items()
        for name, words, domain, derive in table
    )
    return (*scales, *fixed_signal)


def _source(name: str, measure: str) -> str:
    """Whose it is: the paper reports forgetting and its best number of parameters."""
    if measure == FORGETTING and name in ("count", "plateau"):
        return (
            "the paper, Theorem IV.4 (that its ξ and η are these is inferred); value and condition "
            "ours"
        )
    return "ours (cf. the paper's Theorem IV.4)"
