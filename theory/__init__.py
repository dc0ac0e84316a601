"""What the model predicts, derived by SymPy from its definition and lowered to plain NumPy.

A derivation is a chain of lines, each verified by the rule that led to it (``derivation``), and
each of a kind that says what it rests on (``kinds``). Read them in this order: ``lemmas`` (moments
of random projections, the mean of 1/χ²), ``update`` (result U, the first two moments of one
update), ``recursion`` (result R, exact risks after any sequence), ``two_tasks``, ``sequences``,
``optima``. ``theorems`` is the table of what is proved, ``proof`` writes it out, ``dynamics``,
``prediction``, ``drifts`` and ``grids`` evaluate result R for scenarios. Symbols are those of
``symbols`` and nowhere else; ``notation`` says how they are written. ``roots`` proves that a root
is the only one, ``signs`` writes differences as they are positive.

This room never imports jax or the simulations: that theory and simulation share nothing is what
makes their agreement evidence. What comes in from outside is a definition, an assumption that names
its reference, or stated and names the test that holds it; all else is derived: change a
definition, and what follows from it follows. Importing the room is cheap: SymPy is loaded with the
first formula.
"""

from update_magnitude.theory.closed_forms import CriticalDistance as CriticalDistance
from update_magnitude.theory.closed_forms import NoClosedFormError as NoClosedFormError
from update_magnitude.theory.closed_forms import TwoTaskValues as TwoTaskValues
from update_magnitude.theory.closed_forms import critical_distance as critical_distance
from update_magnitude.theory.closed_forms import two_task_arguments as two_task_arguments
from update_magnitude.theory.closed_forms import two_task_rounding as two_task_rounding
from update_magnitude.theory.closed_forms import two_task_values as two_task_values
from update_magnitude.theory.count_choice import BestCount as BestCount
from update_magnitude.theory.count_choice import best_count as best_count
from update_magnitude.theory.drifts import Drift as Drift
from update_magnitude.theory.drifts import drift as drift
from update_magnitude.theory.grids import Axis as Axis
from update_magnitude.theory.grids import GridMeans as GridMeans
from update_magnitude.theory.grids import axis as axis
from update_magnitude.theory.grids import predict_grid as predict_grid
from update_magnitude.theory.penalty_choice import best_penalty as best_penalty
from update_magnitude.theory.prediction import Prediction as Prediction
from update_magnitude.theory.prediction import predict as predict
from update_magnitude.theory.theorem_table import theorem as theorem
from update_magnitude.theory.theorem_table import theorem_names as theorem_names
