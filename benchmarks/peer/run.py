"""Run Avalanche on an exported file, print a table beside our fine-tuning, and write JSON.

    python -m benchmarks.peer.run split-mnist.npz --output split-mnist.json

EWC, SI and MAS are first tuned, each with as many strengths, on a development seed that is used for
nothing else; the strength with the highest Avg.Acc is kept.
"""

from __future__ import annotations

import argparse
import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.peer.methods import METHODS, Exported, run
from benchmarks.peer.table import METRICS, minus, ratio, summary

TRIED = {  # strengths, from which one is chosen on the development seed
    "ewc": (1e2, 1e3, 1e4, 1e5),
    "si": (1e2, 1e3, 1e4, 1e5),
    "mas": (1e-1, 1e0, 1e1, 1e2),
}
COMPARED = ("plain", "naive")  # the methods that are the same as ours


def main() -> None:
    """Tune, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="as benchmarks.peer.export wrote it")
    parser.add_argument("--output", type=Path, required=True, help="the JSON file to write")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    with np.load(given.file) as file:
        arrays = dict(file)
    about = json.loads(str(arrays.pop("about")))
    exported = Exported(about, arrays)
    document = {
        "benchmark": about["benchmark"],
        "settings": about["settings"],
        "seeds": about["seeds"],
        "development_seed": about["development_seeds"][0],
        "versions": {name: version(name) for name in ("avalanche-lib", "torch")},
        "threads": given.threads,
        "ours": about["ours"] | summary(arrays["ours"]),
        "methods": {},
        "minus_ours": {},
        "times_ours": {},
    }
    print(row("ours", document["ours"]))
    for method in METHODS:
        add(document, method, exported)
        part = given.output.with_name(given.output.name + ".part")
        part.write_text(json.dumps(document, indent=1) + "\n")
        os.replace(part, given.output)


def add(document: dict[str, Any], method: str, exported: Exported) -> None:
    """Measure a method, tuned if it has a strength, and print its line."""
    tuned = tune(exported, method) if method in TRIED else None
    best = float(max(tuned, key=lambda name: tuned[name])) if tuned else None
    found = measured(exported, method, best)
    document["methods"][method] = {"strength": best, "tried": tuned} | found
    document["times_ours"][method] = ratio(found, document["ours"])
    print(row(method, found), flush=True)
    if method == "si":
        seed, naive = document["seeds"][0], document["methods"]["naive"]
        shipped = run(exported, "si-shipped", seed, best, ends=True)[0][-1].mean()
        document["si_as_shipped_is_naive"] = bool(np.isclose(100 * shipped, naive["avg_acc"][0]))
    if method in COMPARED:
        document["minus_ours"][method] = minus(found, document["ours"])
        print("minus ours:", document["minus_ours"][method])


def tune(exported: Exported, method: str) -> dict[str, float]:
    """Avg.Acc at each strength on the development seed, by the strength in digits."""
    seed = exported.about["development_seeds"][0]
    found = {
        f"{strength:g}": float(run(exported, method, seed, strength, ends=True)[0][-1].mean())
        for strength in TRIED[method]
    }
    print(f"{method}, seed {seed}: {found}", flush=True)
    return found


def measured(exported: Exported, method: str, strength: float | None) -> dict[str, Any]:
    """All seeds: their metrics, and the mean seconds of a run."""
    runs = [run(exported, method, seed, strength) for seed in exported.about["seeds"]]
    seconds = {
        clock: float(np.mean([taken[clock] for _, taken in runs])) for clock in ("wall", "cpu")
    }
    return {"seconds_per_run": seconds} | summary(np.stack([accuracy for accuracy, _ in runs]))


def row(name: str, found: dict[str, Any]) -> str:
    """A line of the table."""
    cells = (
        f"{metric} {np.mean(found[metric]):.2f} ± {np.std(found[metric], ddof=1):.2f}"
        for metric in METRICS
    )
    taken = found["seconds_per_run"]
    return f"{name}: {', '.join(cells)}; {taken['wall']:.1f} s, {taken['cpu']:.1f} s of CPU a run"


if __name__ == "__main__":
    main()
