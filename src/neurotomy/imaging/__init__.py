"""Read CT (NIfTI, DICOM folder or zip) and label maps. Nothing is flipped; voxels keep their true place.

Read :mod:`~neurotomy.imaging.ct` first.
"""

from neurotomy.imaging.ct import CtImage, ct_from_datasets, list_series, read_ct
from neurotomy.imaging.label_map import read_labels
from neurotomy.imaging.labels import HIP_IDS, SACRUM_ID, VERTEBRA_IDS

__all__ = [
    "HIP_IDS",
    "SACRUM_ID",
    "VERTEBRA_IDS",
    "CtImage",
    "ct_from_datasets",
    "list_series",
    "read_ct",
    "read_labels",
]
