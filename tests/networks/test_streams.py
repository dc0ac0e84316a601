"""Random purposes: no option changes what it is not about, and no two purposes share a stream."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import jax
import numpy as np
import pytest

from update_magnitude.paper_checks.networks.schedules import best_by_chance
from update_magnitude.simulations import streams
from update_magnitude.simulations.networks import training
from update_magnitude.simulations.networks.benchmarks import Settings, settings_of
from update_magnitude.simulations.networks.data import Images, Split
from update_magnitude.simulations.networks.running import Trainer
from update_magnitude.simulations.networks.tasks import Tasks, make_tasks, shrunk

ROOT = Path(__file__).parents[2]
STREAMS = ROOT / "simulations" / "streams.py"
ROOMS = ("simulations/networks", "paper_checks/networks", "figures/networks")
CLASSES, EACH, SIDE = 10, 24, 4

START = {
    "strategies": ("frozen",),
    **{"seeds": 2, "tasks": 3, "corruption": 0.5, "samples": 20, "epochs": 2, "batch": 4},
}
KINDS = {"split-digits": START | {"classes": 3, "shared": 1, "width": 4}, "permuted-digits": START}
# Another value of every option of `train` that a run depends on, and what it is about: the
# purposes that draw something else by it, or another amount.
OPTIONS = {
    "strategies": (("frozen", "hybrid"), ()),
    "seeds": (3, ()),
    "tasks": (4, ()),
    "classes": (4, ("deal", "choice", "initial")),
    "shared": (2, ("deal", "choice")),
    "corruption": (0.25, ()),
    "samples": (12, ("batches",)),
    "shrink": (2, ("pixels", "train noise", "test noise", "initial")),
    "width": (8, ("initial",)),
    "epochs": (3, ()),
    "batch": (5, ()),
    "rate": (0.1, ()),
    "specific": (1, ()),
    "metric": ("signs", ()),
    "threshold": (0.5, ()),
    "shuffle_classes": (True, ("deal", "choice")),
    "strength": (1.0, ()),
    "loss": ("squared", ()),
    "perturb": (0.01, ("initial",)),
}
PAIRS = [
    (kind, option)
    for kind in KINDS
    for option in OPTIONS
    if kind != "permuted-digits" or option not in ("classes", "shared")
]


def made_up() -> Images:
    """One channel says which image a pixel is of, the other where in the image it was."""
    labels = np.repeat(np.arange(CLASSES, dtype=np.int32), EACH)
    images = np.empty((len(labels), SIDE, SIDE, 2), np.uint8)
    images[..., 0] = np.arange(len(labels))[:, None, None]
    images[..., 1] = 8 * np.arange(SIDE**2).reshape(SIDE, SIDE)
    return Images("made-up", Split(images, labels), Split(images, labels), ("",) * CLASSES)


def drawn(settings: Settings) -> dict[str, list[np.ndarray]]:
    """What every purpose draws, read off the tasks and the runs that are made of it.

    Lists, of which only the members that both have are compared: of tasks, seeds or epochs.
    """
    base = shrunk(made_up(), settings.shrink)
    relation = replace(settings.relation, corruption=0.0)
    clean = make_tasks(base, relation, settings.samples, settings.seed)
    tasks = make_tasks(base, settings.relation, settings.samples, settings.seed)
    trainer = Trainer(settings, tasks)
    starts = [jax.tree.map(lambda leaf, run=run: leaf[run], trainer.start) for run in range(2)]
    return {
        "deal": [np.sort(identity) for identity in identities(base, clean.test_images)],
        "choice": identities(base, clean.images),
        "pixels": [image[0, ..., 1] for image in clean.test_images],
        "train noise": noise(settings, tasks.images, clean.images),
        "test noise": noise(settings, tasks.test_images, clean.test_images),
        "initial": [np.asarray(training.flat(start.modules)) for start in starts],
        "batches": list(orders(settings, trainer)),
        "batches again": [key_data(trainer.runs.keys[streams.BATCHES_AGAIN])[:2]],
        "probe": [key_data(trainer.runs.keys[streams.PROBE])[:2]],
        "importance": [key_data(trainer.runs.keys[streams.IMPORTANCE])[:2]],
        "importance order": [key_data(trainer.runs.keys[streams.IMPORTANCE_ORDER])[:2]],
    }


def identities(base: Images, images) -> list[np.ndarray]:
    pixels = base.train.images[..., 0]
    return [
        np.rint(image[:, 0, 0, 0] * pixels.std() + pixels.mean()).astype(int) for image in images
    ]


def noise(settings: Settings, images, clean) -> list[np.ndarray]:
    """Of the tasks after the first: what is in the images beside the clean ones."""
    share = settings.relation.corruption
    return [
        (image - (1 - share) ** 0.5 * plain) / share**0.5
        for image, plain in zip(images[1:], clean[1:], strict=True)
    ]


def orders(settings: Settings, trainer: Trainer) -> Iterator[np.ndarray]:
    for task in range(3):
        for number in range(2):
            order = training.order_of(
                trainer.runs.keys[streams.BATCHES][0], task, number, trainer.samples, 1
            )
            yield np.asarray(order)


def key_data(keys: jax.Array) -> np.ndarray:
    return np.asarray(jax.random.key_data(keys))


@cache
def drawn_at_start(kind: str) -> dict[str, list[np.ndarray]]:
    return drawn(settings_of(kind, **KINDS[kind]))


def changed(kind: str, option: str, value: object) -> set[str]:
    """The purposes of which an option changes anything that both draw."""
    before, after = drawn_at_start(kind), drawn(settings_of(kind, **KINDS[kind] | {option: value}))
    return {purpose for purpose in before if not alike(before[purpose], after[purpose])}


def alike(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    """Whether what both have is the same; of images, the first ones. Noise is recovered in float32,
    to within 1e-6 of numbers of size 1; other noise is off by 1."""
    for first, second in zip(one, other, strict=False):
        count = min(len(first), len(second))
        first, second = first[:count], second[:count]
        if first.shape != second.shape or not np.allclose(first, second, rtol=0, atol=1e-4):
            return False
    return True


@pytest.mark.parametrize(("kind", "option"), PAIRS)
def test_an_option_changes_the_draws_that_it_is_about_alone(kind, option):
    value, about = OPTIONS[option]
    assert changed(kind, option, value) <= set(about)


def test_every_option_of_a_run_is_tried():
    fields = set(Settings.__dataclass_fields__) | set(
        settings_of("split-digits").relation.__dataclass_fields__
    )
    # what is trained, on what, and the seed, which changes everything; shuffled is shuffle_classes
    assert fields - set(OPTIONS) == {"benchmark", "relation", "kind", "seed", "shuffled"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_changes_everything(kind):
    everything = set(drawn_at_start(kind))
    fixed = {"pixels"} if kind == "split-digits" else {"deal"}  # which are not left to chance
    assert changed(kind, "seed", 1) == everything - fixed


def test_a_stream_that_is_shared_is_seen(monkeypatch):
    """All purposes of a seed draw from one generator: the test images have other noise then."""
    made: dict[int, np.random.Generator] = {}

    def shared(purpose: str, seed: int, *places: int) -> np.random.Generator:
        return made.setdefault(seed, np.random.default_rng(seed))

    monkeypatch.setattr(streams, "generator", shared)
    before = drawn(settings_of("permuted-digits", **START))
    made.clear()
    after = drawn(settings_of("permuted-digits", **START | {"samples": 12}))
    assert not alike(before["test noise"], after["test noise"])


def states(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[bytes]]:
    """The state at which each stream of a purpose begins, over all that draws at random."""
    found: dict[str, set[bytes]] = {}
    generator, keys = streams.generator, streams.keys

    def one(purpose: str, seed: int, *places: int) -> np.random.Generator:
        made = generator(purpose, seed, *places)
        state = made.bit_generator.state["state"]
        found.setdefault(purpose, set()).add(repr(state).encode())
        return made

    def several(purpose: str, seeds: list[int]) -> jax.Array:
        made = keys(purpose, seeds)
        found.setdefault(purpose, set()).update(entry.tobytes() for entry in key_data(made))
        return made

    monkeypatch.setattr(streams, "generator", one)
    monkeypatch.setattr(streams, "keys", several)
    for kind, start in KINDS.items():
        for seed in range(3):
            drawn(settings_of(kind, **start, seed=seed, perturb=0.1, shuffle_classes=True))
    best_by_chance(np.ones((2, 2)))
    return found


def test_no_two_purposes_share_a_stream(monkeypatch):
    found = states(monkeypatch)
    assert set(found) == set(streams.PURPOSES)
    assert all(not one & other for one, other in combinations(found.values(), 2))


def test_two_purposes_that_share_a_stream_are_seen(monkeypatch):
    generator = streams.generator
    monkeypatch.setattr(streams, "generator", lambda entry, seed, *places: generator("x", seed))
    found = states(monkeypatch)
    assert found[streams.DEAL] & found[streams.INITIAL]


def test_a_name_means_the_same_stream_for_ever():
    """In another process or version too: committed runs could not be made again otherwise."""
    raw = streams.generator(streams.INITIAL, 3, 1).bit_generator.random_raw(2)
    assert raw.tolist() == [10062664097913184944, 4006916556013771573]
    assert key_data(streams.keys(streams.PROBE, [3])).tolist() == [[2873483491, 1150869297]]


def test_random_numbers_come_from_named_streams_alone():
    """No generator and no key is made anywhere else in the rooms of networks."""
    making = {"default_rng", "RandomState", "SeedSequence", "PRNGKey", "seed", "key"}
    found = []
    files = [STREAMS, *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]
    for path in sorted(files):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in making:
                inside = ast.unparse(node.value).split(".")[-1]
                if inside in ("random", "numpy", "np"):
                    found.append((path.relative_to(ROOT).as_posix(), ast.unparse(node)))
    assert {name for name, _ in found} == {"simulations/streams.py"}


def test_tasks_are_made_of_all_that_is_asked_for():
    """What ``drawn`` reads off is there: else equal draws would say nothing."""
    tasks: Tasks = make_tasks(
        made_up(), settings_of("split-digits", **KINDS["split-digits"]).relation, 20, 0
    )
    clean = identities(made_up(), tasks.images[:1])[0]
    assert len(set(clean.tolist())) == 20
    assert (made_up().train.labels[clean] % 3 == tasks.labels[0]).all()
