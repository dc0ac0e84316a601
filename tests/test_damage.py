"""Sweeps whose files were damaged: a reader says so in one line, and a rerun repairs them."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr

from tests.test_sweeps import COMMAND, digest, finished, start
from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.files import PRESETS
from update_magnitude.simulations.sweeps import DamagedError, load, read, run
from update_magnitude.simulations.sweeps.files import CHECKSUMS, KEPT, MEASURED, chunk_name
from update_magnitude.simulations.sweeps.store import WITNESS, Store

SWEEP = """
[sweep]
scenario = "two-close-tasks"
replicates = 100
[grid]
tasks.noise = [0.0, 0.5]
updates.strategy = ["frozen", "initialized"]
"""
POINT = (0, 1, 0)
RISK = "risk/c/0/1/0/0/0"
PLACE = "at engine = 'law', tasks.noise = 0.5, updates.strategy = 'frozen': "


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory):
    """A sweep file, its store, and the dataset in it."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "sweep.toml").write_text(SWEEP)
    run(load(folder / "sweep.toml"), folder / "store")
    return folder / "sweep.toml", folder / "store", read(folder / "store").load()


@pytest.fixture
def copied(kept, tmp_path):
    """The sweep, and a copy of its store to do damage to."""
    shutil.copytree(kept[1], tmp_path / "store")
    return load(kept[0]), tmp_path / "store"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def flipped(data: bytes, place: int, bit: int) -> bytes:
    return data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]


def damages(data: bytes, count: int, generator: np.random.Generator):
    """What a file may become: some of its bits flipped, or its end cut off."""
    for place in {0, len(data) - 1, *generator.integers(len(data), size=count).tolist()}:
        yield flipped(data, place, int(generator.integers(8)))
    for length in {0, 1, len(data) - 1, *generator.integers(len(data), size=count).tolist()}:
        yield data[:length]


def require_same_or_one_line(folder: Path, whole: xr.Dataset) -> bool:
    """Whether reading is refused; if not, it gives the very same."""
    try:
        found = read(folder).load()
    except ScenarioError as caught:
        error = str(caught)
    else:
        assert found.identical(whole)
        return False
    assert "\n" not in error
    assert str(folder) in error
    return True


def of_one_point(names: list[str]) -> list[str]:
    """All metadata, and the files of one point."""
    own = {chunk_name(variable, POINT) for variable in (*KEPT, CHECKSUMS)}
    return [name for name in names if name in own or not is_of_a_point(name)]


def is_of_a_point(name: str) -> bool:
    return "/c/0/" in name


def refusals(
    folder: Path, names: list[str], whole: xr.Dataset, count: int, most: int | None = None
) -> float:
    """Do much damage to each file, one after another; the share of it that the reader refuses."""
    generator, refused = np.random.default_rng(1), []
    for name in names:
        data = (folder / name).read_bytes()
        choice = list(damages(data, count, generator))
        for number in generator.permutation(len(choice))[:most]:
            damaged = choice[number]
            (folder / name).write_bytes(damaged)
            refused.append(require_same_or_one_line(folder, whole))
        (folder / name).write_bytes(data)
    assert not require_same_or_one_line(folder, whole)
    return sum(refused) / len(refused)


def test_no_damage_is_read_as_if_it_were_right(copied, kept):
    """Nearly all damage is refused: the rest is to blanks, or to keys that nothing depends on."""
    names = of_one_point(files(copied[1]))
    assert refusals(copied[1], names, kept[2], count=1, most=3) > 0.95


@pytest.mark.slow
def test_no_damage_of_very_many_is_read_as_if_it_were_right(copied, kept):
    assert refusals(copied[1], files(copied[1]), kept[2], count=6) > 0.95


@pytest.mark.parametrize("seed", range(4))
def test_a_rerun_repairs_damage_to_all_files_but_one_that_says_whose_they_are(seed, copied, kept):
    sweep, folder = copied
    generator = np.random.default_rng(seed)
    spared = ("zarr.json", WITNESS)[seed % 2]
    chosen = [name for name in files(folder) if name != spared]
    for name in chosen:
        data = (folder / name).read_bytes()
        choice = list(damages(data, 1, generator))
        (folder / name).write_bytes(choice[generator.integers(len(choice))])
    summary = run(sweep, folder)
    assert (summary.done, summary.simulated, summary.damaged) == (4, 4, 4)
    assert sorted(summary.repaired) == [name for name in chosen if not is_of_a_point(name)]
    assert digest(folder) == digest(kept[1])
    assert read(folder).load().identical(kept[2])


@pytest.mark.slow
def test_a_rerun_repairs_damage_to_any_single_file(copied, kept):
    sweep, folder = copied
    generator = np.random.default_rng(2)
    for name in files(folder):
        for damaged in damages((folder / name).read_bytes(), 1, generator):
            (folder / name).write_bytes(damaged)
            summary = run(sweep, folder)
            assert summary.damaged + len(summary.repaired) == 1
            assert digest(folder) == digest(kept[1])


def test_what_is_damaged_is_said_with_its_point_and_its_file(copied):
    folder = copied[1]
    data = (folder / RISK).read_bytes()
    for damaged in (flipped(data, 3, 0), data[:-1], b""):
        (folder / RISK).write_bytes(damaged)
        dataset = read(folder)  # values are loaded when they are used
        assert np.isfinite(dataset.forgetting).all()
        with pytest.raises(DamagedError) as caught:
            dataset.load()
        assert str(caught.value) == (
            f"{folder}: {PLACE}{RISK} is damaged; run the sweep again into this folder to repair it"
        )
    (folder / RISK).unlink()
    with pytest.raises(DamagedError, match=f"{PLACE}{RISK} is missing"):
        read(folder).load()
    (folder / RISK).mkdir()
    with pytest.raises(DamagedError, match=f"{PLACE}{RISK} cannot be read"):
        read(folder).load()


@pytest.mark.parametrize("name", [RISK, "done/c/0/1/0", "checksums/c/0/1/0/0", "undefined/c/0/1/0"])
@pytest.mark.parametrize("size", [0, 1])
def test_a_rerun_says_how_much_it_repairs(name, size, copied, kept):
    sweep, folder = copied
    os.truncate(folder / name, size)
    summary = run(sweep, folder)
    assert (summary.done, summary.simulated, summary.damaged) == (4, 1, 1)
    assert digest(folder) == digest(kept[1])
    assert run(sweep, folder).damaged == 0


def test_the_command_says_so_in_words(copied, kept):
    folder = copied[1]
    os.truncate(folder / RISK, 3)
    (folder / "risk" / "zarr.json").unlink()
    command = [*COMMAND, str(kept[0]), "--output", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "1 damaged point was simulated again\n" in done.stdout
    assert "1 damaged file of metadata was written again: risk/zarr.json\n" in done.stdout


def test_files_that_are_missing_are_noticed(copied, kept):
    sweep, folder = copied
    names = of_one_point(files(folder))
    for name in [*filter(is_of_a_point, names), *names[::4], "zarr.json", WITNESS]:
        (folder / name).unlink()
        if name.startswith("done/c/"):  # that is what a point looks like that is not done yet
            assert not read(folder).done.values.all()
            assert np.isnan(read(folder).risk.where(~read(folder).done)).all()
        else:
            assert require_same_or_one_line(folder, kept[2])
        summary = run(sweep, folder)
        assert summary.simulated == int(is_of_a_point(name))
        assert digest(folder) == digest(kept[1])


def test_a_point_that_is_not_done_is_nan_whatever_was_written_of_it(copied):
    folder = copied[1]
    (folder / "done/c/0/1/0").unlink()
    dataset = read(folder).load()
    place = {"tasks.noise": 0.5, "updates.strategy": "frozen"}
    assert np.isnan(dataset.risk.sel(place)).all()
    assert np.isfinite(dataset.risk.sel({**place, "updates.strategy": "initialized"})).all()


def test_files_of_other_stores_and_points_are_noticed(copied, kept, tmp_path):
    sweep, folder = copied
    (tmp_path / "other.toml").write_text(SWEEP.replace("replicates = 100", "replicates = 120"))
    other = tmp_path / "other"
    run(load(tmp_path / "other.toml"), other)
    for names in ([RISK], filter(is_of_a_point, of_one_point(files(other)))):
        for name in names:
            shutil.copy(other / name, folder / name)
        with pytest.raises(DamagedError, match=PLACE):
            read(folder).load()
        assert run(sweep, folder).damaged == 1
        assert digest(folder) == digest(kept[1])
    shutil.copy(folder / "risk/c/0/0/0/0/0", folder / RISK)
    with pytest.raises(DamagedError, match=PLACE):
        read(folder).load()
    assert run(sweep, folder).damaged == 1
    shutil.copy(other / "zarr.json", folder / "zarr.json")
    with pytest.raises(DamagedError, match=r"done/zarr\.json is damaged"):
        read(folder)
    with pytest.raises(ScenarioError, match=r"replicates = 100: .* begun with 120"):
        run(sweep, folder)


def test_without_any_file_that_says_whose_they_are_nothing_is_touched(copied):
    sweep, folder = copied
    for name in ("zarr.json", WITNESS):
        os.truncate(folder / name, 20)
    before = digest(folder)
    with pytest.raises(ScenarioError, match=r"zarr\.json is damaged, and so is done/zarr\.json"):
        run(sweep, folder)
    (folder / "zarr.json").unlink()
    del before["zarr.json"]
    with pytest.raises(ScenarioError, match=r"it holds other files .*give an empty folder"):
        run(sweep, folder)
    assert digest(folder) == before


STRAYS = (".DS_Store", "Thumbs.db", "desktop.ini", "zarr.json~", ".zarr.json.swp", "#zarr.json#")


@pytest.mark.filterwarnings("error")
def test_stray_files_are_no_reason_to_refuse_and_stay(kept, tmp_path):
    folder = tmp_path / "store"
    folders = ["", "risk", "risk/c", "risk/c/0/0", "done", "done/.unfinished"]
    for name in ("", "done/.unfinished"):  # before there is a store
        (folder / name).mkdir(parents=True, exist_ok=True)
        for stray in STRAYS:
            (folder / name / stray).write_text("stray")
    run(load(kept[0]), folder)
    for name in folders:
        for stray in STRAYS:
            (folder / name / stray).write_text("stray")
    assert run(load(kept[0]), folder).simulated == 0
    assert read(folder).load().identical(kept[2])
    for name in folders:
        assert {path.name for path in (folder / name).iterdir()} >= set(STRAYS)


def test_a_folder_with_files_of_ones_own_is_still_refused(kept, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ScenarioError, match=r"it holds other files \('notes\.txt'\)"):
        run(load(kept[0]), tmp_path)


def test_consolidated_metadata_are_left_and_repaired(copied, kept):
    sweep, folder = copied
    with pytest.warns(match="Consolidated metadata"):
        zarr.consolidate_metadata(folder)
    before = digest(folder)
    assert run(sweep, folder).repaired == ()
    assert digest(folder) == before
    assert read(folder).load().identical(kept[2])
    root = (folder / "zarr.json").read_text()
    (folder / "zarr.json").write_text(root.replace('"name": "crc32c"', '"name": "crc32d"', 1))
    assert run(sweep, folder).repaired == ("zarr.json",)
    assert digest(folder) == digest(kept[1])


def test_other_readers_of_zarr_notice_damage_too(copied):
    folder = copied[1]
    (folder / RISK).write_bytes(flipped((folder / RISK).read_bytes(), 5, 3))
    with pytest.raises(ValueError, match="checksum"):
        xr.open_zarr(folder, consolidated=False).risk.load()


def test_a_title_is_no_damage(tmp_path):
    """It may be the name of the file, which nothing depends on."""
    tables = (PRESETS / "two-close-tasks.toml").read_text()
    text = SWEEP.replace('scenario = "two-close-tasks"\n', "")
    text += "".join(line for line in tables.splitlines(True) if not line.startswith("title"))
    for name in ("first", "second"):
        (tmp_path / f"{name}.toml").write_text(text)
    run(load(tmp_path / "first.toml"), tmp_path / "store")
    before = digest(tmp_path / "store")
    summary = run(load(tmp_path / "second.toml"), tmp_path / "store")
    assert (summary.simulated, summary.repaired) == (0, ())
    assert digest(tmp_path / "store") == before
    assert read(tmp_path / "store").title == "first"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_permissions_are_named(copied):
    sweep, folder = copied
    (folder / RISK).chmod(0)
    with pytest.raises(DamagedError, match=rf"{RISK} cannot be read \(Permission denied\)"):
        read(folder).load()
    (folder / "done").chmod(0)
    with pytest.raises(ScenarioError, match="Permission denied"):
        run(sweep, folder)
    (folder / "done").chmod(0o755)


def test_what_stands_where_a_file_should_be_is_refused_in_one_line(copied):
    sweep, folder = copied
    for name in (RISK, "risk/zarr.json", "zarr.json"):
        (folder / name).unlink()
        (folder / name).mkdir()
        with pytest.raises(ScenarioError, match=r"--output = .*Is a directory") as caught:
            run(sweep, folder)
        assert "\n" not in str(caught.value)
        (folder / name).rmdir()
        run(sweep, folder)


def without_checksums(folder: Path) -> None:
    """Make a store like those of the first versions."""
    for name in ("checksums", "file", "digits_lost"):
        shutil.rmtree(folder / name)
    for path in [*folder.glob("*/c/*/*/*"), *folder.glob("*/c/*/*/*/0/0"), *folder.glob("*/c/0")]:
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-4])
    for path in folder.glob("**/zarr.json"):
        document = json.loads(path.read_text())
        for key in ("checksum", "checksums", "store"):
            document["attributes"].pop(key, None)
        if "codecs" in document:
            document["codecs"] = [
                entry for entry in document["codecs"] if entry["name"] != "crc32c"
            ]
        path.write_text(json.dumps(document))


def test_stores_without_checksums_are_read_and_not_gone_on_with(copied, kept):
    sweep, folder = copied
    without_checksums(folder)
    xr.testing.assert_identical(read(folder).load(), kept[2].drop_vars("digits_lost"))
    root = (folder / "zarr.json").read_text()
    (folder / "zarr.json").write_text(root.replace(f", zarr {zarr.__version__}", ""))
    with pytest.raises(ScenarioError, match=r"software = .* begun with 'update-magnitude"):
        run(sweep, folder)
    # of damage, what can be noticed is
    os.truncate(folder / RISK, 3)
    with pytest.raises(DamagedError, match=f"{PLACE}{RISK} is damaged"):
        read(folder).load()
    os.truncate(folder / RISK, 32)
    os.truncate(folder / "undefined/c/0/1/0", 3)
    with pytest.raises(DamagedError, match=r"undefined/c/0/1/0 is damaged"):
        read(folder).load()
    os.truncate(folder / "done" / "zarr.json", 3)
    with pytest.raises(DamagedError, match=r"done/zarr\.json is damaged"):
        read(folder)
    (folder / "task" / "zarr.json").unlink()
    with pytest.raises(DamagedError, match=r"task/zarr\.json is missing"):
        read(folder)


@pytest.mark.parametrize("after", [0, 1, 5, 12, 13, 20])
def test_a_repair_can_stop_between_any_two_files(after, copied, kept, monkeypatch):
    sweep, folder = copied
    for name in ("risk/zarr.json", RISK, "undefined/c/0/0/1"):
        os.truncate(folder / name, 2)
    place, placed = Store._place, 0

    def stop(self, *arguments):
        nonlocal placed
        placed += 1
        if placed > after:
            raise KeyboardInterrupt
        place(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_place", stop)
        with pytest.raises(KeyboardInterrupt):
            run(sweep, folder)
    assert after == 0 or require_nan_or_right(folder, kept[2])
    run(sweep, folder)
    assert digest(folder) == digest(kept[1])


def require_nan_or_right(folder: Path, whole: xr.Dataset) -> bool:
    """Whether points are either not done, and NaN, or as they should be."""
    found = read(folder).load()
    assert 2 <= found.done.sum() < 4
    expected = whole[list(MEASURED)].where(found.done)
    return found[list(MEASURED)].identical(expected)


def test_points_that_share_draws_are_simulated_again_together(tmp_path):
    file, whole, folder = tmp_path / "sweep.toml", tmp_path / "whole", tmp_path / "store"
    file.write_text(SWEEP.replace("replicates", 'engines = ["dense"]\nreplicates'))
    run(load(file), whole)
    shutil.copytree(whole, folder)
    for name, damaged in ((RISK, 1), ("done/c/0/0/1", 0)):  # neither is the last of them
        (folder / name).unlink()
        summary = run(load(file), folder)
        assert (summary.done, summary.simulated, summary.damaged) == (4, 4, damaged)
        assert digest(folder) == digest(whole)


@pytest.mark.slow
def test_processes_repair_together(copied, kept):
    folder = copied[1]
    for name in ("task/c/0", RISK, "undefined/c/0/0/1", "done/c/0/1/1"):
        os.truncate(folder / name, 1)
    for process in [start(kept[0], folder) for _ in range(3)]:
        assert finished(process)["done"] == 4
    assert digest(folder) == digest(kept[1])


def test_an_error_about_damage_passes_between_processes():
    error = DamagedError(Path("store"), "risk/c/0", "is damaged", "noise = 1")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(error).startswith("store: at noise = 1: risk/c/0 is damaged; ")
