"""The numbers that make a spine: published means, or one person's deviation from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from neurotomy import evidence
from neurotomy.results import Result

__all__ = ["BONES", "DiscShape", "SpineShape", "VertebraShape", "standard_shape", "varied_shape"]

BONES: tuple[str, ...] = ("T12", "L1", "L2", "L3", "L4", "L5", "S1")
"""The bones of the built-in spine from the head down; S1 stands for the sacrum."""

Pair = tuple[float, float]
"""Left and right."""


@dataclass(frozen=True)
class VertebraShape(Result):
    """Dimensions of one vertebra; pairs are (left, right).

    Attributes
    ----------
    bone
        Name as in :data:`BONES`.
    upper_mm, lower_mm
        (width, depth) of the upper and lower end plate.
    posterior_height_mm
        Of the body.
    wedge_deg
        Between its end plates; positive where it is taller in front.
    canal_mm
        (width, depth) of the spinal canal.
    pedicle_mm
        (width, height) at the isthmus.
    pedicle_angle_deg
        Convergence in the transverse plane.
    transverse_mm
        From the midline to the tip of each transverse process.
    spinous_mm
        Length behind the lamina.
    spinous_tilt_mm
        Tip of the spinous process to the patient's left of the midline.
    facet_angle_deg
        Of each superior facet's chord to the midsagittal plane.
    facet_centre_mm
        Of each superior facet from the midline.
    facet_mm
        (width, height) of the superior facet.
    joint_space_mm
        Between the bones of the joint with the vertebra above.
    """

    bone: str
    upper_mm: Pair
    lower_mm: Pair
    posterior_height_mm: float
    wedge_deg: float
    canal_mm: Pair
    pedicle_mm: Pair
    pedicle_angle_deg: float
    transverse_mm: Pair
    spinous_mm: float
    spinous_tilt_mm: float
    facet_angle_deg: Pair
    facet_centre_mm: Pair
    facet_mm: Pair
    joint_space_mm: float

    @property
    def height_mm(self) -> float:
        """Height of the body at its centre."""
        tan = float(np.tan(np.radians(self.wedge_deg)))
        return self.posterior_height_mm + tan * 0.25 * (self.upper_mm[1] + self.lower_mm[1])

    @property
    def posterior_wall_mm(self) -> float:
        """From the body's centre back to the canal, in the midline."""
        return 0.25 * (self.upper_mm[1] + self.lower_mm[1])


@dataclass(frozen=True)
class DiscShape(Result):
    """The joint below one vertebra: how the next bone lies to it.

    Attributes
    ----------
    height_mm
        At the centre.
    wedge_deg
        Taller in front.
    lateral_deg
        Taller on the patient's left: the upper bone leans to the right.
    rotation_deg
        Of the upper bone on the lower about its own axis: its front turns to the patient's left.
    """

    height_mm: float
    wedge_deg: float
    lateral_deg: float = 0.0
    rotation_deg: float = 0.0


@dataclass(frozen=True)
class SpineShape(Result):
    """Everything that makes one built-in spine.

    Attributes
    ----------
    vertebrae
        T12 to S1.
    discs
        Below T12 to L5.
    sacral_slope_deg
        Of the upper end plate of S1 from the transverse plane.
    trunk_half_mm
        Half width and half depth of the trunk at L3.
    fat_mm
        Subcutaneous fat at the sides and at the back.
    size
        Factor on all bones; already applied to the lengths above, kept for the pelvis.
    seed
        Of this variation; None for the standard spine.
    """

    vertebrae: tuple[VertebraShape, ...]
    discs: tuple[DiscShape, ...]
    sacral_slope_deg: float
    trunk_half_mm: Pair = (158.0, 108.0)
    fat_mm: Pair = (18.0, 24.0)
    size: float = 1.0
    seed: int | None = None

    def vertebra(self, bone: str) -> VertebraShape:
        """The shape of this bone."""
        return self.vertebrae[BONES.index(bone)]

    def with_vertebra(self, bone: str, **changes: object) -> SpineShape:
        """This spine with some dimensions of one vertebra changed."""
        n = BONES.index(bone)
        changed = replace(self.vertebrae[n], **changes)  # type: ignore[arg-type]
        return replace(self, vertebrae=(*self.vertebrae[:n], changed, *self.vertebrae[n + 1 :]))


def standard_shape() -> SpineShape:
    """The spine of published means, with a small asymmetry on purpose.

    The asymmetry is for telling the volume from its mirror image: the left transverse process of L3 is 3 mm longer
    than the right one, and the spinous process of L4 ends 2 mm to the left. (Liver, spleen, aorta and bowel differ
    between the sides as in people.)
    """
    shape = SpineShape(
        vertebrae=tuple(_vertebra(bone) for bone in BONES),
        discs=tuple(DiscShape(_table("disc.height")[bone], _table("disc.wedge")[bone]) for bone in BONES[:-1]),
        sacral_slope_deg=evidence.value("morphometry.sacrum.slope"),
    )
    half = shape.vertebra("L3").transverse_mm[0]
    return shape.with_vertebra("L3", transverse_mm=(half + 1.5, half - 1.5)).with_vertebra("L4", spinous_tilt_mm=2.0)


def varied_shape(seed: int) -> SpineShape:
    """A person who deviates from the standard spine, drawn with `seed`.

    Standard deviations are modelling choices of the size of normal variation: size 5 %, single dimensions 4 to 8 %,
    disc wedges 20 %, facet angles 5° with 2° between the sides, slope 6°, side bending 1° and rotation 1.2° a level.
    Draws beyond two standard deviations are clipped, so that every spine is a possible one.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed))

    def draw(sd: float) -> float:
        return float(np.clip(rng.normal(), -2.0, 2.0)) * sd

    def scaled(pair: Pair, factor: float, sd: float) -> Pair:
        """Both sides by a common factor, and each by its own."""
        return pair[0] * factor * (1.0 + draw(sd)), pair[1] * factor * (1.0 + draw(sd))

    base = standard_shape()
    size = 1.0 + draw(0.05)
    lordosis = 1.0 + draw(0.20)
    tilt = [draw(1.0) for _ in base.discs]
    turn = [draw(1.2) for _ in base.discs]
    vertebrae = []
    for v in base.vertebrae:
        across, deep, tall = (size * (1.0 + draw(0.03)) for _ in range(3))
        canal, pedicle, wings, facet = (size * (1.0 + draw(sd)) for sd in (0.05, 0.06, 0.06, 0.05))
        common = draw(5.0)

        def angle(mean: float, common: float = common) -> float:
            return max(mean + common + draw(1.5), 12.0)

        vertebrae.append(
            replace(
                v,
                upper_mm=(v.upper_mm[0] * across, v.upper_mm[1] * deep),
                lower_mm=(v.lower_mm[0] * across, v.lower_mm[1] * deep),
                posterior_height_mm=v.posterior_height_mm * tall,
                canal_mm=(v.canal_mm[0] * canal, v.canal_mm[1] * canal),
                pedicle_mm=(v.pedicle_mm[0] * pedicle, v.pedicle_mm[1] * tall),
                transverse_mm=scaled(v.transverse_mm, wings, 0.03),
                spinous_mm=v.spinous_mm * size * (1.0 + draw(0.08)),
                spinous_tilt_mm=v.spinous_tilt_mm + draw(1.5),
                facet_angle_deg=(angle(v.facet_angle_deg[0]), angle(v.facet_angle_deg[1])),
                facet_centre_mm=scaled(v.facet_centre_mm, canal, 0.015),
                facet_mm=(v.facet_mm[0] * facet, v.facet_mm[1] * facet),
                joint_space_mm=v.joint_space_mm * (1.0 + draw(0.12)),
            )
        )
    discs = tuple(
        DiscShape(d.height_mm * size * (1.0 + draw(0.10)), d.wedge_deg * lordosis, a, r)
        for d, a, r in zip(base.discs, tilt, turn, strict=True)
    )
    trunk = (base.trunk_half_mm[0] * (1.0 + draw(0.02)), base.trunk_half_mm[1] * (1.0 + draw(0.03)))
    return replace(
        base,
        vertebrae=tuple(vertebrae),
        discs=discs,
        sacral_slope_deg=base.sacral_slope_deg + draw(6.0),
        trunk_half_mm=trunk,
        fat_mm=scaled(base.fat_mm, 1.0, 0.2),
        size=size,
        seed=seed,
    )


def _table(key: str) -> Mapping[str, float]:
    return cast("Mapping[str, float]", evidence.get(f"morphometry.{key}").value)


def _vertebra(bone: str) -> VertebraShape:
    sacral = bone == "S1"

    def number(key: str, otherwise: float = 0.0) -> float:
        return float(_table(key).get(bone, otherwise))

    upper = (number("body.upper_end_plate_width"), number("body.upper_end_plate_depth"))
    lower = (number("body.lower_end_plate_width"), number("body.lower_end_plate_depth"))
    return VertebraShape(
        bone=bone,
        upper_mm=upper,
        lower_mm=upper if sacral else lower,
        posterior_height_mm=number("body.posterior_height"),
        wedge_deg=number("body.wedge"),
        canal_mm=(number("canal.width"), number("canal.depth")),
        pedicle_mm=(number("pedicle.width", 18.0), number("pedicle.height", 16.0)),
        pedicle_angle_deg=number("pedicle.angle", 30.0),
        transverse_mm=(number("transverse_process.span", 108.0) / 2,) * 2,
        spinous_mm=number("spinous_process.length", 8.0),
        spinous_tilt_mm=0.0,
        facet_angle_deg=(number("facet.angle"),) * 2,
        facet_centre_mm=(number("facet.centre_from_midline"),) * 2,
        facet_mm=(number("facet.width"), number("facet.height")),
        joint_space_mm=evidence.value("morphometry.facet.joint_space"),
    )
