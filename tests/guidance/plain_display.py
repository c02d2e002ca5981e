"""The screen's picture, step by step and without a thought for speed: the oracle of guidance.realism."""

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from neurotomy import evidence
from neurotomy.guidance.radiograph import Beam
from neurotomy.guidance.realism import Polarity, measuring_field, quanta_per_pixel


def picture(carm, water_mm, bone_mm, steel_mm, look, lit):
    beam = Beam.fluoroscopic()
    body = lit & (beam.transmission(water_mm, bone_mm) < 0.3)
    measured = body & measuring_field(carm)
    measured = measured if measured.sum() > 0.02 * lit.sum() else lit
    signal = detected(beam.transmission(water_mm, bone_mm, steel_mm), carm, look, lit, measured)
    bare = measured & (steel_mm <= 0.0)
    return displayed(signal, carm, look, lit, body if measured is not lit else lit, bare if bare.any() else measured)


def detected(transmission, carm, look, lit, measured):
    primary = np.where(lit, transmission, 0.0).astype(np.float32)
    signal = blurred(primary, look.focal_spot_mm * (carm.magnification - 1.0) / np.sqrt(12.0) / carm.pixel_mm)
    if look.scatter_ratio > 0:
        ceiling = np.float32(3.0 * float(primary[measured].mean()))
        scattered = broad(np.minimum(primary, ceiling), evidence.value("xray.scatter.spread") / carm.pixel_mm)
        signal = signal + np.float32(look.scatter_ratio) * scattered
    if look.dose_ugy > 0:
        per_signal = quanta_per_pixel(carm, look) / float(signal[measured].mean())
        draws = np.random.default_rng(look.seed).standard_normal(signal.shape, dtype=np.float32)
        signal = signal + np.sqrt(np.maximum(signal, 0) / np.float32(per_signal)) * draws
    return blurred(signal, look.detector_blur_mm / carm.pixel_mm)


def displayed(signal, carm, look, lit, body, measured):
    depth = -np.log(np.maximum(signal, np.float32(1e-6)))
    middle = np.median(depth[measured])
    depth = np.where(lit, depth, middle).astype(np.float32)
    detail = depth - blurred(depth, 1.2 / carm.pixel_mm)
    sigma = 22.0 / carm.pixel_mm
    weight = broad(body.astype(np.float32), sigma)
    coarse = broad(np.where(body, depth, 0).astype(np.float32), sigma) / np.maximum(weight, 1e-3)
    depth = depth - np.float32(look.harmonise) * (coarse - middle) + np.float32(look.edge_enhancement) * detail
    low, half, high = np.percentile(depth[measured], (look.window[0], 50.0, look.window[1]))
    low = max(low, half - 1.6 * (high - half))
    low, high = low - 0.1 * (high - low), high + 0.25 * (high - low)
    share = np.minimum((depth - low) / (high - low), 1.0)
    share = np.where(share < 0.25, 0.25 / (2.0 - np.minimum(share, 0.25) / 0.25), share)
    grey = share if look.polarity is Polarity.BONE_BRIGHT else 1.0 - share
    return np.where(lit, np.rint(8 + 240 * grey), 0).astype(np.uint8)


def blurred(image, sigma_px):
    return gaussian_filter(image, sigma_px, mode="nearest", truncate=3.5) if sigma_px >= 0.05 else image


def broad(image, sigma_px):
    """Means of blocks, a Gaussian, and back to the pixels by SciPy's general interpolation."""
    step = max(int(sigma_px // 4), 1)
    rows, columns = (-(-n // step) * step for n in image.shape)
    padded = np.pad(image, ((0, rows - image.shape[0]), (0, columns - image.shape[1])), mode="edge")
    coarse = padded.reshape(rows // step, step, columns // step, step).mean(axis=(1, 3))
    coarse = gaussian_filter(coarse, sigma_px / step, mode="constant", truncate=3.5)
    at = [(np.arange(n) - (step - 1) / 2) / step for n in image.shape]
    return map_coordinates(coarse, np.meshgrid(*at, indexing="ij"), order=1, mode="nearest").astype(np.float32)
