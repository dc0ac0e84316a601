"""Data sets of real images, read from the files in which they are published.

``sets`` says what there is, ``loading`` finds and reads it, ``fetch`` brings it from its home. One
module reads each format: ``idx``, ``cifar`` (with ``pickles``), ``sheets``, ``cub``, ``digits``.
Files of others are not trusted: each is checked whole, and no pickle runs anything.
"""

from update_magnitude.simulations.networks.data.images import Images as Images
from update_magnitude.simulations.networks.data.images import Split as Split
from update_magnitude.simulations.networks.data.loading import load_images as load_images
from update_magnitude.simulations.networks.data.sets import DATA_SETS as DATA_SETS
from update_magnitude.simulations.networks.data.sets import DataSet as DataSet
