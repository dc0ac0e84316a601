"""After which tasks the risks of a scenario have a finite mean."""

from __future__ import annotations

from update_magnitude.scenarios import Scenario


def has_mean(scenario: Scenario) -> list[bool]:
    """Whether the risks after each task have a finite mean.

    Where |m − n| ≤ 1 an update that sees noise has none (its own noise, or the error of blocks that
    do not move), nor have the blocks that it moves, until they are set to 0, or all that they were
    is replaced: α = 1 and n ≥ m, where the solution does not depend on θ_{t−1}.

    Args:
        scenario: any scenario; under ``hybrid``, whatever the data may decide.

    Returns:
        One truth value per task.

    Example:
        >>> from update_magnitude.scenarios import load_document, parse
        >>> tables = load_document("two-close-tasks")  # frozen: 16 of 40 parameters train
        >>> tables["tasks"]["samples"] = [40, 20]
        >>> has_mean(parse(tables))
        [False, False]
        >>> tables["updates"]["strategy"] = "reinitialized"
        >>> has_mean(parse(tables))
        [False, True]
    """
    wild: set[int] = set()  # blocks whose error has no finite mean
    found = []
    for task, scale in enumerate(scenario.updates.scale):
        wild = set() if scenario.updates.strategy == "reinitialized" else wild
        if scale != 0:
            ends = [_after(scenario, task, trained, wild) for trained in scenario.options(task)]
            wild = set().union(*ends)
        found.append(not wild)
    return found


def _after(scenario: Scenario, task: int, trained: tuple[bool, ...], wild: set[int]) -> set[int]:
    """The blocks without a finite mean after a task that trains some."""
    moved = {block for block, moves in enumerate(trained) if moves}
    if not moved:
        return wild
    m = sum(size for size, moves in zip(scenario.blocks.sizes, trained, strict=True) if moves)
    n = scenario.tasks.samples[task]
    noisy = not all(trained) or scenario.tasks.noise[task] > 0
    if (abs(m - n) <= 1 and noisy) or wild - moved:
        return wild | moved
    if n >= m and scenario.updates.scale[task] == 1:
        return wild - moved
    return wild | moved if wild & moved else wild
