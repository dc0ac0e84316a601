"""No engine takes more memory than it says; what it would say too much of is refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from tests import in_process
from update_magnitude.scenarios import ScenarioError, parse, varied
from update_magnitude.simulations import Experiment, estimates
from update_magnitude.simulations.devices import mesh_of, reduced_units
from update_magnitude.simulations.numerics.precision import computing_in
from update_magnitude.simulations.resources import BATCHES


def of(sizes, samples, count=2, **updates):
    """A scenario with a block of every size."""
    blocks = {f"block {number}": size for number, size in enumerate(sizes)}
    return parse(
        {
            "blocks": blocks,
            "tasks": {"count": count, "samples": samples, "noise": 0.3},
            "optima": {"norm": dict.fromkeys(blocks, 1.0), "distance": dict.fromkeys(blocks, 1.0)},
            "updates": {"strategy": "initialized"} | updates,
        }
    )


def several(scenario, count):
    return [varied(scenario, {"tasks.noise": 0.1 * number}) for number in range(count)]


CASES = [
    ("dense", [of([40], 8)]),
    pytest.param("dense", [of([500, 500], 200)], marks=pytest.mark.slow),
    ("dense", [of([30, 20], 120)]),
    ("dense", several(of([30, 20], 12, 10), 16)),
    ("dense", [of([3, 2000], 3)]),
    ("dense", [of([100], 3, 99)]),
    ("dense", several(of([90, 60], 20, 5, strategy="hybrid"), 8)),
    ("dense", several(of([500, 500], 2, strategy="hybrid"), 4)),
    ("literal", [of([40, 20], 8, 10)]),
    pytest.param("literal", several(of([30, 20], 60), 4), marks=pytest.mark.slow),
    ("law", [of([40, 20], 8, 10)]),
    ("law", [of([1000], 30, 300)]),
    pytest.param("law", several(of([40, 20], 8, 10), 16), marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("engine", "together"), CASES)
def test_a_unit_takes_no_more_than_it_says(engine, together):
    """What the compiler sets aside for it, inputs and outputs included; and no tenth of it."""
    runner = Experiment(together, 0, engine=engine)
    said = 8 * runner.numbers(1)
    with computing_in("float64"):
        program = reduced_units.lower(
            runner.stream.bits,
            np.int32(0),
            np.zeros(1, np.int32),
            runner.program.measure.given(runner.program.engine, together),
            program=runner.program,
            mesh=mesh_of(None),
            per_device=1,
        ).compile()
    taken = program.memory_analysis()
    total = taken.temp_size_in_bytes + taken.argument_size_in_bytes + taken.output_size_in_bytes
    assert total <= said <= 10 * total


def test_what_takes_more_than_it_may_is_refused():
    large = of([200_000], 4_000)
    with pytest.raises(ScenarioError, match=r"take 3\d GiB, and 4 may be used; allow more"):
        estimates(large, 2)
    small = of([20], 4)
    needed = 8 * BATCHES * Experiment([small], 0).numbers(1)
    with pytest.raises(ScenarioError, match="may be used"):
        estimates(small, 2, memory=needed - 1)
    assert estimates(small, 2, memory=needed).replicates == 2
    single = estimates(small, 2, memory=needed // 2, dtype="float32", chunk=1000)
    assert single.replicates == 2
    with pytest.raises(ScenarioError, match="draws every feature"):
        estimates(of([10**6], 10**4), 2, memory=2**50)
    many = np.ones((10_000, 1)).tolist()
    with pytest.raises(ScenarioError, match="may be used"):
        Experiment([small], 0, contrasts=many, memory=2 * needed)


def test_the_command_says_so_in_one_line():
    done = in_process.run("simulate", "ten-tasks", "--memory", "0.001")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "and 0.001 may be used" in done.stderr


@pytest.mark.slow
def test_a_process_stays_within_its_budget():
    """Beside the half gibibyte of a process that has simulated something small."""
    code = (
        "import resource, sys\n"
        "from update_magnitude.simulations import estimates\n"
        "from tests.test_memory import of\n"
        "estimates(of([40], 8), 2)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "estimates(of([6000], 3000), 8, memory=int(1.8 * 2**30))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1.8 * 2**20  # KiB
