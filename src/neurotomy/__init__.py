"""Radiofrequency neurotomy on the patient's own CT: from volts to months of relief.

Research and teaching; not a medical device. The public names are loaded when they are first used, so that
``import neurotomy`` is quick::

    import neurotomy as nt

    lesion = nt.simulate(nt.electrode("conventional-18g-10mm"), nt.protocol("standard-80c-90s"))
    treatment = nt.treat(nt.read_case("case.toml"))
    nt.write_report(treatment, Path("result"))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from neurotomy.version import __version__

_PUBLIC = {
    "Case": "neurotomy.case",
    "Curve": "neurotomy.geometry",
    "Lesion": "neurotomy.lesion",
    "NeurotomyError": "neurotomy.errors",
    "Progress": "neurotomy.progress",
    "Side": "neurotomy.anatomy",
    "Target": "neurotomy.anatomy",
    "Treatment": "neurotomy.treatment",
    "Volume": "neurotomy.geometry",
    "built_in_spine": "neurotomy.anatomy.spine",
    "electrode": "neurotomy.equipment.catalogue",
    "electrode_for": "neurotomy.equipment.catalogue",
    "protocol": "neurotomy.equipment.catalogue",
    "read_case": "neurotomy.case",
    "read_ct": "neurotomy.imaging",
    "simulate": "neurotomy.lesion",
    "simulate_on_ct": "neurotomy.lesion.volumetric.on_ct",
    "targets_for": "neurotomy.anatomy.innervation",
    "tissue": "neurotomy.anatomy.tissue",
    "treat": "neurotomy.treatment",
    "write_report": "neurotomy.report",
}

__all__ = [
    "Case",
    "Curve",
    "Lesion",
    "NeurotomyError",
    "Progress",
    "Side",
    "Target",
    "Treatment",
    "Volume",
    "__version__",
    "built_in_spine",
    "electrode",
    "electrode_for",
    "protocol",
    "read_case",
    "read_ct",
    "simulate",
    "simulate_on_ct",
    "targets_for",
    "tissue",
    "treat",
    "write_report",
]

if TYPE_CHECKING:
    from neurotomy.anatomy import Side, Target
    from neurotomy.anatomy.innervation import targets_for
    from neurotomy.anatomy.spine import built_in_spine
    from neurotomy.anatomy.tissue import tissue
    from neurotomy.case import Case, read_case
    from neurotomy.equipment.catalogue import electrode, electrode_for, protocol
    from neurotomy.errors import NeurotomyError
    from neurotomy.geometry import Curve, Volume
    from neurotomy.imaging import read_ct
    from neurotomy.lesion import Lesion, simulate
    from neurotomy.lesion.volumetric.on_ct import simulate_on_ct
    from neurotomy.progress import Progress
    from neurotomy.report import write_report
    from neurotomy.treatment import Treatment, treat


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'neurotomy' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
