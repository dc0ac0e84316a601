"""Sequences of tasks: which images and labels each has, and how they are related."""

from __future__ import annotations

import numpy as np
import pytest

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.networks.benchmarks import BENCHMARKS, settings_of
from update_magnitude.simulations.networks.data import Images, Split, load_images
from update_magnitude.simulations.networks.tasks import Relation, make_tasks, shrunk


@pytest.fixture(scope="module")
def digits():
    return load_images("digits", None)


def made_up(classes: int = 6, each: int = 12) -> Images:
    """Images whose every pixel names the image, so that one can see where it went."""
    labels = np.repeat(np.arange(classes, dtype=np.int32), each)
    images = np.arange(len(labels), dtype=np.uint8)[:, None, None, None] * np.ones(
        (1, 2, 2, 1), np.uint8
    )
    split = Split(images, labels)
    return Images("made-up", split, split, tuple(map(str, range(classes))))


def names(images: np.ndarray) -> list[int]:
    """The images of ``made_up`` that these are, standardized or not."""
    order = np.sort(np.unique(images[:, 0, 0, 0]))
    return [int(np.searchsorted(order, image)) for image in images[:, 0, 0, 0]]


def test_a_split_gives_each_task_classes_of_its_own(digits):
    tasks = make_tasks(digits, Relation("split", 5, 2), None, 0)
    assert tasks.classes == ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9))
    assert tasks.images.shape[:2] == tasks.labels.shape
    assert tasks.heads == 5
    for task in range(5):
        assert set(tasks.labels[task]) == {0, 1}
        expected = np.isin(digits.test.labels, tasks.classes[task]).sum()
        assert len(tasks.test_labels[task]) == expected


def test_tasks_that_share_classes_share_no_image_of_them():
    base = made_up()
    tasks = make_tasks(base, Relation("split", 3, 3, shared=2), None, 0)
    assert tasks.classes == ((0, 1, 2), (1, 2, 3), (2, 3, 4))
    seen = np.concatenate([image[:, 0, 0, 0] for image in tasks.test_images])
    assert len(np.unique(seen)) == len(seen)
    # class 2 is in all tasks, and has the label 2 mod 3 in each
    assert all(set(labels) == {0, 1, 2} for labels in tasks.test_labels)


def test_shared_classes_keep_their_label():
    base = made_up()
    tasks = make_tasks(base, Relation("split", 2, 3, shared=2), None, 0)
    mean, spread = base.train.images.mean(), base.train.images.std()
    for images, labels in zip(tasks.test_images, tasks.test_labels, strict=True):
        image = np.rint(images[:, 0, 0, 0] * spread + mean).astype(int)
        assert (base.train.labels[image] % 3 == labels).all()


def test_permuted_tasks_have_the_same_pixels_in_another_order(digits):
    tasks = make_tasks(digits, Relation("permuted", 3, 10), 100, 0)
    assert tasks.heads == 1
    sums = [np.sort(image.reshape(len(image), -1), axis=1) for image in tasks.test_images]
    labels = [np.argsort(test_label, kind="stable") for test_label in tasks.test_labels]
    first, second = (
        np.sort(entry[order].sum(1)) for entry, order in zip(sums[:2], labels[:2], strict=True)
    )
    np.testing.assert_allclose(first, second, rtol=1e-4)
    assert not np.array_equal(tasks.test_images[0].mean(0), tasks.test_images[1].mean(0))


@pytest.mark.parametrize("share", [0.25, 0.75])
def test_corruption_replaces_that_share_of_the_variance(digits, share):
    """Over 10,000 pixels: the correlation has a standard error below 0.01; five are let."""
    whole = make_tasks(digits, Relation("split", 2, 2, shared=2), None, 0)
    noisy = make_tasks(digits, Relation("split", 2, 2, shared=2, corruption=share), None, 0)
    np.testing.assert_array_equal(whole.images[0], noisy.images[0])
    clean, dirty = whole.images[1].ravel(), noisy.images[1].ravel()
    noise = dirty - (1 - share) ** 0.5 * clean
    assert abs(noise.var() - share) < 0.05 * share
    assert abs(np.corrcoef(noise, clean)[0, 1]) < 0.05


def test_equal_seeds_make_equal_tasks_and_others_do_not(digits):
    relation = Relation("split", 2, 2, corruption=0.5)
    one, same, other = (make_tasks(digits, relation, 50, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.images, same.images)
    assert not np.array_equal(one.images, other.images)


@pytest.mark.parametrize(
    ("relation", "samples", "words"),
    [
        (Relation("split", 6, 2), None, "needs 12 classes, digits has 10"),
        (Relation("split", 2, 2, shared=3), None, "--shared 3"),
        (Relation("split", 2, 2), 10_000, "--samples 10000"),
    ],
)
def test_what_cannot_be_made_is_named(digits, relation, samples, words):
    with pytest.raises(ScenarioError, match=words):
        make_tasks(digits, relation, samples, 0)


def test_shrinking_averages_squares():
    base = made_up()
    found = shrunk(base, 2)
    assert found.train.images.shape == (72, 1, 1, 1)
    np.testing.assert_array_equal(found.train.images.ravel(), np.arange(72))
    with pytest.raises(ScenarioError, match="--shrink 3"):
        shrunk(base, 3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strategies": ("nonsense",)}, "--strategy: 'nonsense'"),
        ({"corruption": 1.5}, "--corruption 1.5"),
        ({"threshold": 2.0}, "--threshold 2"),
        ({"rate": 0.0}, "--rate 0"),
        ({"strategies": ()}, "--strategy"),
    ],
)
def test_settings_that_make_no_sense_are_named(changes, words):
    with pytest.raises(ScenarioError, match=words):
        settings_of("split-digits", **changes)


def test_all_benchmarks_have_settings():
    for name, of in BENCHMARKS.items():
        assert settings_of(name).width == of.width


def test_many_colour_images_are_standardized_with_all_their_digits():
    """32 million pixels, which added up one by one in float32 stop at 4.3 · 10⁹: a mean of 134."""
    images = np.full((1000, 125, 256, 3), 255, np.uint8)
    images[:, ::5] = 245
    labels = np.zeros(1000, np.int32)
    base = Images("made-up", Split(images, labels), Split(images[:1], labels[:1]), ("one",))
    tasks = make_tasks(base, Relation("permuted", 1, 1), 2, 0)
    np.testing.assert_allclose(tasks.images.mean((0, 1, 2, 3)), 0.0, atol=1e-5)
    np.testing.assert_allclose(tasks.images.std((0, 1, 2, 3)), 1.0, rtol=1e-5)
