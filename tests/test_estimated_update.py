"""Estimates from pairs of samples of what the optimal update needs, against draws."""

from __future__ import annotations

import numpy as np
import pytest

from update_magnitude.theory import theorem

DRAWS, LARGEST_Z = 40_000, 4.5


def over_pairs(vectors: np.ndarray) -> np.ndarray:
    """The mean of ⟨x_i, x_j⟩ over all pairs of different samples, from [draws, samples, size]."""
    samples = vectors.shape[1]
    together = (vectors.sum(axis=1) ** 2).sum(axis=1)
    return (together - (vectors**2).sum(axis=(1, 2))) / (samples * (samples - 1))


def agrees(values: np.ndarray, prediction: float) -> None:
    error = values.std() / np.sqrt(len(values))
    assert abs(values.mean() - prediction) < LARGEST_Z * error
    assert error < 0.05 * abs(prediction)


@pytest.mark.parametrize(("samples", "noise"), [(8, 0.5), (12, 0.1), (20, 2.0)])
def test_estimates_from_pairs_of_samples(samples, noise):
    rng = np.random.default_rng([samples, int(10 * noise)])
    drift = np.array([0.6, -0.3, 0.2, 0.0, 0.5, 1.0, -0.4])
    sizes = {"block": slice(0, 4), "all": slice(0, 7)}
    features = rng.standard_normal((DRAWS, samples, len(drift)))
    residual = features @ drift + np.sqrt(noise) * rng.standard_normal((DRAWS, samples))
    moments = features * residual[..., None]
    total, part = drift @ drift, drift[sizes["block"]] @ drift[sizes["block"]]
    drifts = over_pairs(moments[..., sizes["block"]])
    agrees(drifts, part)
    at = {"n": samples, "p_b": 4, "D_b": part, "s": total + noise}
    wanted = float(theorem("estimated-drift-variance")(**at))
    agrees((drifts - part) ** 2, wanted)
    assert float(theorem("estimated-drift-error")(**at)) == pytest.approx(wanted / part**2)
    noises = (residual**2).mean(axis=1) - over_pairs(moments)
    assert abs(noises.mean() - noise) < LARGEST_Z * noises.std() / np.sqrt(DRAWS)
    at = {"n": samples, "P": 7, "D_S": total, "N": noise}
    wanted = float(theorem("estimated-noise-variance")(**at))
    agrees((noises - noise) ** 2, wanted)
    assert float(theorem("estimated-noise-error")(**at)) == pytest.approx(wanted / noise**2)


def test_what_does_not_vanish():
    """Variances next to their limits; and the error by residuals, drawn as χ²/ν."""
    known = {"n": 12, "p_b": 4, "s": 1.3}
    floor = theorem("estimated-drift-floor")(**known)
    assert float(theorem("estimated-drift-variance")(**known, D_b=1e-9)) == pytest.approx(floor)
    known = {"n": 12, "P": 7, "D_S": 1.3}
    floor = theorem("estimated-noise-floor")(**known)
    assert float(theorem("estimated-noise-variance")(**known, N=1e-9)) == pytest.approx(floor)
    share = np.random.default_rng(3).chisquare(5, DRAWS) / 5
    agrees((share - 1) ** 2, float(theorem("estimated-noise-by-residuals")(n=12, P=7)))


def test_small_batches_leave_a_relative_error_above_one():
    """Two blocks of 40 parameters and 12 samples, as against 100: nothing to plug in."""
    at = {"p_b": 40, "D_b": 0.5, "s": 1.09}
    small, large = theorem("estimated-drift-error")(**at, n=np.array([12, 200]))
    assert small > 1 > 10 * large
    at = {"P": 80, "D_S": 1.0, "N": 0.09}
    assert (theorem("estimated-noise-error")(**at, n=np.array([12, 40])) > 10).all()
