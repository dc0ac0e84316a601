"""What gradient descent with projections is not asked to do."""

from __future__ import annotations

import pytest

from update_magnitude.simulations.measures.constrained_descent import Constraint


def test_two_balls_or_a_stretched_one_are_refused():
    """One projection after the other, or along the radius, leads elsewhere than the nearest."""
    Constraint(whole=0.4), Constraint(held=0.3, looseness=0.5)
    for more in ({"held": 0.3}, {"looseness": 0.5}):
        with pytest.raises(ValueError, match="whole: "):
            Constraint(whole=0.4, **more)
