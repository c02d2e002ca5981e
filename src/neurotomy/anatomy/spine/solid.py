"""A bone, muscle or organ as a smooth solid: simple shapes joined into groups, groups joined into one part.

:class:`Part` collects shapes in its own frame; :meth:`Part.packed` lays them out for the kernel, moved to where the
part is. A group joins its shapes (union, subtraction, intersection) and is then joined to the part: that keeps a cut,
for instance of a joint space, to the process that it belongs to.

Shapes are symmetric in their own axes, so a left part mirrored point by point is the exact mirror image of the right.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.geometry import RigidTransform, unit

__all__ = ["COLUMNS", "Join", "Material", "Packed", "Part"]

Array = NDArray[np.float64]

COLUMNS = 36
"""Columns of a packed shape: kind, group, join, k, origin 3, axes 9, parameters 13, bounding capsule 7."""

_ENDLESS = 1e6


class Join(enum.IntEnum):
    """How a shape or group is joined to what stands before it."""

    UNION = 0
    SUBTRACT = 1
    INTERSECT = 2


class Kind(enum.IntEnum):
    """The simple shapes; each has its distance function in :mod:`neurotomy.anatomy.spine.kernel`."""

    ELLIPSOID = 0
    PROCESS = 1
    BODY = 2
    CYLINDER = 3
    TRIANGLE = 4
    PLANE = 5


@dataclass(frozen=True)
class Material:
    """What CT shows inside a solid.

    Attributes
    ----------
    core_hu, shell_hu, shell_mm
        Inside; outer layer; thickness of that layer (0: none).
    texture_hu
        Standard deviation of the inside's coarse structure (trabeculae, fat streaks in muscle).
    """

    core_hu: float
    shell_hu: float = 0.0
    shell_mm: float = 0.0
    texture_hu: float = 0.0


@dataclass(frozen=True)
class Packed:
    """A part as arrays for the kernel, in whichever frame it was packed for.

    Attributes
    ----------
    shapes
        (n, COLUMNS), in order of groups.
    groups
        (m, 6): join, k, core HU, shell HU, shell mm, texture HU.
    """

    shapes: Array
    groups: Array

    @property
    def box(self) -> tuple[Array, Array]:
        """Corners of a box that holds every finite shape that adds material."""
        adds = (self.shapes[:, 2] == Join.UNION) & (self.shapes[:, 35] < _ENDLESS)
        adds &= self.groups[self.shapes[:, 1].astype(int), 0] == Join.UNION
        s = self.shapes[adds]
        radius = s[:, 35:36]
        low = np.minimum(s[:, 29:32], s[:, 32:35]) - radius
        high = np.maximum(s[:, 29:32], s[:, 32:35]) + radius
        return low.min(axis=0), high.max(axis=0)

    def moved(self, to_from_here: RigidTransform) -> Packed:
        """The same part in another frame."""
        s = self.shapes.copy()
        s[:, 4:7] = to_from_here(s[:, 4:7])
        s[:, 7:16] = to_from_here.direction(s[:, 7:16].reshape(-1, 3, 3)).reshape(-1, 9)
        s[:, 29:32] = to_from_here(s[:, 29:32])
        s[:, 32:35] = to_from_here(s[:, 32:35])
        return Packed(s, self.groups)


@dataclass
class Part:
    """A solid under construction, mm, in its own frame.

    Attributes
    ----------
    name
        For people.
    label
        Id in the label map; 0 for none.
    """

    name: str
    label: int = 0
    _shapes: list[Array] = field(default_factory=list)
    _groups: list[tuple[float, ...]] = field(default_factory=list)

    def group(self, material: Material, k: float = 3.0, join: Join = Join.UNION) -> None:
        """Begin a group: the shapes that follow belong to it. It is joined to the part over a fillet of size `k`."""
        m = material
        self._groups.append((float(join), k, m.core_hu, m.shell_hu, m.shell_mm, m.texture_hu))

    def ellipsoid(
        self,
        centre: ArrayLike,
        semi: ArrayLike,
        axes: ArrayLike | None = None,
        k: float = 2.0,
        join: Join = Join.UNION,
    ) -> None:
        """An ellipsoid of semi-axes `semi` along the rows of `axes` (the frame's own when None)."""
        s = np.asarray(semi, dtype=float)
        rows = np.eye(3) if axes is None else np.asarray(axes, dtype=float)
        self._add(Kind.ELLIPSOID, join, k, centre, rows, [*s], (centre, centre, float(s.max())))

    def process(
        self,
        start: ArrayLike,
        stop: ArrayLike,
        at_start: tuple[float, float],
        at_stop: tuple[float, float],
        across: ArrayLike,
        k: float = 2.0,
        join: Join = Join.UNION,
    ) -> None:
        """A tapered limb of elliptical section with round ends.

        Parameters
        ----------
        start, stop : (3,)
            Its axis.
        at_start, at_stop : (width, height)
            Semi-axes of the section: width along `across`, height perpendicular to both.
        across : (3,)
            Direction of the width (its part perpendicular to the axis counts).
        """
        a, b = np.asarray(start, dtype=float), np.asarray(stop, dtype=float)
        z = unit(b - a)
        hint = np.asarray(across, dtype=float)
        x = unit(hint - (hint @ z) * z)
        rows = np.array([x, np.cross(z, x), z])
        length = float(np.linalg.norm(b - a))
        self._add(Kind.PROCESS, join, k, a, rows, [length, *at_start, *at_stop], (a, b, max(*at_start, *at_stop)))

    def chain(self, stations: Sequence[tuple[ArrayLike, float, float]], across: ArrayLike, k: float = 0.6) -> None:
        """Processes end to end through `stations`: (point, width, height) of the section there.

        Keep `k` small: where equal limbs meet, a wide fillet swells them by a quarter of it.
        """
        for (a, wa, ha), (b, wb, hb) in zip(stations, stations[1:], strict=False):
            self.process(a, b, (wa, ha), (wb, hb), across, k)

    def body(
        self,
        *,
        upper: tuple[float, float],
        lower: tuple[float, float],
        height: float,
        wedge_deg: float,
        waist: float,
        dish: float,
        edge: float = 1.5,
        centre: ArrayLike = (0.0, 0.0, 0.0),
        k: float = 1.0,
    ) -> None:
        """A vertebral body or disc: a waisted oval column between two dished end plates.

        Parameters
        ----------
        upper, lower : (half width, half depth)
            Of the end plates.
        height : float
            At the centre. The upper end plate is perpendicular to z; the lower one is turned by `wedge_deg` so that
            the column is taller in front.
        waist : float
            How far the wall is drawn in half-way (negative: bulges).
        dish : float
            Depth of the hollow of each end plate.
        edge : float
            Rounding of the rims.
        """
        tan = float(np.tan(np.radians(wedge_deg)))
        radius = float(np.hypot(height / 2 + abs(tan) * max(*upper, *lower), max(*upper, *lower)) + 2.0)
        values = [*upper, *lower, height, tan, waist, dish, edge]
        self._add(Kind.BODY, Join.UNION, k, centre, np.eye(3), values, (centre, centre, radius))

    def cylinder(
        self, point: ArrayLike, axis: ArrayLike, radius: float, k: float = 0.5, join: Join = Join.SUBTRACT
    ) -> None:
        """An endless round cylinder: cuts a hollow (subtract) or rounds off (intersect)."""
        z = unit(axis)
        helper = np.eye(3)[int(np.argmin(np.abs(z)))]
        x = unit(helper - (helper @ z) * z)
        self._add(Kind.CYLINDER, join, k, point, np.array([x, np.cross(z, x), z]), [radius], (point, point, _ENDLESS))

    def plane(self, point: ArrayLike, outward: ArrayLike, k: float = 1.0, join: Join = Join.INTERSECT) -> None:
        """Half of space; `outward` points out of it."""
        z = unit(outward)
        helper = np.eye(3)[int(np.argmin(np.abs(z)))]
        x = unit(helper - (helper @ z) * z)
        self._add(Kind.PLANE, join, k, point, np.array([x, np.cross(z, x), z]), [], (point, point, _ENDLESS))

    def triangle(self, a: ArrayLike, b: ArrayLike, c: ArrayLike, half_thickness: float, k: float = 3.0) -> None:
        """A flat plate with round edges."""
        p = np.array([a, b, c], dtype=float)
        centre = p.mean(axis=0)
        z = unit(np.cross(p[1] - p[0], p[2] - p[0]))
        x = unit(p[1] - p[0])
        rows = np.array([x, np.cross(z, x), z])
        flat = (p - centre) @ rows.T
        values = [*flat[:, :2].ravel(), half_thickness]
        reach = float(np.linalg.norm(p - centre, axis=1).max()) + half_thickness
        self._add(Kind.TRIANGLE, Join.UNION, k, centre, rows, values, (centre, centre, reach))

    def take(self, shapes: Array) -> None:
        """Shapes packed elsewhere, in this part's frame, into the group that was begun last."""
        for row in shapes:
            own = row.copy()
            own[1] = len(self._groups) - 1
            self._shapes.append(own)

    def _add(
        self,
        kind: Kind,
        join: Join,
        k: float,
        origin: ArrayLike,
        axes: Array,
        values: Sequence[float],
        bound: tuple[ArrayLike, ArrayLike, float],
    ) -> None:
        row = np.zeros(COLUMNS)
        row[0:4] = kind, len(self._groups) - 1, join, k
        row[4:7] = np.asarray(origin, dtype=float)
        row[7:16] = axes.ravel()
        row[16 : 16 + len(values)] = values
        row[29:32], row[32:35], row[35] = np.asarray(bound[0]), np.asarray(bound[1]), bound[2]
        self._shapes.append(row)

    def packed(self, to_from_part: RigidTransform | None = None) -> Packed:
        """This part for the kernel; moved, when a transform is given."""
        packed = Packed(np.array(self._shapes), np.array(self._groups))
        return packed if to_from_part is None else packed.moved(to_from_part)
