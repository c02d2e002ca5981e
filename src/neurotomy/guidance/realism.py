"""From paths through tissue to what the C-arm's screen shows: scatter, blur, quanta, exposure control, display.

Everything here is an illustration of the right order: it makes the picture behave as fluoroscopy does (thin needles
fade in thick patients, bone edges stay visible in front of bowel gas), and prints no dose.

The default polarity is that of fluoroscopy: what stops the beam is dark, so bone is dark grey and the needle black. It
is how a C-arm shows live and held images, and how a linear XA image comes out of DICOM (more light is a larger value).
``BONE_BRIGHT`` is the polarity of a plain film.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.errors import GuidanceError
from neurotomy.guidance.carm import CArm
from neurotomy.results import Result

if TYPE_CHECKING:
    from neurotomy.guidance.radiograph import Beam

__all__ = [
    "Collimator",
    "Look",
    "Polarity",
    "collimated",
    "detected",
    "displayed",
    "fluoroscopic_image",
    "measuring_field",
    "quanta_per_pixel",
]

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

_BODY_BELOW = 0.3
"""Transmission of tissue below which a ray is counted as through the body: some 5 cm of water."""
_METAL_ROOM = 0.25
"""Share of the grey scale kept for metal, so that bone is dark grey and only the needle is black."""
_BARE_ROOM = 0.1
"""Share kept at the other end, so that the thinnest tissue is not yet white."""
_THINNEST = 1.6
"""Most of the grey scale on the side of little matter, of that on the side of much: where half of the field is thin,
from the side at the sacrum, bone would be left a few dark greys."""
_THIN = 0.25
"""Share of the grey scale, at the end of little matter, in which greys get closer: tissue thinner than the measured
field, behind a sacrum seen from the side, stays grey, and only the bare beam is white."""
_HARMONISE_MM = 22.0
"""Spread of what counts as coarse brightness: wider than a vertebra's shadow, so that bones keep their contrast."""


class Polarity(enum.Enum):
    """Which way round the greys go."""

    BONE_DARK = "bone dark"
    BONE_BRIGHT = "bone bright"


class Collimator(enum.Enum):
    """Shape of the lit field."""

    CIRCLE = "circle"
    RECTANGLE = "rectangle"


@dataclass(frozen=True)
class Look(Result):
    """How the image is taken and shown.

    Attributes
    ----------
    polarity, collimator
        Greys and field.
    dose_ugy
        Air kerma at the detector for one frame; 0 for an image without noise.
    frames
        Frames averaged (last-image hold).
    scatter_ratio
        Scatter over primary, mean over the field.
    detector_blur_mm, focal_spot_mm
        Spread (standard deviation) of the detector, and width of the focal spot.
    harmonise
        Share of the coarse brightness differences that is taken out before display, 0 to 1, as C-arms do.
    edge_enhancement
        Share of the fine detail that is added again.
    window
        Percentiles of the field shown as the two ends of the grey scale, or ``None`` with `window_log`.
    window_log
        Fixed window instead: attenuation -ln(signal / open beam) of the two ends.
    seed
        Of the noise.
    """

    polarity: Polarity = Polarity.BONE_DARK
    collimator: Collimator = Collimator.CIRCLE
    dose_ugy: float = field(default_factory=lambda: evidence.value("xray.detector.dose"))
    frames: int = field(default_factory=lambda: int(evidence.value("xray.detector.frames_averaged")))
    scatter_ratio: float = field(default_factory=lambda: evidence.value("xray.scatter.ratio"))
    detector_blur_mm: float = field(default_factory=lambda: evidence.value("xray.detector.blur"))
    focal_spot_mm: float = field(default_factory=lambda: evidence.value("xray.detector.focal_spot"))
    harmonise: float = 0.75
    edge_enhancement: float = 0.6
    window: tuple[float, float] | None = (0.5, 99.7)
    window_log: tuple[float, float] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.window is None) == (self.window_log is None):
            raise GuidanceError("Give the display window either as percentiles or as attenuation, not both or neither.")
        if min(self.dose_ugy, self.scatter_ratio, self.detector_blur_mm, self.focal_spot_mm, self.frames - 1) < 0:
            raise GuidanceError("Dose, scatter ratio, blur and focal spot cannot be negative, and frames start at 1.")


def fluoroscopic_image(
    carm: CArm,
    water_mm: Image,
    bone_mm: Image,
    steel_mm: Image,
    look: Look | None = None,
    *,
    beam: Beam | None = None,
    lit: Mask | None = None,
) -> NDArray[np.uint8]:
    """The picture on the screen, 8 bit, (rows, columns).

    Parameters
    ----------
    carm : CArm
        The pose the paths were computed for.
    water_mm, bone_mm, steel_mm : (rows, columns) arrays
        Paths from :meth:`Projector.soft_and_bone_mm` and :func:`needle_mm`.
    look : Look or None
        None is the default look.
    beam : Beam or None
        None is :meth:`Beam.fluoroscopic`.
    lit : (rows, columns) bool array or None
        Where the collimator is open; None is the look's own field.
    """
    look = Look() if look is None else look
    from neurotomy.guidance.radiograph import Beam  # its kernels are not loaded for those who only set the look

    beam = Beam.fluoroscopic() if beam is None else beam
    lit = collimated(carm, look.collimator) if lit is None else lit
    through_tissue = beam.transmission(water_mm, bone_mm)
    body = lit & (through_tissue < _BODY_BELOW)
    measured = body & measuring_field(carm)
    measured = measured if np.count_nonzero(measured) > 0.02 * np.count_nonzero(lit) else lit
    metal = steel_mm > 0.0
    through = through_tissue.copy()
    through[metal] = beam.transmission(water_mm[metal], bone_mm[metal], steel_mm[metal])
    signal = detected(through, carm, look, lit, measured)
    bare = measured & ~metal  # the needle takes no share of the grey scale: it is black
    return displayed(signal, carm, look, lit, body if measured is not lit else lit, bare if bare.any() else measured)


def measuring_field(carm: CArm) -> Mask:
    """The middle of the detector, by which a C-arm sets exposure and brightness: a disc of 0.6 of the field's width."""
    rows, columns = np.ogrid[: carm.rows, : carm.columns]
    middle = ((carm.rows - 1) / 2, (carm.columns - 1) / 2)
    radius = 0.3 * min(carm.rows, carm.columns)
    return np.asarray((rows - middle[0]) ** 2 + (columns - middle[1]) ** 2 < radius**2)


def collimated(carm: CArm, shape: Collimator = Collimator.CIRCLE) -> Mask:
    """The part of the detector that a collimator of this shape lights: the largest circle, or all of it."""
    if shape is Collimator.RECTANGLE:
        return np.ones((carm.rows, carm.columns), dtype=bool)
    rows, columns = np.ogrid[: carm.rows, : carm.columns]
    middle = ((carm.rows - 1) / 2, (carm.columns - 1) / 2)
    radius = min(carm.rows, carm.columns) / 2
    return np.asarray((rows - middle[0]) ** 2 + (columns - middle[1]) ** 2 < radius**2)


def detected(transmission: Image, carm: CArm, look: Look, lit: Mask, measured: Mask | None = None) -> Image:
    """The detector's signal as a share of the open beam: focal spot, scatter, quanta, scintillator, in this order.

    The exposure control gives every image the same mean dose in the `measured` field (None: the whole lit field),
    whatever the patient lets through. Scatter is a wide blur of the primary image, its bright parts no brighter than
    three times the measured mean: bare beam beside the patient scatters nothing.
    """
    measured = lit if measured is None else measured
    primary = np.where(lit, transmission, 0.0).astype(np.float32)
    # A square focal spot of width f casts a penumbra of width f (SDD/SOD - 1): standard deviation width / √12.
    penumbra = look.focal_spot_mm * (carm.magnification - 1.0) / np.sqrt(12.0)
    signal = _blurred(primary, penumbra / carm.pixel_mm)
    if look.scatter_ratio > 0:
        spread = evidence.value("xray.scatter.spread") / carm.pixel_mm
        ceiling = 3.0 * float(primary[measured].mean()) if measured.any() else 1.0
        signal = signal + np.float32(look.scatter_ratio) * _broad(np.minimum(primary, np.float32(ceiling)), spread)
    if look.dose_ugy > 0:
        signal = _with_quanta(signal, quanta_per_pixel(carm, look), look.seed, measured)
    return _blurred(signal, look.detector_blur_mm / carm.pixel_mm)


def quanta_per_pixel(carm: CArm, look: Look) -> float:
    """Detected quanta in a pixel of mean brightness, all averaged frames together."""
    per_area = evidence.value("xray.detector.fluence") * look.dose_ugy * look.frames
    return per_area * carm.pixel_mm**2 * evidence.value("xray.detector.quantum_efficiency")


def displayed(
    signal: Image, carm: CArm, look: Look, lit: Mask, body: Mask | None = None, measured: Mask | None = None
) -> NDArray[np.uint8]:
    """Greys of the screen: logarithm, dynamic range, edges, window, polarity; black outside the field.

    `body` is where the patient is in the beam, `measured` the field that sets brightness and window (None: all that is
    lit). Bare beam beside the patient burns out.
    """
    body = lit if body is None else body
    measured = lit if measured is None else measured
    if not lit.any():
        return np.zeros(signal.shape, dtype=np.uint8)
    depth = -np.log(np.maximum(signal, np.float32(1e-6)))
    middle = np.median(depth[measured])
    depth = np.where(lit, depth, middle).astype(np.float32)
    if look.edge_enhancement > 0:
        detail = depth - _blurred(depth, 1.2 / carm.pixel_mm)
    if look.harmonise > 0:
        coarse = _inside(depth, body, _HARMONISE_MM / carm.pixel_mm)
        depth = depth - np.float32(look.harmonise) * (coarse - middle)
    if look.edge_enhancement > 0:
        depth = depth + np.float32(look.edge_enhancement) * detail
    if look.window_log is not None:
        low, high = look.window_log
    else:
        assert look.window is not None
        low, middle, high = np.percentile(depth[measured], (look.window[0], 50.0, look.window[1]))
        low = max(low, middle - _THINNEST * (high - middle))
        low, high = low - _BARE_ROOM * (high - low), high + _METAL_ROOM * (high - low)
    share = np.minimum((depth - low) / np.float32(max(high - low, 1e-6)), np.float32(1.0))
    if look.window is not None:
        thin = share < _THIN
        share[thin] = _THIN / (2.0 - share[thin] / _THIN)  # leaves the line as steep as it is, and never passes 0
    share = np.maximum(share, np.float32(0.0))
    grey = share if look.polarity is Polarity.BONE_BRIGHT else 1.0 - share
    return np.where(lit, np.rint(8 + 240 * grey), 0).astype(np.uint8)


def _with_quanta(signal: Image, mean_quanta: float, seed: int, lit: Mask) -> Image:
    """Poisson noise of the detected quanta, in its Gaussian limit; `mean_quanta` at the field's mean signal."""
    mean = float(signal[lit].mean()) if lit.any() else 1.0
    if mean <= 0.0:
        return signal
    per_signal = mean_quanta / mean
    spread = np.sqrt(np.maximum(signal, 0) / np.float32(per_signal))
    return np.asarray(signal + spread * _draws(seed, signal.shape), dtype=np.float32)


@lru_cache(maxsize=4)
def _draws(seed: int, shape: tuple[int, ...]) -> Image:
    """Standard normal draws: the same for every picture with this seed, so a C-arm that moves draws them once."""
    draws = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    draws.setflags(write=False)
    return draws


def _blurred(image: Image, sigma_px: float) -> Image:
    if sigma_px < 0.05:
        return image
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(image, sigma_px, mode="nearest", truncate=3.5))


def _broad(image: Image, sigma_px: float) -> Image:
    """A wide Gaussian blur on a coarse copy: what is smooth needs few samples."""
    from scipy.ndimage import gaussian_filter

    step = max(int(sigma_px // 4), 1)
    shape = image.shape
    rows, columns = (-(-n // step) * step for n in shape)
    if (rows, columns) != shape:
        image = np.pad(image, ((0, rows - shape[0]), (0, columns - shape[1])), mode="edge")
    coarse = image.reshape(rows // step, step, columns).sum(axis=1).reshape(rows // step, columns // step, step)
    coarse = gaussian_filter(coarse.mean(axis=2) / np.float32(step), sigma_px / step, mode="constant", truncate=3.5)
    # Back to the pixels: linear along one axis after the other.
    upper, lower, share = _between(shape[0], step, len(coarse))
    coarse = coarse[upper] + share[:, None] * (coarse[lower] - coarse[upper])
    left, right, share = _between(shape[1], step, coarse.shape[1])
    slope = coarse[:, right] - coarse[:, left]
    return np.asarray(coarse[:, left] + share * slope, dtype=np.float32)


def _between(pixels: int, step: int, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Image]:
    """For each pixel its two neighbours among `count` blocks of `step` pixels, and the second one's share."""
    at = np.clip((np.arange(pixels) - (step - 1) / 2) / step, 0, count - 1)
    first = np.minimum(at.astype(np.intp), max(count - 2, 0))
    return first, np.minimum(first + 1, count - 1), (at - first).astype(np.float32)


def _inside(image: Image, lit: Mask, sigma_px: float) -> Image:
    """A wide blur that looks only at the lit field."""
    weight = _broad(lit.astype(np.float32), sigma_px)
    return np.asarray(_broad(np.where(lit, image, 0).astype(np.float32), sigma_px) / np.maximum(weight, 1e-3))
