"""Spectral filters in numbers: what a way of stopping short does to an update, as m/n → γ.

A filter h acts on the eigenvalues x of A = Φ_SΦ_Sᵀ/n, whose law tends to that of Marchenko and
Pastur. With x = 1 + γ + 2√γ cos φ its density is (2/π) sin²φ/x in φ, so that all integrals are over
a half circle: the trapezoidal rule there is exact for polynomials, and gains digits with every node
where the filter is smooth. Between the eigenvalue 0 and the others nothing is lost: h(0) = 0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from jaxtyping import Float64

Numbers = NDArray[np.float64]
FEWEST, MOST = 64, 2**21  # nodes of a quadrature
SETTLED = 1e-12  # by how much twice as many nodes may still move an integral, relative to it


class FilterMoments(NamedTuple):
    """What a filter does to an update: E[Δ] ≈ g d_S, E‖Δ‖² ≈ g₂ E‖d_S‖² + v N."""

    mean: Float64[Numbers, "..."]  # g = ∫ h dμ
    square: Float64[Numbers, "..."]  # g₂ = ∫ h² dμ
    noise: Float64[Numbers, "..."]  # v = γ ∫ h²/x dμ

    def risk(self, drift: ArrayLike, noise: ArrayLike) -> Float64[Numbers, "..."]:
        """The risk in the trained blocks, with drift = E‖d_S‖² and noise = N."""
        kept = 1 - 2 * self.mean + self.square
        return np.asarray(kept * np.asarray(drift, float) + self.noise * np.asarray(noise, float))


class Filter(ABC):
    """A way of stopping short: a share h of what an eigenvalue shows is learned along it."""

    @abstractmethod
    def moments(self, gamma: Float64[Numbers, "..."]) -> FilterMoments:
        """Its three integrals at m/n = γ."""


@dataclass(frozen=True)
class Scale(Filter):
    """The least-squares solution times α: h = α for x > 0."""

    alpha: ArrayLike

    def moments(self, gamma: Float64[Numbers, "..."]) -> FilterMoments:
        """Closed forms; at γ = 1 the noise is infinite."""
        alpha = np.asarray(self.alpha, float)
        seen = np.minimum(1.0, 1 / gamma)
        with np.errstate(divide="ignore"):
            noise = np.where(gamma < 1, gamma, 1.0) / np.abs(1 - gamma)
        return FilterMoments(alpha * seen, alpha**2 * seen, alpha**2 * noise)


@dataclass(frozen=True)
class Ridge(Filter):
    """The solution with a penalty λ > 0: h = x/(x + λ)."""

    penalty: ArrayLike

    def moments(self, gamma: Float64[Numbers, "..."]) -> FilterMoments:
        """Closed forms in κ ≥ 0, κ = λ + γκ/(1 + κ), without cancellation."""
        penalty = np.asarray(self.penalty, float)
        if not np.all(penalty > 0):
            raise ValueError(
                f"penalty = {self.penalty!r}: it is above 0; Scale(1) is the limit at 0"
            )
        half = gamma + penalty - 1
        root = np.sqrt(half**2 + 4 * penalty)
        with np.errstate(divide="ignore"):
            kappa = np.where(half > 0, (root + half) / 2, 2 * penalty / (root - half))
        mean = 1 / (1 + kappa)
        room = penalty + root + kappa**2  # (1 + κ)² − γ
        noise = gamma / room
        square = mean**2 + noise * (kappa * mean) ** 2
        return FilterMoments(*map(np.asarray, (mean, square, noise)))


@dataclass(frozen=True)
class Descent(Filter):
    """Gradient descent with rate η on ‖r − ΦᵀΔ‖²/2n, k steps from 0: h = 1 − (1 − ηx)^k."""

    steps: ArrayLike
    rate: ArrayLike

    def moments(self, gamma: Float64[Numbers, "..."]) -> FilterMoments:
        """Integrals of polynomials: exact once there are more nodes than steps."""
        steps, rate = np.asarray(self.steps, float), np.asarray(self.rate, float)
        if not (np.all(steps >= 1) and np.all(steps == np.floor(steps))):
            raise ValueError(f"steps = {self.steps!r}: a number of steps is whole and at least 1")
        if not np.all(rate > 0):
            raise ValueError(f"rate = {self.rate!r}: a rate is above 0")
        return _integrated(lambda x, k, eta: -_power_less_one(eta * x, k), gamma, steps, rate)


@dataclass(frozen=True)
class AnyFilter(Filter):
    """A filter given as a function h of eigenvalues x > 0, smooth, and 0 at 0 like x."""

    share: Callable[[Numbers], Numbers]

    def moments(self, gamma: Float64[Numbers, "..."]) -> FilterMoments:
        """Quadrature with as many nodes as it takes."""
        return _integrated(self.share, gamma)


Share: TypeAlias = Callable[..., Numbers]  # of eigenvalues, and of parameters of the filter


def filter_moments(filter: Filter, gamma: ArrayLike) -> FilterMoments:
    """Mean, square and noise of an update by a spectral filter, in the limit m/n → γ.

    g = ∫ h dμ, g₂ = ∫ h² dμ and v = γ ∫ h²/x dμ over the Marchenko–Pastur law μ. With them E[Δ] is
    g d_S and E[ΔΔᵀ] is a d_S d_Sᵀ + (b E‖d_S‖² + c N) I, a = g², b = (g₂ − g²)/m, c = v/m, up to
    terms that shrink like 1/n.

    Args:
        filter: ``Scale``, ``Ridge``, ``Descent`` or ``AnyFilter``; its parameters may be arrays.
        gamma: m/n, above 0; a number or an array that broadcasts with them.

    Returns:
        Three arrays of the common shape.

    Raises:
        ValueError: if γ, or a parameter of the filter, cannot be.
        ArithmeticError: if a quadrature does not settle.

    Example:
        >>> filter_moments(Descent(steps=1, rate=0.5), gamma=2.0)
        FilterMoments(mean=array(0.5), square=array(0.75), noise=array(0.5))
        >>> ridge = filter_moments(Ridge(penalty=0.5), gamma=2.0)
        >>> round(float(ridge.risk(drift=1.0, noise=0.25)), 6)
        0.640388

    Source: docs/model.md, spectral filters.
    """
    ratio = np.asarray(gamma, float)
    if not np.all((ratio > 0) & np.isfinite(ratio)):
        raise ValueError(f"gamma = {gamma!r}: a ratio of sizes is above 0 and finite")
    return filter.moments(ratio)


def _power_less_one(reached: Numbers, steps: float) -> Numbers:
    """(1 − z)^k − 1, with all digits where z is small."""
    left = 1 - reached
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        size = steps * np.where(left > 0, np.log1p(-reached), np.log(np.abs(left)))
        odd = (left < 0) & (steps % 2 == 1)
        power = np.where(odd, -np.exp(size) - 1, np.expm1(size))
    return np.asarray(np.where(left == 0, -1.0, power))


def _integrated(share: Share, gamma: Numbers, *parameters: Numbers) -> FilterMoments:
    """The three integrals for every entry of the common shape; entries alike are done once."""
    entries = np.broadcast_arrays(gamma, *parameters)
    rows = np.stack([entry.ravel() for entry in entries], axis=1)
    distinct, place = np.unique(rows, axis=0, return_inverse=True)
    values = np.array([_settled(share, *row) for row in distinct])[place.ravel()]
    return FilterMoments(*(column.reshape(entries[0].shape) for column in values.T))


def _settled(share: Share, gamma: float, *parameters: float) -> Numbers:
    """The integrals at one point, with nodes doubled until they stay as they are."""
    nodes, before = FEWEST, np.full(3, np.nan)
    while nodes <= MOST:
        values = _by_quadrature(share, nodes, gamma, *parameters)
        finite = np.all(np.isfinite(values))
        if not finite or np.all(np.abs(values - before) <= SETTLED * np.abs(values)):
            return values
        nodes, before = 2 * nodes, values
    raise ArithmeticError(f"the filter is too steep for {MOST} nodes at gamma = {gamma}")


def _by_quadrature(share: Share, nodes: int, gamma: float, *parameters: float) -> Numbers:
    """The trapezoidal rule in φ: of (2/π) sin²φ times h/x, h²/x and γ (h/x)²."""
    angle = np.pi * np.arange(1, nodes) / nodes
    root = np.sqrt(gamma)
    # 1 + γ + 2√γ cos φ, whose terms would cancel next to φ = π
    x = (1 - root) ** 2 + 4 * root * np.cos(angle / 2) ** 2
    weight = 2 * np.sin(angle) ** 2 / nodes
    shares = share(x, *parameters)
    along = shares / x
    return np.array([weight @ along, weight @ (shares * along), gamma * (weight @ along**2)])
