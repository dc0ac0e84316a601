"""Write what the peer needs: tasks, initial parameters, and our own fine-tuning with its time.

python -m benchmarks.peer.export split-mnist --data DIR --output split-mnist.npz
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.writing import write_whole
from update_magnitude.simulations import streams
from update_magnitude.simulations.networks.benchmarks import BENCHMARKS, Settings, settings_of
from update_magnitude.simulations.networks.model import MODELS, Network
from update_magnitude.simulations.networks.running import Trainer, tasks_of
from update_magnitude.simulations.networks.tasks import Tasks

# As in docs/networks.md.
SIZES: dict[str, dict[str, int]] = {
    "split-mnist": {"width": 8, "shrink": 2, "samples": 500, "epochs": 3, "batch": 32},
    "permuted-mnist": {"tasks": 5, "samples": 5000, "epochs": 3},
}
DEVELOPMENT = (1000, 1001)  # seeds on which the peer's methods are tuned, and no others
PROBED = 16  # images of the first task on which both networks must have the same outputs


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benchmark", choices=SIZES)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    parser.add_argument("--output", type=Path, required=True, help="the .npz to write")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    sizes: dict[str, Any] = SIZES[given.benchmark]
    settings = settings_of(given.benchmark, ("initialized",), given.seeds, **sizes)
    tasks = tasks_of(settings, given.data)
    seeds = [*range(given.seeds), *DEVELOPMENT]
    arrays = _task_arrays(tasks) | _initial_arrays(settings, tasks, seeds)
    accuracy, seconds = _timed(Trainer(settings, tasks))
    about = {
        "benchmark": given.benchmark,
        "model": BENCHMARKS[given.benchmark].model,
        "seeds": seeds[: given.seeds],
        "development_seeds": list(DEVELOPMENT),
        "settings": settings.document(),
        "heads": tasks.heads,
        "ours": {"method": "initialized", "seconds_per_run": seconds},
    }
    arrays |= {"about": np.array(json.dumps(about)), "ours": accuracy}
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **arrays)
    write_whole(given.output, packed.getvalue())
    print(f"{given.output}: {seconds}")


def _task_arrays(tasks: Tasks) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {"images": tasks.images, "labels": tasks.labels}
    for task, (images, labels) in enumerate(zip(tasks.test_images, tasks.test_labels, strict=True)):
        arrays |= {f"test_images_{task}": images, f"test_labels_{task}": labels}
    return arrays


def _initial_arrays(settings: Settings, tasks: Tasks, seeds: list[int]) -> dict[str, NDArray[Any]]:
    """The initial parameters of each seed in the order of the network, and its first outputs."""
    arrays = {}
    make = MODELS[BENCHMARKS[settings.benchmark].model]
    for seed in seeds:
        random = streams.generator(streams.INITIAL, seed)
        network = make(random, tasks.shape, settings.width, tasks.heads, tasks.outputs)
        for place, leaf in enumerate(jax.tree.leaves(network)):
            arrays[f"initial_{seed}_{place}"] = np.asarray(leaf)
        arrays[f"outputs_{seed}"] = _outputs(network, tasks)
    return arrays


def _outputs(network: Network, tasks: Tasks) -> NDArray[np.float32]:
    return np.asarray(network(jax.device_put(tasks.images[0, :PROBED]), jax.device_put(0)))


def _timed(trainer: Trainer) -> tuple[NDArray[np.float64], dict[str, float]]:
    """Accuracies [seed, k, j], and the seconds of one run once its programs are compiled."""
    for _ in range(2):  # the first compiles
        began = perf_counter(), process_time()
        with TemporaryDirectory() as folder:
            records = trainer.run(Path(folder), lambda progress: None).records
        taken = perf_counter() - began[0], process_time() - began[1]
    wall, cpu = (seconds / trainer.settings.seeds for seconds in taken)
    return np.stack(records.accuracy, axis=1), {"wall": wall, "cpu": cpu}


if __name__ == "__main__":
    main()
