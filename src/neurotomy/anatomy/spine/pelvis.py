"""The sacrum and the hip bones as smooth solids.

The sacrum is in the frame of S1 (origin at the centre of the S1 body, z along the normal of its upper end plate), the
hip bones in the frame of the pelvis: the same origin, turned back by the standard sacral slope, so that z points up.
Coordinates are (u, y, z) as in :mod:`neurotomy.anatomy.spine.vertebra`; where no table gives them they are choices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.names import Side
from neurotomy.anatomy.spine.column import turn
from neurotomy.anatomy.spine.materials import PELVIS_BONE, PROCESS_BONE, SACRUM_BONE
from neurotomy.anatomy.spine.shape import VertebraShape
from neurotomy.anatomy.spine.solid import Join, Part
from neurotomy.anatomy.spine.vertebra import add_superior_process, clear_of_inferior_process, facet
from neurotomy.geometry import RigidTransform, unit

__all__ = ["FORAMINA", "S1_BELOW_MM", "TUBERCLES", "hip_part", "s1_from_pelvis", "sacral_process", "sacrum_part"]

Array = NDArray[np.float64]

S1_BELOW_MM = -17.0
"""Height in the frame of S1 below which the sacrum is no longer S1 in the label map."""

_SI_GAP_MM = 2.2

# (u, y, z) of the lateral mass, with half widths across and deep; shared by the sacrum and the cut in the hip bone.
_ALA = (((14.0, 4.0, 0.0), (14.5, 11.5)), ((55.0, 11.0, -11.0), (18.0, 12.0)))
_COLUMN = (
    ((50.0, 16.0, -12.0), (9.5, 14.0)),
    ((42.0, 19.0, -40.0), (9.0, 10.0)),
    ((29.0, 23.0, -66.0), (7.0, 7.0)),
    ((14.0, 27.0, -86.0), (5.0, 5.0)),
)
_AURICULAR = ((54.0, 12.0, -6.0), (0.93, 0.20, -0.31))
"""The plane of the sacroiliac joint: a point on the sacrum's side, and the way out of the sacrum."""

_BODIES = (((0.0, 1.0, -12.0), (23.0, 13.0)), ((0.0, 2.0, -27.0), (18.0, 11.0)), ((0.0, 7.0, -50.0), (15.0, 8.5)))
_TAIL = (((0.0, 7.0, -50.0), (15.0, 8.5)), ((0.0, 15.0, -70.0), (13.0, 7.0)), ((0.0, 25.0, -87.0), (11.0, 6.0)))
_DORSAL = (  # the roof of the sacral canal, one slope: point, half width and half thickness
    ((13.5, 32.5, -11.0), (15.5, 4.0)),
    ((12.0, 29.0, -27.0), (13.5, 4.2)),
    ((10.0, 28.0, -50.0), (11.0, 3.8)),
    ((7.0, 31.0, -70.0), (8.5, 3.4)),
)
_SHEET = (
    (12.0, 1.0, -6.0),
    (48.0, 6.0, -14.0),
    (12.0, 6.0, -36.0),
    (37.0, 17.0, -42.0),
    (10.0, 12.0, -58.0),
    (26.0, 22.0, -64.0),
)
"""Corners of the sheet of triangles between bodies and lateral mass, in which the foramina open."""

_BACK = (
    (21.0, 28.0, -17.0),
    (40.0, 23.0, -17.0),
    (19.0, 26.0, -32.0),
    (37.0, 23.0, -34.0),
    (16.0, 25.5, -51.0),
    (28.0, 25.5, -56.0),
    (12.0, 27.0, -70.0),
    (18.0, 27.0, -74.0),
)
"""Corners of the plate between median and lateral crest, through which the foramina open at the back."""

FORAMINA = (  # front opening, back opening, radii
    ((21.0, -8.0, -17.0), (26.0, 38.0, -20.0), 6.2, 4.4),
    ((18.0, -4.0, -39.0), (20.5, 36.0, -42.0), 5.4, 3.9),
    ((15.5, 3.0, -60.0), (17.0, 34.0, -61.0), 4.6, 3.4),
    ((13.5, 10.0, -77.0), (14.0, 38.0, -78.0), 3.8, 3.0),
)
"""Of S1 to S4."""

TUBERCLES = ((38.0, 29.0, -9.0, 4.2), (34.0, 28.0, -33.0, 4.4), (26.0, 29.5, -56.0, 4.0))
"""Transverse tubercles of the lateral crest: point and size."""


def s1_from_pelvis() -> RigidTransform:
    """From the pelvis's frame (z up) to that of S1."""
    return RigidTransform(turn(-evidence.value("morphometry.sacrum.slope")), np.zeros(3))


def sacral_process(shape: VertebraShape, side: Side) -> tuple[Array, Array, Array]:
    """Axis of the superior articular process of S1: base, middle, tip."""
    joint = facet(shape, side)
    back = -(joint.half_gap + 3.9)
    return (
        joint.at(-0.8, back - 0.5, -joint.half_height + 0.5),
        joint.at(0.3, back, 0.0),
        joint.at(-0.5, back + 0.4, joint.half_height - 1.0),
    )


def sacrum_part(shape: VertebraShape, label: int, size: float, *, closed_back: bool = False) -> Part:
    """The sacrum, in the frame of S1.

    With `closed_back`, the plate of bone between median and lateral crest is closed round the foramina,
    as the lateral branches of the sacral nerves need it; without, it is left as the lumbosacral image has always had
    it, where no target lies on it.
    """
    part = Part("S1", label)
    part.group(SACRUM_BONE, k=0.0)
    part.body(
        upper=(shape.upper_mm[0] / 2, shape.upper_mm[1] / 2),
        lower=(shape.upper_mm[0] / 2 - 3.0, shape.upper_mm[1] / 2 - 3.0),
        height=shape.height_mm,
        wedge_deg=shape.wedge_deg,
        waist=1.0,
        dish=1.0,
    )
    x = (1.0, 0.0, 0.0)
    part.group(SACRUM_BONE, k=4.0)
    part.chain([(_scaled(p, size), w * size, h * size) for p, (w, h) in _BODIES], x)
    part.chain([(_scaled(p, size), w * size, h * size) for p, (w, h) in _TAIL], x)
    part.group(PROCESS_BONE, k=3.0)
    for side in Side:
        s = side.sign
        roof = [(_scaled(_mirrored(p, s), size), w * size, h) for p, (w, h) in _DORSAL]
        part.chain(roof, (1.0, -0.28 * s, 0.0))
    part.group(PROCESS_BONE, k=4.0)
    for z, y, half in ((-12.0, 38.0, 5.0), (-29.0, 35.0, 5.5), (-47.0, 34.0, 5.0)):
        part.ellipsoid(_scaled((0.0, y, z), size), (2.8, 5.0, half * size))
    for side in Side:
        s = side.sign
        part.group(SACRUM_BONE, k=6.0)
        _add_lateral_mass(part, s, size, 0.0)
        # the sheet between bodies and lateral mass, in which the foramina open
        corners = [_scaled(_mirrored(p, s), size) for p in _SHEET]
        for a, b, c in zip(corners, corners[1:], corners[2:], strict=False):
            part.triangle(a, b, c, 8.5 * size, k=0.5)
        part.group(PROCESS_BONE, k=4.0)
        for u, y, z, r in TUBERCLES:
            part.ellipsoid(_scaled((s * u, y, z), size), (r, r * 0.8, r * 1.2))  # lateral crest
        if closed_back:
            part.group(SACRUM_BONE, k=3.0)
            corners = [_scaled(_mirrored(p, s), size) for p in _BACK]
            for a, b, c in zip(corners, corners[1:], corners[2:], strict=False):
                part.triangle(a, b, c, 5.5 * size, k=0.5)
        part.group(PROCESS_BONE, k=4.0)
        base, mid, tip = sacral_process(shape, side)
        part.process(base, (s * 24.0 * size, 27.0 * size, -6.0), (6.0, 6.0), (8.0, 6.0), x, k=4.0)
        add_superior_process(part, facet(shape, side), base, mid, tip)
    for side in Side:
        clear_of_inferior_process(part, facet(shape, side))
    part.group(SACRUM_BONE, k=1.0, join=Join.SUBTRACT)
    top = shape.posterior_wall_mm + shape.canal_mm[1] / 2
    wide, deep = shape.canal_mm[0] / 2, shape.canal_mm[1] / 2
    part.process((0.0, top, 45.0), (0.0, top - 0.5, -4.0), (wide, deep), (0.95 * wide, 0.95 * deep), x)
    inner = (((0.0, top - 0.5, -4.0), (14.5, 8.0)), ((0.0, 20.5, -27.0), (10.5, 6.0)), ((0.0, 21.0, -50.0), (7.5, 4.6)))
    part.chain([(_scaled(p, size), w * size, h * size) for p, (w, h) in inner], x)
    part.chain([((0.0, 21.0 * size, -50.0 * size), 7.5, 4.6), ((0.0, 25.5 * size, -72.0 * size), 4.0, 3.0)], x)
    part.group(SACRUM_BONE, k=2.5, join=Join.SUBTRACT)
    for front, back, r_front, r_back in FORAMINA:
        for side in Side:
            a, b = (_scaled(_mirrored(p, side.sign), size) for p in (front, back))
            part.process(a, b, (r_front * size,) * 2, (r_back * size,) * 2, x)
    return part


def _add_lateral_mass(part: Part, s: int, size: float, grown: float) -> None:
    """One side's lateral mass, cut off by the joint's plane; `grown` all round, to cut it out of the hip bone."""
    (a, (wa, ha)), (b, (wb, hb)) = _ALA
    part.process(
        _scaled(_mirrored(a, s), size),
        _scaled(_mirrored(b, s), size),
        (wa * size + grown, ha * size + grown),
        (wb * size + grown, hb * size + grown),
        (0.0, 1.0, 0.0),
        k=5.0,
    )
    stations = [(_scaled(_mirrored(p, s), size), w * size + grown, h * size + grown) for p, (w, h) in _COLUMN]
    part.chain(stations, (1.0, 0.0, 0.0))
    out = unit(_mirrored(_AURICULAR[1], s))
    part.plane(_scaled(_mirrored(_AURICULAR[0], s), size) + grown * out, out, k=3.0)


_CREST = (  # along the iliac crest from the posterior to the anterior superior spine: point, half thickness
    ((41.0, 63.0, -8.0), 6.0),
    ((50.0, 58.0, 20.0), 6.5),
    ((65.0, 43.0, 41.0), 6.0),
    ((83.0, 21.0, 51.0), 5.5),
    ((101.0, -5.0, 47.0), 6.5),
    ((115.0, -30.0, 27.0), 5.5),
    ((120.0, -47.0, -2.0), 5.0),
)
_RIM = (  # along the lower edge of the wing, from the posterior inferior spine along the arcuate line
    ((42.0, 62.0, -34.0), 5.0),
    ((52.0, 48.0, -42.0), 7.0),
    ((58.0, 30.0, -36.0), 7.0),
    ((68.0, 12.0, -44.0), 6.5),
    ((82.0, -6.0, -55.0), 7.5),
    ((98.0, -22.0, -62.0), 8.0),
    ((112.0, -40.0, -38.0), 6.0),
)


_WING_STEPS = 10


def hip_part(side: Side, label: int, size: float) -> Part:
    """The hip bone of one side, down to above the hip joint, in the pelvis's frame."""
    from scipy.interpolate import CubicSpline

    part = Part(f"hip {side.value}", label)
    s = side.sign

    def smooth(line: tuple[tuple[tuple[float, float, float], float], ...]) -> tuple[Array, Array]:
        points = np.array([_mirrored(p, s) for p, _ in line]) * size
        even = np.linspace(0.0, len(line) - 1.0, _WING_STEPS + 1)
        return CubicSpline(np.arange(len(line)), points)(even), np.interp(
            even, np.arange(len(line)), [r for _, r in line]
        )

    (crest, crest_half), (rim, rim_half) = smooth(_CREST), smooth(_RIM)
    # the wing is hollowed on its inside: its middle bulges out
    bulge = np.sin(np.linspace(0.25, 1.0, _WING_STEPS + 1) * np.pi) * 5.0 * size
    middle = 0.5 * (crest + rim) + bulge[:, None] * np.array([s * 0.9, 0.3, -0.2])
    thin = np.interp(np.linspace(0, 1, _WING_STEPS), [0, 0.25, 0.5, 0.8, 1], [5.0, 4.0, 2.7, 2.5, 3.4])
    part.group(PELVIS_BONE, k=5.0)
    for upper, lower in ((crest, middle), (middle, rim)):
        for n, half in enumerate(thin):
            part.triangle(upper[n], upper[n + 1], lower[n], half, k=0.5)
            part.triangle(upper[n + 1], lower[n], lower[n + 1], half, k=0.5)
    for line, radius in ((crest, crest_half), (rim, rim_half)):
        part.group(PELVIS_BONE, k=5.0)
        for n in range(_WING_STEPS):
            part.process(line[n], line[n + 1], (radius[n],) * 2, (radius[n + 1],) * 2, (1.0, 0.3, 0.2), k=0.5)
    # the thick part behind, against the sacrum, and the roof of the hip joint
    part.process(crest[2], rim[2], (7.5, 14.0), (7.0, 12.0), (s * 1.0, 0.35, 0.0), k=5.0)
    roof, socket = _scaled((s * 94.0, -10.0, -64.0), size), _scaled((s * 92.0, -4.0, -95.0), size)
    part.process(roof, socket, (17.0 * size, 16.0 * size), (25.0 * size, 25.0 * size), (1.0, 0.0, 0.0), k=8.0)
    # the sacrum with the joint space around it
    cut = Part("", 0)
    cut.group(PELVIS_BONE)
    _add_lateral_mass(cut, s, size, _SI_GAP_MM)
    moved = cut.packed(s1_from_pelvis().inverse()).shapes
    part.group(PELVIS_BONE, k=1.5, join=Join.SUBTRACT)
    part.take(moved)
    return part


def _scaled(point: tuple[float, float, float] | Array, size: float) -> Array:
    return np.asarray(point, dtype=float) * size


def _mirrored(point: tuple[float, float, float], s: int) -> tuple[float, float, float]:
    return s * point[0], point[1], point[2]
