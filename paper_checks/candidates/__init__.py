"""Predictions that someone proposes, put to the test: in scenarios, and in variations of them.

A prediction is a formula in a file or a function of the scenario. ``measures`` says what it may be
about, ``formulas`` builds a SymPy expression from text without running it, ``symbols`` has what may
be in one, ``reading`` reads a file of them, ``functions`` reads what a function returns;
``variations`` says how a scenario is changed to find out where a prediction breaks, ``checking``
asks, ``report`` writes sentences. docs/candidates.md and docs/python.md say what may be written.
Importing this package loads SymPy.
"""

from update_magnitude.paper_checks.candidates.checking import check_candidates as check_candidates
from update_magnitude.paper_checks.candidates.checking import check_function as check_function
from update_magnitude.paper_checks.candidates.measures import MEASURES as MEASURES
from update_magnitude.paper_checks.candidates.reading import Candidate as Candidate
from update_magnitude.paper_checks.candidates.reading import read_candidates as read_candidates
