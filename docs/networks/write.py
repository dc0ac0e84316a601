"""Write the tables of docs/network-results.md from the runs beside this file.

``python docs/networks/write.py`` replaces what stands between the marks of each table; a test asks
that it changes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import xarray as xr

from update_magnitude.figures.networks.table import gain
from update_magnitude.figures.networks.training import document_of
from update_magnitude.paper_checks.networks.verdicts import (
    STANDARD,
    chance,
    compared,
    corrected,
)
from update_magnitude.scenarios.writing import write_whole
from update_magnitude.simulations.networks.benchmarks import BENCHMARKS
from update_magnitude.simulations.networks.metrics import Document
from update_magnitude.simulations.networks.rungs import LADDER

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent / "network-results.md"
MAIN = (
    "split-digits",
    "split-mnist",
    "permuted-digits",
    "permuted-mnist",
    "permuted-fashion-mnist",
)
BRIDGED = ("split-digits", "permuted-digits")  # with the ladder
PERTURBED = ("split-digits",)
RULES = ("hybrid", "hybrid-rates", "hybrid-penalty", "average")
BASELINES = ("ewc", "mas", "si", "l2")
CONTROLS = ("slowed", "shuffled", "module-means", "head-only")
METRICS = {"avg_acc": "Avg.Acc", "forgetting": "Forgetting", "task_acc": "Task.Acc"}


def run(name: str) -> xr.Dataset:
    """The measurements of a run, by its folder."""
    return xr.load_dataset(FOLDER / name / "results.nc")


def document(name: str) -> Document:
    """What its results.json says."""
    whole: Document = json.loads((FOLDER / name / "results.json").read_text())
    return whole


def accuracies(columns: Sequence[str]) -> Iterator[str]:
    """Avg.Acc of some strategies on the main benchmarks."""
    yield from heading(["benchmark, seeds", *(f"`{name}`" for name in columns)])
    for name in MAIN:
        known = document(name)
        cells = [spread(known["strategies"].get(column), "avg_acc") for column in columns]
        yield row([title(known), *cells])


def verdicts() -> Iterator[str]:
    """Whether each rule beats both standard strategies, corrected for the number of benchmarks."""
    yield from heading(
        ["benchmark", "rule", "minus initialized", "minus frozen", "by itself", "p, corrected"]
    )
    for rule in RULES:
        values = corrected([chance(run(name), rule) for name in MAIN])
        for name, value in zip(MAIN, values, strict=True):
            (one,) = (v for v in document(name)["verdicts"] if v["strategy"] == rule)
            gains = [gain(pair["difference"]) for pair in one["comparisons"][:2]]
            label = BENCHMARKS[document(name)["benchmark"]].title
            yield row([label, f"`{rule}`", *gains, one["verdict"], f"{value:.2g}"])


def price() -> Iterator[str]:
    """What the rates cost and bring beside Avg.Acc, against both standard strategies."""
    words = [
        f"{METRICS[name]} minus {other}"
        for name in METRICS
        if name != "avg_acc"
        for other in STANDARD
    ]
    yield from heading(["benchmark", *words])
    for name in MAIN:
        known = run(name)
        cells = [
            gain(compared(known, metric, "hybrid-rates", other).document())
            for metric in ("forgetting", "task_acc")
            for other in STANDARD
        ]
        yield row([BENCHMARKS[document(name)["benchmark"]].title, *cells])


def directions() -> Iterator[str]:
    """The rates against each baseline and control."""
    others = [*BASELINES, *CONTROLS]
    yield from heading(["hybrid-rates minus", *(f"`{other}`" for other in others)])
    for name in MAIN:
        known = run(name)
        cells = [
            gain(compared(known, "avg_acc", "hybrid-rates", other).document())
            if other in known.strategy.values
            else ""
            for other in others
        ]
        yield row([BENCHMARKS[document(name)["benchmark"]].title, *cells])


def magnitudes() -> Iterator[str]:
    """How far parameters move at each later task, as a share of what initialized training does."""
    moving = ("slowed", "l2", "hybrid-rates", "hybrid-penalty")
    yield from heading(["benchmark", "task", "theory: 1/t", *(f"`{name}`" for name in moving)])
    for name in MAIN:
        lengths = (run(name).moved ** 2).sum("module") ** 0.5
        shares = lengths.mean("seed") / lengths.sel(strategy="initialized").mean("seed")
        for task in shares.task.values[1:]:
            known = shares.sel(task=task)
            cells = [
                f"{float(known.sel(strategy=one)):.2f}" if one in known.strategy else ""
                for one in moving
            ]
            label = BENCHMARKS[document(name)["benchmark"]].title
            yield row([label, str(task), f"{1 / task:.2f}", *cells])


def variants() -> Iterator[str]:
    """Runs of other tasks, widths and numberings."""
    columns = ("initialized", "frozen", "hybrid-rates", "hybrid-penalty", "slowed")
    yield from heading(["run", *(f"`{name}`" for name in columns), "rates beat both"])
    for folder in sorted((FOLDER / "variants").iterdir()):
        known = document(f"variants/{folder.name}")
        cells = [spread(known["strategies"].get(column), "avg_acc") for column in columns]
        (one,) = (v for v in known["verdicts"] if v["strategy"] == "hybrid-rates")
        yield row([f"`{command(known)}`", *cells, one["verdict"]])


def perturbed() -> Iterator[str]:
    """How far runs part whose initial parameters differ in the seventh digit."""
    columns = ("initialized", "frozen", "hybrid-rates")
    words = ["mean", "changed", "SD over seeds", "SD of a change", "largest"]
    yield from heading(["benchmark", "strategy", *words])
    for name in PERTURBED:
        first, other = run(name), run(f"perturbed/{name}")
        for column in columns:
            seeds = other.seed.values
            pair = [
                100 * data.accuracy.sel(strategy=column, seed=seeds)[:, -1].mean("task").values
                for data in (first, other)
            ]
            apart = pair[1] - pair[0]
            numbers = [
                *(f"{values.mean():.1f}" for values in pair),
                *(f"{values.std(ddof=1):.1f}" for values in (pair[0], apart)),
                f"{abs(apart).max():.1f}",
            ]
            yield row([BENCHMARKS[document(name)["benchmark"]].title, f"`{column}`", *numbers])


def ladders() -> Iterator[str]:
    """How many pairs of strategies each rung orders as the network does, and its final means."""
    yield from heading(
        ["benchmark", "rung", "Forgetting", "final mean", *(f"`{name}`" for name in LADDER)]
    )
    for name in BRIDGED:
        known = document(name)
        for rung in known["bridge"]["ladder"]["rungs"]:
            right = [rung["right"][metric] for metric in ("forgetting", "avg_acc")]
            cells = [f"{one['count']} of {one['of']}" for one in right]
            yield row(
                [
                    BENCHMARKS[known["benchmark"]].title,
                    f"{rung['rung']}: {rung['name']}{_left_out(known, rung)}",
                    *cells,
                    *(final_mean(rung, column) for column in LADDER),
                ]
            )


def _left_out(known: Document, rung: Document) -> str:
    """How many seeds diverged, with the squared loss."""
    lost = known["bridge"]["ladder"]["diverged"]
    return (
        f" ({lost} of {known['settings']['seeds']} diverged)" if rung["rung"] == 3 and lost else ""
    )


def final_mean(rung: Document, strategy: str) -> str:
    """The final mean of a strategy on a rung: a relative error, an accuracy, or both."""
    parts = []
    if rung["error"]:
        parts.append(f"{rung['error']['avg_acc'][strategy]['mean']:.2f}")
    if rung["accuracy"]:
        parts.append(f"{100 * rung['accuracy']['avg_acc'][strategy]['mean']:.1f}%")
    return "; ".join(parts)


def places() -> Iterator[str]:
    """Where each network lies among the linear models of two blocks, and what these predict."""
    yield from heading(
        [
            *("benchmark", "n/P", "distance, shared", "specific", "one task twice"),
            *("Forgetting: predicted", "seen", "Avg.Acc: predicted", "seen"),
        ]
    )
    for name in BRIDGED:
        bridge = document(name)["bridge"]
        distance, floor = bridge["relative_distance"], bridge["distance_floor"]
        measures = [bridge["measures"][metric] for metric in ("forgetting", "avg_acc")]
        yield row(
            [
                BENCHMARKS[document(name)["benchmark"]].title,
                f"{bridge['samples_per_parameter']:.2g}",
                *(f"{distance[block]:.2f}" for block in ("shared", "specific")),
                f"{floor['shared']:.2f}, {floor['specific']:.2f}",
                *(one[key] for one in measures for key in ("predicted", "observed")),
            ]
        )


def strengths() -> Iterator[str]:
    """Mean Avg.Acc on the development seeds of both benchmarks, the chosen strength in bold."""
    known = json.loads((FOLDER / "strengths.json").read_text())
    yield from heading(["strategy", "strength: mean Avg.Acc of Split and Permuted Digits"])
    for strategy, values in known["split-digits"].items():
        means = {
            strength: 50 * sum(sum(known[b][strategy][strength]) / 5 for b in known)
            for strength in values
        }
        best = max(means, key=lambda strength: means[strength])
        cells = [
            f"**{strength}: {mean:.1f}**" if strength == best else f"{strength}: {mean:.1f}"
            for strength, mean in means.items()
        ]
        yield row([f"`{strategy}`", ", ".join(cells)])


def commands() -> Iterator[str]:
    """The command that made each main run."""
    yield "```"
    for name in MAIN:
        yield command(document(name))
    yield "```"


def command(known: Document) -> str:
    """The command of a run, its strategies left out."""
    settings, benchmark = known["settings"], known["benchmark"]
    own = BENCHMARKS[benchmark]
    words = [f"update-magnitude train {benchmark}"]
    if own.data != "digits":
        words.append("--data DIR")
    relation = settings["relation"]
    given = {
        "tasks": (relation["tasks"], own.tasks),
        "classes": (relation["classes"], own.classes),
        "shared": (relation["shared"], 0),
        "corruption": (relation["corruption"], 0.0),
        "samples": (settings["samples"], None),
        "shrink": (settings["shrink"], 1),
        "width": (settings["width"], own.width),
        "epochs": (settings["epochs"], own.epochs),
        "batch": (settings["batch"], own.batch),
        "rate": (settings["rate"], own.rate),
        "specific": (settings["specific"], None),
        "threshold": (settings["threshold"], 0.0),
        "strength": (settings.get("strength"), None),
        "perturb": (settings.get("perturb", 0.0), 0.0),
        "seeds": (settings["seeds"], 5),
        "seed": (settings["seed"], 0),
    }
    words += [f"--{name} {value:g}" for name, (value, usual) in given.items() if value != usual]
    if relation.get("shuffled"):
        words.append("--shuffle-classes")
    return " ".join(words)


def title(known: Document) -> str:
    """A benchmark with its number of seeds."""
    return f"{BENCHMARKS[known['benchmark']].title}, {known['settings']['seeds']}"


def spread(metrics: Document | None, name: str) -> str:
    """Mean and standard deviation over seeds, in percent."""
    if metrics is None:
        return ""
    if metrics[name]["mean"] is None:
        return "diverged"
    return f"{100 * metrics[name]['mean']:.1f} ± {100 * metrics[name]['standard_deviation']:.1f}"


def heading(cells: Sequence[str]) -> Iterator[str]:
    """The first two lines of a table."""
    yield row(cells)
    yield "|---" * len(cells) + "|"


def row(cells: Sequence[str]) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "rules": lambda: accuracies([*STANDARD, *RULES]),
    "others": lambda: accuracies([*BASELINES, *CONTROLS]),
    "verdicts": verdicts,
    "price": price,
    "directions": directions,
    "magnitudes": magnitudes,
    "variants": variants,
    "perturbed": perturbed,
    "strengths": strengths,
    "ladders": ladders,
    "places": places,
    "commands": commands,
}


def written(text: str) -> str:
    """The page with all tables as the data have them."""
    for name, lines in TABLES.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        table = "\n".join(lines())
        text = mark.sub(lambda match, table=table: f"{match[1]}{table}\n{match[2]}", text)
    return text


def main() -> None:
    """Write summaries from their data, and the page."""
    for data in sorted(FOLDER.rglob("results.nc")):
        place = data.with_name("results.json")
        kept = json.loads(place.read_text())
        made = document_of(xr.load_dataset(data))
        made |= {name: kept[name] for name in ("bridge", "relatedness") if name in kept}
        write_whole(place, (json.dumps(made, indent=1) + "\n").encode())
    write_whole(PAGE, written(PAGE.read_text()).encode())


if __name__ == "__main__":
    main()
