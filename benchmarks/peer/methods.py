"""Avalanche's methods on the exported tasks, and a plain PyTorch loop beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch
from avalanche.benchmarks import benchmark_from_datasets, with_task_labels
from avalanche.benchmarks.utils import (
    ConstantSequence,
    TaskLabels,
    as_taskaware_classification_dataset,
)
from avalanche.training.plugins import SynapticIntelligencePlugin
from avalanche.training.supervised import EWC, MAS, Naive, SynapticIntelligence
from numpy.typing import NDArray
from torch.utils.data import TensorDataset

from benchmarks.peer.network import Network, fill, perceptron, residual_net

MOMENTUM = 0.9
EVALUATED = 500  # images at once
STRENGTH = {"ewc": "ewc_lambda", "si-shipped": "si_lambda", "si": "si_lambda", "mas": "lambda_reg"}
STRATEGIES: dict[str, Callable[..., Any]] = {
    "naive": Naive,
    "ewc": EWC,
    "si-shipped": SynapticIntelligence,
    "si": SynapticIntelligence,
    "mas": MAS,
}
METHODS = ("plain", "naive", "ewc", "si", "mas")  # plain: fine-tuning by a loop of PyTorch's own
SHIPPED = SynapticIntelligencePlugin.extract_weights


@dataclass(frozen=True)
class Exported:
    """What ``export`` wrote."""

    about: dict[str, Any]
    arrays: dict[str, NDArray[Any]]

    @property
    def tasks(self) -> int:
        """T."""
        return len(self.arrays["labels"])

    def images(self, name: str, task: int | None = None) -> torch.Tensor:
        """Images with their channels in front, [m, channels, H, W]."""
        images = self.arrays[name] if task is None else self.arrays[name][task]
        return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))

    def labels(self, name: str, task: int | None = None) -> torch.Tensor:
        """Labels, [m]."""
        labels = self.arrays[name] if task is None else self.arrays[name][task]
        return torch.from_numpy(labels.astype(np.int64))

    def head(self, task: int) -> int:
        """The head that a task trains."""
        return task if self.about["heads"] > 1 else 0

    def network(self, seed: int) -> Network:
        """The network at our initial parameters; its outputs must be ours."""
        height, width, channels = self.arrays["images"].shape[2:]
        outputs = int(self.arrays["labels"].max()) + 1
        size, heads = self.about["settings"]["width"], self.about["heads"]
        if self.about["model"] == "residual":
            network = residual_net(channels, size, heads, outputs)
        else:
            network = perceptron(height * width * channels, size, heads, outputs)
        count = sum(name.startswith(f"initial_{seed}_") for name in self.arrays)
        fill(network, [self.arrays[f"initial_{seed}_{place}"] for place in range(count)])
        ours = torch.from_numpy(self.arrays[f"outputs_{seed}"])
        theirs = network.forward_single_task(self.images("images", 0)[: len(ours)], 0)
        torch.testing.assert_close(theirs, ours, rtol=1e-3, atol=1e-5)
        return network


def run(
    exported: Exported, method: str, seed: int, strength: float | None, *, ends: bool = False
) -> tuple[NDArray[np.float64], dict[str, float]]:
    """Accuracies a[k, j], NaN for j > k, and the seconds that it took to train and to test.

    If only its ``ends`` are wanted, all is tested after the last task alone.
    """
    torch.manual_seed(seed)
    network = exported.network(seed)
    began = perf_counter(), process_time()
    accuracy = np.full((exported.tasks, exported.tasks), np.nan)
    learn = _plain(exported, network) if method == "plain" else _strategy(
        exported, network, method, strength
    )  # fmt: skip
    for task in range(exported.tasks):
        learn(task)
        if not ends or task == exported.tasks - 1:
            accuracy[task, : task + 1] = [tested(exported, network, j) for j in range(task + 1)]
    return accuracy, {"wall": perf_counter() - began[0], "cpu": process_time() - began[1]}


def tested(exported: Exported, network: Network, task: int) -> float:
    """The share of a task's test images that the network gets right."""
    images, labels = (
        exported.images(f"test_images_{task}"),
        exported.labels(f"test_labels_{task}"),
    )
    with torch.no_grad():
        hits = sum(
            int((network.forward_single_task(some, exported.head(task)).argmax(1) == right).sum())
            for some, right in zip(images.split(EVALUATED), labels.split(EVALUATED), strict=True)
        )
    return hits / len(labels)


def _plain(exported: Exported, network: Network) -> Callable[[int], None]:
    """Learns a task with a loop of PyTorch's own; an optimizer is made for each task."""
    settings = exported.about["settings"]
    loss = torch.nn.CrossEntropyLoss()

    def learn(task: int) -> None:
        optimizer = _optimizer(network, settings["rate"])
        images, labels = exported.images("images", task), exported.labels("labels", task)
        size = settings["batch"]
        for _ in range(settings["epochs"]):
            order = torch.randperm(len(labels))
            for places in order[: len(order) // size * size].split(size):
                optimizer.zero_grad()
                logits = network.forward_single_task(images[places], exported.head(task))
                loss(logits, labels[places]).backward()
                optimizer.step()

    return learn


def _strategy(
    exported: Exported, network: Network, method: str, strength: float | None
) -> Callable[[int], None]:
    """Learns a task with one of Avalanche's strategies; momentum is forgotten before each task."""
    settings = exported.about["settings"]
    experiences = _experiences(exported)
    extract = _copy_weights if method == "si" else SHIPPED
    SynapticIntelligencePlugin.extract_weights = staticmethod(extract)
    options = {STRENGTH[method]: strength} if method in STRENGTH else {}
    strategy = STRATEGIES[method](
        model=network,
        optimizer=_optimizer(network, settings["rate"]),
        criterion=torch.nn.CrossEntropyLoss(),
        train_mb_size=settings["batch"],
        train_epochs=settings["epochs"],
        evaluator=None,
        **options,
    )

    def learn(task: int) -> None:
        before = strategy.clock.train_iterations
        strategy.train(experiences[task], shuffle=True, drop_last=True, reset_optimizer_state=True)
        steps = settings["epochs"] * (settings["samples"] // settings["batch"])
        if strategy.clock.train_iterations - before != steps:
            raise RuntimeError(f"{method}: not {steps} steps, as ours")

    return learn


def _copy_weights(model: Any, target: Any, excluded_parameters: Any) -> None:
    """What the weights are now, for the plugin of SI.

    As shipped, on a CPU it keeps views of the parameters: they move with these, so that no weight
    has ever moved, and the penalty is 0.
    """
    allowed = SynapticIntelligencePlugin.allowed_parameters(model, excluded_parameters)
    for name, parameter in allowed:
        target[name].data = parameter.detach().flatten().clone()


def _experiences(exported: Exported) -> list[Any]:
    datasets = []
    for task in range(exported.tasks):
        images, labels = exported.images("images", task), exported.labels("labels", task)
        plain = TensorDataset(images, labels)
        plain.targets = labels.tolist()
        heads = TaskLabels(ConstantSequence(exported.head(task), len(labels)))
        named = as_taskaware_classification_dataset(plain)
        datasets.append(named.update_data_attribute(name="targets_task_labels", new_value=heads))
    return list(with_task_labels(benchmark_from_datasets(train=datasets)).train_stream)


def _optimizer(network: Network, rate: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(network.parameters(), lr=rate, momentum=MOMENTUM)
