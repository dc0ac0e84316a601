"""The strengths of restraints, chosen on development seeds: ``python -m benchmarks.strengths``.

Each restrained strategy is trained with eight strengths on seeds 0 to 4 of Split Digits and of
Permuted Digits; the strength with the highest mean Avg.Acc over both is the one that a baseline has
in ``STRATEGIES``. Those of the rules were fixed before, and ``slowed`` has that of the rates.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from update_magnitude.scenarios.writing import write_whole
from update_magnitude.simulations.compilation import keep_compiled
from update_magnitude.simulations.networks.benchmarks import settings_of
from update_magnitude.simulations.networks.metrics import average_accuracy
from update_magnitude.simulations.networks.running import Trainer, tasks_of

BENCHMARKS = ("split-digits", "permuted-digits")
SEEDS = 5
RATES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
SHARES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3)
TENFOLD = (1e-1, 1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6)
TRIED = {
    "hybrid-rates": RATES,
    "hybrid-penalty": SHARES,
    "slowed": RATES,
    "l2": SHARES,
    "ewc": TENFOLD,
    "mas": tuple(value / 1000 for value in TENFOLD),
    "si": TENFOLD,
}
FILE = Path("docs/networks/strengths.json")


def accuracies(benchmark: str, strategy: str, strength: float) -> list[float]:
    """Avg.Acc of each development seed."""
    settings = settings_of(benchmark, (strategy,), seeds=SEEDS, strength=strength)
    trainer = Trainer(settings, tasks_of(settings, None))
    state = trainer.first()
    for task in range(trainer.tasks.count):
        state = trainer.learn(state, task, lambda progress: None)
    matrices = np.stack(state.records.accuracy, axis=1)
    return [round(float(value), 5) for value in average_accuracy(matrices)]


def main() -> None:
    """Train what the file does not have yet, and print the best strength of each strategy."""
    keep_compiled()
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    for benchmark in BENCHMARKS:
        for strategy, strengths in TRIED.items():
            mine = known.setdefault(benchmark, {}).setdefault(strategy, {})
            for strength in strengths:
                if f"{strength:g}" not in mine:
                    mine[f"{strength:g}"] = accuracies(benchmark, strategy, strength)
                    write_whole(FILE, (json.dumps(known, indent=1) + "\n").encode())
                    print(benchmark, strategy, f"{strength:g}", file=sys.stderr)
    for strategy in TRIED:
        means = {
            strength: np.mean([known[benchmark][strategy][strength] for benchmark in BENCHMARKS])
            for strength in known[BENCHMARKS[0]][strategy]
        }
        best = max(means, key=lambda strength: means[strength])
        print(f"{strategy:16}", best, {name: round(float(m), 4) for name, m in means.items()})


if __name__ == "__main__":
    main()
