"""Comparing the risks that two engines draw: means, variances and whole distributions."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np
from scipy import stats

from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.engines import engine_for
from update_magnitude.simulations.numerics.precision import computing_in

DIGITS = 9  # relative to the median risk: what differs by less is rounding, and counts as equal


class Scores(NamedTuple):
    """How far two samples of risks are apart."""

    mean: float  # the largest |z| of all means
    variance: float  # the largest |z| of all variances
    p_value: float  # the least of all Kolmogorov-Smirnov tests, times their number (Bonferroni)


def drawn(name: str, scenario: Scenario, replicates: int, seed: int) -> np.ndarray:
    """R_i(θ_t) of an engine, flattened: [replicates, T²]."""
    with computing_in("float64"):
        return np.concatenate(_units(engine_for(name), scenario, replicates, seed))[:replicates]


def single(scenario: Scenario, replicates: int, seed: int) -> np.ndarray:
    """The same of the law engine in float32."""
    return np.concatenate(_units(engine_for("law"), scenario, replicates, seed))[:replicates]


def compared(left: np.ndarray, right: np.ndarray) -> Scores:
    """The scores of two samples of the same risks."""
    scale = max(np.median(left), np.median(right)) or 1.0
    left, right = (np.round(values / scale, DIGITS) for values in (left, right))
    tests = [
        stats.ks_2samp(*pair, method="asymp").pvalue for pair in zip(left.T, right.T, strict=True)
    ]
    squares = [(values - values.mean(0)) ** 2 for values in (left, right)]
    return Scores(
        mean=_largest_z(left, right),
        variance=_largest_z(*squares),
        p_value=min(1.0, min(tests) * len(tests)),
    )


def _units(module: Any, scenario: Scenario, replicates: int, seed: int) -> list[np.ndarray]:
    shape, problem = module.shape_of([scenario]), module.problem_of([scenario])
    key, units = jax.random.key(seed), range(-(-replicates // shape.unit))
    run = jax.jit(module.unit_run, static_argnames="shape")
    found = [np.asarray(run(key, unit, shape, problem).risks) for unit in units]
    return [risks.reshape(len(risks), -1).astype(float) for risks in found]


def _largest_z(left: np.ndarray, right: np.ndarray) -> float:
    """Of the differences of means, in standard errors; 0 where nothing varies or differs."""
    error = np.hypot(*(values.std(0) / np.sqrt(len(values)) for values in (left, right)))
    difference = np.abs(left.mean(0) - right.mean(0))
    return float((difference / np.where(difference > 0, error, 1.0)).max())
