"""What ``benchmarks.accelerator`` keeps: a JSON file and a log for each device and versions.

The JSON file is replaced as a whole after every unit, by a temporary file that takes its name: a
run that is killed loses no more than the unit that it was in.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeAlias

import jax

from update_magnitude import __version__
from update_magnitude.scenarios.writing import write_whole

PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "sympy", "xarray", "equinox", "optax")
ROOT = Path(__file__).parent.parent
MEASURED = ("benchmarks", "scenarios", "simulations", "theory")  # folders whose code is timed

Json: TypeAlias = Any  # what JSON can hold

STARTED, DONE, FAILED, SKIPPED = "started", "done", "failed", "skipped"


@dataclass(frozen=True)
class Unit:
    """A measurement that is kept by itself.

    Attributes:
        name: under which it is kept.
        seconds: that it takes at most, by experience, compilation included.
        run: what to do; it returns what JSON can hold.
    """

    name: str
    seconds: float
    run: Callable[[], dict[str, Json]]


class Kept:
    """Results by the name of their unit, of one device and one set of versions.

    Args:
        folder: where to keep them; made if need be.
        tiny: whether sizes are those of a trial, which is kept apart.
    """

    def __init__(self, folder: Path, tiny: bool) -> None:
        about = {"device": device(), "versions": versions(), "source": source(), "tiny": tiny}
        folder.mkdir(parents=True, exist_ok=True)
        name = _name(about)
        self.path, self.log_path = folder / f"{name}.json", folder / f"{name}.log"
        self.document: dict[str, Json] = about | {"units": {}}
        if self.path.exists():
            self.document = self._kept_before(self.document)

    def _kept_before(self, fresh: dict[str, Json]) -> dict[str, Json]:
        """What is in the file; if that is damaged, it is moved aside and all begins anew."""
        try:
            before: dict[str, Json] = json.loads(self.path.read_text(encoding="utf-8"))
            before["units"].items()
        except (ValueError, KeyError, TypeError, AttributeError):
            aside = self.path.with_name(f"{self.path.name}.damaged")
            self.path.replace(aside)
            self.say(f"{self.path} was damaged: it is {aside} now, and all begins anew")
            return fresh
        return before

    def state(self, unit: str) -> str | None:
        """What became of a unit, in this run or an earlier one."""
        kept = self.document["units"].get(unit)
        return None if kept is None else str(kept["state"])

    def put(self, unit: str, state: str, **measured: Json) -> None:
        """Keep what became of a unit, whatever was kept of it before."""
        self.document["units"].pop(unit, None)  # so that units stand in the order of their ends
        self.document["units"][unit] = {"state": state, **measured}
        write_whole(self.path, (json.dumps(self.document, indent=1) + "\n").encode())

    def say(self, line: str) -> None:
        """Print a line, and add it to the log."""
        print(line, flush=True)
        with self.log_path.open("a", encoding="utf-8") as log:
            log.write(line + "\n")


def device() -> dict[str, Json]:
    """Name, kind, number and memory of the devices that jax has."""
    first = jax.devices()[0]
    return {
        "name": first.device_kind,
        "platform": first.platform,
        "count": len(jax.devices()),
        "memory_bytes": (first.memory_stats() or {}).get("bytes_limit"),
    }


def versions() -> dict[str, str | None]:
    """Of Python, this project, and the packages that it computes with; None if one is missing."""
    named: dict[str, str | None] = {
        "python": platform.python_version(),
        "update-magnitude": __version__,
    }
    for name in PACKAGES:
        try:
            named[name] = version(name)
        except PackageNotFoundError:
            named[name] = None
    return named


def source() -> str:
    """A digest of the code that is measured: results of other code are not taken up again."""
    digest = hashlib.blake2b(digest_size=4)
    for path in sorted(path for folder in MEASURED for path in (ROOT / folder).rglob("*.py")):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _name(about: dict[str, Json]) -> str:
    """A file name that says the device, and differs where anything of the above does."""
    named = about["device"]
    words = f"{named['count']}-{named['name']}" + ("-tiny" if about["tiny"] else "")
    digest = hashlib.blake2b(json.dumps(about, sort_keys=True).encode(), digest_size=4).hexdigest()
    return re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-").lower() + f"-{digest}"
