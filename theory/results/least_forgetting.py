"""Result W: of all updates that fit the samples, the one of least ΔᵀMΔ; exact, for any data.

M is positive definite; with M = Σ_{i<t} V_i, V_i the feature variances of task i, ΔᵀMΔ is what an
update adds to the risks of the tasks before beside what is linear in it. For M = I it is
initialized training; frozen training fits the samples too, so that its ΔᵀMΔ is no less, whatever
was drawn.
"""

from __future__ import annotations

from sympy import Expr, Ge, Gt, Integer, Pow, Symbol, Trace

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.equality import identical
from update_magnitude.theory.proofs.matrices import PARAMETERS, SAMPLES, matrix
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Theorem, one_case

SOURCE = "ours; Lagrange"
OURS = "ours"
ANY_DATA = "any samples, nothing random"

FEATURES = matrix("Phi", PARAMETERS, SAMPLES, "Φ", r"\Phi")
METRIC = matrix("M", PARAMETERS, PARAMETERS, metric=True)
UPDATE = matrix("Delta", PARAMETERS, Integer(1), "Δ", r"\Delta")
OTHER = matrix("Delta_2", PARAMETERS, Integer(1), "Δ′", r"\Delta'")
RESIDUAL = matrix("r", SAMPLES, Integer(1))
MULTIPLIER = matrix("z", SAMPLES, Integer(1))
BETWEEN = matrix("Z", PARAMETERS, Integer(1))  # Δ′ − Δ
ANY = matrix("H", PARAMETERS, Integer(1))  # a direction, any
ANY_SAMPLE = matrix("L", SAMPLES, Integer(1))  # likewise, among samples
START = matrix("theta", PARAMETERS, Integer(1), "θ", r"\theta")
OPTIMA = tuple(
    matrix(f"theta_{i}", PARAMETERS, Integer(1), f"θ*_{i}", rf"\theta^*_{i}") for i in (1, 2)
)
VARIANCES = tuple(matrix(f"V_{i}", PARAMETERS, PARAMETERS, metric=True) for i in (1, 2))
GRAM = FEATURES.T * METRIC.I * FEATURES  # ΦᵀM⁻¹Φ
LEAST = METRIC.I * FEATURES * GRAM.I * RESIDUAL

step = symbol("tau", "τ", r"\tau", meaning="how far along a direction", parameter=True, real=True)
quadratic = symbol(
    "quadratic",
    "ΔᵀMΔ",
    r"\Delta^\top M\Delta",
    meaning="squared size of the update, measured by M: what it adds to the earlier risks",
    nonnegative=True,
)
beyond = symbol(
    "beyond",
    "(Δ′−Δ)ᵀM(Δ′−Δ)",
    r"(\Delta'-\Delta)^\top M(\Delta'-\Delta)",
    meaning="squared distance, measured by M, of another fitting update Δ′ from the best one, Δ",
    nonnegative=True,
)
along = Symbol("along", real=True)  # what an unknown is along any direction
meeting = symbol(
    "meeting",
    "Σ⟨θ−θ*_i,Δ⟩_V_i",
    r"\sum_{i<t}\langle\theta - \theta^*_i, \Delta\rangle_{V_i}",
    meaning="Σ over earlier tasks of ⟨θ − θ*_i, Δ⟩, weighted by the variances of their features",
    real=True,
)
rate = symbol("rate", "η", r"\eta", parameter=True, positive=True)
eigenvalue = symbol("x", parameter=True, positive=True)  # of ΦᵀM⁻¹Φ/n
steps = symbol(
    "steps",
    "k",
    "k",
    meaning="steps of gradient descent",
    parameter=True,
    integer=True,
    positive=True,
)


def squared(update: Expr) -> Expr:
    """ΔᵀMΔ."""
    return Trace(update.T * METRIC * update)


@derivation
def update(chain: Chain) -> None:
    """What another update that fits the samples has more of ΔᵀMΔ: (Δ′ − Δ)ᵀM(Δ′ − Δ)."""
    moved = UPDATE + step * ANY
    chain.define(
        squared(moved) - 2 * Trace(MULTIPLIER.T * (FEATURES.T * moved - RESIDUAL)),
        "ΔᵀMΔ under the constraint ΦᵀΔ = r, with multipliers z (Lagrange), at Δ + τH, H any",
    )
    chain.rewrite(
        lambda _: (
            squared(UPDATE)
            + 2 * step * Trace(ANY.T * METRIC * UPDATE)
            + step**2 * squared(ANY)
            - 2 * Trace(MULTIPLIER.T * (FEATURES.T * UPDATE - RESIDUAL))
            - 2 * step * Trace(ANY.T * FEATURES * MULTIPLIER)
        ),
        "multiplied out",
    )
    chain.differentiate(step, "the slope along H")
    chain.specialize({step: 0}, "at Δ itself: MΔ − Φz, in the direction H")
    chain.replace_matrices({ANY: METRIC.I * ANY}, "for every H, so for M⁻¹H")
    chain.rewrite(
        lambda _: 2 * Trace(ANY.T * UPDATE) - 2 * Trace(ANY.T * METRIC.I * FEATURES * MULTIPLIER),
        "M cancels",
    )
    chain.replace({Trace(ANY.T * UPDATE): along}, "HᵀΔ by its name")
    chain.solve(along, "it vanishes for every H: Δ = M⁻¹Φz")
    chain.define(
        Trace(ANY_SAMPLE.T * (FEATURES.T * UPDATE - RESIDUAL)),
        "what Δ misses of the samples, ΦᵀΔ − r, in any direction L",
    )
    chain.replace_matrices({UPDATE: METRIC.I * FEATURES * MULTIPLIER}, "with that Δ")
    chain.replace_matrices({ANY_SAMPLE: GRAM.I * ANY_SAMPLE}, "for every L, so for (ΦᵀM⁻¹Φ)⁻¹L")
    chain.rewrite(
        lambda _: Trace(ANY_SAMPLE.T * MULTIPLIER) - Trace(ANY_SAMPLE.T * GRAM.I * RESIDUAL),
        "ΦᵀM⁻¹Φ cancels",
    )
    chain.replace({Trace(ANY_SAMPLE.T * MULTIPLIER): along}, "Lᵀz by its name")
    chain.solve(along, "it vanishes for every L: z = (ΦᵀM⁻¹Φ)⁻¹r")
    _compare(chain)


def _compare(chain: Chain) -> None:
    """Any other update that fits the samples, beside the least."""
    chain.define(squared(OTHER) - squared(UPDATE), "any other update Δ′, beside it")
    chain.replace_matrices({OTHER: UPDATE + BETWEEN}, "Z = Δ′ − Δ")
    chain.rewrite(
        lambda _: 2 * Trace(BETWEEN.T * METRIC * UPDATE) + squared(BETWEEN), "multiplied out"
    )
    chain.replace_matrices({UPDATE: METRIC.I * FEATURES * MULTIPLIER}, "Δ = M⁻¹Φz")
    chain.rewrite(
        lambda _: 2 * Trace(MULTIPLIER.T * FEATURES.T * BETWEEN) + squared(BETWEEN),
        "so the cross term is that of z and ΦᵀZ",
    )
    chain.replace({squared(BETWEEN): beyond}, "ZᵀMZ by its name")
    kernel = ANY - METRIC.I * FEATURES * GRAM.I * FEATURES.T * ANY
    chain.replace_matrices(
        {BETWEEN: kernel},
        "both fit the samples: ΦᵀZ = 0, and every such Z is H − M⁻¹Φ(ΦᵀM⁻¹Φ)⁻¹ΦᵀH, with H = Z",
    )
    chain.rewrite(lambda _: beyond, "the cross term vanishes; what is left is never below 0")


@derivation
def least(chain: Chain) -> None:
    """ΔᵀMΔ of the least-forgetting update: rᵀ(ΦᵀM⁻¹Φ)⁻¹r."""
    chain.define(squared(UPDATE), "what the update adds to the risks of the tasks before")
    chain.replace_matrices({UPDATE: LEAST}, "Δ = M⁻¹Φ(ΦᵀM⁻¹Φ)⁻¹r, as derived")
    chain.rewrite(lambda _: Trace(RESIDUAL.T * GRAM.I * RESIDUAL), "M⁻¹ and M cancel")


def _change(chain: Chain) -> None:
    """What an update changes the summed risks of two earlier tasks by."""
    moved = START + UPDATE
    pairs = tuple(zip(VARIANCES, OPTIMA, strict=True))
    chain.define(
        sum(
            Trace((moved - optimum).T * variance * (moved - optimum))
            - Trace((START - optimum).T * variance * (START - optimum))
            for variance, optimum in pairs
        ),
        "what Δ changes Σ_{i<t} R_i by, R_i = (θ − θ*_i)ᵀV_i(θ − θ*_i); two tasks, for each task "
        "brings in a term of its own",
    )
    linear = sum(Trace((START - optimum).T * variance * UPDATE) for variance, optimum in pairs)
    metric = VARIANCES[0] + VARIANCES[1]
    chain.rewrite(
        lambda _: 2 * linear + Trace(UPDATE.T * metric * UPDATE),
        "multiplied out: what is linear in Δ, and ΔᵀMΔ with M = Σ V_i",
    )
    chain.replace({Trace(UPDATE.T * metric * UPDATE): quadratic}, "ΔᵀMΔ by its name")


@derivation
def change(chain: Chain) -> None:
    """2Σ⟨θ − θ*_i, Δ⟩_{V_i} + ΔᵀMΔ."""
    _change(chain)
    linear = [
        Trace((START - optimum).T * variance * UPDATE)
        for variance, optimum in zip(VARIANCES, OPTIMA, strict=True)
    ]
    chain.replace({linear[0]: meeting - linear[1]}, "the sum of the products by its name")


@derivation
def change_at_minimum(chain: Chain) -> None:
    """The same where θ makes the summed risks of the tasks before least: ΔᵀMΔ alone."""
    _change(chain)
    first, second = VARIANCES
    chain.replace_matrices(
        {START: (first + second).I * (first * OPTIMA[0] + second * OPTIMA[1])},
        "their slope in θ, 2Σ V_i(θ − θ*_i), vanishes at θ = M⁻¹ Σ V_i θ*_i",
    )
    chain.rewrite(lambda _: quadratic, "nothing linear in Δ is left")


@derivation
def descent_range(chain: Chain) -> None:
    """A step of descent with rates ∝ M⁻¹ from Δ = M⁻¹Φz: it stays in the range of M⁻¹Φ."""
    moved = UPDATE + rate * METRIC.I * FEATURES * (RESIDUAL - FEATURES.T * UPDATE)
    chain.define(Trace(ANY.T * moved), "a step of descent, in any direction H: Δ + η M⁻¹Φ(r − ΦᵀΔ)")
    chain.replace_matrices({UPDATE: METRIC.I * FEATURES * MULTIPLIER}, "from Δ = M⁻¹Φz")
    weights = MULTIPLIER + rate * (RESIDUAL - GRAM * MULTIPLIER)
    chain.rewrite(
        lambda _: Trace(ANY.T * METRIC.I * FEATURES * weights),
        "again M⁻¹Φ times a vector, z + η(r − ΦᵀM⁻¹Φz): so for all steps, by induction, from z = 0",
    )


@derivation
def descent_step(chain: Chain) -> None:
    """What one step leaves of the residual along an eigenvector of ΦᵀM⁻¹Φ: 1 − ηx."""
    chain.cite(descent_range(), "a step of descent, for any H")
    moved = MULTIPLIER + rate * (RESIDUAL - GRAM * MULTIPLIER)
    chain.define(
        Trace(ANY_SAMPLE.T * (RESIDUAL - GRAM * moved)),
        "what such a step leaves of r − ΦᵀΔ, along L",
    )
    left = RESIDUAL - GRAM * MULTIPLIER
    chain.rewrite(
        lambda _: Trace(ANY_SAMPLE.T * left) - rate * Trace(ANY_SAMPLE.T * GRAM * left),
        "(1 − ηΦᵀM⁻¹Φ) times what was left before",
    )
    chain.replace(
        {Trace(ANY_SAMPLE.T * GRAM * left): eigenvalue * Trace(ANY_SAMPLE.T * left)},
        "L an eigenvector of ΦᵀM⁻¹Φ, of eigenvalue x > 0",
    )
    chain.replace({Trace(ANY_SAMPLE.T * left): 1}, "as a share of what was left before")


@derivation
def descent(chain: Chain) -> None:
    """What k steps leave: (1 − ηx)^k."""
    chain.cite(descent_step(), "what one step leaves")
    chain.computed(
        Pow(descent_step().result, steps),
        "each of k steps leaves that share of what the one before left; it tends to 0 for ηx < 2, "
        "and Δ = M⁻¹Φz with ΦᵀΔ = r is the least-forgetting update",
        "induction",
        _by_induction,
    )


def _by_induction(closed: Expr) -> bool:
    """Whether it is 1 before the first step, and each step multiplies it by what one leaves."""
    again = closed.subs(steps, steps + 1) / closed
    return identical(closed.subs(steps, 0), 1) and identical(again, descent_step().result)


def theorems() -> tuple[Theorem, ...]:
    """The least-forgetting update."""
    return (
        Theorem(
            "least-forgetting-update",
            "of all Δ with Φ_SᵀΔ = r, M⁻¹Φ(ΦᵀM⁻¹Φ)⁻¹r has the least ΔᵀMΔ, M positive definite: "
            "another of them, Δ′, has more of it by this",
            SOURCE,
            one_case(update, Ge(beyond, 0, evaluate=False), words=ANY_DATA),
        ),
        Theorem(
            "least-forgetting-change",
            "what an update changes the summed risks of the tasks before by, M = Σ_{i<t} V_i",
            OURS,
            one_case(change, words=ANY_DATA),
        ),
        Theorem(
            "least-forgetting-change-at-minimum",
            "the same where θ_{t−1} makes the summed risks of the tasks before least",
            OURS,
            one_case(change_at_minimum, words=ANY_DATA),
        ),
        Theorem(
            "least-forgetting-descent",
            "what k steps of descent with rates proportional to M⁻¹ leave of the residual, along "
            "an eigenvector of ΦᵀM⁻¹Φ: they lead to the least-forgetting update",
            OURS,
            one_case(descent, Gt(2, rate * eigenvalue)),
            {"x": "eigenvalue of ΦᵀM⁻¹Φ, the features weighted by 1/M"},
        ),
    )
