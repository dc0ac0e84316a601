"""Theorems on gradients, variances, penalties and the constrained problem, against literal draws.

The definitions are written out in NumPy. Comparisons are z-tests at |z| < 5, at most 40 in a test:
a false alarm has a probability below 3e-5, and seeds are fixed; ``finest`` is what can be seen.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_simulated_theorems import LARGEST_Z, agrees
from update_magnitude.theory import best_penalty, theorem
from update_magnitude.theory.numbers.optimal import moments

DRAWS = 60_000
BATCH = 10_000


def mean_and_error(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return values.mean(axis=0), values.std(axis=0) / np.sqrt(len(values))


def gradients(rng: np.random.Generator, theta: np.ndarray, optimum: np.ndarray, n: int,
              sigma: float) -> np.ndarray:  # fmt: skip
    """Gradients of the loss ‖Φᵀθ − y‖²/(2n) for fresh samples per row of θ, [K, P]."""
    features = rng.standard_normal((len(theta), theta.shape[1], n))
    noise = sigma * rng.standard_normal((len(theta), n))
    residual = np.einsum("kpn,kp->kn", features, theta - optimum) - noise
    return np.einsum("kpn,kn->kp", features, residual) / n


@pytest.mark.parametrize(("P", "n"), [(9, 4), (20, 5), (4, 9), (6, 25)])
def test_gradients(P, n):
    """Norm, common-point product, and the distance estimate with its variance."""
    rng = np.random.default_rng([P, n])
    first, second, theta = (rng.standard_normal(P) for _ in range(3))
    at = np.broadcast_to(theta, (DRAWS, P))
    sigmas = (0.5, 0.8)
    halves = [
        [gradients(rng, at, optimum, n, sigma) for _ in range(2)]
        for optimum, sigma in zip((first, second), sigmas, strict=True)
    ]
    gaps = {
        "d_i_d_i": (first - theta) @ (first - theta),
        "d_j_d_j": (second - theta) @ (second - theta),
        "d_i_d_j": (first - theta) @ (second - theta),
    }
    norm = theorem("gradient-norm")(P=P, n=n, sigma=0.5, d_i_d_i=gaps["d_i_d_i"])
    agrees(*mean_and_error((halves[0][0] ** 2).sum(1)), norm, finest=0.02)
    along = theorem("gradient-mean")(n=n, d_v=gaps["d_i_d_i"])
    agrees(*mean_and_error(halves[0][0] @ (first - theta)), along, finest=0.02)
    product = (halves[0][0] * halves[1][0]).sum(1)
    common = theorem("gradient-common-point")(n=n, d_i_d_j=gaps["d_i_d_j"])
    mean, error = mean_and_error(product)
    assert abs(mean - common) < LARGEST_Z * error
    assert error < 0.02 * np.sqrt(gaps["d_i_d_i"] * gaps["d_j_d_j"])
    estimate = ((halves[0][0] - halves[1][0]) * (halves[0][1] - halves[1][1])).sum(1)
    apart = theorem("distance-estimate")(n=n, apart=(first - second) @ (first - second))
    agrees(*mean_and_error(estimate), apart, finest=0.03)
    variance = theorem("distance-estimate-variance")(
        P=P, n=n, sigma_1=sigmas[0], sigma_2=sigmas[1], **gaps
    )
    agrees(*mean_and_error((estimate - apart) ** 2), variance, finest=0.05)


@pytest.mark.parametrize(("P", "n"), [(20, 6), (24, 10), (5, 20), (8, 30)])
@pytest.mark.parametrize("alpha", [1.0, 0.5])
def test_gradients_at_their_own_starts(P, n, alpha):
    """θ_0 = 0, one update, and the gradients of both tasks where each starts."""
    rng = np.random.default_rng([P, n, 1])
    first = 2 * rng.standard_normal(P) / np.sqrt(P)
    second = first + 2 * rng.standard_normal(P) / np.sqrt(P)
    products = []
    for _ in range(DRAWS // BATCH):
        features, residual = samples(rng, BATCH, P, n, first, 0.6)
        start = -np.einsum("kpn,kn->kp", features, residual) / n  # g_1 at θ_0 = 0
        theta = alpha * least_squares(features, residual)
        products.append((gradients(rng, theta, second, n, 0.3) * start).sum(1))
    prediction = theorem("gradient-own-start")(
        P=P, n=n, alpha=alpha, sigma=0.6, d_i_d_i=first @ first, delta_d=(second - first) @ first
    )
    mean, error = mean_and_error(np.concatenate(products))
    assert abs(mean - prediction) < LARGEST_Z * error
    assert error < 0.03 * (first @ first + 0.36)
    if alpha == 1.0:  # a negative control: the common-point value, a function of distance alone
        assert abs(mean - (second - first) @ first) > LARGEST_Z * error


@pytest.mark.parametrize(("m", "n"), [(24, 8), (40, 12), (8, 24), (12, 40)])
def test_variances(m, n):
    """Var ‖Δ‖² and Var F given θ_1; 13 degrees of freedom and more, so their errors exist."""
    rng = np.random.default_rng([m, n, 2])
    drift, error, held, alpha = np.zeros(m), np.zeros(m), 0.7, 0.8
    drift[0], error[0], error[1] = 1.5, -0.8, 1.1
    lengths, forgotten = [], []
    for _ in range(DRAWS // BATCH):
        features, residual = samples(rng, BATCH, m, n, drift, np.sqrt(held))
        delta = least_squares(features, residual)
        lengths.append((delta**2).sum(1))
        forgotten.append(((error + alpha * delta) ** 2).sum(1) - error @ error)
    at = {"m": m, "n": n, "N": held, "D_S": drift @ drift}
    for values, prediction in (
        (np.concatenate(lengths), theorem("update-variance")(**at)),
        (
            np.concatenate(forgotten),
            theorem("forgetting-variance")(**at, alpha=alpha, e_e=error @ error, e_d=error @ drift),
        ),
    ):
        mean, deviation = mean_and_error((values - values.mean()) ** 2)
        agrees(mean, deviation, prediction, finest=0.04)
        # A negative control: the variance at other degrees of freedom, three samples more.
        ratio = theorem("update-variance")(**at | {"n": n + 3}) / theorem("update-variance")(**at)
        assert abs(mean - ratio * prediction) > LARGEST_Z * deviation


def test_without_noise_variances_exist_next_to_the_threshold():
    rng = np.random.default_rng(9)
    for m, n in ((10, 9), (10, 8)):
        drift = np.zeros(m)
        drift[0] = 1.5
        features, residual = samples(rng, DRAWS, m, n, drift, 0.0)
        lengths = (least_squares(features, residual) ** 2).sum(1)
        prediction = theorem("update-variance")(m=m, n=n, N=0.0, D_S=2.25)
        agrees(*mean_and_error((lengths - lengths.mean()) ** 2), prediction, finest=0.04)
        assert np.isnan(theorem("update-variance")(m=m, n=n, N=0.1, D_S=2.25))
    at = {"m": 8, "n": 9, "N": 0.0, "D_S": 2.25}
    assert theorem("update-variance")(**at) == 0.0
    assert theorem("forgetting-variance")(**at, alpha=1.0, e_e=1.0, e_d=-1.0) == 0.0


@pytest.mark.parametrize(
    ("gamma", "penalty"), [(2.0, 0.3), pytest.param(0.5, 1.0, marks=pytest.mark.slow)]
)
def test_the_proximal_update_is_off_by_one_over_m(gamma, penalty):
    """The deviation from the limit at m = 8 and m = 32: its slope in log m is −1.

    Within three standard errors (a false alarm with probability 0.003; the seed is fixed), and
    three away from −1/2. The deviation at m = 16 lies between the two.
    """
    rng = np.random.default_rng([int(10 * gamma), int(10 * penalty)])
    sizes, apart, errors = (8, 16, 32), [], []
    for m in sizes:
        n = round(m / gamma)
        drift = np.zeros(m)
        drift[0] = 1.0
        risks, lost = [], []
        error = np.zeros(m)
        error[:2] = -0.6, 0.5
        for _ in range(40 * 16 // m):
            features, residual = samples(rng, 5_000, m, n, drift, 0.8)
            inner = features @ np.swapaxes(features, 1, 2) / n + penalty * np.eye(m)
            delta = np.linalg.solve(inner, (features @ residual[..., None]) / n)[..., 0]
            risks.append(((drift - delta) ** 2).sum(1))
            lost.append(((error + delta) ** 2).sum(1) - error @ error)
        mean, deviation = mean_and_error(np.concatenate(risks))
        limit = theorem("proximal-risk")(gamma=gamma, penalty=penalty, D_S=1.0, N=0.64)
        apart.append(abs(mean - float(limit)))
        errors.append(deviation)
    forgetting = theorem("proximal-forgetting")(
        gamma=gamma, penalty=penalty, D_S=1.0, N=0.64, e_d=-0.6
    )
    mean, deviation = mean_and_error(np.concatenate(lost))  # of the largest m; off by about 1/m
    assert abs(mean - forgetting) < LARGEST_Z * deviation + 2 / sizes[-1]
    assert apart[0] > apart[1] > apart[2]
    slope = -np.log(apart[0] / apart[2]) / np.log(4)
    error = np.hypot(errors[0] / apart[0], errors[2] / apart[2]) / np.log(4)
    assert abs(slope + 1) < 3 * error
    assert slope + 0.5 < -3 * error  # the negative control: not like 1/√m


@given(st.floats(0.2, 6), st.floats(0.1, 3), st.floats(0.02, 3), st.floats(-1, 0.5))
@settings(max_examples=30)
def test_the_best_penalty_is_least_on_a_grid(gamma, drift, noise, share):
    """Risk and forgetting over a grid of λ, in closed form, on either side of γ = 1."""
    grid = np.geomspace(1e-4, 1e4, 401)
    overlap = share * drift
    at = {"gamma": gamma, "D_S": drift, "N": noise, "penalty": grid}
    curves = {
        "risk": theorem("proximal-risk")(**at),
        "forgetting": theorem("proximal-forgetting")(**at, e_d=overlap),
    }
    for measure, curve in curves.items():
        best = best_penalty(measure, gamma, drift, noise, overlap)
        if 1e-3 < best < 1e3:
            assert grid[curve.argmin()] == pytest.approx(best, rel=0.05)
        elif not 1e-5 < best < 1e5:
            assert curve.argmin() == (0 if best < 1 else len(grid) - 1)
    least = theorem("proximal-best-risk")(gamma=gamma, D_S=drift, N=noise)
    assert float(least) == pytest.approx(curves["risk"].min(), rel=1e-3)


@pytest.mark.parametrize("gamma", [0.4, 2.5])
def test_penalties_tend_to_the_minimum_norm_update_and_to_none(gamma):
    for measure, overlap in (("risk", {}), ("forgetting", {"e_d": -0.7})):
        at = {"gamma": gamma, "D_S": 1.2, "N": 0.3, **overlap}
        of = theorem(f"proximal-{measure}")
        for name, penalty in (("loose", 1e-12), ("tight", 1e12)):
            limit = theorem(f"proximal-{measure}-{name}")
            wanted = limit(**{argument: at[argument] for argument in limit.arguments})
            assert float(of(**at, penalty=penalty)) == pytest.approx(float(wanted), abs=1e-9)
    slope = theorem("proximal-risk-slope")
    s_1, s_2, s_3 = map(float, moments(gamma, 0.3))
    known = {"gamma": gamma, "D_S": 1.2, "N": 0.3}
    ends = [theorem("proximal-risk")(**known, penalty=0.3 + h) for h in (1e-6, -1e-6)]
    values = known | {"penalty": 0.3, "s_1": s_1, "s_2": s_2, "s_3": s_3}
    found = slope(**{argument: values[argument] for argument in slope.arguments})
    assert float(found) == pytest.approx(float(ends[0] - ends[1]) / 2e-6, rel=1e-6)
    limit = theorem("marchenko-pastur-stieltjes")(gamma=gamma, penalty=0.3)
    assert float(limit) == pytest.approx(s_1, rel=1e-12)
    with pytest.raises(ValueError, match="it is one of risk, forgetting"):
        best_penalty("mean", gamma, 1.0, 1.0)


def test_moments_of_the_spectrum_are_those_of_a_large_matrix():
    rng = np.random.default_rng(5)
    features = rng.standard_normal((600, 300))
    values = np.linalg.eigvalsh(features @ features.T / 300)
    for order, moment in enumerate(moments(2.0, 0.7), 1):
        # Linear statistics fluctuate like 1/m: 1% is far beyond, and one order off is 30%.
        assert np.mean((values + 0.7) ** -order) == pytest.approx(moment, rel=0.01)


def test_frozen_initialized_and_none_are_limits_of_one_problem():
    """Whole matrices: the penalized problem at extreme ω and λ against least squares."""
    rng = np.random.default_rng(6)
    trained, held = rng.standard_normal((6, 4)), rng.standard_normal((9, 4))
    residual = rng.standard_normal(4)

    def solution(loose: float, penalty: float) -> tuple[np.ndarray, np.ndarray]:
        inner = trained.T @ trained + loose * held.T @ held + penalty * np.eye(4)
        z = np.linalg.solve(inner, residual)
        return trained @ z, loose * held @ z

    alone = np.linalg.lstsq(trained.T, residual, rcond=None)[0]
    both = np.linalg.lstsq(np.vstack([trained, held]).T, residual, rcond=None)[0]
    frozen = solution(1e-12, 1e-12)
    np.testing.assert_allclose(frozen[0], alone, atol=1e-9)
    np.testing.assert_allclose(frozen[1], 0, atol=1e-9)
    np.testing.assert_allclose(np.concatenate(solution(1.0, 1e-12)), both, atol=1e-9)
    np.testing.assert_allclose(np.concatenate(solution(1.0, 1e12)), 0, atol=1e-9)
    # One sample: the shares of the residual that S and C explain, in numbers.
    one, other = trained[:, :1], held[:, :1]
    k_S, k_C = (one**2).sum(), (other**2).sum()
    z = 1 / (k_S + 0.3 * k_C + 0.2)
    at = {"k_S": k_S, "k_C": k_C, "omega": 0.3, "penalty": 0.2}
    assert float(theorem("constrained-trained")(**at)) == pytest.approx(k_S * z)
    assert float(theorem("constrained-held")(**at)) == pytest.approx(0.3 * k_C * z)
    # And their limits, by the same shares far out.
    for name, omega, penalty in (
        ("frozen", 1e-14, 1e-10),
        ("initialized", 1.0, 1e-12),
        ("no-update", 0.7, 1e12),
    ):
        at |= {"omega": omega, "penalty": penalty}
        for block in ("trained", "held"):
            limit = theorem(f"{name}-limit-{block}")
            wanted = limit(**{argument: at[argument] for argument in limit.arguments})
            share = theorem(f"constrained-{block}")(**at)
            assert float(share) == pytest.approx(float(wanted), abs=1e-8)


def samples(rng: np.random.Generator, count: int, m: int, n: int, drift: np.ndarray,
            sigma: float) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Features [K, m, n] and residuals Φᵀd + ε, [K, n]."""
    features = rng.standard_normal((count, m, n))
    noise = sigma * rng.standard_normal((count, n))
    return features, np.einsum("kmn,m->kn", features, drift) + noise


def least_squares(features: np.ndarray, residual: np.ndarray) -> np.ndarray:
    """The minimum-norm least-squares solution of Φᵀ Δ ≈ r, [K, m], by the normal equations."""
    turned = np.swapaxes(features, 1, 2)
    if features.shape[1] >= features.shape[2]:
        return (features @ np.linalg.solve(turned @ features, residual[..., None]))[..., 0]
    return np.linalg.solve(features @ turned, features @ residual[..., None])[..., 0]
