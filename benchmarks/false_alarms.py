"""How often a run refutes something that is true: ``python -m benchmarks.false_alarms [RUNS]``.

Runs all claims that the law engine can run, at the quick profile, once for each of many seeds. The
design allows a run to refute anything with probability 0.001; how often single tests come out
beyond given levels tells more, for there are many of them.
"""

from __future__ import annotations

import math
import sys

from scipy.stats import binomtest

from update_magnitude.paper_checks.claims import builders_of, studies_of
from update_magnitude.paper_checks.judging import judge
from update_magnitude.paper_checks.measuring import measure
from update_magnitude.paper_checks.profiles import PROFILES
from update_magnitude.paper_checks.statistics import FAMILY_ERROR, p_value
from update_magnitude.paper_checks.verdicts import REFUTED, Verdict

RUNS, FIRST = 200, 1000  # seeds that no test uses
LEVELS = (0.1, 0.01, 0.001)


def run(seed: int) -> list[Verdict]:
    """The verdicts of one run."""
    profile = PROFILES["quick"]
    measurements = [
        measurement
        for builder in builders_of(())
        for study in studies_of(builder, (), seed, ("law",))
        for measurement in measure(study, profile, seed, lambda *_: None)
    ]
    return judge(measurements, profile)


def main() -> None:
    """Print what was counted."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    alarms, chances = 0, []
    for number in range(runs):
        verdicts = run(FIRST + number)
        alarms += any(verdict.verdict == REFUTED for verdict in verdicts)
        chances += [p_value(verdict.z) for verdict in verdicts if math.isfinite(verdict.z)]
        if sys.stderr.isatty():
            print(f"\r{number + 1} of {runs} runs, {alarms} alarms", end="", file=sys.stderr)
    print(f"{runs} runs, {len(chances) // runs} predictions each, all of them true")
    print(_rate("runs that refuted something", alarms, runs, FAMILY_ERROR))
    for level in LEVELS:
        beyond = sum(chance < level for chance in chances)
        print(_rate(f"predictions with p < {level:g}", beyond, len(chances), level))


def _rate(words: str, found: int, count: int, nominal: float) -> str:
    """A share with its 95% confidence interval (Clopper and Pearson).

    It takes tests as independent; those of one scenario are not, so for single tests it is too
    narrow.
    """
    interval = binomtest(found, count).proportion_ci(0.95)
    share = f"{found / count:.5f} (95%: {interval.low:.5f} to {interval.high:.5f})"
    return f"{words}: {found} of {count}, {share}; nominal {nominal:g}"


if __name__ == "__main__":
    main()
