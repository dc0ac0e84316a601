"""A formula of theory/ made wrong in one place: some prediction must then be refuted."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMMAND = (
    "import sys\n"
    "sys.path.insert(0, {folder!r})\n"
    "from update_magnitude import commands, theory\n"
    "assert theory.__file__.startswith({folder!r}), theory.__file__\n"
    "sys.argv = ['update-magnitude', 'check', {claim!r}, '--profile', 'quick']\n"
    "commands.main()\n"
)
# A module, what stands there, what is put in its place, and a claim that rests on it.
MUTATIONS = {
    "over-noise": ("update", "n * inverse / m,", "n * inverse / (m + 1),", "risk"),
    "under-noise": (
        "update",
        "_with_chi_square(chain, entry, n - m + 1)",
        "_with_chi_square(chain, entry, n - m + 2)",
        "two-task-risk",
    ),
    "noise-not-squared": (
        "dynamics",
        "noise = held + Real(self.noise) ** 2",
        "noise = held + Real(self.noise)",
        "risk",
    ),
    "own-change-counted-twice": (
        "prediction",
        "np.tril(changes, -1)",
        "np.tril(changes)",
        "forgetting",
    ),
    "sign-of-the-error": (
        "decomposition",
        "overlap: meet_S - error,",
        "overlap: meet_S + error,",
        "drift",
    ),
    "step-away": ("drifts", "meet[b] = gap @ move", "meet[b] = -gap @ move", "best-scale"),
    "noise-dropped": (
        "explicit",
        "N: known.drift_C + sigma_2**2,",
        "N: known.drift_C,",
        "two-task-forgetting",
    ),
    "held-back-error-dropped": (
        "thresholds",
        "N: x * step_C + error_C + sigma**2",
        "N: x * step_C + sigma**2",
        "critical-distance",
    ),
    "wrong-share-held-back": (
        "capacity",
        "N: drift_all * (P - m) / P + sigma**2,",
        "N: drift_all * P / P + sigma**2,",
        "best-capacity",
    ),
    "mean-of-powers": (
        "sequence_totals",
        "r * (1 - r ** (T - 1)) / ((1 - r) * (T - 1)),",
        "(1 - r ** (T - 1)) / ((1 - r) * (T - 1)),",
        "many-tasks",
    ),
    "fourth-moment": (
        "gradients",
        "3 * WEIGHT - FOURTH,",
        "2 * WEIGHT - FOURTH,",
        "gradient-direction",
    ),
    "best-number-elsewhere": (
        "optima",
        'vanishes at one m beyond n + 1, if ξ > η", _beyond_threshold)\n'
        '    chain.rewrite(best, _in_roots, "in factors")',
        'vanishes at one m beyond n + 1, if ξ > η", _beyond_threshold)\n'
        '    chain.rewrite(best, lambda found: _in_roots(found) * 7 / 5, "in factors")',
        "best-count",
    ),
    "best-of-the-wrong-kind": (
        "count_choice",
        "best = min(candidates",
        "best = max(candidates",
        "best-capacity",
    ),
    "half-the-variance": (
        "variance",
        "4 * alpha**2 * error * h_2 / m",
        "2 * alpha**2 * error * h_2 / m",
        "exact-variance",
    ),
    "sign-of-the-spectrum": (
        "proximal",
        "noise = gamma * N * (s_1 - lam * s_2)",
        "noise = gamma * N * (s_1 + lam * s_2)",
        "proximal",
    ),
    "looseness-upside-down": (
        "constrained",
        "k_C * HELD**2 / omega)",
        "k_C * HELD**2 * omega)",
        "one-problem",
    ),
}
SHORT = ("noise-not-squared", "sign-of-the-error")


@pytest.mark.parametrize("name", SHORT)
def test_a_wrong_formula_is_refuted(name, tmp_path):
    assert _refuted(name, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MUTATIONS if name not in SHORT])
def test_any_wrong_formula_is_refuted(name, tmp_path):
    assert _refuted(name, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("claim", ["risk", "drift"])
def test_an_unchanged_copy_is_not(claim, tmp_path):
    _copied(tmp_path)
    assert _check(claim, tmp_path).returncode == 0


def _refuted(name: str, folder: Path) -> bool:
    """Whether the command, on a copy of theory/ with one mutation, refutes something."""
    module, old, new, claim = MUTATIONS[name]
    path = _copied(folder) / "theory" / f"{module}.py"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{module}: {old!r} must stand there once"
    path.write_text(text.replace(old, new), encoding="utf-8")
    done = _check(claim, folder)
    assert done.returncode == 1, done.stdout + done.stderr
    return f"refuted: {claim}" in done.stdout


def _copied(folder: Path) -> Path:
    """The package, every room a folder of its own in it, copied to a folder."""
    return Path(shutil.copytree(ROOT / "update_magnitude", folder / "update_magnitude"))


def _check(claim: str, folder: Path) -> subprocess.CompletedProcess[str]:
    code = COMMAND.format(folder=str(folder), claim=claim)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
