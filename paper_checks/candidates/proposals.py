"""A proposed prediction, whatever it is written in: what it is about, and its value."""

from __future__ import annotations

from typing import Protocol

from update_magnitude.scenarios import Scenario


class Proposal(Protocol):
    """A formula, or one of the numbers that a function returns."""

    @property
    def measure(self) -> str:
        """What it predicts: one of ``MEASURES``."""

    @property
    def statement(self) -> str:
        """The prediction as an equation, in one line."""

    @property
    def source(self) -> str:
        """Where it comes from."""

    def value(self, scenario: Scenario) -> float:
        """The number that it predicts; NaN where that is no real number.

        Raises:
            ScenarioError: where it says nothing, in one line.
        """
