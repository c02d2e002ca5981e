"""Ellipsoids and capped elliptic cylinders: exact chords, and voxels filled in part."""

import itertools

import numpy as np

from neurotomy.guidance.density import DensityGrid


class Ellipsoid:
    def __init__(self, centre, axes, height):
        self.centre, self.axes, self.height = np.array(centre, float), np.array(axes, float), height

    def holds(self, x, y, z):
        return sum(((p - c) / a) ** 2 for p, c, a in zip((x, y, z), self.centre, self.axes, strict=True)) < 1

    def chords(self, source, rays):
        near, far = _quadric(rays / self.axes, (source - self.centre) / self.axes)
        return np.maximum(far - near, 0)


class Cylinder:
    """Elliptic, along z, between flat ends: a vertebral body."""

    def __init__(self, centre, axes, height):
        self.centre, self.axes, self.height = np.array(centre, float), np.array(axes, float), height

    def holds(self, x, y, z):
        (cx, cy, cz), (ax, ay, az) = self.centre, self.axes
        return (((x - cx) / ax) ** 2 + ((y - cy) / ay) ** 2 < 1) & (np.abs(z - cz) < az)

    def chords(self, source, rays):
        near, far = _quadric(rays[..., :2] / self.axes[:2], (source - self.centre)[:2] / self.axes[:2])
        slope = np.where(np.abs(rays[..., 2]) < 1e-12, 1e-12, rays[..., 2])
        ends = (np.array([-1.0, 1.0]) * self.axes[2] - (source - self.centre)[2]) / slope[..., None]
        return np.maximum(np.minimum(far, ends.max(axis=-1)) - np.maximum(near, ends.min(axis=-1)), 0)


def _quadric(d, o):
    """Where the lines o + t d, with o one point, enter and leave the unit sphere (in two dimensions: circle)."""
    a, b, c = (d * d).sum(-1), d @ o, o @ o - 1
    root = b * b - a * c
    width = np.sqrt(np.maximum(root, 0))
    return np.where(root > 0, (-b - width) / a, 1.0), np.where(root > 0, (-b + width) / a, 0.0)


BODY = (
    Ellipsoid([0, 0, 0], [106, 74, 112], 1.0),
    Ellipsoid([42, -16, 42], [26, 30, 36], -0.7),
    Ellipsoid([-40, -13, 44], [28, 28, 34], -0.7),
    *(Cylinder([1.5 * n, 18 + 0.5 * n * n, 33 * n], [23, 17, 13], 0.6) for n in (-2, -1, 0, 1, 2)),
    *(Ellipsoid([s * 22 + n, 44, 33 * n], [6, 9, 11], 0.5) for n in (-1, 0, 1) for s in (-1, 1)),
    Cylinder([-30, 10, 0], [1.2, 1.2, 60], 0.4),
)
"""A trunk with lungs, vertebral bodies, joints and a thin rod, lying within 112 mm of the origin."""


def exact_image(shapes, carm):
    rows, columns = np.mgrid[: carm.rows, : carm.columns]
    rays = carm.rays(np.stack([columns, rows], axis=-1))
    return sum(shape.height * shape.chords(carm.source_lps_mm, rays) for shape in shapes)


def voxels(shapes, spacing_mm, half_mm=118.0, parts=5):
    """A :class:`DensityGrid` about the origin; voxels at a surface hold their share of parts³ samples."""
    count = round(2 * half_mm / spacing_mm)
    middle = (np.arange(count) - (count - 1) / 2) * spacing_mm
    edge = (np.arange(count + 1) - count / 2) * spacing_mm
    fine = ((np.arange(parts) + 0.5) / parts - 0.5) * spacing_mm
    volume = np.zeros((count,) * 3)
    for shape in shapes:
        box = [
            np.flatnonzero(np.abs(middle - c) < a + spacing_mm) for c, a in zip(shape.centre, shape.axes, strict=True)
        ]
        low = [b[0] for b in box]
        corners = shape.holds(*np.ix_(*(edge[b[0] : b[-1] + 2] for b in box)))
        inside = np.zeros([len(b) for b in box], dtype=int)
        for part in itertools.product((slice(None, -1), slice(1, None)), repeat=3):
            inside += corners[part]
        held = (inside == 8).astype(float)  # convex: eight corners in, all of it in
        at = np.argwhere((inside > 0) & (inside < 8))
        if min(shape.axes) < 3 * spacing_mm:
            at = np.argwhere(inside < 8)  # thin: it may lie between the corners
        x, y, z = (middle[at[:, k] + low[k]] for k in range(3))
        share = np.zeros(len(at))
        for dx, dy, dz in itertools.product(fine, repeat=3):
            share += shape.holds(x + dx, y + dy, z + dz)
        held[tuple(at.T)] = share / parts**3
        volume[np.ix_(*box)] += shape.height * held
    assert volume.min() > -1e-9, "a hole reaches out of the body"
    affine = np.diag([spacing_mm] * 3 + [1.0])
    affine[:3, 3] = middle[0]
    return DensityGrid.from_values(np.rint(volume.clip(0) * 20000).astype(np.uint16), affine, 1 / 20000)
