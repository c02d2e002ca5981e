"""The numbers that make a neck: published means, or one person's deviation from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from neurotomy import evidence
from neurotomy.anatomy.spine.shape import DiscShape
from neurotomy.results import Result

__all__ = ["BONES", "CervicalShape", "CervicalVertebra", "standard_neck", "varied_neck"]

BONES: tuple[str, ...] = ("C2", "C3", "C4", "C5", "C6", "C7", "T1")
"""The bones that are made to measure; C1 rides on C2."""

Pair = tuple[float, float]


@dataclass(frozen=True)
class CervicalVertebra(Result):
    """Dimensions of one vertebra of the neck; pairs named (left, right) where it matters.

    Attributes
    ----------
    bone
        Name as in :data:`BONES`.
    upper_mm, lower_mm
        (width, depth) of the upper and lower end plate; of C2 the upper one is the base of the dens.
    posterior_height_mm
        Of the body, without the dens.
    canal_mm
        (width, depth) of the spinal canal.
    pedicle_mm
        (width, height).
    spinous_mm, spinous_tilt_mm
        Length behind the lamina; tip to the patient's left of the midline.
    transverse_mm
        From the midline to the tip of the transverse process, (left, right).
    facet_tilt_deg
        Of the superior facet to the upper end plate in the sagittal plane, (left, right); 0 for C2.
    pillar_mm
        Articular pillar: width at the joints, width at the waist, depth.
    pillar_out_mm
        Centre of the pillar from the midline, (left, right).
    foramen_mm
        Diameter of the foramen transversarium; 0 where there is none.
    joint_space_mm
        Of the joint with the vertebra above.
    """

    bone: str
    upper_mm: Pair
    lower_mm: Pair
    posterior_height_mm: float
    canal_mm: Pair
    pedicle_mm: Pair
    spinous_mm: float
    spinous_tilt_mm: float
    transverse_mm: Pair
    facet_tilt_deg: Pair
    pillar_mm: tuple[float, float, float]
    pillar_out_mm: Pair
    foramen_mm: float
    joint_space_mm: float

    @property
    def height_mm(self) -> float:
        """Height of the body at its centre (end plates parallel)."""
        return self.posterior_height_mm

    @property
    def posterior_wall_mm(self) -> float:
        """From the body's centre back to the canal, in the midline."""
        return 0.25 * (self.upper_mm[1] + self.lower_mm[1])


@dataclass(frozen=True)
class CervicalShape(Result):
    """Everything that makes one built-in neck.

    Attributes
    ----------
    vertebrae
        C2 to T1.
    discs
        Below C2 to C7.
    slope_deg
        Of the upper end plate of T1 from the transverse plane.
    neck_half_mm
        Half width and half depth of the neck at C4.
    size
        Factor on all bones; already applied to the lengths above.
    seed
        Of this variation; None for the standard neck.
    """

    vertebrae: tuple[CervicalVertebra, ...]
    discs: tuple[DiscShape, ...]
    slope_deg: float
    neck_half_mm: Pair = (62.0, 66.0)
    size: float = 1.0
    seed: int | None = None

    @property
    def bones(self) -> tuple[str, ...]:
        """From the head down."""
        return BONES

    def vertebra(self, bone: str) -> CervicalVertebra:
        """The shape of this bone."""
        return self.vertebrae[BONES.index(bone)]

    def with_vertebra(self, bone: str, **changes: object) -> CervicalShape:
        """This neck with some dimensions of one vertebra changed."""
        n = BONES.index(bone)
        changed = replace(self.vertebrae[n], **changes)  # type: ignore[arg-type]
        return replace(self, vertebrae=(*self.vertebrae[:n], changed, *self.vertebrae[n + 1 :]))


def standard_neck() -> CervicalShape:
    """The neck of published means; told from its mirror image by the spinous process of C5, which ends 2 mm left."""
    discs = _table("disc_height"), _table("disc_wedge")
    shape = CervicalShape(
        vertebrae=tuple(_vertebra(bone) for bone in BONES),
        discs=tuple(DiscShape(discs[0][bone], discs[1][bone]) for bone in BONES[:-1]),
        slope_deg=evidence.value("morphometry.cervical.t1_slope"),
    )
    return shape.with_vertebra("C5", spinous_tilt_mm=2.0)


def varied_neck(seed: int) -> CervicalShape:
    """A person who deviates from the standard neck, drawn with `seed`.

    Standard deviations are modelling choices of the size of normal variation, as in
    :func:`neurotomy.anatomy.spine.shape.varied_shape`; draws beyond two of them are clipped.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, 7]))

    def draw(sd: float) -> float:
        return float(np.clip(rng.normal(), -2.0, 2.0)) * sd

    base = standard_neck()
    size, lordosis = 1.0 + draw(0.05), 1.0 + draw(0.25)
    vertebrae = []
    for v in base.vertebrae:
        across, deep, tall = (size * (1.0 + draw(0.03)) for _ in range(3))
        canal, pillar = size * (1.0 + draw(0.04)), size * (1.0 + draw(0.04))
        tilt, wings = draw(3.0), size * (1.0 + draw(0.04))
        vertebrae.append(
            replace(
                v,
                upper_mm=(v.upper_mm[0] * across, v.upper_mm[1] * deep),
                lower_mm=(v.lower_mm[0] * across, v.lower_mm[1] * deep),
                posterior_height_mm=v.posterior_height_mm * tall,
                canal_mm=(v.canal_mm[0] * canal, v.canal_mm[1] * canal),
                pedicle_mm=(v.pedicle_mm[0] * size, v.pedicle_mm[1] * size),
                spinous_mm=v.spinous_mm * size * (1.0 + draw(0.08)),
                spinous_tilt_mm=v.spinous_tilt_mm + draw(1.0),
                transverse_mm=(v.transverse_mm[0] * wings, v.transverse_mm[1] * wings * (1.0 + draw(0.02))),
                facet_tilt_deg=tuple(t + tilt + draw(1.5) if t else 0.0 for t in v.facet_tilt_deg),  # type: ignore[arg-type]
                pillar_mm=(v.pillar_mm[0] * pillar, v.pillar_mm[1] * pillar, v.pillar_mm[2] * pillar),
                pillar_out_mm=tuple(  # type: ignore[arg-type]
                    (v.canal_mm[0] * canal + v.pillar_mm[1] * pillar) / 2 * (1.0 + draw(0.01)) for _ in range(2)
                ),
                foramen_mm=v.foramen_mm * size,
                joint_space_mm=v.joint_space_mm * (1.0 + draw(0.12)),
            )
        )
    discs = tuple(
        DiscShape(d.height_mm * size * (1.0 + draw(0.08)), d.wedge_deg * lordosis, draw(0.8), draw(1.0))
        for d in base.discs
    )
    neck = (base.neck_half_mm[0] * (1.0 + draw(0.04)), base.neck_half_mm[1] * (1.0 + draw(0.03)))
    slope = base.slope_deg * (0.5 + 0.5 * lordosis) + draw(3.0)  # who curves more stands steeper below
    return replace(
        base, vertebrae=tuple(vertebrae), discs=discs, slope_deg=slope, neck_half_mm=neck, size=size, seed=seed
    )


def _table(key: str) -> Mapping[str, float]:
    return cast("Mapping[str, float]", evidence.get(f"morphometry.cervical.{key}").value)


def _vertebra(bone: str) -> CervicalVertebra:
    def number(key: str) -> float:
        return float(_table(key).get(bone, 0.0))

    width, waist, depth = (
        evidence.value(f"morphometry.cervical.pillar_{key}") for key in ("width", "waist_width", "depth")
    )
    return CervicalVertebra(
        bone=bone,
        upper_mm=(number("upper_end_plate_width"), number("upper_end_plate_depth")),
        lower_mm=(number("lower_end_plate_width"), number("lower_end_plate_depth")),
        posterior_height_mm=number("posterior_height"),
        canal_mm=(number("canal_width"), number("canal_depth")),
        pedicle_mm=(number("pedicle_width"), number("pedicle_height")),
        spinous_mm=number("spinous_length"),
        spinous_tilt_mm=0.0,
        transverse_mm=(number("transverse_span") / 2,) * 2,
        facet_tilt_deg=(number("facet_tilt"),) * 2,
        pillar_mm=(width, waist, depth),
        pillar_out_mm=((number("canal_width") + waist) / 2,) * 2,
        foramen_mm=number("foramen_transversarium"),
        joint_space_mm=evidence.value("morphometry.cervical.joint_space"),
    )
