"""Work that is spread over processes: what comes of it, and how the end of a process is noticed."""

from __future__ import annotations

import os
import signal
import time

import pytest

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.processes import WorkersDiedError, side_by_side


def doubled(item, watch):
    watch(item, 0.5)
    yield item * 2


def killed(item, watch):
    """One of two items ends its process as the kernel does where memory runs out."""
    if item == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # the other process must not be waited for
    yield item


def left(item, watch):
    os._exit(7)
    yield item


def wrong(item, watch):
    raise ScenarioError(f"{item}: no scenario")
    yield item


class OddError(Exception):
    """One that no other process can read."""

    def __init__(self, one, two):
        super().__init__("odd ±")


def odd(item, watch):
    raise OddError(1, 2)
    yield item


def interrupted(item, watch):
    raise KeyboardInterrupt
    yield item


def gathered(work, *groups, workers=2):
    names = []
    found = list(side_by_side(work, groups, workers, lambda name, share: names.append(name)))
    return found, names


def test_all_items_are_done_and_reported():
    found, names = gathered(doubled, ["a", "b"], ["c"], ["d"])
    assert sorted(found) == ["aa", "bb", "cc", "dd"]
    assert sorted(names) == ["a", "b", "c", "d"]


def test_a_killed_process_is_an_error_at_once():
    start = time.monotonic()
    with pytest.raises(WorkersDiedError, match=r"signal SIGKILL.*try one claim"):
        gathered(killed, ["dies"], ["sleeps"])
    assert time.monotonic() - start < 50


def test_a_process_that_leaves_is_an_error_too():
    with pytest.raises(WorkersDiedError, match="with status 7"):
        gathered(left, ["a"], workers=1)


def test_an_error_of_a_worker_is_raised_as_it_is_with_its_place():
    with pytest.raises(ScenarioError, match="a: no scenario") as caught:
        gathered(wrong, ["a"], workers=1)
    assert "in wrong" in "".join(caught.value.__notes__)


@pytest.mark.parametrize(
    ("work", "words"), [(odd, "OddError: odd ±"), (interrupted, "KeyboardInterrupt")]
)
def test_an_error_that_cannot_be_sent_is_named(work, words):
    with pytest.raises(RuntimeError, match=words):
        gathered(work, ["a"], workers=1)
