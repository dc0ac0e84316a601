"""The optimal update magnitude: how far parameters should move, and how many of them."""

from __future__ import annotations

from functools import cache, partial

from sympy import Expr, Gt, Integer, Symbol, collect, expand, factor, oo, simplify, sqrt

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.kinds import DEFINITION
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.regimes import OVER, in_regimes
from update_magnitude.theory.results.symbols import (
    D_S,
    N,
    alpha,
    error,
    eta,
    gained,
    lost,
    m,
    meet_S,
    n,
    step_S,
    xi,
)
from update_magnitude.theory.results.two_tasks import (
    FORGETTING,
    SECOND_RISK,
    drift_change,
    open_drift,
)
from update_magnitude.theory.results.update import UpdateMoments, overparameterized

MEAN = "mean"
SIGNALS = {FORGETTING: "E‖e_S‖² − ‖δ_S‖²", SECOND_RISK: "E‖d_S‖²"}  # ξ, under fixed signal
REPORTED = ("count", "plateau")  # of forgetting, by the paper's Theorem IV.4 as it is reported


@cache
def optimal_scale(measure: str, moments: UpdateMoments) -> Derivation:
    """The scale α at which a measure is least, unclipped.

    Args:
        measure: ``forgetting`` (α = −g E⟨e_S, d_S⟩/V), ``second_risk`` (g E‖d_S‖²/V), or ``mean``,
            of the risks on both tasks; V = g E‖d_S‖² + vN.
        moments: result U in the regime of the update.
    """
    chain = Chain()
    change = chain.cite(change_of(measure), "what an update changes, derived on its own")
    of_regime = _in_regime(chain, change, moments)
    slope = chain.derive(of_regime, alpha, "a parabola in α that opens upwards: its least value")
    best = chain.solve(slope, alpha, "is where its slope vanishes")
    chain.rewrite(best, factor, "in factors")
    return chain.done()


@cache
def change_of(measure: str) -> Derivation:
    """What an update changes a measure by, with E⟨e_S, d_S⟩ as a symbol."""
    if measure != MEAN:
        return drift_change(measure)
    chain = Chain()
    both = {lost: drift_change(FORGETTING), gained: drift_change(SECOND_RISK)}
    chain.combine((lost + gained) / 2, both, "the mean of what R_1 and R_2 change by")
    return chain.done()


def _in_regime(chain: Chain, line: int, moments: UpdateMoments) -> int:
    return chain.substitute(line, moments.derived, "the moments of the update", "result U")


@cache
def optimal_count(measure: str) -> Derivation:
    """The number m of trainable parameters at which a measure is least, under fixed signal.

    The parameters beyond those that carry the signal are redundant: E‖e_S‖², ‖δ_S‖² and N stay as
    they are when m grows. m* = (n + 1)√ξ/(√ξ − √η) for m > n + 1, with η = N and, for forgetting,
    ξ = E‖e_S‖² − ‖δ_S‖², for R_2, ξ = E‖d_S‖²; a minimum if ξ > η > 0.

    Args:
        measure: ``forgetting`` or ``second_risk``.
    """
    chain = Chain()
    curve = _fixed_signal(chain, measure)
    slope = chain.derive(curve, m, "its slope in the number of trainable parameters")
    chain.solve(
        slope,
        m,
        "vanishes at one m beyond n + 1, if ξ > η",
        (Gt(m, n + 1), Gt(xi, eta)),
        _beyond_threshold,
        _in_roots,
    )
    return chain.done()


@cache
def optimal_count_value(measure: str) -> Derivation:
    """What the measure changes by at the optimal number of parameters, −n(√ξ − √η)²/(n + 1)."""
    chain = Chain()
    curve = _fixed_signal(chain, measure)
    best = {m: optimal_count(measure)}
    value = chain.substitute(curve, best, "at the optimal number, derived on its own", "theorem")
    chain.rewrite(value, _in_roots, "in factors")
    return chain.done()


@cache
def optimal_count_curvature(measure: str) -> Derivation:
    """The second derivative there, positive for ξ > η > 0: it is a minimum."""
    chain = Chain()
    slope = chain.derive(_fixed_signal(chain, measure), m, "the slope")
    bend = chain.derive(slope, m, "and the slope of the slope")
    best = {m: optimal_count(measure)}
    value = chain.substitute(bend, best, "at the optimal number, derived on its own", "theorem")
    chain.rewrite(value, _in_roots, "in factors")
    return chain.done()


@cache
def fixed_signal_change(measure: str) -> Derivation:
    """What an update at α = 1 changes a measure by, m > n + 1, under fixed signal."""
    chain = Chain()
    _fixed_signal(chain, measure)
    return chain.done()


@cache
def fixed_signal_plateau(measure: str) -> Derivation:
    """Where the change tends when m grows: to what no update leaves."""
    chain = Chain()
    curve = chain.cite(fixed_signal_change(measure), "the change")
    chain.limit(curve, m, oo, "more and more redundant parameters")
    return chain.done()


@cache
def fixed_signal_returns(measure: str) -> Derivation:
    """What is left of the change, times m: diminishing returns, from below if ξ > η."""
    chain = Chain()
    curve = chain.combine(m * lost, {lost: fixed_signal_change(measure)}, "m times the change")
    chain.limit(curve, m, oo, "more and more redundant parameters")
    return chain.done()


def _fixed_signal(chain: Chain, measure: str) -> int:
    """The change of a measure at α = 1 as a function of m: n(η/(m − n − 1) − ξ/m)."""
    change = chain.cite(change_of(measure), "what an update changes, derived on its own")
    whole = chain.specialize(change, {alpha: 1}, "a whole update")
    of_regime = _in_regime(chain, whole, overparameterized())
    if measure == FORGETTING:
        apart = "fixed signal: δ is orthogonal to Ee, there is no inner product of e and δ"
        of_regime = open_drift(chain, of_regime, held=False)
        of_regime = chain.replace(of_regime, {meet_S: Integer(0)}, apart, DEFINITION)
        signal: dict[Expr, Expr] = {error: xi + step_S, N: eta}
        because = "with ξ = E‖e_S‖² − ‖δ_S‖² and η = N"
    else:
        signal, because = {D_S: xi, N: eta}, "with ξ = E‖d_S‖² and η = N"
    named = chain.replace(of_regime, signal, because, DEFINITION)
    return chain.rewrite(named, _by_signal, "sorted by ξ and η")


def _by_signal(expression: Expr) -> Expr:
    """The expression as a sum of a multiple of ξ and one of η."""
    parts = collect(expand(expression), (xi, eta), evaluate=False)
    return sum(simplify(weight) * symbol for symbol, weight in parts.items())


def _in_roots(expression: Expr) -> Expr:
    """The expression in factors of √ξ and √η."""
    root_xi, root_eta = Symbol("root_xi", positive=True), Symbol("root_eta", positive=True)
    rational = expression.subs({xi: root_xi**2, eta: root_eta**2}, simultaneous=True)
    return factor(rational).subs({root_xi: sqrt(xi), root_eta: sqrt(eta)})


def _beyond_threshold(root: Expr) -> bool:
    """Whether a root lies beyond n + 1, at one point where ξ > η; which of two is this one."""
    at: dict[Symbol, int] = {n: 5, xi: 9, eta: 4}
    return bool(root.subs(at) > 6)


def _source(what: str, measure: str) -> str:
    if what in REPORTED and measure == FORGETTING:
        return (
            "the paper, Theorem IV.4 (that its ξ and η are these is inferred); value and condition "
            "ours"
        )
    return "ours (cf. the paper's Theorem IV.4)"


def theorems() -> tuple[Theorem, ...]:
    """Optimal update magnitudes."""
    scales = [
        Theorem(
            f"optimal-scale-{measure.replace('_', '-')}",
            f"the scale α at which {words} is least (unclipped)",
            "ours (cf. the paper's optimal update magnitude)",
            in_regimes(partial(optimal_scale, measure)),
        )
        for measure, words in (
            (FORGETTING, "forgetting of task 1"),
            (SECOND_RISK, "the risk on task 2"),
            (MEAN, "the mean of both risks"),
        )
    ]
    exists = (Gt(xi, eta), Gt(eta, 0, evaluate=False), Gt(n, 0, evaluate=False))
    counts = [
        Theorem(
            f"optimal-{what}-{measure.replace('_', '-')}",
            f"{words} (fixed signal): ξ = {signal}, η = N",
            _source(what, measure),
            (Case("", exists, partial(derive, measure)),),
        )
        for measure, signal in SIGNALS.items()
        for what, words, derive in (
            (
                "count",
                "the number m > n + 1 of trainable parameters that is best",
                optimal_count,
            ),
            ("count-value", "what the update then changes the risk by", optimal_count_value),
            ("count-curvature", "the second derivative in m there", optimal_count_curvature),
        )
    ]
    positive = tuple(Gt(entry, 0, evaluate=False) for entry in (xi, eta, n))
    plateaus = [
        Theorem(
            f"fixed-signal-{what}-{measure.replace('_', '-')}",
            f"{words} (fixed signal): ξ = {signal}, η = N",
            _source(what, measure),
            (Case("", (*domain, *positive), partial(derive, measure)),),
        )
        for measure, signal in SIGNALS.items()
        for what, words, domain, derive in (
            (
                "change",
                "what training m parameters at α = 1 changes the risk by",
                (OVER.domain,),
                fixed_signal_change,
            ),
            ("plateau", "where that change tends as m → ∞", (), fixed_signal_plateau),
            ("returns", "m times that change as m → ∞", (), fixed_signal_returns),
        )
    ]
    return (*scales, *plateaus, *counts)
