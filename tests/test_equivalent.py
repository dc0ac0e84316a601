"""Result D in numbers: the theorems against drawn matrices and updates, one place in each regime.

Means over draws are compared with allowances of five standard errors, and of ``OFF``/n of the
number itself for what is beyond leading order. In every test a wrong number is refused with the
same allowance: λ for κ, or the variances of the other block.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.optimize import brentq

from update_magnitude.theory import theorem

SIZES = np.array([60, 40])
VARIANCE, WEIGHT = np.array([1.0, 0.3]), np.array([1.0, 2.0])
LENGTH, SIGMA, HELD = np.array([1.3, 2.0]), 0.6, 0.25  # ‖d_b‖², and of what is held times variance
NOISE = HELD + SIGMA**2
DRAWS, OFF, LARGEST_Z = 1500, 1.5, 5.0
REGIMES = {"overparameterized": 50, "underparameterized": 160}
PENALTY = 0.2


def arguments(samples: int) -> dict[str, float]:
    """The arguments of the theorems, κ among them, solved for numerically."""
    at = {"n": samples, "N": NOISE}
    for i in (0, 1):
        at |= {f"p_{i + 1}": SIZES[i], f"v_{i + 1}": VARIANCE[i], f"rho_{i + 1}": WEIGHT[i]}
        at |= {f"D_{i + 1}": LENGTH[i], f"ratio_{i + 1}": VARIANCE[i] / WEIGHT[i]}
    return at | {"kappa": effective_penalty(at), "penalty": PENALTY}


def effective_penalty(at: dict[str, float]) -> float:
    """The κ of ``PENALTY``, by its equation typed in as a fixed point."""

    def missing(kappa: float) -> float:
        ratios = VARIANCE / WEIGHT
        return PENALTY + kappa / at["n"] * (SIZES * ratios / (ratios + kappa)).sum() - kappa

    return float(brentq(missing, 1e-9, 1e3, xtol=1e-14))


def valued(name: str, at: dict[str, float]) -> float:
    """A theorem at those of the arguments that it has."""
    entry = theorem(name)
    return float(entry(**{argument: at[argument] for argument in entry.arguments}))


def exchanged(at: dict[str, float]) -> dict[str, float]:
    """The same with both blocks exchanged: theorems are about the first."""
    names = {f"{name}_{i}": f"{name}_{3 - i}" for name in NUMBERED for i in (1, 2)}
    return {name: at[names.get(name, name)] for name in at}


NUMBERED = ("p", "v", "rho", "D", "ratio", "trace", "beta")


def drawn_features(rng: np.random.Generator, samples: int) -> np.ndarray:
    """Features of one task, [P, n]."""
    deviations = np.repeat(np.sqrt(VARIANCE), SIZES)
    return deviations[:, None] * rng.standard_normal((SIZES.sum(), samples))


@cache
def updates(samples: int) -> np.ndarray:
    """Per draw: the share of d that Δ has and the mean square across it, per block; R_t + σ²."""
    rng = np.random.default_rng(samples)
    variances, weights = np.repeat(VARIANCE, SIZES), np.repeat(WEIGHT, SIZES)
    drift = np.zeros(SIZES.sum())
    drift[[0, SIZES[0]]] = np.sqrt(LENGTH)
    rows = np.empty((DRAWS, 5))
    for row in rows:
        features = drawn_features(rng, samples)
        residual = features.T @ drift + np.sqrt(NOISE) * rng.standard_normal(samples)
        loss = features @ features.T / samples + PENALTY * np.diag(weights)
        moved = np.linalg.solve(loss, features @ residual / samples)
        along = moved[[0, SIZES[0]]] / np.sqrt(LENGTH)
        across = [(part[1:] ** 2).mean() for part in np.split(moved, [SIZES[0]])]
        row[:] = *along, *across, (variances * (moved - drift) ** 2).sum() + NOISE
    return rows


def predicted(at: dict[str, float]) -> np.ndarray:
    """What theorems say these means are."""
    gains, unit, risk = (
        f"deterministic-equivalent-{name}" for name in ("gain", "variance", "risk")
    )
    other = exchanged(at)
    return np.array(
        [
            *(valued(name, which) for name in (gains, unit) for which in (at, other)),
            valued(risk, at),
        ]
    )


def disagrees(rows: np.ndarray, wanted: np.ndarray, samples: int) -> np.ndarray:
    """Which means are off by more than errors and terms of higher order allow."""
    error = rows.std(axis=0) / np.sqrt(len(rows))
    assert (error < 0.01 * np.abs(rows.mean(axis=0))).all()  # what the test can see
    allowed = LARGEST_Z * error + OFF / samples * np.abs(wanted)
    return np.abs(rows.mean(axis=0) - wanted) > allowed


@pytest.mark.parametrize("regime", REGIMES)
def test_moments_are_those_of_drawn_updates(regime):
    samples = REGIMES[regime]
    at = arguments(samples)
    rows = updates(samples)
    assert not disagrees(rows, predicted(at), samples).any()
    assert disagrees(rows, predicted(at | {"kappa": PENALTY}), samples).all()
    assert disagrees(rows, predicted(exchanged(at)), samples)[:4].all()


@pytest.mark.parametrize("regime", REGIMES)
def test_means_of_resolvents_are_those_of_drawn_matrices(regime):
    """E[Q] and E[QBQ] per block, whitened by ρ, and that φᵀQ₋φ/n is δ for fresh samples φ."""
    samples = REGIMES[regime]
    at = arguments(samples)
    rng = np.random.default_rng(samples + 1)
    whitened = 1 / np.sqrt(np.repeat(WEIGHT, SIZES))[:, None]
    middle = rng.uniform(0, 2, SIZES.sum())  # B, diagonal
    rows = np.empty((DRAWS // 3, 4))
    means = []
    for row in rows:
        features, fresh = (whitened * drawn_features(rng, count) for count in (samples, 50))
        inverse = np.linalg.inv(features @ features.T / samples + PENALTY * np.eye(SIZES.sum()))
        first = np.diagonal(inverse)[: SIZES[0]].mean()
        second = (inverse[: SIZES[0]] ** 2 @ middle).mean()
        bilinear = np.einsum("pk,pq,qk->k", fresh, inverse, fresh) / samples
        row[:] = first, second, bilinear.mean(), (middle @ inverse**2)[SIZES[0] :].mean()
        means.append(bilinear.std() / bilinear.mean())
    traces = [part.sum() for part in np.split(middle, [SIZES[0]])]
    at |= {f"trace_{i + 1}": traces[i] for i in (0, 1)}
    at |= {f"beta_{i + 1}": traces[i] / SIZES[i] for i in (0, 1)}

    def wanted(at: dict[str, float]) -> np.ndarray:
        first, second = (
            f"deterministic-equivalent-{name}" for name in ("resolvent", "second-moment")
        )
        squares = valued(second, at), valued(second, exchanged(at))
        return np.array([valued(first, at), squares[0], at["kappa"] / PENALTY - 1, squares[1]])

    assert not disagrees(rows, wanted(at), samples).any()
    assert disagrees(rows, wanted(at | {"kappa": PENALTY * 1.001}), samples).all()
    assert np.mean(means) < 3 / np.sqrt(samples)  # concentration: it varies little


def test_the_penalty_of_an_effective_penalty_is_that_of_the_fixed_point():
    for samples in REGIMES.values():
        at = arguments(samples)
        assert valued("deterministic-equivalent-penalty", at) == pytest.approx(PENALTY, rel=1e-9)


def test_what_varies_is_carried_as_result_r_does():
    at = arguments(50)
    variance = valued("deterministic-equivalent-variance", at)
    gain = valued("deterministic-equivalent-gain", at)
    psi = (valued("deterministic-equivalent-risk", at)) / at["n"]
    found = valued("deterministic-equivalent-spread", at | {"Psi": psi, "alpha": 0.7, "V_b": 0.4})
    assert found == pytest.approx((1 - 0.7 * gain) ** 2 * 0.4 + 0.49 * SIZES[0] * variance)
