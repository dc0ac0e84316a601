"""The same numbers on one device, on many, side by side or not, and in several processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from update_magnitude import scenarios
from update_magnitude.simulations import Experiment

ROOT = Path(__file__).parent.parent

# Nineteen units and a half of both engines and of the hybrid strategy, two scenarios each.
PROGRAM = """
import json, sys
import jax
from update_magnitude import scenarios
from update_magnitude.scenarios import varied
from update_magnitude.simulations import Experiment

def found(engine, pair, **options):
    experiment = Experiment(pair, 5, engine=engine, **options)
    experiment.run(experiment.unit // 2)
    experiment.run(19 * experiment.unit + experiment.unit // 2)
    return [result.document()["risk"] for result in experiment.results()]

def everything(**options):
    base = scenarios.preset("two-close-tasks")
    large = varied(base, {"blocks.shared": 60, "blocks.specific": 30, "tasks.samples": 12})
    pair = [large, varied(large, {"updates.strategy": "initialized"})]
    hybrid = [varied(pair[1], {"updates.strategy": "hybrid", "updates.signal": signal})
              for signal in ("published", "predicted")]
    many = [varied(of, {"tasks.noise": 0.4}) for of in pair]
    return [found("dense", pair, **options), found("law", many, **options),
            found("dense", hybrid, **options)]
"""


def numbers(documents) -> np.ndarray:
    """Every mean and standard error in nested lists of them."""
    if isinstance(documents, dict):
        return np.array([documents["mean"], documents["standard_error"]])
    return np.concatenate([numbers(document).ravel() for document in documents])


def printed(program: str, devices: int, **environment: str) -> subprocess.Popen[str]:
    flags = f"--xla_force_host_platform_device_count={devices}"
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM + program],
        env=os.environ | {"XLA_FLAGS": flags} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def finished(process: subprocess.Popen[str]) -> list:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1])


@pytest.fixture(scope="module")
def alone() -> np.ndarray:
    return numbers(finished(printed("print(json.dumps(everything()))", 1)))


@pytest.mark.slow
def test_eight_devices_find_what_one_finds(alone):
    """To the last digits: each runs the same units, and they are added up in the same order."""
    program = (
        "assert len(jax.devices()) == 8\n"
        "print(json.dumps([everything(), everything(devices=jax.devices()[2:5]),"
        " everything(chunk=2)]))"
    )
    for found in finished(printed(program, 8)):
        np.testing.assert_allclose(numbers(found), alone, rtol=1e-11)


@pytest.mark.slow
def test_two_processes_find_what_one_finds(alone):
    """Under jax.distributed, on the loopback address: both print all numbers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = (
        f"jax.distributed.initialize('127.0.0.1:{port}', 2, int(sys.argv[1]))\n"
        "assert jax.process_count() == 2 and len(jax.devices()) == 4\n"
        "print(json.dumps(everything()))"
    )
    processes = [printed(program.replace("sys.argv[1]", str(number)), 2) for number in range(2)]
    try:
        for process in processes:
            np.testing.assert_allclose(numbers(finished(process)), alone, rtol=1e-11)
    finally:
        for process in processes:
            process.kill()


@pytest.mark.parametrize("several", [2, pytest.param(4, marks=pytest.mark.slow)])
@pytest.mark.parametrize("engine", ["dense", "law"])
def test_units_side_by_side_are_the_same_units(engine, several):
    scenario = scenarios.preset("mixed")
    documents = []
    for chunk in (1, several):
        experiment = Experiment([scenario], 5, engine=engine, chunk=chunk)
        experiment.run(5 * experiment.unit + 3)
        experiment.run(7)  # is done already
        assert experiment.replicates == 5 * experiment.unit + 3
        documents.append(experiment.results()[0].document()["risk"])
    np.testing.assert_allclose(numbers(documents[1]), numbers(documents[0]), rtol=1e-11)
    different = Experiment([scenario], 6, engine=engine)
    different.run(10 * different.unit)
    assert (numbers(different.results()[0].document()["risk"]) != numbers(documents[0])).all()


def test_memory_that_is_enough_for_one_device_splits_a_family_on_several():
    program = """
import update_magnitude as um
noises = [0.1 * k for k in range(12)]
family = um.family(scenarios.preset("two-close-tasks"), {"tasks.noise": noises})
memory = 16 * Experiment(list(family), 0, engine="law").numbers(1)
print(json.dumps(um.simulate(family, 100, engine="law", memory=memory).risk.values.tolist()))
"""
    assert np.shape(finished(printed(program, 4))) == (12, 2, 2)
