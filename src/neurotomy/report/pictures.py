"""The pictures of a report, by name: radiographs as pixels, figures as SVG."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import Target
from neurotomy.report.figures.svg import svg_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Picture", "Pictures"]

_JPEG_QUALITY = 88


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes
    ----------
    name
        Unique in the report; names its file.
    alt
        What it shows, for those who do not see it.
    svg
        The figure, or empty for a radiograph.
    pixels
        RGB of a radiograph, or None for a figure.
    """

    name: str
    alt: str
    svg: str = ""
    pixels: NDArray[np.uint8] | None = None

    def jpeg(self) -> bytes:
        """The radiograph as JPEG, its colours at full resolution."""
        from PIL import Image

        assert self.pixels is not None
        buffer = io.BytesIO()
        Image.fromarray(self.pixels).save(buffer, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
        return buffer.getvalue()

    def png(self) -> bytes:
        """The radiograph as PNG, nothing lost."""
        from PIL import Image

        assert self.pixels is not None
        buffer = io.BytesIO()
        Image.fromarray(self.pixels).save(buffer, "PNG", compress_level=4)
        return buffer.getvalue()


@dataclass
class Pictures:
    """Collects pictures while a report is put together."""

    by_name: dict[str, Picture] = field(default_factory=dict)

    def figure(self, name: str, figure: Figure, alt: str, target: Target | None = None) -> str:
        """Keep `figure` and give its name; a `target` is said in `alt`."""
        words = f"{alt}: {target.label}" if target else alt
        self.by_name[name] = Picture(name, words, svg=svg_of(figure, name))
        return name

    def svg(self, name: str, svg: str, alt: str) -> str:
        """Keep a hand-made SVG and give its name."""
        self.by_name[name] = Picture(name, alt, svg=svg)
        return name

    def radiograph(self, name: str, pixels: NDArray[np.uint8], alt: str) -> str:
        """Keep a stamped radiograph and give its name."""
        self.by_name[name] = Picture(name, alt, pixels=pixels)
        return name
