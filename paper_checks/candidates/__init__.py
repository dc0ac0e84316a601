"""Formulas that someone proposes, put to the test: in scenarios, and in variations around them.

``formulas`` builds a SymPy expression from text without running it, ``reading`` reads a file of
them, ``variations`` says how a scenario is changed to find out where a formula breaks, ``checking``
asks, ``report`` tells. What may be written is a table in ``formulas``; docs/candidates.md says what
it means. Importing this package loads SymPy.
"""

from update_magnitude.paper_checks.candidates.checking import check_candidates as check_candidates
from update_magnitude.paper_checks.candidates.reading import MEASURES as MEASURES
from update_magnitude.paper_checks.candidates.reading import Candidate as Candidate
from update_magnitude.paper_checks.candidates.reading import read_candidates as read_candidates
