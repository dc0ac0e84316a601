"""What others would write: a plain NumPy loop, and batches in PyTorch where it is installed."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import numpy as np

from update_magnitude.scenarios import Scenario

BATCH_NUMBERS = 2**23  # features of a batch in PyTorch: 64 MiB in float64


def numpy_replicate(scenario: Scenario) -> None:
    """One replicate as a paper's author would write it."""
    rng = np.random.default_rng(0)
    capacity, theta = scenario.blocks.capacity, np.zeros(scenario.blocks.capacity)
    for samples in scenario.tasks.samples:
        features = rng.standard_normal((capacity, samples))
        outcomes = features.T @ np.ones(capacity) + 0.3 * rng.standard_normal(samples)
        residual = outcomes - features.T @ theta
        theta += features @ np.linalg.solve(features.T @ features, residual)


def has_torch() -> bool:
    """Whether PyTorch is installed."""
    return importlib.util.find_spec("torch") is not None


def torch_batch(scenario: Scenario) -> int:
    """Replicates in a batch of PyTorch."""
    capacity, samples = scenario.blocks.capacity, max(scenario.tasks.samples)
    return max(1, BATCH_NUMBERS // (capacity * samples))


def torch_replicates(scenario: Scenario) -> None:
    """A batch of replicates in PyTorch, on its fastest device, in float64."""
    torch: Any = importlib.import_module("torch")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    options: dict[str, Any] = {"dtype": torch.float64, "device": device}
    capacity, batch = scenario.blocks.capacity, torch_batch(scenario)
    theta = torch.zeros(batch, capacity, 1, **options)
    for samples in scenario.tasks.samples:
        features = torch.randn(batch, capacity, samples, **options)
        noise = 0.3 * torch.randn(batch, samples, 1, **options)
        turned = features.transpose(1, 2)
        residual = turned @ (1 - theta) + noise
        theta = theta + features @ torch.linalg.solve(turned @ features, residual)
    if device == "cuda":
        torch.cuda.synchronize()
