"""The bipolar lesions of a palisade, seen from each of its needles.

Between two neighbours current flows from one active tip to the other, and the strip of tissue between them is heated
from both. One pair is simulated (:func:`neurotomy.lesion.volumetric.simulate_in_tissue`) in one tissue, at the row's
largest spacing, so that no gap is called closed that is not. Heating between two tips hardly depends on the angle of
their shafts and on their offset in depth (Cosman & Gonzalez 2011), so that one pair stands for all of them.

:func:`burn_palisade` gives one lesion for each needle: what both its pairs do on its own half of the way to its
neighbours, in the needle's frame; what its stages do adds up. A nerve that lies in the strip is in the half of one
needle or the other, so their union is the strip, and needle, nerve and lesion size can vary as everywhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import Anatomy, NerveCourse, Side
from neurotomy.anatomy.tissue import tissue as tissue_of
from neurotomy.equipment.electrode_set import bipolar_pair
from neurotomy.equipment.protocol import Protocol
from neurotomy.errors import LesionError
from neurotomy.guidance.palisade import TECHNIQUE, palisade_courses
from neurotomy.guidance.placement import Placement
from neurotomy.lesion.result import Lesion
from neurotomy.lesion.volumetric.result import LesionVolume, VolumeLesion
from neurotomy.progress import SILENT, Progress

__all__ = ["PalisadeLesion", "burn_palisade", "burn_palisades", "each_with_its_lesions"]

Array = NDArray[np.float64]

_PLANES = 64
_FIRST_MM, _GROWTH = 0.4, 1.5  # within 0.2 mm of the finest grid (docs/lesion-3d.md), about a second a pair


@dataclass(frozen=True)
class PalisadeLesion(VolumeLesion):
    """What the pairs of one needle of a palisade do on its side of them.

    Attributes
    ----------
    tissue
        The one tissue it was computed in.
    spacing_mm
        Spacing of the simulated pair: the largest of the row.
    midway_log10_omega
        log10 of the Arrhenius integral midway between the middles of the two active tips; 0 or more is necrosis that
        joins them.
    """

    tissue: str = ""
    spacing_mm: float = 0.0
    midway_log10_omega: float = -6.0


def burn_palisade(
    needles: Sequence[Placement],
    protocol: Protocol,
    *,
    tissue: str = "muscle",
    start_c: float = 37.0,
    perfusion: bool = True,
    progress: Progress = SILENT,
) -> tuple[PalisadeLesion, ...]:
    """One lesion for each needle of a row, by bipolar lesions between neighbours.

    Parameters
    ----------
    needles : sequence of Placement
        The row, each beside the next; all of one electrode.
    protocol : Protocol
        Of each pair: temperature of the hotter tip, and time.
    tissue, start_c, perfusion
        As :func:`neurotomy.lesion.simulate`.
    progress : Progress
        Told while the pair is solved.

    Raises
    ------
    LesionError
        When there are fewer than two needles, or they differ; otherwise as
        :func:`~neurotomy.lesion.volumetric.simulate_in_tissue`.
    CatalogueError
        When two needles would touch.
    """
    from neurotomy.lesion.volumetric import VolumeNumerics, homogeneous, simulate_in_tissue

    if len(needles) < 2 or len({needle.electrode.name for needle in needles}) > 1:
        raise LesionError(f"A palisade is of two or more needles of one kind; {len(needles)} were given.")
    apexes = np.stack([np.asarray(needle.tip_lps_mm, dtype=float) for needle in needles])
    spacings = np.linalg.norm(np.diff(apexes, axis=0), axis=1)
    # A tenth of a millimetre up, so that left and right, and rows that are alike, are the same lesion.
    spacing = float(np.ceil(10 * spacings.max() - 1e-6) / 10)
    electrode = needles[0].electrode
    pair = simulate_in_tissue(
        bipolar_pair(electrode, spacing),
        protocol,
        homogeneous(tissue_of(tissue)),
        start_c=start_c,
        perfusion=perfusion,
        numerics=VolumeNumerics(first_mm=_FIRST_MM, growth=_GROWTH),
        progress=progress,
    )
    midway = float(pair.field.sample_in_frame("log10_omega", 0.0, 0.0, electrode.active_tip_mm / 2))
    words = (
        f"Needles of a palisade: bipolar lesions between neighbours, computed for one pair {spacing:.1f} mm apart in "
        f"{tissue} alone; widths are across both needles."
    )
    warnings = (words, *pair.warnings)
    if midway < 0.0:
        warnings = (f"The lesions of neighbours {spacing:.1f} mm apart do not join midway: add a needle.", *warnings)
    common = {name: getattr(pair, name) for name in pair.__dataclass_fields__}
    common |= {"electrode": electrode, "warnings": warnings}
    whole = PalisadeLesion(**common, tissue=tissue, spacing_mm=spacing, midway_log10_omega=midway)
    made = []
    for n, needle in enumerate(needles):
        toward = [apexes[k] - apexes[n] for k in (n - 1, n + 1) if 0 <= k < len(needles)]
        made.append(replace(whole, field=_from_needle(pair.field, needle, toward, spacing)))
    return tuple(made)


def burn_palisades(
    placements: Sequence[Placement],
    protocol: Protocol,
    *,
    tissue: str = "muscle",
    start_c: float = 37.0,
    perfusion: bool = True,
    progress: Progress = SILENT,
) -> dict[int, PalisadeLesion]:
    """Lesions of all needles of palisades among `placements`, by their number there; a row for each side."""
    found: dict[int, PalisadeLesion] = {}
    for side in Side:
        row = [n for n, p in enumerate(placements) if p.technique == TECHNIQUE and p.target.side is side]
        if row:
            burnt = burn_palisade(
                [placements[n] for n in row],
                protocol,
                tissue=tissue,
                start_c=start_c,
                perfusion=perfusion,
                progress=progress,
            )
            found.update(zip(row, burnt, strict=True))
    return found


def each_with_its_lesions(
    anatomy: Anatomy, placements: Sequence[Placement], lesions: Sequence[Lesion | VolumeLesion]
) -> tuple[list[NerveCourse], list[Placement], list[Lesion | VolumeLesion]]:
    """What :func:`neurotomy.coverage.cover` takes, where a palisade is among the needles.

    A needle of a palisade is counted for every lateral branch of its side that has no needle of its own: which branch
    it stands nearest to says nothing about which branches its pairs take.
    """
    alone = {p.target for p in placements if p.technique != TECHNIQUE}
    courses: list[NerveCourse] = []
    needles: list[Placement] = []
    burnt: list[Lesion | VolumeLesion] = []
    for course in anatomy.courses:
        in_row = not {course.target} & alone and bool(palisade_courses([course]))
        for placement, lesion in zip(placements, lesions, strict=True):
            row = placement.technique == TECHNIQUE
            if (row and in_row and placement.target.side is course.target.side) or (
                not row and placement.target == course.target
            ):
                courses.append(course)
                needles.append(replace(placement, target=course.target))
                burnt.append(lesion)
    return courses, needles, burnt


def _from_needle(field: LesionVolume, needle: Placement, toward: Sequence[Array], spacing_mm: float) -> LesionVolume:
    """The damage of a needle's pairs on its side of them, on half-planes about the needle."""
    frame = needle.needle_from_lps
    z = np.asarray(field.axes[2], dtype=float)
    r = np.concatenate([np.arange(0.0, 6.0, 0.25), np.arange(6.0, 16.01, 0.5)])
    angle = 2 * np.pi * np.arange(_PLANES) / _PLANES
    zz, rr, aa = np.meshgrid(z, r, angle, indexing="ij")
    found: dict[str, Array] = {}
    for step in toward:
        x, y, _ = frame.direction(step)
        turn = float(np.arctan2(y, x))
        across = rr * np.cos(aa - turn)
        # This needle stands at -spacing/2, its neighbour at +spacing/2. Up to a quarter of the way past the middle the
        # middle's own damage goes on, so that a lesion that comes out smaller leaves no gap of its making; beyond, the
        # neighbour's half takes over.
        middle = np.minimum(across - spacing_mm / 2, 0.0)
        for name in ("peak_c", "log10_omega", "cem43_min"):
            values = field.sample_in_frame(name, middle, rr * np.sin(aa - turn), zz)
            nothing = field.outside_c if name == "peak_c" else -6.0 if name == "log10_omega" else 0.0
            values = np.where(across > 0.75 * spacing_mm, nothing, values)
            if name not in found:
                found[name] = values
            elif name == "peak_c":
                found[name] = np.maximum(found[name], values)
            elif name == "cem43_min":
                found[name] = found[name] + values
            else:
                found[name] = np.logaddexp(found[name] * np.log(10), values * np.log(10)) / np.log(10)
    affine = np.eye(4)
    pose = frame.inverse()
    affine[:3, :3], affine[:3, 3] = pose.rotation, pose.translation_mm
    return LesionVolume(
        "cylinder", (z, r, angle), affine, found["peak_c"], found["log10_omega"], found["cem43_min"], field.outside_c
    )
