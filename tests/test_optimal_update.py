"""The optimal constrained update, against draws and against numerical minimization.

Result D is written out here once more: κ by a root finder, R_2 from shares, block by block.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize

from update_magnitude.theory import theorem
from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import DerivationError
from update_magnitude.theory.proofs.totals import over_blocks
from update_magnitude.theory.results.optimal_update import THIS, df_1, df_2, g_b, p

BATCH = 2_000  # draws at a time
LARGEST_Z = 4.5  # of three risks at each place: a false alarm has a probability below 3e-5


class Problem(NamedTuple):
    """An update in numbers: per block the size, the variance and ‖d_b‖²; samples and noise."""

    sizes: np.ndarray
    variances: np.ndarray
    drifts: np.ndarray
    samples: float
    noise: float

    @property
    def lacked(self) -> np.ndarray:
        """The risk in each block before the update."""
        return self.variances * self.drifts


def shares_of(problem: Problem, penalty: float, weights: np.ndarray) -> np.ndarray:
    """Result D: g_b = s_b/(s_b + κ) with κ = λ + (κ/n) Σ p_b g_b; 0 for an infinite weight."""
    strengths = problem.variances / weights

    def too_much(log_kappa: float) -> float:
        kappa = np.exp(log_kappa)
        used = problem.sizes @ (strengths / (strengths + kappa)) / problem.samples
        return kappa * (1 - used) - penalty

    kappa = np.exp(brentq(too_much, -60, 30, xtol=1e-13, rtol=1e-14))
    return strengths / (strengths + kappa)


def level_of(problem: Problem, shares: np.ndarray) -> float:
    """Ψ of any shares."""
    missed = ((1 - shares) ** 2 * problem.lacked).sum() + problem.noise
    return float(missed / (problem.samples - problem.sizes @ shares**2))


def risk_of(problem: Problem, shares: np.ndarray) -> float:
    """R_2 + σ²."""
    return problem.samples * level_of(problem, shares)


def best_weights(problem: Problem) -> np.ndarray:
    """λρ_b by the theorem."""
    return theorem("optimal-update-penalty")(
        N=problem.noise, n=problem.samples, p_b=problem.sizes, D_b=problem.drifts
    )


def problems() -> st.SearchStrategy[Problem]:
    """Problems of three blocks, over- and underparameterized."""
    three = [st.floats(0.05, 4)] * 3
    return st.builds(
        lambda sizes, variances, drifts, samples, noise: Problem(
            np.array(sizes, float), np.array(variances), np.array(drifts), samples, noise
        ),
        st.tuples(*[st.integers(1, 60)] * 3),
        st.tuples(*three),
        st.tuples(*three),
        st.floats(4, 150),
        st.floats(0.05, 3),
    )


def drawn(problem: Problem, penalty: float, weights: np.ndarray, seed: tuple[int, int]):
    """The risk in each block after updates that are solved for, [BATCH, blocks]."""
    rng = np.random.default_rng([*seed, int(problem.samples)])
    counts, n = problem.sizes.astype(int), int(problem.samples)
    block = np.repeat(np.arange(len(counts)), counts)
    drift = np.sqrt(problem.drifts / problem.sizes)[block]
    features = rng.standard_normal((BATCH, len(block), n))
    features *= np.sqrt(problem.variances)[block][:, None]
    residual = np.einsum("kpn,p->kn", features, drift)
    residual += np.sqrt(problem.noise) * rng.standard_normal(residual.shape)
    held = features @ np.swapaxes(features, 1, 2) / n + np.diag(penalty * weights[block])
    delta = np.linalg.solve(held, (features @ residual[..., None]) / n)[..., 0]
    missed = problem.variances[block] * (drift - delta) ** 2
    return np.stack([missed[:, block == b].sum(1) for b in range(len(counts))], axis=1)


@pytest.mark.parametrize(("samples", "penalty"), [(9, 0.4), (22, 0.2)])
def test_the_risk_of_a_penalized_update_is_that_of_result_d(samples, penalty):
    """Drawn at sizes 1, 2 and 4, without the terms in 1/n and 1/n²; block by block."""
    weights = np.array([1.0, 3.0, 0.4])
    small = Problem(
        np.array([5.0, 8.0, 3.0]),
        np.array([1.0, 0.3, 2.0]),
        np.array([1.5, 0.8, 0.4]),
        samples,
        0.5,
    )
    means, errors = [], []
    for size, draws in ((1, 30_000), (2, 14_000), (4, 6_000)):
        problem = small._replace(sizes=size * small.sizes, samples=size * samples)
        batches = range(draws // BATCH)
        risks = np.concatenate([drawn(problem, penalty, weights, (size, k)) for k in batches])
        means.append(risks.mean(0))
        errors.append(risks.std(0) / np.sqrt(draws))
    estimate = (8 * means[2] - 6 * means[1] + means[0]) / 3
    error = np.sqrt(64 * errors[2] ** 2 + 36 * errors[1] ** 2 + errors[0] ** 2) / 3
    shares = shares_of(small, penalty, weights)
    level = level_of(small, shares)
    prediction = (1 - shares) ** 2 * small.lacked + small.sizes * shares**2 * level
    assert (error < 0.02 * prediction.sum()).all(), error / prediction.sum()
    assert (np.abs(estimate - prediction) < LARGEST_Z * error).all()
    total = theorem("optimal-update-risk")(n=samples, Psi=level, sigma=np.sqrt(small.noise))
    assert float(total) == pytest.approx(prediction.sum())
    # The negative control: df_1 in the place of df_2.
    wrong = risk_of(small, shares) * (samples - small.sizes @ shares**2)
    wrong = wrong / (samples - small.sizes @ shares) - small.noise
    assert abs(wrong - estimate.sum()) > LARGEST_Z * np.sqrt((error**2).sum())


@given(problems())
@settings(max_examples=8)
def test_no_penalty_and_weights_are_better_than_the_closed_form(problem):
    """Against SciPy's minimization over the logarithms of all λρ_b, and 50 random points."""
    best = best_weights(problem)
    least = risk_of(problem, shares_of(problem, 1.0, best))

    def risk(logs: np.ndarray) -> float:
        return risk_of(problem, shares_of(problem, 1.0, np.exp(logs)))

    exactly = {"maxiter": 4000, "xatol": 1e-5, "fatol": 1e-12 * least}
    found = minimize(risk, np.zeros(3), method="Nelder-Mead", options=exactly)
    assert least * (1 - 1e-12) <= found.fun < least * (1 + 1e-8)
    rng = np.random.default_rng(0)
    others = np.log(best) + rng.normal(0, 3, (50, 3))
    assert all(risk(np.clip(logs, -25, 25)) >= least * (1 - 1e-12) for logs in others)


@given(problems())
@settings(max_examples=25)
def test_the_best_shares_leave_what_the_theorems_say(problem):
    shares = shares_of(problem, 1.0, best_weights(problem))
    level = level_of(problem, shares)
    known = {"a_b": problem.lacked, "p_b": problem.sizes, "Psi": level}
    wanted = theorem("optimal-update-share")(**known)
    np.testing.assert_allclose(shares, wanted, rtol=1e-7)
    noise = theorem("optimal-update-noise")(
        n=problem.samples, df_1=problem.sizes @ shares, Psi=level
    )
    assert float(noise) == pytest.approx(problem.noise, rel=1e-7)
    room = {"n": problem.samples, "df_2": problem.sizes @ shares**2}
    curvature = theorem("optimal-update-curvature")(**known, **room)
    step = 1e-4
    for b, bend in enumerate(curvature):
        aside = [shares + side * step * (np.arange(3) == b) for side in (1, -1)]
        ends = sum(risk_of(problem, one) for one in aside) - 2 * risk_of(problem, shares)
        assert ends / step**2 == pytest.approx(bend, rel=1e-3)


@given(problems(), st.floats(0.05, 3), st.floats(-2, 2), st.floats(-2, 2))
@settings(max_examples=25)
def test_what_other_updates_cost_is_a_sum_of_squares(problem, penalty, first, second):
    """The excess of any penalty and weights, of frozen and initialized training, and of none."""
    best = shares_of(problem, 1.0, best_weights(problem))
    level = level_of(problem, best)
    tau = problem.drifts / problem.sizes
    known = {"p_b": problem.sizes, "Psi": level, "tau_b": tau, "v_b": problem.variances}
    capacity, n = problem.sizes.sum(), problem.samples
    least = risk_of(problem, best)

    def gap(shares: np.ndarray) -> float:
        return risk_of(problem, shares) - least

    weights = np.exp([first, second, 0.0])
    shares = shares_of(problem, penalty, weights)
    room = {"n": n, "df_2": problem.sizes @ shares**2}
    by_share = theorem("optimal-update-excess")(
        a_b=problem.lacked, p_b=problem.sizes, Psi=level, g_b=shares, **room
    )
    kappa = problem.variances[2] * (1 - shares[2]) / shares[2]
    by_weight = theorem("optimal-update-excess-of-weights")(
        **known, **room, kappa=kappa, rho_b=weights
    )
    np.testing.assert_allclose(by_share, by_weight, rtol=1e-6)
    assert by_share.sum() == pytest.approx(gap(shares), rel=1e-7, abs=1e-9 * least)
    none = theorem("optimal-update-excess-of-no-update")(**known)
    assert none.sum() == pytest.approx(gap(np.zeros(3)))
    held = np.array([1e12, 1.0, 1.0])
    frozen = shares_of(problem, penalty, held)
    frozen_room = {"n": n, "df_2": problem.sizes @ frozen**2}
    parts = theorem("optimal-update-excess-of-weights")(
        **known, **frozen_room, kappa=problem.variances[2] * (1 / frozen[2] - 1), rho_b=held
    )
    cost = theorem("optimal-update-excess-of-held")(**known, **frozen_room)
    assert parts[0] == pytest.approx(cost[0], rel=1e-6)
    assert parts.sum() == pytest.approx(gap(frozen), rel=1e-6, abs=1e-9 * least)
    if abs(capacity - n) > 1:
        over = capacity > n
        shares = shares_of(problem, 1e-12, np.ones(3)) if over else np.ones(3)
        kappa = problem.variances[2] * (1 / shares[2] - 1)
        parts = theorem("optimal-update-excess-of-initialized")(
            **known, n=n, df_2=problem.sizes @ shares**2, kappa=kappa, P=capacity
        )
        assert parts.sum() == pytest.approx(gap(shares), rel=1e-5, abs=1e-8 * least)


@given(problems(), st.floats(0.1, 10))
@settings(max_examples=25)
def test_what_it_costs_to_be_wrong_by_a_factor(problem, wrong_by):
    best = shares_of(problem, 1.0, best_weights(problem))
    level = level_of(problem, best)
    shares = best / (best + wrong_by * (1 - best))
    known = {"a_b": problem.lacked, "p_b": problem.sizes, "Psi": level, "n": problem.samples}
    room = problem.samples - problem.sizes @ shares**2
    if room > 0.01:
        cost = theorem("optimal-update-excess-of-factor")(
            **known, df_2=problem.samples - room, factor=wrong_by
        )
        gap = risk_of(problem, shares) - risk_of(problem, best)
        assert cost.sum() == pytest.approx(gap, rel=1e-6, abs=1e-9 * gap + 1e-9)
    at = {**known, "df_2": problem.sizes @ best**2}
    near = theorem("optimal-update-excess-of-factor")(**at, factor=1 + 1e-6) / 1e-12
    np.testing.assert_allclose(theorem("optimal-update-sensitivity")(**at), near, rtol=1e-4)


def test_the_posterior_mean_is_the_optimum():
    """Both theorems end in one formula, though neither cites the other."""
    both = [theorem(f"optimal-update-{name}").expression for name in ("penalty", "posterior")]
    assert both[0] == both[1]


def test_where_the_gain_goes_to_zero():
    """Little noise and blocks alike: initialized; nothing to learn in the held block: frozen."""
    sizes, ones = np.array([20.0, 30.0]), np.ones(2)
    for noise, gap in ((1e-2, 1e-1), (1e-4, 1e-3), (1e-6, 1e-5)):
        for n in (25.0, 80.0):
            alike = Problem(sizes, ones, sizes / 50, n, noise)
            shares = shares_of(alike, 1e-13, ones) if n < 50 else ones
            least = risk_of(alike, shares_of(alike, 1.0, best_weights(alike)))
            assert 0 <= risk_of(alike, shares) - least < gap * least
        penalty = theorem("optimal-update-alike")(N=noise, n=25.0, tau_b=1 / 50)
        alike = Problem(sizes, ones, sizes / 50, 25.0, noise)
        np.testing.assert_allclose(best_weights(alike), float(penalty))
        rest = Problem(sizes, ones, np.array([noise**2, 1.0]), 25.0, noise)
        frozen = shares_of(rest, 1e-13, np.array([1e13, 1.0]))
        least = risk_of(rest, shares_of(rest, 1.0, best_weights(rest)))
        assert 0 <= risk_of(rest, frozen) - least < gap * least


def test_many_samples():
    """N² Σ p_b²/a_b is left of n² times the gain over initialized training, a_b of holding b."""
    for n in (1e4, 1e6):
        problem = Problem(
            np.array([20.0, 30.0]), np.array([1.0, 0.4]), np.array([0.7, 2.0]), n, 0.3
        )
        known = {"p_b": problem.sizes, "tau_b": problem.drifts / problem.sizes}
        known |= {"v_b": problem.variances}
        least = risk_of(problem, shares_of(problem, 1.0, best_weights(problem)))
        gain = n**2 * (risk_of(problem, np.ones(2)) - least)
        wanted = theorem("optimal-update-excess-of-initialized-large")(
            **known, N=0.3, n=n, P=50, df_1=49
        )
        if n < 1e5:  # beyond, the difference has no digits left
            assert wanted.sum() == pytest.approx(gain, rel=0.05)
        lost = risk_of(problem, np.array([0.0, 1.0])) - least
        held = theorem("optimal-update-excess-of-held-large")(**known, n=n, df_1=40, df_2=30)
        assert held[0] == pytest.approx(lost, rel=200 / n)


def test_a_sum_over_blocks_has_to_be_one():
    """What is not linear in the totals, or leaves a block's symbols, does not follow."""
    totals = {df_1: p * g_b, df_2: p * g_b**2}
    for result in (df_1 - df_2, df_1 - df_2 + 1, df_1**2, df_1 - p * g_b**2, 2 * df_1 - df_2):
        chain = Chain()
        chain.define(p * g_b * (1 - g_b), "of one block")
        chain.total(result, over_blocks(totals, THIS), "over all")
        if result == df_1 - df_2:
            chain.done().verify()
        else:
            with pytest.raises(DerivationError, match="sum over the blocks"):
                chain.done().verify()
