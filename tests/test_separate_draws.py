"""Noise and features of a task are drawn from different numbers of its stream."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from update_magnitude.simulations.engines.drawing import draw_errors, draw_features


@pytest.mark.parametrize("samples", [1, 2, 7])
@pytest.mark.parametrize("replicates", [1, 4])
def test_no_noise_is_a_feature(samples, replicates):
    """With one parameter there are as many of both: from the same numbers they would be equal."""
    key = jax.random.key(0)
    features = np.asarray(draw_features(key, (replicates, samples, 1), "float32"))
    errors = np.asarray(draw_errors(key, (replicates, samples), "float32"))
    assert features.size == errors.size == replicates * samples
    assert not np.isin(errors, features).any()
    again = np.asarray(draw_features(key, (replicates, samples, 1), "float32"))
    assert np.isin(again, features).all()  # the control: equal numbers are seen as equal
