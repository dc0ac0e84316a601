"""docs/choose.md names what there is, and repeats numbers of other pages as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

from update_magnitude.paper_checks import PROFILES
from update_magnitude.paper_checks.claims.catalogue import CLAIMS
from update_magnitude.simulations.networks.strategies import STRATEGIES

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "choose.md").read_text("utf-8")


def section(heading: str) -> str:
    return PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]


def test_profiles_and_their_resolutions():
    stated = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+)% ", section("Which profile"), re.MULTILINE))
    assert {name: float(value) / 100 for name, value in stated.items()} == {
        name: profile.resolution for name, profile in PROFILES.items()
    }
    assert PROFILES["thorough"].budget == 25 * PROFILES["default"].budget


def test_rates_are_those_of_the_benchmarks():
    rates = re.findall(r"\| ([\d,.]+) \| ([\d,.]+) \| not measured \|", PAGE)
    assert len(rates) == 2
    rows = (DOCS / "benchmarks.md").read_text("utf-8")
    assert all(f"| {dense} | {law} |" in rows for law, dense in rates)


def test_claims_and_strategies_exist():
    linear = section("Which strategy: linear models")
    cells = " ".join(re.findall(r"claims? (`[^|(;:]+)", linear))
    claims = set(re.findall(r"`([a-z-]+)`", cells))
    assert {"critical-distance", "small-distances", "hybrid-evidence"} == claims <= set(CLAIMS)
    networks = re.findall(r"^\|[^|]+\| `([a-z-]+)`", section("Which strategy: networks"), re.M)
    assert len(networks) == 5
    assert set(networks) <= set(STRATEGIES)
