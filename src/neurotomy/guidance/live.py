"""Pictures and checks while something moves: what stays the same between two of them is prepared once.

:class:`LivePicture` is a C-arm that follows the hand; :class:`Checker` grades a needle again after each small move.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import Anatomy, NerveCourse
from neurotomy.geometry import Volume
from neurotomy.guidance.bone import Bone
from neurotomy.guidance.carm import SECONDARY_LIMIT_DEG, CArm
from neurotomy.guidance.check import Check
from neurotomy.guidance.checks import graded
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.radiograph import Projector
from neurotomy.guidance.realism import Look, collimated, fluoroscopic_image
from neurotomy.guidance.scene import AROUND_MM, Scene

__all__ = ["Checker", "LivePicture", "turned"]

ROOM_MM = 22.0
"""How far from the target the middle of the active tip may lie for the prepared distances to bone to serve."""


class LivePicture:
    """A CT under a C-arm that moves.

    Parameters
    ----------
    ct : Volume
        HU.
    preview : Projector, optional
        `preview` of an earlier one on the same CT, kept: half a second less to wait for the first picture.
    """

    def __init__(self, ct: Volume, preview: Projector | None = None) -> None:
        self._whole = Projector(ct)
        if preview is not None:
            self._whole.preview = preview

    @property
    def preview(self) -> Projector:
        """The CT at half the resolution, ready for pictures while something moves."""
        return self._whole.preview

    def warm(self) -> None:
        """Take one small picture from behind: compiled kernels are loaded, and half the resolution is there."""
        self.picture(CArm(self._middle), pixels=64)

    def prepare(self) -> None:
        """Do what the first refined picture would wait for: seconds on a large CT."""
        for _ in self.preparation():
            pass

    def preparation(self) -> Iterator[None]:
        """The same in steps of a few tenths of a second, for who has something else to do between them."""
        self.warm()  # what a whole picture needs besides the CT
        yield
        for primary_deg in (180.0, 90.0):  # along two axes of the CT: each has a kernel and an order of its own
            for projector in (self._whole.preview, self._whole):
                yield from projector.preparation(CArm(self._middle, primary_deg))

    @cached_property
    def _middle(self) -> NDArray[np.float64]:
        ct = self._whole.ct
        return np.asarray(ct.lps((np.array(ct.shape) - 1) / 2))

    def picture(
        self,
        carm: CArm,
        placements: Sequence[Placement] = (),
        look: Look | None = None,
        *,
        pixels: int = 256,
        refined: bool = False,
        threads: int = 1,
    ) -> NDArray[np.uint8]:
        """The picture on the screen, 8 bit, (pixels, pixels).

        Parameters
        ----------
        carm : CArm
            The pose; its field is kept, its pixels are not.
        placements : sequence of Placement
            Needles in the beam.
        look : Look or None
            None is the default look.
        pixels : int
            Along each side.
        refined : bool
            From the CT's own voxels, not from half as many each way.
        threads : int
            Cores to use.
        """
        from neurotomy.guidance.needle import needle_mm  # kernels are loaded with the first picture

        look = Look() if look is None else look
        carm = carm.with_pixels(pixels)
        projector = self._whole if refined else self._whole.preview
        water, bone = projector.soft_and_bone_mm(carm, threads=threads)
        steel = np.zeros_like(water)
        for placement in placements:
            steel += needle_mm(carm, placement, samples=4 if refined else 2)
        lit = collimated(carm, look.collimator) & self._holds_spine_at(carm)
        beyond = projector.beyond_ct_mm(carm, threads=threads)
        return fluoroscopic_image(carm, water + beyond, bone, steel, look, lit=lit)

    def _holds_spine_at(self, carm: CArm) -> NDArray[np.bool_]:
        """As :meth:`Projector.holds_spine_at`, in 64 steps where the pixels allow: its edges are the collimator's."""
        step = carm.rows // 64
        if carm.rows % 64 or carm.columns % 64 or step < 2:
            return self._whole.holds_spine_at(carm)
        return np.kron(self._whole.holds_spine_at(carm.with_pixels(64)), np.ones((step, step), dtype=bool))


class Checker:
    """The checks of one nerve's needle, with bone and the distances to it prepared.

    Parameters
    ----------
    course : NerveCourse
        The nerve.
    anatomy : Anatomy
        CT and labels.
    room_mm : float
        How far from the target the middle of the active tip may lie for what is prepared to serve.
    """

    def __init__(self, course: NerveCourse, anatomy: Anatomy, room_mm: float = ROOM_MM) -> None:
        self._course, self._anatomy, self._room_mm = course, anatomy, room_mm

    @cached_property
    def _bone(self) -> Bone:
        return Bone.of(self._anatomy)

    @cached_property
    def _centre(self) -> NDArray[np.float64]:
        neck = self._course.neck.points_mm
        return np.asarray(neck[len(neck) // 2], dtype=float)

    @cached_property
    def bone_distance(self) -> Volume:
        """Signed distance to bone around the target, positive outside it, mm."""
        return self._bone.distance_around(self._centre, AROUND_MM + self._room_mm)

    @property
    def prepared(self) -> bool:
        """Whether the next check is quick."""
        return "bone_distance" in self.__dict__

    def prepare(self) -> None:
        """Do what the first check would wait for: a second or two."""
        _ = self.bone_distance

    def check(self, placement: Placement) -> tuple[Check, ...]:
        """As :func:`~neurotomy.guidance.checks.check_placement`.

        Raises
        ------
        GuidanceError
            When the placement contradicts itself or the CT.
        """
        scene = Scene(placement, self._course, self._anatomy)
        scene.__dict__["bone"] = self._bone
        if float(np.abs(scene.active.mean(axis=0) - self._centre).max()) <= self._room_mm:
            scene.__dict__["bone_distance"] = self.bone_distance
        return graded(scene)


def turned(carm: CArm, *, orbit_deg: float = 0.0, tilt_deg: float = 0.0) -> CArm:
    """The C-arm turned a little from where it stands; the tilt stops at its limit.

    Positive `orbit_deg` turns the receptor from the back towards the patient's right, positive `tilt_deg` towards the
    head.
    """
    tilt = float(np.clip(carm.secondary_deg + tilt_deg, -SECONDARY_LIMIT_DEG, SECONDARY_LIMIT_DEG))
    return replace(carm, primary_deg=carm.primary_deg + orbit_deg, secondary_deg=tilt)
