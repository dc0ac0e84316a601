"""What a task sequence is: its keys, the geometry of the optima, families, and the presets.

This room knows nothing of theory or of simulation; both read a :class:`Scenario` from here and
never each other. Every bad input is found here, before anything runs, as a :class:`ScenarioError`
of one line. To add a key: give it a row in ``keys``, a field in ``schema``, and a row in
``docs/scenarios.md``. File formats only ever grow. ``families``
are scenarios with axes, and ``quantities`` what is predicted and estimated of them; ``library`` has
the problems that claims and figures are about. ``writing``, which is here because all rooms may
read this one, is how they write files.
"""

from update_magnitude.scenarios.arrays import scenario as scenario
from update_magnitude.scenarios.axes import Axis as Axis
from update_magnitude.scenarios.axes import axis as axis
from update_magnitude.scenarios.families import Family as Family
from update_magnitude.scenarios.families import family as family
from update_magnitude.scenarios.fields import ScenarioError as ScenarioError
from update_magnitude.scenarios.files import library as library
from update_magnitude.scenarios.files import load as load
from update_magnitude.scenarios.files import load_document as load_document
from update_magnitude.scenarios.files import preset as preset
from update_magnitude.scenarios.files import preset_names as preset_names
from update_magnitude.scenarios.geometry import coordinates as coordinates
from update_magnitude.scenarios.keys import EVIDENCE as EVIDENCE
from update_magnitude.scenarios.keys import SIGNALS as SIGNALS
from update_magnitude.scenarios.reading import changed as changed
from update_magnitude.scenarios.reading import parse as parse
from update_magnitude.scenarios.reading import varied as varied
from update_magnitude.scenarios.schema import Blocks as Blocks
from update_magnitude.scenarios.schema import Features as Features
from update_magnitude.scenarios.schema import Optima as Optima
from update_magnitude.scenarios.schema import Scenario as Scenario
from update_magnitude.scenarios.schema import Step as Step
from update_magnitude.scenarios.schema import Tasks as Tasks
from update_magnitude.scenarios.schema import Updates as Updates
