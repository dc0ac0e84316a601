"""Fetching: from a server on this machine, what is right is kept, and nothing else."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.networks.data_files import shrink, write_binary, write_idx
from update_magnitude.commands import data as command
from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.networks.data import load_images
from update_magnitude.simulations.networks.data.fetch import fetch
from update_magnitude.simulations.networks.data.sets import DATA_SETS

pytest.importorskip("pooch")
BATCHES = [f"data_batch_{number}.bin" for number in range(1, 6)]


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, without a word on stderr."""

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def home(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that is served, and its address."""
    folder = tmp_path / "home"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def publish(monkeypatch: pytest.MonkeyPatch, name: str, folder: Path) -> None:
    """Let the checksums of a set be those of the files in a folder."""
    sums = {
        file: hashlib.md5((folder / file).read_bytes()).hexdigest() for file in DATA_SETS[name].sums
    }
    monkeypatch.setitem(DATA_SETS, name, replace(DATA_SETS[name], sums=sums))


@pytest.fixture
def mnist(home, monkeypatch):
    """A small MNIST, served."""
    shrink(monkeypatch, "mnist", 5, 3)
    write_idx(home[0])
    publish(monkeypatch, "mnist", home[0])
    return home


def pack(source: Path, target: Path, extra: tarfile.TarInfo | None = None) -> None:
    with tarfile.open(target, "w:gz") as tar:
        tar.add(source, source.name)
        if extra:
            tar.addfile(extra, io.BytesIO(bytes(extra.size)))


@pytest.fixture
def cifar(home, tmp_path, monkeypatch):
    """A small CIFAR-10, served as an archive."""
    shrink(monkeypatch, "cifar10", 10, 2)
    folder = tmp_path / "source" / "cifar-10-batches-bin"
    write_binary(folder, [*BATCHES, "test_batch.bin"], 1, 10)
    pack(folder, home[0] / "cifar-10-binary.tar.gz")
    publish(monkeypatch, "cifar10", home[0])
    return home


def bring(name: str, folder: Path, address: str):
    return fetch(name, folder, lambda file, share: None, address)


def refused(name: str, folder: Path, address: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        bring(name, folder, address)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_homes_are_those_of_the_sets():
    homes = [data_set for data_set in DATA_SETS.values() if data_set.name != "digits"]
    assert all(data_set.address.endswith("/") and data_set.sums for data_set in homes)
    assert all(len(value) == 32 for home in homes for value in home.sums.values())


def test_files_are_fetched_once(mnist, tmp_path):
    told: list[tuple[str, float]] = []
    target = tmp_path / "new" / "data"
    done = fetch("mnist", target, lambda *progress: told.append(progress), mnist[1])
    assert done.folder == target / "mnist"
    assert done.downloaded == tuple(DATA_SETS["mnist"].sums)
    assert told[-1] == ("t10k-labels-idx1-ubyte.gz", 1.0)
    assert load_images("mnist", target).train.images.shape == (5, 28, 28, 1)
    assert sorted(path.name for path in (target / "mnist").iterdir()) == sorted(done.downloaded)
    assert {path.stat().st_mode & 0o777 for path in (target / "mnist").iterdir()} == {0o644}
    assert bring("mnist", target, "http://127.0.0.1:1/").downloaded == ()


def test_what_is_damaged_is_replaced(mnist, tmp_path):
    bring("mnist", tmp_path, mnist[1])
    for name in ("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"):
        (tmp_path / "mnist" / name).write_bytes(b"damaged")
    assert bring("mnist", tmp_path, mnist[1]).downloaded
    load_images("mnist", tmp_path)


def test_a_damaged_packaging_is_replaced(cifar, tmp_path):
    """What is wrong with it is said where nothing can be brought."""
    stray = tmp_path / "cifar10" / "data_batch_1.png"
    stray.parent.mkdir()
    stray.write_bytes(b"damaged")
    assert "data_batch_1.png: " in refused("cifar10", tmp_path, "http://127.0.0.1:1/")
    assert bring("cifar10", tmp_path, cifar[1]).downloaded == ("cifar-10-binary.tar.gz",)
    load_images("cifar10", tmp_path)


def test_what_killed_runs_left_goes_when_it_is_old(mnist, tmp_path):
    for name, hours in ((".fetch-old", 25), (".fetch-now", 23)):
        (tmp_path / "mnist" / name).mkdir(parents=True)
        (tmp_path / "mnist" / name / "half").write_bytes(b"half of a file")
        begun = time.time() - 3600 * hours
        os.utime(tmp_path / "mnist" / name, (begun, begun))
    bring("mnist", tmp_path, mnist[1])
    assert not (tmp_path / "mnist" / ".fetch-old").exists()
    assert (tmp_path / "mnist" / ".fetch-now" / "half").exists()


def test_another_set_of_the_same_file_names_is_not_taken_for_it(mnist, tmp_path):
    write_idx(tmp_path)  # it may be Fashion-MNIST
    assert bring("mnist", tmp_path, mnist[1]).downloaded


def test_an_archive_is_unpacked(cifar, tmp_path):
    done = bring("cifar10", tmp_path, cifar[1])
    assert done.downloaded == ("cifar-10-binary.tar.gz",)
    assert [path.name for path in (tmp_path / "cifar10").iterdir()] == ["cifar-10-batches-bin"]
    load_images("cifar10", tmp_path)
    assert bring("cifar10", tmp_path, "http://127.0.0.1:1/").downloaded == ()
    (tmp_path / "cifar10" / "cifar-10-batches-bin" / BATCHES[0]).write_bytes(b"damaged")
    bring("cifar10", tmp_path, cifar[1])
    load_images("cifar10", tmp_path)
    assert [path.name for path in (tmp_path / "cifar10").iterdir()] == ["cifar-10-batches-bin"]


def test_an_archive_elsewhere_in_the_folder_is_found(cifar, tmp_path):
    done = bring("cifar10", tmp_path / "source", "http://127.0.0.1:1/")
    assert (done.folder, done.downloaded) == (tmp_path / "source", ())


def test_a_wrong_checksum_leaves_nothing(mnist, tmp_path):
    (mnist[0] / "t10k-images-idx3-ubyte.gz").write_bytes(b"something else")
    text = refused("mnist", tmp_path / "data", mnist[1])
    assert text.startswith(f"{mnist[1]}t10k-images-idx3-ubyte.gz: what came is not the published")
    left = sorted(path.name for path in (tmp_path / "data" / "mnist").iterdir())
    assert left == ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]  # the right ones
    (mnist[0] / "train-images-idx3-ubyte.gz").write_bytes(b"something else")
    refused("mnist", tmp_path / "other", mnist[1])
    assert not (tmp_path / "other").exists()


def test_failures_of_the_network_are_one_line(mnist, tmp_path):
    text = refused("mnist", tmp_path / "data", "http://127.0.0.1:1/")
    assert text.endswith("cannot be fetched: no connection; is this machine online?")
    (mnist[0] / "train-images-idx3-ubyte.gz").unlink()
    text = refused("mnist", tmp_path / "data", mnist[1])
    assert text.endswith("cannot be fetched: the server answers 404 File not found")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.SYMTYPE])
def test_an_archive_writes_nothing_outside(cifar, tmp_path, monkeypatch, kind):
    member = tarfile.TarInfo("../../../escaped" if kind == tarfile.REGTYPE else "link")
    member.type, member.linkname = kind, str(tmp_path)
    pack(tmp_path / "source" / "cifar-10-batches-bin", cifar[0] / "cifar-10-binary.tar.gz", member)
    publish(monkeypatch, "cifar10", cifar[0])
    text = refused("cifar10", tmp_path / "data", cifar[1])
    assert "cifar-10-binary.tar.gz: cannot be unpacked: " in text
    assert not list(tmp_path.rglob("escaped"))
    assert not (tmp_path / "data").exists()


def test_an_archive_that_is_none(cifar, tmp_path, monkeypatch):
    (cifar[0] / "cifar-10-binary.tar.gz").write_bytes(b"text")
    publish(monkeypatch, "cifar10", cifar[0])
    assert "cannot be unpacked" in refused("cifar10", tmp_path / "data", cifar[1])
    pack(tmp_path / "source", cifar[0] / "cifar-10-binary.tar.gz")
    publish(monkeypatch, "cifar10", cifar[0])
    assert "there is no folder" in refused("cifar10", tmp_path / "data", cifar[1])


def test_a_folder_that_cannot_be_written(mnist, tmp_path):
    (tmp_path / "file").write_text("")
    text = refused("mnist", tmp_path / "file", mnist[1])
    assert "cannot be written: Not a directory" in text


def test_digits_and_unknown_names(tmp_path):
    assert bring("digits", tmp_path, "").downloaded == ()
    assert "no data set; known: digits" in refused("imagenet", tmp_path, "")


def test_the_command_tells(mnist, tmp_path, capsys):
    bring("mnist", tmp_path, mnist[1])
    command.fetch_one("mnist", tmp_path)
    assert f"mnist is there already, and intact: {tmp_path / 'mnist'}" in capsys.readouterr().out
    command.fetch_one("mnist", tmp_path, as_json=True)
    assert json.loads(capsys.readouterr().out)["downloaded"] == []
    command.fetch_one("digits", tmp_path)
    assert capsys.readouterr().out == "digits needs no files\n"
    command.list_all(tmp_path)
    shown = capsys.readouterr().out
    assert "fashion-mnist: Fashion-MNIST\n    60,000 + 10,000 images, 28 x 28 x 1, 10" in shown
    assert f"found: {tmp_path / 'mnist'}" in shown
    command.list_all(tmp_path, as_json=True)
    found = {load["name"]: load["found"] for load in json.loads(capsys.readouterr().out)}
    assert found["mnist"] == str(tmp_path / "mnist")
    assert found["cifar10"] is None
