"""Checkpoints that are damaged: noticed, moved aside, said, and never used."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.networks import checkpoint
from update_magnitude.simulations.networks.benchmarks import settings_of
from update_magnitude.simulations.networks.optima import measure_optima
from update_magnitude.simulations.networks.results import Records
from update_magnitude.simulations.networks.running import run_benchmark

RUN = {"epochs": 2, "rate": 0.1, "images": "0123"}
RECORDS = Records(
    accuracy=[np.array([[0.25, np.nan]])],
    loss=[np.array([[1.5, 0.75]])],
    trained=[np.array([[1, 0]])],
    signals=[],
)
ARRAYS = (np.linspace(0, 1, 7, dtype=np.float32), np.arange(3))
LIKE = tuple(np.zeros_like(array) for array in ARRAYS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that keeps a run."""
    checkpoint.save(tmp_path / "checkpoint.eqx", RUN, RECORDS, ARRAYS)
    return tmp_path / "checkpoint.eqx"


def is_right(found) -> bool:
    records, arrays = found
    same = all(np.array_equal(one, other) for one, other in zip(arrays, ARRAYS, strict=True))
    return same and records.document() == RECORDS.document()


def damages(data: bytes):
    generator = np.random.default_rng(0)
    for place, bit in enumerate(generator.integers(8, size=len(data)).tolist()):
        yield data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]
    for length in range(0, len(data), 7):
        yield data[:length]


def test_no_damage_is_used(path, capsys):
    """A bit of every byte in turn, and every seventh length."""
    data, noticed = path.read_bytes(), []
    for damaged in damages(data):
        path.write_bytes(damaged)
        found = checkpoint.load(path, RUN, LIKE)
        noticed.append(found is None)
        assert found is None or is_right(found)
        assert ("is damaged" in capsys.readouterr().err) == (found is None)
        assert path.exists() == (found is not None)
        aside = path.with_name("checkpoint.eqx.damaged")
        assert found is not None or aside.read_bytes() == damaged
    # What is not noticed is harmless: blanks become others, "checksum" becomes a key of no meaning.
    assert noticed.count(False) <= data.split(b"\n")[0].count(b" ") + len("checksum")
    path.write_bytes(data)
    assert is_right(checkpoint.load(path, RUN, LIKE))


def test_nothing_that_is_read_is_executed(path, tmp_path):
    class Harm:
        def __reduce__(self):
            return Path.touch, (tmp_path / "executed",)

    line = path.read_bytes().split(b"\n")[0]
    document = json.loads(line)
    del document["checksum"]
    harm = np.lib.format.magic(1, 0) + b"v\0{'descr': '|O', 'fortran_order': False, 'shape': (), }"
    harm = harm.ljust(127) + b"\n" + pickle.dumps(Harm())
    for body in (harm, pickle.dumps(Harm())):
        path.write_bytes(json.dumps(document).encode() + b"\n" + body)
        assert checkpoint.load(path, RUN, LIKE) is None
        assert not (tmp_path / "executed").exists()


def test_files_without_a_checksum_are_taken_if_they_can_be_read(path):
    line, body = path.read_bytes().split(b"\n", 1)
    document = json.loads(line)
    del document["checksum"]
    head = json.dumps(document).encode() + b"\n"
    path.write_bytes(head + body)
    assert is_right(checkpoint.load(path, RUN, LIKE))
    path.write_bytes(head + body[:-1])
    assert checkpoint.load(path, RUN, LIKE) is None


def test_another_run_is_refused_and_what_cannot_be_read_is_one_line(path):
    before = path.read_bytes()
    with pytest.raises(ScenarioError, match="keeps a run with epochs = 2, not 3"):
        checkpoint.load(path, RUN | {"epochs": 3}, LIKE)
    assert path.read_bytes() == before
    path.unlink()
    assert checkpoint.load(path, RUN, LIKE) is None
    path.mkdir()
    with pytest.raises(ScenarioError, match=r"checkpoint\.eqx: cannot be read: Is a directory"):
        checkpoint.load(path, RUN, LIKE)


def test_a_run_begins_anew_and_says_so(tmp_path, capsys):
    shrunk = {"tasks": 2, "width": 8, "epochs": 1, "seeds": 1, "samples": 100}
    settings = settings_of("permuted-digits", strategies=("initialized",), **shrunk)
    whole = run_benchmark(settings, None, tmp_path).records.document()
    optima = measure_optima(settings, None, tmp_path, lambda told: None)
    for name in ("checkpoint.eqx", "optima.eqx"):
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[:-40] + bytes(40))
        capsys.readouterr()
        again = run_benchmark(settings, None, tmp_path).records.document()
        assert again == whole
        np.testing.assert_array_equal(
            measure_optima(settings, None, tmp_path, lambda told: None).gram, optima.gram
        )
        said = f"{name} is damaged; it is now {name}.damaged, and training begins anew"
        assert said in capsys.readouterr().err
        assert (tmp_path / name).read_bytes() == data
