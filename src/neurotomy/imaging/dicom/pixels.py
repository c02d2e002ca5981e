"""Stored values of one image as Hounsfield units."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError
from neurotomy.imaging.dicom.codestream import check_codestreams
from neurotomy.imaging.dicom.frame import Frame, quiet, words_of

__all__ = ["Pixels"]

_AIR_HU = -1024.0
_TISSUE_FROM_HU = -500.0
"""A padding value inside the range of tissue is a mistake of the writer, seen in the wild (0 for water)."""
_FEW = 1e-3
"""Share of pixels beyond what a CT number can be that metal and noise explain."""


class Pixels:
    """Reads images one after the other, and keeps the object of the last: an Enhanced CT is decoded once."""

    def __init__(self) -> None:
        self._source: Any = None
        self._stored: NDArray[Any] | None = None
        self.masked = 0

    def hu(self, frame: Frame) -> NDArray[np.int16]:
        """HU (rows, columns) of one image, padding as air.

        Raises
        ------
        ImageError
            When it cannot be decoded, or its values cannot be CT numbers.
        """
        stored = self._of(frame)
        values = self._in_bits(stored, frame)
        hu = values * (1.0 if frame.slope is None else frame.slope) + (frame.intercept or 0.0)
        if frame.padding is not None:
            padded = (stored >= frame.padding[0]) & (stored <= frame.padding[1]) & (hu < _TISSUE_FROM_HU)
            hu = np.where(padded, _AIR_HU, hu)
        beyond = np.count_nonzero((hu > 32767) | (hu < -32768))
        if beyond > _FEW * hu.size:
            raise ImageError(
                f"'{frame.name}' has CT numbers from {hu.min():.0f} to {hu.max():.0f}, which cannot be: sign of its "
                "pixels or rescale is wrong. Export the series again."
            )
        return np.asarray(np.clip(np.rint(hu), -32768, 32767).astype(np.int16))

    def _of(self, frame: Frame) -> NDArray[Any]:
        if self._source is not frame.source:
            self._source, self._stored = None, None
            from pydicom.pixels.utils import pixel_array

            try:
                with quiet():
                    image = frame.source.whole()
                    check_codestreams(image)
                    # The upper bits are looked at here: padding may lie in them.
                    stored = np.asarray(pixel_array(image, correct_unused_bits=False))
                    self._bits = int(image.get("BitsStored") or 16), int(image.get("PixelRepresentation") or 0)
            except Exception as error:  # decoders of five libraries raise what they like
                raise ImageError(
                    f"'{frame.name}' is damaged or cannot be decoded ({words_of(error)}). Export the series again."
                ) from None
            if stored.ndim == 2:
                stored = stored[None]
            if stored.ndim != 3 or stored.shape[1:] != frame.shape:
                raise ImageError(f"'{frame.name}' holds other pixels than it says. Export the series again.")
            self._source, self._stored = frame.source, stored
        assert self._stored is not None
        if frame.index >= len(self._stored):
            raise ImageError(f"'{frame.name}' is cut off: its pixels are missing. Export the series again.")
        return np.asarray(self._stored[frame.index])

    def _in_bits(self, stored: NDArray[Any], frame: Frame) -> NDArray[Any]:
        """Without what old writers put into the bits above the stored ones (overlays)."""
        bits, signed = self._bits
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        outside = (stored < low) | (stored > high)
        if frame.padding is not None:
            outside &= (stored < frame.padding[0]) | (stored > frame.padding[1])
        if not outside.any():
            return stored
        self.masked += 1
        wide = stored.astype(np.int64) & ((1 << bits) - 1)
        if signed:
            wide = np.where(wide > high, wide - (1 << bits), wide)
        return np.where(outside, wide, stored)
