"""Plain numpy distances to a part: the oracle of the kernel, written from the formulas and not from its code."""

import numpy as np


def ellipse(p, semi):
    k0 = np.linalg.norm(p / semi, axis=-1)
    k1 = np.linalg.norm(p / np.square(semi), axis=-1)
    return np.where(k1 > 1e-9, k0 * (k0 - 1) / np.maximum(k1, 1e-30), -np.min(semi, axis=-1))


def shape_distance(points, row):
    local = (points - row[4:7]) @ row[7:16].reshape(3, 3).T
    x, y, z = local.T
    v = row[16:29]
    kind = int(row[0])
    if kind == 0:
        return ellipse(local, v[:3])
    if kind == 1:
        t = np.clip(z / v[0], 0, 1)
        semi = np.stack([v[1] + (v[3] - v[1]) * t, v[2] + (v[4] - v[2]) * t], axis=1)
        semi = np.column_stack([semi, semi.min(axis=1)])
        return ellipse(np.stack([x, y, z - t * v[0]], axis=1), semi)
    if kind == 3:
        return np.hypot(x, y) - v[0]
    if kind == 4:
        corners = np.column_stack([v[:6].reshape(3, 2), np.zeros(3)])
        return distance_to_triangle(local, corners) - v[6]
    if kind == 5:
        return z
    half, tan, waist, dish, edge = v[4] / 2, v[5], v[6], v[7], v[8]
    s = np.clip(z / half, -1, 1)
    pull = waist * (1 - s**2)
    a = v[2] + (v[0] - v[2]) * (1 + s) / 2 - pull
    b = v[3] + (v[1] - v[3]) * (1 + s) / 2 - 0.7 * pull
    q, uv = (x / a) ** 2 + (y / b) ** 2, (x / a) ** 2 * (y / b) ** 2
    k0 = (q**2 - 1.2 * uv) ** 0.25
    wall = np.hypot(x, y) * (1 - 1 / np.maximum(k0, 1e-9))
    hollow = dish * np.clip(1 - k0**2 / 0.72, 0, None)
    cap = np.maximum(z - half + hollow, -half + hollow + tan * y - z)
    return smooth_max(wall, cap, edge)


def distance_to_triangle(p, corners):
    """Exact, by the nearest of plane, edges and corners."""
    a, b, c = corners
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal)
    best = np.full(len(p), np.inf)
    inside = np.ones(len(p), dtype=bool)
    for start, stop in ((a, b), (b, c), (c, a)):
        edge = stop - start
        t = np.clip((p - start) @ edge / (edge @ edge), 0, 1)
        best = np.minimum(best, np.linalg.norm(p - start - t[:, None] * edge, axis=1))
        inside &= np.cross(np.broadcast_to(edge, p.shape), p - start) @ normal >= 0
    return np.where(inside, np.abs((p - a) @ normal), best)


def smooth_max(a, b, k):
    h = np.clip(k - np.abs(a - b), 0, None)
    return np.maximum(a, b) + h**2 / (4 * k)


def smooth_join(a, b, join, k):
    if join == 0:
        return -smooth_max(-a, -b, k) if k > 0 else np.minimum(a, b)
    b = -b if join == 1 else b
    return smooth_max(a, b, k) if k > 0 else np.maximum(a, b)


def part_distance(points, packed):
    total = np.full(len(points), 1000.0)
    for n, group in enumerate(packed.groups):
        current = np.full(len(points), 1000.0)
        for row in packed.shapes[packed.shapes[:, 1] == n]:
            current = smooth_join(current, shape_distance(points, row), int(row[2]), row[3])
        total = smooth_join(total, current, int(group[0]), group[1])
    return total
