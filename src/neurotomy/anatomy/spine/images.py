"""Paint a spine: trunk, soft tissue, bones, noise, into a CT and a label map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy.spine.bones import PlacedBone, bones_of
from neurotomy.anatomy.spine.built_in import FIELD_HIGH_MM, FIELD_LOW_MM
from neurotomy.anatomy.spine.materials import AIR_HU, FAT_HU, SKIN_HU, WALL_HU
from neurotomy.anatomy.spine.shape import SpineShape
from neurotomy.anatomy.spine.soft import SoftPart, soft_parts, trunk_layers
from neurotomy.anatomy.spine.solid import Packed
from neurotomy.geometry import Volume
from neurotomy.progress import SILENT, Progress

__all__ = ["Scene", "make_images", "paint_scene"]

Array = NDArray[np.float64]

_NOISE_HU = 14.0
_BLOCK = 72
_TEXTURE_SEED = 20220701
"""The grain of bone and the noise are the same in every spine, so that shapes can be compared voxel by voxel."""


def make_images(shape: SpineShape, spacing_mm: float, progress: Progress = SILENT) -> tuple[Volume, Volume]:
    """CT (HU, int16) and labels (uint8) of a lumbosacral spine.

    Parameters
    ----------
    shape : SpineShape
        Its dimensions.
    spacing_mm : float
        Voxel side.
    progress : Progress
        Told at each step.
    """
    return paint_scene(Scene(
        low_mm=FIELD_LOW_MM,
        high_mm=FIELD_HIGH_MM,
        layers=lambda heights: trunk_layers(shape, heights),
        soft=soft_parts(shape),
        bones=bones_of(shape),
    ), spacing_mm, progress)  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """Everything that is painted into one image.

    Attributes
    ----------
    low_mm, high_mm
        Corners of the image, LPS.
    layers
        Middle, half size, fat and wall of the body at heights, as
        :func:`neurotomy.anatomy.spine.soft.trunk_layers` gives them.
    soft, bones
        In the order in which they are painted, soft parts first.
    inside_hu
        CT number of what lies inside the body's wall where nothing is painted.
    """

    low_mm: tuple[float, float, float]
    high_mm: tuple[float, float, float]
    layers: Callable[[Array], tuple[Array, Array, Array, Array]]
    soft: tuple[SoftPart, ...]
    bones: tuple[PlacedBone, ...]
    inside_hu: float = FAT_HU


def paint_scene(scene: Scene, spacing_mm: float, progress: Progress = SILENT) -> tuple[Volume, Volume]:
    """CT (HU, int16) and labels (uint8) of a scene."""
    progress(0.0, "Preparing to paint (the first time this compiles)")
    from neurotomy.anatomy.spine.kernel import paint
    from neurotomy.anatomy.spine.trunk import add_noise, fill_trunk

    low, high = np.array(scene.low_mm), np.array(scene.high_mm)
    count = np.floor((high - low) / spacing_mm).astype(int) + 1
    hu = np.empty(tuple(count[::-1]), dtype=np.int16)
    labels = np.zeros(hu.shape, dtype=np.uint8)
    rng = np.random.default_rng(_TEXTURE_SEED)
    grain = _repeating(rng, (1.6, 0.8, 0.8))  # trabeculae run up and down
    noise = np.rint(_NOISE_HU * _repeating(rng, (0.6, 0.6, 0.6))).astype(np.int16)

    progress(0.05, "Trunk")
    heights = low[2] + spacing_mm * np.arange(count[2])
    centre, half, fat, wall = scene.layers(heights)
    values = np.array([AIR_HU, SKIN_HU, FAT_HU, WALL_HU, scene.inside_hu])
    fill_trunk(hu, low, spacing_mm, centre, half, fat, wall, values, grain)

    def put(solid: Packed, label: int, split: ArrayLike = (0.0, 0.0, 0.0, -1e9), label_below: int = 0) -> None:
        first, last = solid.box
        start = np.clip(np.floor((first - low) / spacing_mm).astype(int) - 2, 0, count)
        stop = np.clip(np.ceil((last - low) / spacing_mm).astype(int) + 3, 0, count)
        paint(
            hu, labels, low, spacing_mm, start, stop, solid.shapes, solid.groups, label,
            np.asarray(split, dtype=float), label_below, grain,
        )  # fmt: skip

    for n, part in enumerate(scene.soft):
        progress(0.2 + 0.3 * n / len(scene.soft), f"Soft tissue: {part.name}")
        put(part.solid, 0)
    for n, bone in enumerate(scene.bones):
        progress(0.5 + 0.4 * n / len(scene.bones), f"Bone: {bone.name}")
        put(bone.solid, bone.label, bone.split, bone.label_below)
    progress(0.95, "Noise")
    add_noise(hu, noise, -1024)
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = low
    return Volume(hu.transpose(2, 1, 0), affine), Volume(labels.transpose(2, 1, 0), affine)


def _repeating(rng: np.random.Generator, sigma: tuple[float, float, float]) -> NDArray[np.float32]:
    """Noise of standard deviation 1 that repeats without a seam, correlated over `sigma` voxels (z, y, x)."""
    white = np.fft.rfftn(rng.standard_normal((_BLOCK,) * 3, dtype=np.float32))
    pass_ = np.ones(white.shape, dtype=np.float32)
    for axis, s in enumerate(sigma):
        f = np.fft.rfftfreq(_BLOCK) if axis == 2 else np.fft.fftfreq(_BLOCK)
        gain = np.exp(-2.0 * (np.pi * s * f) ** 2)
        pass_ *= gain.reshape([-1 if a == axis else 1 for a in range(3)]).astype(np.float32)
    block = np.fft.irfftn(white * pass_, s=(_BLOCK,) * 3, axes=(0, 1, 2))
    block -= block.mean()
    return np.asarray(block / block.std(), dtype=np.float32)
