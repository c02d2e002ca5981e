"""The lesion of any single electrode in one tissue: axisymmetric where the electrode is, else in three dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.lesion.result import Lesion
from neurotomy.lesion.volumetric.result import VolumeLesion
from neurotomy.progress import SILENT, Progress

if TYPE_CHECKING:
    from neurotomy.lesion.march import Step

__all__ = ["simulate_in_one_tissue"]


def simulate_in_one_tissue(
    electrode: Electrode,
    protocol: Protocol,
    *,
    tissue: str = "muscle",
    start_c: float = 37.0,
    perfusion: bool = True,
    progress: Progress = SILENT,
    watch: Callable[[Step], None] | None = None,
) -> Lesion | VolumeLesion:
    """As :func:`neurotomy.simulate`, also for a curved electrode or one with tines.

    A straight electrode takes some tenths of a second, a curved one some seconds, one with tines a quarter of a
    minute: thin wires need fine cells. The three-dimensional lesion is in the frame of the needle;
    :meth:`~neurotomy.lesion.volumetric.result.VolumeLesion.posed` puts it into a patient. Only the axisymmetric one is
    told to `watch`.

    Raises
    ------
    LesionError
        As :func:`neurotomy.simulate` and :func:`neurotomy.simulate_in_tissue`.
    """
    if electrode.axisymmetric:
        from neurotomy.lesion.simulation import simulate

        return simulate(
            electrode,
            protocol,
            tissue=tissue,
            start_c=start_c,
            perfusion=perfusion,
            progress=progress,
            watch=watch,
        )
    from neurotomy.anatomy.tissue import tissue as named
    from neurotomy.lesion.volumetric.simulation import simulate_in_tissue
    from neurotomy.lesion.volumetric.tissue_map import homogeneous

    return simulate_in_tissue(
        electrode, protocol, homogeneous(named(tissue)), start_c=start_c, perfusion=perfusion, progress=progress
    )
