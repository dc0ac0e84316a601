"""Schedules of what trains: which one a rule takes, and what they bound."""

from __future__ import annotations

import numpy as np
import pytest

from tests.networks.test_network_figures import require_inside
from update_magnitude.figures.networks import schedules as drawing
from update_magnitude.figures.networks.table import tables
from update_magnitude.figures.networks.training import document_of as whole_document
from update_magnitude.figures.style import style
from update_magnitude.paper_checks.networks.schedules import (
    FORMS,
    Schedules,
    best_by_chance,
    best_of_each,
    best_of_others,
    document_of,
    schedules_of,
    without_schedules,
)
from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.networks.benchmarks import settings_of
from update_magnitude.simulations.networks.metrics import average_accuracy
from update_magnitude.simulations.networks.results import dataset
from update_magnitude.simulations.networks.running import run_benchmark
from update_magnitude.simulations.networks.strategies import SCHEDULE, schedules

THRESHOLD = -0.02  # the tiny run below decides both ways
TASKS, SEEDS = 4, 6


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A tiny run of both rules and of all schedules."""
    names = ("hybrid", "hybrid-common", "schedules")
    more = {"seeds": 4, "tasks": 3, "epochs": 2, "width": 16, "samples": 64}
    settings = settings_of("permuted-digits", names, threshold=THRESHOLD, **more)
    return dataset(run_benchmark(settings, None, tmp_path_factory.mktemp("schedules")))


def made_up(seed: int = 0) -> Schedules:
    """Runs that never were: signals depend on what was decided before, as they must."""
    random = np.random.default_rng(seed)
    names = tuple(name.removeprefix(SCHEDULE) for name in schedules(TASKS))
    signals = {form: np.full((len(names), SEEDS, TASKS), np.nan) for form in FORMS}
    for values in signals.values():
        for task in range(1, TASKS):
            by_past = {}
            for place, name in enumerate(names):
                past = name[: task - 1]
                by_past.setdefault(past, random.uniform(-1, 1, SEEDS))
                values[place, :, task] = by_past[past]
        values[:, 0, 1] = np.nan  # no signal at all, for one seed
    return Schedules(names, random.uniform(0.5, 1, (len(names), SEEDS)), signals)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("threshold", [-1.0, -0.4, 0.0, 0.3, 1.0])
def test_a_rule_takes_the_schedule_that_its_decisions_spell(form, threshold):
    of = made_up()
    taken = of.taken(form, threshold)
    for seed in range(SEEDS):
        letters = ""
        for task in range(1, TASKS):
            begins = [name.startswith(letters) for name in of.names].index(True)
            letters += "s" if of.signals[form][begins, seed, task] > threshold else "a"
        assert of.names[taken[seed]] == letters


@pytest.mark.parametrize(("name", "form"), [("hybrid", "published"), ("hybrid-common", "common")])
def test_the_run_of_a_rule_is_that_of_the_schedule_it_takes(found, name, form):
    of = schedules_of(found)
    run = found.sel(strategy=name)
    taken = of.taken(form, THRESHOLD)
    assert len(set(taken)) > 1  # else any schedule would do
    np.testing.assert_array_equal(of.of_each(taken), average_accuracy(run.accuracy.values))
    others = of.of_each(len(of.names) - 1 - taken)
    assert not np.array_equal(others, average_accuracy(run.accuracy.values))


def test_the_schedules_at_the_ends_are_the_standard_strategies(found, tmp_path):
    names = ("frozen", "initialized")
    more = {"seeds": 4, "tasks": 3, "epochs": 2, "width": 16, "samples": 64}
    run = dataset(run_benchmark(settings_of("permuted-digits", names, **more), None, tmp_path))
    for name, letters in zip(names, ("ss", "aa"), strict=True):
        mine = found.sel(strategy=SCHEDULE + letters, drop=True)
        theirs = run.sel(strategy=name, drop=True)
        np.testing.assert_array_equal(mine.trains, theirs.trains)
        np.testing.assert_allclose(mine.loss, theirs.loss, rtol=1e-5)


def by_hand() -> Schedules:
    """Three tasks, three seeds, small enough to be followed with a pencil."""
    accuracy = [[0.6, 0.7, 0.8], [0.9, 0.5, 0.7], [0.5, 0.8, 0.6], [0.7, 0.6, 0.9]]
    signals = np.full((4, 3, 3), np.nan)
    signals[:, :, 1] = 0.5, -0.5, 0.1
    signals[:2, :, 2] = 0.5, -0.5, -0.1  # after s
    signals[2:, :, 2] = -0.2, 0.3, 0.2  # after a
    names = ("ss", "sa", "as", "aa")
    high = np.full((4, 3, 3), 0.9)
    return Schedules(names, np.array(accuracy), {"published": signals, "common": high})


def test_a_document_says_what_a_pencil_says():
    """At threshold 0 the published rule takes ss, as, sa; the other form always ss."""
    found = document_of(by_hand(), 0.0)
    rules = {name: row["avg_acc"]["mean"] for name, row in found["rules"].items()}
    assert rules == pytest.approx(
        {
            "published": 0.7,
            # by the others: 0.2 for the first seed, 0.5 for the second, −0.1 (the middle of five
            # that are equal) for the third
            "published_best_threshold": (0.6 + 0.6 + 0.7) / 3,
            "common": 0.7,
            "common_best_threshold": (0.7 + 0.6 + 0.9) / 3,  # 0.9, and so aa, for every seed
            "best_schedule": (0.6 + 0.5 + 0.7) / 3,  # ss, sa, sa
        }
    )
    minus = {name: result["mean"] for name, result in found["rules"]["published"]["minus"].items()}
    assert minus == pytest.approx(
        {"initialized": -0.1 / 3, "frozen": 0.0, "random_order": (0.0 + 0.15 + 0.05) / 3}
    )
    assert found["rules"]["published"]["seeds_that_decide"] == 2
    same = found["rules"]["common"]["minus"]["frozen"]
    assert (same["low"], same["high"]) == (0, 0)
    assert found["rules"]["common"]["seeds_that_decide"] == 0
    assert found["best_for_each_seed"]["mean"] == pytest.approx((0.9 + 0.8 + 0.9) / 3)


def test_of_equals_the_middle_one_is_chosen():
    values = np.array([[0.0, 1.0], [2.0, 1.0], [3.0, 1.0]])
    assert best_of_others(values).tolist() == [2.0, 1.0]


def test_no_rule_does_better_than_the_best_for_each_seed():
    for seed in range(20):
        found = document_of(made_up(seed), 0.1)
        best = found["best_for_each_seed"]["mean"]
        assert all(row["avg_acc"]["mean"] <= best for row in found["rules"].values())


def test_the_best_by_chance_is_the_mean_over_shuffled_seeds():
    """Of two choices with values 0 and 1 for half of many seeds each: 3/4, within 0.01.

    1,000 shuffles of 1,000 seeds: the standard error is 0.0003, so that a right mean never fails;
    seeds that were shuffled alike in both choices would give 1/2.
    """
    halves = np.repeat([0.0, 1.0], 500)
    assert best_of_each(np.array([halves, halves])) == 0.5
    assert best_by_chance(np.array([halves, halves])) == pytest.approx(0.75, abs=0.01)
    assert np.isnan(best_of_each(np.array([[np.nan, 0.5], [np.nan, 0.7]])))  # one seed is lost


def test_as_many_is_the_mean_over_what_trains_as_much():
    of = made_up()
    taken = np.array([of.names.index(name) for name in ("sas", "aaa", "sss", "ass", "saa", "sas")])
    ones = [of.names.index(name) for name in ("ssa", "sas", "ass")]
    expected = of.accuracy[ones].mean(0)
    found = of.as_many(taken)
    np.testing.assert_allclose(found[[0, 3, 5]], expected[[0, 3, 5]])
    assert found[1] == of.accuracy[-1, 1]
    assert found[2] == of.accuracy[0, 2]


def test_what_is_best_for_others_is_no_better_by_chance():
    """Choices without a difference: 400 tables of 16 × 10 values, standard error 0.026.

    The mean is 0 to within four of them (by chance in 1 of 16,000). Choosing by all seeds, the own
    one among them, gives 0.55 (standard error 0.009): 21 of them away.
    """
    random = np.random.default_rng(2)
    values = random.standard_normal((400, 16, 10))
    honest = np.mean([best_of_others(value).mean() for value in values])
    chosen = np.mean([value[value.mean(1).argmax()].mean() for value in values])
    assert abs(honest) < 4 * 0.026
    assert chosen > 0.5


def test_a_choice_of_which_a_run_of_the_others_diverged_is_left_out():
    """What the seed itself came to is not looked at: it chooses what then diverged."""
    values = np.array([[np.nan, 0.9, 0.9], [0.5, 0.6, 0.7]])
    found = best_of_others(values)
    assert np.isnan(found[0])
    assert found[1:].tolist() == [0.6, 0.7]


def test_not_all_schedules_say_nothing(found):
    assert schedules_of(found.isel(strategy=slice(0, -1))) is None
    many = found.isel(strategy=[0], after=[0] * 60, task=[0] * 60)  # 2⁵⁹ names are not made
    assert schedules_of(many) is None


def test_runs_that_all_diverged_are_told_and_drawn(found):
    lost = found.copy(deep=True)
    lost["accuracy"][:, 0] = np.nan
    document = whole_document(lost)
    assert document["schedules"]["best_for_each_seed"] == {"mean": None, "by_chance": None}
    assert "known afterwards: -" in tables(document)
    with style():
        drawing.plot(schedules_of(lost), document["schedules"]).draw_without_rendering()


@pytest.mark.parametrize(
    ("seeds", "specific"), [(1, None), pytest.param(2, 0, marks=pytest.mark.slow), (2, 3)]
)
def test_the_least_there_can_be(tmp_path, seeds, specific):
    more = {"seeds": seeds, "specific": specific, "tasks": 2, "epochs": 1, "width": 16}
    settings = settings_of("permuted-digits", ("schedules",), samples=64, **more)
    document = whole_document(dataset(run_benchmark(settings, None, tmp_path)))
    assert document["schedules"]["count"] == 2
    if specific == 3:  # all modules: one run by two names
        assert "the same" in tables(document)


def test_groups_that_are_not_full_give_what_each_strategy_gives_alone(found, tmp_path):
    """Seeds of the two rules decided differently, so that a last group is filled up."""
    settings = settings_of(
        *("permuted-digits", ("hybrid",)),
        **{"threshold": THRESHOLD, "seeds": 4, "tasks": 3, "epochs": 2, "width": 16, "samples": 64},
    )
    alone = dataset(run_benchmark(settings, None, tmp_path)).sel(strategy="hybrid")
    assert len(np.unique(found.trains.sel(strategy="hybrid").values, axis=0)) > 1
    for name in ("accuracy", "loss", "trains"):
        assert alone[name].equals(found[name].sel(strategy="hybrid"))


def test_what_is_written_and_drawn(found):
    document = whole_document(found)
    assert document["schedules"]["count"] == 4
    words = tables(document)
    assert "best schedule for each seed" in words
    assert [str(name) for name in without_schedules(found).strategy.values] == [
        *("hybrid", "hybrid-common", "initialized", "frozen"),
    ]
    with style():
        require_inside(drawing.plot(schedules_of(found), document["schedules"]))


@pytest.mark.parametrize(
    ("names", "tasks", "words"),
    [
        (("schedule-as",), 5, "'schedule-as' is no schedule of 5 tasks"),
        (("schedule-asxa",), 5, "'schedule-asxa' is no schedule"),
        (("schedules",), 8, "--strategy schedules: 8 tasks have 128"),
    ],
)
def test_wrong_schedules_are_named(names, tasks, words):
    with pytest.raises(ScenarioError, match=words):
        settings_of("split-digits", names, tasks=tasks)


def test_all_schedules_are_meant_by_one_word():
    of = settings_of("split-digits", ("frozen", "schedules"), tasks=3)
    assert of.strategies == ("frozen", *schedules(3))


@pytest.mark.parametrize(
    ("option", "value"),
    [("tasks", 0), ("epochs", 0), ("batch", 0), ("classes", 1), ("samples", -3), ("samples", 1)],
)
def test_counts_that_make_no_sense_are_named(option, value):
    with pytest.raises(ScenarioError, match=f"--{option} "):
        settings_of("split-digits", **{option: value})
