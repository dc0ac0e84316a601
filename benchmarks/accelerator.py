"""Measure everything on whatever devices jax has, in eight minutes at most: ``make accelerator``.

Units are done one by one, and what each found is kept at once; what no longer fits in the time is
skipped, and the log says so. A rerun does what is not done yet, for the same device, versions and
code; a unit in which an earlier run was cut off comes last.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import jax

from benchmarks.carried import FOLDER as CARRIED
from benchmarks.kept import DONE, FAILED, SKIPPED, STARTED, Kept, Unit
from benchmarks.networks import beside_the_cpu, missing
from benchmarks.units import all_units
from update_magnitude.scenarios.fields import one_line
from update_magnitude.simulations.compilation import keep_compiled

OUTPUT = Path("benchmarks") / "output" / "accelerator"
LIMIT = 480.0  # seconds that a run takes at most
COMPILED = "/jax/core/compile/backend_compile_duration"
FROM_CACHE = "/jax/compilation_cache/cache_hits"
# Exit statuses: everything done and right; a prediction refuted; something left; something failed.
RIGHT, REFUTED, LEFT, WRONG = 0, 1, 3, 4


class Compilation:
    """How long XLA has compiled, and how many programs, since this was made."""

    def __init__(self) -> None:
        self.seconds, self.programs, self.from_cache = 0.0, 0, 0
        jax.monitoring.register_event_duration_secs_listener(self._lasted)
        jax.monitoring.register_event_listener(self._happened)

    def _lasted(self, event: str, duration_secs: float, **_: object) -> None:
        if event == COMPILED:
            self.seconds, self.programs = self.seconds + duration_secs, self.programs + 1

    def _happened(self, event: str, **_: object) -> None:
        self.from_cache += event == FROM_CACHE

    def so_far(self) -> dict[str, float]:
        """The numbers, for JSON."""
        return {
            "compile_seconds": self.seconds,
            "programs": self.programs,
            "programs_from_cache": self.from_cache,
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it as a command; returns the exit status."""
    began = time.monotonic()
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="DIR", help="where to keep")
    parser.add_argument(
        "--carried", type=Path, default=CARRIED, metavar="DIR", help="of benchmarks.carried"
    )
    parser.add_argument("--tiny", action="store_true", help="sizes that only show that it runs")
    given = parser.parse_args(arguments)
    keep_compiled()
    kept = Kept(given.output, given.tiny)
    trains = given.tiny or jax.default_backend() != "cpu"
    units = all_units(given.tiny, given.carried if trains else None)
    absent = missing(given.carried) if trains else "networks at full size: left out on a CPU"
    if absent is not None:
        kept.say(absent)
    watchdog = threading.Timer(LIMIT - (time.monotonic() - began), _cut_off, (kept,))
    watchdog.daemon = True
    watchdog.start()
    try:
        return run(units, kept, lambda: LIMIT - (time.monotonic() - began))
    finally:
        watchdog.cancel()


def run(units: Sequence[Unit], kept: Kept, seconds_left: Callable[[], float]) -> int:
    """Do what is not done yet and fits.

    Args:
        units: in the order in which they are wanted.
        kept: what is done already, and where to keep more.
        seconds_left: how much time there is.

    Returns:
        The exit status.
    """
    about = kept.document
    kept.say(f"{about['device']}, {about['versions']}, code {about['source']}")
    compilation = Compilation()
    for unit in sorted(units, key=lambda unit: kept.state(unit.name) == STARTED):
        if kept.state(unit.name) == DONE:
            kept.say(f"{unit.name}: done by an earlier run")
        elif unit.seconds > seconds_left():
            why = f"it may take {unit.seconds:.0f} s, and {seconds_left():.0f} s are left"
            kept.put(unit.name, SKIPPED, reason=why)
            kept.say(f"{unit.name}: skipped: {why}")
        else:
            _measure(unit, kept, compilation)
    for line in beside_the_cpu(kept.document["units"]):
        kept.say(line)
    states = [kept.state(unit.name) for unit in units]
    kept.say(f"{states.count(DONE)} of {len(units)} units are done; see {kept.path}")
    return _status(kept, states)


def _measure(unit: Unit, kept: Kept, compilation: Compilation) -> None:
    """Run one unit and keep what it found, or why it failed."""
    kept.put(unit.name, STARTED)
    before, began = compilation.so_far(), time.monotonic()
    try:
        result = unit.run()
    except Exception as error:
        reason = one_line(f"{type(error).__name__}: {error}")[:500]
        kept.put(unit.name, FAILED, reason=reason)
        kept.say(f"{unit.name}: failed: {reason}")
        return
    seconds = time.monotonic() - began
    compiled = {name: value - before[name] for name, value in compilation.so_far().items()}
    kept.put(unit.name, DONE, seconds=seconds, **compiled, result=result)
    parts = f"{seconds:.1f} s, of which XLA compiled {compiled['compile_seconds']:.1f} s"
    kept.say(f"{unit.name}: {parts}: {result}")


def _status(kept: Kept, states: Sequence[str | None]) -> int:
    if FAILED in states:
        return WRONG
    results = [unit.get("result", {}) for unit in kept.document["units"].values()]
    tested = [result for result in results if "refuted" in result]
    if any(result["refuted"] for result in tested):
        return REFUTED
    blind = [result for result in tested if not result["control_refuted_for_every_schedule"]]
    return LEFT if blind or states.count(DONE) < len(states) else RIGHT


def _cut_off(kept: Kept) -> None:
    """End the process where a unit has taken all the time that was left: the rest is kept."""
    kept.say(f"cut off after {LIMIT:.0f} s; run it again for the rest")
    os._exit(LEFT)


if __name__ == "__main__":
    try:
        status = main()
    except Exception as failure:  # a status of 1 would say that a prediction was refuted
        print(f"error: {type(failure).__name__}: {' '.join(str(failure).split())}", file=sys.stderr)
        status = WRONG
    sys.exit(status)
