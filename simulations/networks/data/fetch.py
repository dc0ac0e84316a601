"""Bringing a data set from its home: checked, unpacked and put in place whole, or not at all."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.fields import one_line
from update_magnitude.scenarios.packages import installed
from update_magnitude.simulations.networks.data.convert import convert
from update_magnitude.simulations.networks.data.files import UnreadableError
from update_magnitude.simulations.networks.data.sets import DataSet, known

WORKSHOP = ".fetch-"  # how the names of folders begin where files are brought to
ABANDONED = 24 * 3600.0  # seconds
Watch = Callable[[str, float], None]  # the present file, and the share of it that is done


@dataclass(frozen=True)
class Fetched:
    """What fetching a data set came to."""

    name: str
    folder: Path | None  # where it lies; None if it needs no files
    downloaded: tuple[str, ...]  # the files that were brought; none if all was there
    converted: bool = False  # whether it was made of another packaging that was there


def fetch(name: str, folder: Path, watch: Watch, address: str | None = None) -> Fetched:
    """Bring a data set from its home, or another address, into ``folder``, where it has its own.

    If it is there already it is read to see that it is intact, and nothing is brought; nor if
    another packaging is there, of which it is made. What is damaged is replaced: of a damaged
    packaging an error speaks where nothing can be brought in its place. A file takes its
    name when its checksum is right, an archive its folder's when it is unpacked: a run that is
    killed leaves nothing that passes for data.

    Raises:
        ScenarioError: if it cannot be brought, is not what it should be, or cannot be written.
    """
    wanted = known(name)
    if not wanted.sums:
        return Fetched(name, None, ())
    if place := _intact(wanted, folder):
        return Fetched(name, place, ())
    target = folder / name
    for path in target.glob(f"{WORKSHOP}*"):  # what killed runs have left, too old to be in use
        if time.time() - path.stat().st_mtime > ABANDONED:
            shutil.rmtree(path, ignore_errors=True)
    with _writing(target), tempfile.TemporaryDirectory(prefix=WORKSHOP, dir=target) as workshop:
        damaged = ""
        try:
            if made := convert(name, wanted.places(folder), Path(workshop)):
                wanted.images_in(Path(workshop), folder)  # a part of the set is no set
                _put(made, target / made.name)
                return Fetched(name, target, (), converted=True)
        except UnreadableError as error:
            damaged = f"{error}; "
        try:
            for file in wanted.sums:
                path = _download(wanted, file, address or wanted.address, Path(workshop), watch)
                if wanted.archive:
                    path = _unpack(path, wanted.archive)
                _put(path, target / path.name)
        except ScenarioError as error:
            raise ScenarioError(f"{damaged}{error}") from None
    return Fetched(name, target, tuple(wanted.sums))


def _intact(wanted: DataSet, folder: Path) -> Path | None:
    """Where the set lies already, whole."""
    # Sets of single files share their names: outside a folder of its own, it may be another set.
    places = wanted.places(folder) if wanted.archive else wanted.places(folder)[:1]
    place = wanted.place_in(*places)
    if place is None:
        return None
    try:
        wanted.images_in(place, folder)
    except UnreadableError:
        return None
    return place


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """A folder to write to; those that are made for it are gone again if nothing comes of it."""
    made = [path for path in (target, *target.parents) if not os.path.exists(path)]
    try:
        target.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        why = error.strerror or one_line(str(error))  # libraries raise texts of their own
        raise ScenarioError(f"{one_line(str(target))}: cannot be written: {why}") from None
    finally:
        for path in made:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()


class _Bar:
    """The progress that pooch reports, as one share of a file."""

    def __init__(self, file: str, watch: Watch) -> None:
        self.file, self.watch, self.total, self.done = file, watch, 0, 0

    def update(self, size: int) -> None:
        self.done += size
        self.watch(self.file, min(self.done / self.total, 1.0) if self.total else 0.0)

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        pass


def _download(wanted: DataSet, file: str, address: str, workshop: Path, watch: Watch) -> Path:
    pooch, requests = installed("pooch"), installed("requests")
    pooch.get_logger().setLevel("ERROR")  # it would report each download
    # As it is: a server that packs what is packed already would spoil the checksum.
    bring = pooch.HTTPDownloader(
        progressbar=_Bar(file, watch), headers={"Accept-Encoding": "identity"}
    )
    url = f"{address.rstrip('/')}/{file}"
    try:
        pooch.retrieve(url, f"md5:{wanted.sums[file]}", file, workshop, downloader=bring)
    except requests.exceptions.RequestException as error:
        raise ScenarioError(f"{url}: cannot be fetched: {_reason(error)}") from None
    except ValueError:  # of pooch
        raise ScenarioError(
            f"{url}: what came is not the published file: its MD5 checksum is not "
            f"{wanted.sums[file]}; nothing was kept; try again later"
        ) from None
    return workshop / file


def _reason(error: Exception) -> str:
    """One line on a failure of the network, whose own texts are nested and long."""
    answer = getattr(error, "response", None)
    if answer is not None:
        answer.close()  # or its connection stays open
        return f"the server answers {answer.status_code} {answer.reason}"
    name = type(error).__name__
    return {
        "ConnectionError": "no connection; is this machine online?",
        "ConnectTimeout": "no connection in time; is this machine online?",
        "ReadTimeout": "the server is silent; try again later",
        "ChunkedEncodingError": "the connection broke off; try again",
    }.get(name, name)


def _unpack(archive: Path, folder: str) -> Path:
    """The folder that an archive holds, unpacked beside it."""
    within = archive.parent / "unpacked"
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(within, filter="data")  # nothing outside, no devices, no links out
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise ScenarioError(f"{archive.name}: cannot be unpacked: {one_line(str(error))}") from None
    if not (within / folder).is_dir():
        raise ScenarioError(f"{archive.name}: there is no folder {folder} in it")
    return within / folder


def _put(path: Path, target: Path) -> None:
    """Give what is complete its name; what was there goes, with the workshop."""
    if target.is_dir():
        target.rename(path.parent / f"{target.name}.old")
    path.chmod(0o755 if path.is_dir() else 0o644)  # others may read it, as in any shared folder
    path.replace(target)
