"""Read CT (NIfTI, DICOM folder) and label maps. Nothing is flipped or resampled: voxels keep their true place.

Read :mod:`~neurotomy.imaging.ct` first.
"""

from neurotomy.imaging.ct import CtImage, read_ct
from neurotomy.imaging.label_map import read_labels
from neurotomy.imaging.labels import HIP_IDS, SACRUM_ID, VERTEBRA_IDS

__all__ = ["HIP_IDS", "SACRUM_ID", "VERTEBRA_IDS", "CtImage", "read_ct", "read_labels"]
