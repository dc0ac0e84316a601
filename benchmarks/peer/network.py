"""The networks of simulations/networks/model.py, written in PyTorch for Avalanche.

Images are [batch, channels, height, width]. Parameters are registered in the order in which ours
are written to the file, so that they can be filled in one after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from avalanche.models import MultiTaskModule
from numpy.typing import NDArray
from torch import Tensor, nn

GROUPS, TINY, STAGES, LAYERS = 4, 1e-5, 4, 3


class Conv(nn.Module):
    """A convolution without bias, with a border of zeros."""

    def __init__(self, inputs: int, outputs: int, side: int, stride: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, side, side))
        self.stride, self.border = stride, side // 2

    def forward(self, images: Tensor) -> Tensor:
        """[batch, inputs, H, W] → [batch, outputs, ⌈H/stride⌉, ⌈W/stride⌉]."""
        return nn.functional.conv2d(images, self.weight, stride=self.stride, padding=self.border)


class Residual(nn.Module):
    """Two convolutions around which the input is led."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first, self.first_norm = Conv(inputs, outputs, 3, stride), normalization(outputs)
        self.second, self.second_norm = Conv(outputs, outputs, 3), normalization(outputs)
        changes = inputs != outputs or stride > 1
        self.around = Conv(inputs, outputs, 1, stride) if changes else nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        """[batch, inputs, H, W] → [batch, outputs, ⌈H/stride⌉, ⌈W/stride⌉]."""
        hidden = self.first_norm(self.first(images)).relu()
        return (self.second_norm(self.second(hidden)) + self.around(images)).relu()


class Layer(nn.Module):
    """relu(xW + b)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, rows: Tensor) -> Tensor:
        """[batch, inputs] → [batch, outputs]."""
        return (rows @ self.weight + self.bias).relu()


class Network(MultiTaskModule):
    """A body and linear heads, one per task or one for all.

    All heads are one parameter, as ours are: those of other tasks have gradients of 0.
    """

    def __init__(self, body: nn.Module, heads: int, features: int, outputs: int) -> None:
        super().__init__()
        self.body = body
        self.weight = nn.Parameter(torch.empty(heads, features, outputs))
        self.bias = nn.Parameter(torch.empty(heads, outputs))

    def adaptation(self, experience: object) -> None:
        """Nothing grows: all heads are there from the start."""

    def forward(self, images: Tensor, task_labels: Tensor) -> Tensor:
        """Logits, [batch, outputs]; a batch is of one task."""
        return self.forward_single_task(images, int(task_labels[0]))

    def forward_single_task(self, images: Tensor, task_label: int) -> Tensor:
        """Logits of one head, [batch, outputs]."""
        return self.body(images) @ self.weight[task_label] + self.bias[task_label]


def normalization(channels: int) -> nn.Module:
    """Group normalization in as many groups as ours."""
    return nn.GroupNorm(min(GROUPS, channels), channels, eps=TINY)


def residual_net(channels: int, width: int, heads: int, outputs: int) -> Network:
    """Nine convolutional blocks, average pooling, heads."""
    blocks: list[nn.Module] = [Conv(channels, width, 3), normalization(width), nn.ReLU()]
    inputs = width
    for stage in range(STAGES):
        for stride in (2 if stage else 1, 1):
            blocks.append(Residual(inputs, width * 2**stage, stride))
            inputs = width * 2**stage
    pooled = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return Network(pooled, heads, inputs, outputs)


def perceptron(pixels: int, width: int, heads: int, outputs: int) -> Network:
    """Three hidden layers of equal width, heads."""
    layers = [Layer(*ends) for ends in pairwise([pixels, *[width] * LAYERS])]
    return Network(nn.Sequential(nn.Flatten(), *layers), heads, width, outputs)


def fill(network: Network, leaves: Sequence[NDArray[np.float32]]) -> None:
    """Set all parameters to ours; convolutions there are [side · side · inputs, outputs]."""
    with torch.no_grad():
        # The heads come last there, and are registered first here.
        parameters = [*network.body.parameters(), network.weight, network.bias]
        for parameter, leaf in zip(parameters, leaves, strict=True):
            if parameter.ndim == 4:
                outputs, inputs, side, _ = parameter.shape
                leaf = leaf.reshape(side, side, inputs, outputs).transpose(3, 2, 0, 1)
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(leaf)))
