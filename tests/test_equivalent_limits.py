"""Limits of result D in numbers: as extreme values of the whole, and against what is known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.test_equivalent import arguments, valued
from update_magnitude.theory import theorem
from update_magnitude.theory.numbers.arguments import Numbers
from update_magnitude.theory.results import symbols
from update_magnitude.theory.results.update import moments_at

NAME = "deterministic-equivalent"


def loose_kappa(at: dict[str, float], kappas: Numbers) -> float:
    """The κ of a grid at which Σ p_b s_b/(s_b + κ) comes closest to n."""
    sizes = sum(at[f"p_{i}"] * at[f"ratio_{i}"] / (at[f"ratio_{i}"] + kappas) for i in (1, 2))
    return float(kappas[np.argmin(np.abs(sizes - at["n"]))])


def test_the_effective_penalty_as_the_penalty_goes():
    """λ → 0, m > n: a grid finds the same κ, two blocks of different weights; and ρ = 1."""
    at = arguments(50)
    found = valued(f"{NAME}-kappa-loose", at)
    grid = np.linspace(0.5 * found, 2 * found, 200_001)
    assert found == pytest.approx(loose_kappa(at, grid), rel=1e-4)
    assert valued(f"{NAME}-penalty", at | {"kappa": found * (1 + 1e-9)}) == pytest.approx(
        0, abs=1e-8
    )
    alike = at | {"rho_1": 1.0, "rho_2": 1.0}
    assert valued(f"{NAME}-kappa-initialized", at) == pytest.approx(
        valued(f"{NAME}-kappa-loose", alike), rel=1e-12
    )
    assert np.isnan(valued(f"{NAME}-kappa-loose", at | {"n": 150}))  # n > m: κ = 0


def test_where_blocks_are_alike_it_is_the_root_of_a_quadratic():
    kappa = theorem(f"{NAME}-kappa")
    for gamma, penalty in ((2.0, 0.3), (0.4, 0.3), (1.0, 0.01)):
        found = float(kappa(gamma=gamma, penalty=penalty))
        assert found == pytest.approx(penalty + found * gamma / (1 + found), rel=1e-12)
        loose = float(kappa(gamma=gamma, penalty=1e-12))
        if gamma != 1:
            wanted = float(theorem(f"{NAME}-kappa-least-norm")(gamma=gamma))
            assert loose == pytest.approx(wanted, abs=1e-10)


def test_least_squares_and_no_update():
    at = arguments(160)
    nearly = valued(f"{NAME}-variance", at | {"kappa": 1e-12})
    assert valued(f"{NAME}-least-squares", at) == pytest.approx(nearly, rel=1e-9)
    assert valued(f"{NAME}-gain", at | {"kappa": 1e-12}) == pytest.approx(1, rel=1e-9)
    still = at | {"kappa": 1e12}
    assert valued(f"{NAME}-no-update", at) == pytest.approx(valued(f"{NAME}-risk", still), rel=1e-9)
    ratio = valued(f"{NAME}-penalty", still) / 1e12
    assert valued(f"{NAME}-no-update-penalty", at) == pytest.approx(ratio, rel=1e-9)


@pytest.mark.parametrize("samples", [50, 160])
def test_a_block_held_ever_tighter_is_frozen(samples):
    at = arguments(samples)
    held = at | {"rho_2": 1e13}
    for quantity in ("penalty", "variance", "risk"):
        limit = valued(f"{NAME}-frozen-{quantity}", at)
        assert limit == pytest.approx(valued(f"{NAME}-{quantity}", held), rel=1e-9)
    # What is frozen adds to the noise, and to nothing else.
    alone = at | {"p_2": 1e-13, "N": at["N"] + at["v_2"] * at["D_2"], "D_2": 0.0}
    assert valued(f"{NAME}-frozen-risk", at) == pytest.approx(
        valued(f"{NAME}-risk", alone), rel=1e-9
    )
    assert valued(f"{NAME}-frozen-gain", at) == 0


@pytest.mark.parametrize("gamma", [0.4, 1.7])
def test_it_contains_the_proximal_update_and_ridge_regression(gamma):
    at = {"gamma": gamma, "penalty": 0.3, "D_S": 1.2, "N": 0.4, "e_d": -0.7}
    for measure in ("risk", "forgetting"):
        assert valued(f"{NAME}-proximal-{measure}", at) == pytest.approx(
            valued(f"proximal-{measure}", at), rel=1e-12
        )
    best = gamma * at["N"] / at["D_S"]
    kappa = float(theorem(f"{NAME}-kappa")(gamma=gamma, penalty=best))
    ridge = valued(f"{NAME}-ridge", at)
    assert ridge == pytest.approx(at["N"] * kappa / best, rel=1e-12)
    assert ridge == pytest.approx(valued("proximal-best-risk", at) + at["N"], rel=1e-12)


@pytest.mark.parametrize(("m", "n"), [(34_000, 20_000), (8_000, 20_000)])
def test_result_u_is_what_it_is_to_leading_order(m, n):
    """a, b and c at large sizes: the relative error is that of the theorem over n."""
    exact, gamma = moments_at(n, m), m / n
    known = {symbols.n: n, symbols.m: m}
    kappa = max(gamma - 1, 0.0)
    share = 1 / (1 + kappa)
    left = n - m * share**2
    leading = {
        "mean": (exact.a, share**2),
        "signal": (exact.b, share**2 * (1 - share) ** 2 / left),
        "noise": (exact.c, share**2 / left),
    }
    for name, (coefficient, approximate) in leading.items():
        if name != "noise" and m < n:
            assert float(coefficient.subs(known)) == approximate  # 1 and 0, in both
            continue
        error = n * (float(coefficient.subs(known)) / approximate - 1)
        wanted = float(theorem(f"{NAME}-exact-{name}")(gamma=gamma))
        assert error == pytest.approx(wanted, rel=1e-3)
