"""docs/related.md: its predictions are printed by its commands, and are those of other formulas."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import update_magnitude as um
from tests.in_process import run

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "related.md").read_text("utf-8")
FILES = sorted((ROOT / "docs" / "related").glob("*.toml"))
COMMAND = re.compile(r"^update-magnitude predict (docs/related/\S+\.toml)$", re.MULTILINE)
PRINTED = re.compile(
    r"^```\n(update-magnitude predict docs/related/\S+\.toml)\n```\n\nprinted\n\n```\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
PLACES = ("first", "second", "third", "fourth", "last")


def scenario(name: str, changes: dict | None = None) -> um.Scenario:
    return um.varied(um.load(ROOT / "docs" / "related" / f"{name}.toml"), changes or {})


def numbers(row: str) -> list[float]:
    return [float(cell.replace("−", "-")) for cell in re.findall(r"(?<=\| )−?\d\.\d+", row)]


def row(start: str) -> list[float]:
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| {start} |"))
    return numbers(line)


def test_every_file_has_a_command_on_the_page_and_every_command_a_file():
    named = {ROOT / name for name in COMMAND.findall(PAGE)}
    assert named == set(FILES)
    assert len(PRINTED.findall(PAGE)) == len(FILES) - len(PLACES)


@pytest.mark.parametrize(("command", "printed"), PRINTED.findall(PAGE))
def test_a_command_prints_what_the_page_says(command, printed):
    done = run(*command.split()[1:], folder=ROOT)
    assert done.returncode == 0
    shown = [line.rstrip() for line in done.stdout.splitlines()]
    assert [line for line in printed.splitlines() if line.rstrip() not in shown] == []


def lin(optima: np.ndarray, P: int, n: int, sigma: float) -> tuple[float, float]:
    """F and G of Lin et al.: a share 1 − n/P of every risk is kept, the rest is replaced."""
    apart = ((optima[:, None] - optima[None]) ** 2).sum(-1)
    risk, rows = (optima**2).sum(-1), []
    for distances in apart:
        risk = (1 - n / P) * risk + n / P * distances + n * sigma**2 / (P - n - 1)
        rows.append(risk)
    risks = np.array(rows)
    return np.mean(risks[-1, :-1] - np.diag(risks)[:-1]), np.mean(risks[-1])


def totals(name: str, changes: dict | None = None) -> tuple[float, float]:
    found = um.predict(scenario(name, changes))
    return found.forgetting.item(), found.generalization.item()


def test_sequences_of_tasks():
    optima = np.cumsum(np.diag([1.0, 0.8, 0.8, 0.8, 0.8]), axis=0)
    assert totals("lin") == pytest.approx(lin(optima, 60, 20, 0.3), rel=1e-12)
    assert totals("lin") != pytest.approx(lin(optima, 60, 21, 0.3), rel=1e-2)


@pytest.mark.parametrize("place", PLACES)
def test_the_order_of_tasks(place):
    optima = np.array([[1.0, 0.0]] * 5)
    optima[PLACES.index(place)] = [0.0, 1.0]
    expected = lin(optima, 60, 20, 0.3)
    assert totals(f"order-{place}") == pytest.approx(expected, rel=1e-12)
    assert row(place) == pytest.approx(expected, abs=5e-5)


def test_one_optimum():
    assert totals("shared-optimum")[1] == pytest.approx((2 / 3) ** 5, rel=1e-12)


@pytest.mark.parametrize("samples", [10, 20, 25, 28, 32, 100])
def test_double_descent(samples):
    """Belkin, Hsu and Xu (2020), for p = 30 of 60 features, without the noise of new data."""
    p, seen, other = 30, 0.64, 0.36 + 0.09
    if p > samples:
        expected = seen * (1 - samples / p) + other * (1 + samples / (p - samples - 1))
    else:
        expected = other * (1 + p / (samples - p - 1))
    found = totals("double-descent", {"tasks.samples": samples})[1]
    assert found == pytest.approx(expected - 0.09, rel=1e-12)


def test_ridge_regression():
    """At the first task with the best penalty: R + σ² = σ²κ/λ, κ = λ + γκ/(1 + κ), γ = 3."""
    penalty, noise, gamma = 0.75, 0.25, 3.0
    (kappa,) = (root for root in np.roots([1, 1 - penalty - gamma, -penalty]) if root > 0)
    found = um.predict(scenario("ridge")).risk[0, 0].item()
    assert found == pytest.approx(noise * kappa / penalty - noise, rel=1e-10)


def test_what_weights_and_penalties_the_page_compares():
    """The weights of consolidation are sums of variances; equal ones are another matter."""
    variances = np.array([[1.0, 1.0, 1.0], [1.0, 0.2, 0.2], [0.2, 1.0, 0.2], [0.2, 0.2, 1.0]])
    sums = np.hstack([np.ones((4, 1)), np.cumsum(variances, axis=1)[:, :-1]])
    names = ("shared", "first", "second", "third")
    weights = {name: list(row) for name, row in zip(names, sums.tolist(), strict=True)}
    plain = {"strategy": "initialized", "penalty": 0.1}
    same = totals("consolidation", {"updates": plain | {"weights": weights}})
    assert same == pytest.approx(totals("consolidation"), rel=1e-9)
    for words, updates in {
        "initialized training": {"strategy": "initialized"},
        "equal weights, penalty 0.1": plain,
        "consolidation, no penalty": {"strategy": "least-forgetting"},
        "consolidation, penalty 0.1": {"strategy": "least-forgetting", "penalty": 0.1},
    }.items():
        found = [
            value
            for samples in (40, 20)
            for value in totals("consolidation", {"tasks.samples": samples, "updates": updates})
        ]
        assert row(words) == pytest.approx(found, abs=5.1e-5)
    equal = {"strategy": "initialized", "penalty": 0.75}
    assert totals("weighted", {"updates": equal})[1] == pytest.approx(0.664, abs=5e-4)
    best = um.best_update(scenario("weighted"), "generalization")
    assert um.predict(best).generalization.item() == pytest.approx(0.625, abs=5e-4)


def test_averaging():
    """The mean of five orthogonal optima is 4/5 from each of them, squared."""
    forgotten = np.mean([0.8 - (t - 1) / t for t in range(1, 5)])
    assert totals("averaging") == pytest.approx((forgotten, 0.8), rel=1e-12)
    assert totals("averaging", {"updates.scale": 1.0}) == pytest.approx((2.0, 1.6), rel=1e-12)


def test_early_stopping_beside_penalties():
    """The risk on the first task: 1.009 times the least of ridge regression here."""
    ridge = {"strategy": "initialized", "penalty": 0.5}
    stopped = um.predict(scenario("early-stopping")).risk[0, 0].item()
    best = um.predict(scenario("early-stopping", {"updates": ridge})).risk[0, 0].item()
    calibrated = um.predict(
        scenario("early-stopping", {"updates": ridge | {"penalty": 1 / 1.1}})
    ).risk[0, 0]
    assert [round(value, 4) for value in (stopped, best, float(calibrated))] == [
        0.6461,
        0.6404,
        0.6514,
    ]
    assert 1 < stopped / best < 1.01
