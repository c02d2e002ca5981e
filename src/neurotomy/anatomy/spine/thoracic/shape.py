"""The numbers that make a thoracic spine: published means, or one person's deviation from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from neurotomy import evidence
from neurotomy.anatomy.spine.shape import DiscShape
from neurotomy.results import Result

__all__ = ["BONES", "ThoracicShape", "ThoracicVertebra", "standard_chest", "varied_chest"]

BONES: tuple[str, ...] = tuple(f"T{n}" for n in range(1, 13))
"""From the head down."""

Pair = tuple[float, float]

_IN_BODY = 0.7
"""Share of the forward curve that lies in the bodies; the rest in the discs."""


@dataclass(frozen=True)
class ThoracicVertebra(Result):
    """Dimensions of one thoracic vertebra; pairs named (left, right) where it matters.

    Attributes
    ----------
    bone
        ``T1`` to ``T12``.
    upper_mm, lower_mm
        (width, depth) of the upper and lower end plate.
    posterior_height_mm
        Of the body.
    wedge_deg
        Between its end plates; negative: lower in front.
    canal_mm
        (width, depth) of the spinal canal.
    pedicle_mm
        (width, height).
    transverse_mm
        From the midline to the tip of the transverse process, (left, right).
    transverse_back_deg
        How far the transverse process turns back from the frontal plane, (left, right).
    spinous_mm, spinous_slope_deg, spinous_tilt_mm
        Length behind the lamina; slope downwards; tip to the patient's left of the midline.
    facet_tilt_deg
        Of the superior facet to the upper end plate in the sagittal plane, (left, right).
    facet_out_mm
        Centre of the superior facet from the midline, (left, right).
    facet_mm
        Width and height of the superior facet.
    joint_space_mm
        Of the joint with the vertebra above.
    """

    bone: str
    upper_mm: Pair
    lower_mm: Pair
    posterior_height_mm: float
    wedge_deg: float
    canal_mm: Pair
    pedicle_mm: Pair
    transverse_mm: Pair
    transverse_back_deg: Pair
    spinous_mm: float
    spinous_slope_deg: float
    spinous_tilt_mm: float
    facet_tilt_deg: Pair
    facet_out_mm: Pair
    facet_mm: float
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
class ThoracicShape(Result):
    """Everything that makes one built-in chest.

    Attributes
    ----------
    vertebrae
        T1 to T12.
    discs
        Below T1 to T11.
    slope_deg
        Of the upper end plate of T12 from the transverse plane.
    t10_above
        Whether the T10 medial branch passes above the transverse process of T11, (left, right).
    size
        Factor on all bones; already applied to the lengths above.
    seed
        Of this variation; None for the standard chest.
    """

    vertebrae: tuple[ThoracicVertebra, ...]
    discs: tuple[DiscShape, ...]
    slope_deg: float
    t10_above: tuple[bool, bool] = (False, False)
    size: float = 1.0
    seed: int | None = None

    def vertebra(self, bone: str) -> ThoracicVertebra:
        """The shape of this bone."""
        return self.vertebrae[BONES.index(bone)]

    def with_vertebra(self, bone: str, **changes: object) -> ThoracicShape:
        """This chest with some dimensions of one vertebra changed."""
        n = BONES.index(bone)
        changed = replace(self.vertebrae[n], **changes)  # type: ignore[arg-type]
        return replace(self, vertebrae=(*self.vertebrae[:n], changed, *self.vertebrae[n + 1 :]))


def standard_chest() -> ThoracicShape:
    """The chest of published means; told from its mirror image by the spinous process of T6, which ends 3 mm left."""
    heights, steps = _table("disc_height"), _table("kyphosis_step")
    shape = ThoracicShape(
        vertebrae=tuple(_vertebra(bone) for bone in BONES),
        discs=tuple(DiscShape(heights[bone], -(1 - _IN_BODY) * steps[bone]) for bone in BONES[:-1]),
        slope_deg=evidence.value("morphometry.thoracic.lowest_slope"),
    )
    return shape.with_vertebra("T6", spinous_tilt_mm=3.0)


def varied_chest(seed: int) -> ThoracicShape:
    """A person who deviates from the standard chest, drawn with `seed`.

    Standard deviations are modelling choices of the size of normal variation, as in
    :func:`neurotomy.anatomy.spine.shape.varied_shape`; draws beyond two of them are clipped. The T10 medial branch
    passes above the transverse process with the published probability (Koutp 2022), on each side by itself.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, 12]))

    def draw(sd: float) -> float:
        return float(np.clip(rng.normal(), -2.0, 2.0)) * sd

    base = standard_chest()
    size, kyphosis, back = 1.0 + draw(0.05), 1.0 + draw(0.2), draw(4.0)
    vertebrae = []
    for v in base.vertebrae:
        across, deep, tall = (size * (1.0 + draw(0.03)) for _ in range(3))
        canal, wings = size * (1.0 + draw(0.04)), size * (1.0 + draw(0.04))
        vertebrae.append(
            replace(
                v,
                upper_mm=(v.upper_mm[0] * across, v.upper_mm[1] * deep),
                lower_mm=(v.lower_mm[0] * across, v.lower_mm[1] * deep),
                posterior_height_mm=v.posterior_height_mm * tall,
                wedge_deg=v.wedge_deg * kyphosis,
                canal_mm=(v.canal_mm[0] * canal, v.canal_mm[1] * canal),
                pedicle_mm=(v.pedicle_mm[0] * size, v.pedicle_mm[1] * tall),
                transverse_mm=(v.transverse_mm[0] * wings, v.transverse_mm[1] * wings * (1.0 + draw(0.02))),
                transverse_back_deg=(
                    v.transverse_back_deg[0] + back + draw(1.5),
                    v.transverse_back_deg[1] + back + draw(1.5),
                ),
                spinous_mm=v.spinous_mm * size * (1.0 + draw(0.06)),
                spinous_tilt_mm=v.spinous_tilt_mm + draw(1.0),
                facet_out_mm=(v.facet_out_mm[0] * canal, v.facet_out_mm[1] * canal),
                facet_mm=v.facet_mm * size,
                joint_space_mm=v.joint_space_mm * (1.0 + draw(0.12)),
            )
        )
    discs = tuple(
        DiscShape(d.height_mm * size * (1.0 + draw(0.08)), d.wedge_deg * kyphosis, draw(0.6), draw(0.8))
        for d in base.discs
    )
    above = 1.0 - evidence.value("anatomy.thoracic.t10_crosses_tip_probability")
    t10 = (bool(rng.random() < above), bool(rng.random() < above))
    slope = base.slope_deg * (0.5 + 0.5 * kyphosis) + draw(3.0)
    return replace(base, vertebrae=tuple(vertebrae), discs=discs, slope_deg=slope, t10_above=t10, size=size, seed=seed)


def _table(key: str) -> Mapping[str, float]:
    return cast("Mapping[str, float]", evidence.get(f"morphometry.thoracic.{key}").value)


def _vertebra(bone: str) -> ThoracicVertebra:
    def number(key: str) -> float:
        return float(_table(key)[bone])

    step = _table("kyphosis_step").get(bone, 0.0)
    return ThoracicVertebra(
        bone=bone,
        upper_mm=(number("upper_end_plate_width"), number("upper_end_plate_depth")),
        lower_mm=(number("lower_end_plate_width"), number("lower_end_plate_depth")),
        posterior_height_mm=number("posterior_height"),
        wedge_deg=-_IN_BODY * step,
        canal_mm=(number("canal_width"), number("canal_depth")),
        pedicle_mm=(number("pedicle_width"), number("pedicle_height")),
        transverse_mm=(number("transverse_span") / 2,) * 2,
        transverse_back_deg=(number("transverse_back"),) * 2,
        spinous_mm=number("spinous_length"),
        spinous_slope_deg=number("spinous_slope"),
        spinous_tilt_mm=0.0,
        facet_tilt_deg=(number("facet_tilt"),) * 2,
        facet_out_mm=(number("facet_centre_from_midline"),) * 2,
        facet_mm=evidence.value("morphometry.thoracic.facet_size"),
        joint_space_mm=evidence.value("morphometry.thoracic.joint_space"),
    )
