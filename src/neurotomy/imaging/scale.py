"""Whether CT numbers lie where Hounsfield's scale puts them: air at -1000, soft tissue about 0.

A damaged rescale changes every voxel alike and leaves a picture that looks right in a window that adapts itself, while
bone by threshold, radiograph and density are wrong. The patient's own tissue is the witness: half of every body is fat,
water and muscle, and around it, or in it, is air.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError

__all__ = ["check_scale"]

_MOST_LOOKED_AT = 2_000_000
_BODY_FROM_HU = -400.0
_SOFT_HU = 150.0
"""Fat (-120) to muscle with contrast (+120) and the noise of their edges lie within this of water."""
_SOFT_REFUSED, _SOFT_TOLD = 0.08, 0.15
"""Share of the body that must be soft tissue. Seven real CTs have 0.79 to 0.93; of 600 boxes of 60 mm cut out of them
around bone the least has 0.20."""
_MEDIAN_HU = (-130.0, 100.0)
"""Median of the body: real CTs have -25 to 47; an obese body nears fat, a box around one vertebra nears marrow."""
_MEDIAN_REFUSED_HU = (-220.0, 350.0)
"""Of 600 boxes of 60 mm around bone the medians are -90 to 296."""
_AIR_BELOW_HU = -300.0
_AIR_SHARE = 0.02
"""With less air than this an image says nothing about where air lies (a crop of the back muscles)."""
_AIR_HU = (-1100.0, -850.0)
"""Where the lowest tenth of air, gas and lung lies; real CTs: -1020 to -900, lung alone above."""
_AIR_REFUSED_HU = (-1500.0, -650.0)
"""Lung alone, breathed out, is up to about -650."""
_BETWEEN_HU, _BETWEEN_SHARE = -200.0, 0.05
"""Where nothing is as light as lung, no more than this share may be lighter than fat and its noise."""


def check_scale(hu: NDArray[Any], name: str) -> tuple[str, ...]:
    """What is doubtful about the scale of these CT numbers, in words.

    Parameters
    ----------
    hu : array
        CT numbers before anything is cut off below air.
    name : str
        Of the image, for the message.

    Raises
    ------
    ImageError
        When soft tissue or air are not where Hounsfield's scale has them.
    """
    flat = hu.reshape(-1)
    few = np.asarray(flat[:: max(flat.size // _MOST_LOOKED_AT, 1)], dtype=np.float32)
    body = few[few > _BODY_FROM_HU]
    soft = float(np.mean(np.abs(body) <= _SOFT_HU)) if body.size else 0.0
    middle = float(np.median(body)) if body.size else 0.0
    if soft < _SOFT_REFUSED or not _MEDIAN_REFUSED_HU[0] <= middle <= _MEDIAN_REFUSED_HU[1]:
        raise ImageError(
            f"'{name}' has its CT numbers in the wrong place: only {100 * soft:.0f} % of the body lies within 150 HU "
            f"of water (fat, muscle), and half of it above {middle:.0f} HU. Its rescale is wrong. Export it again."
        )
    told = []
    if soft < _SOFT_TOLD or not _MEDIAN_HU[0] <= middle <= _MEDIAN_HU[1]:
        told.append(
            f"Half of the body lies above {middle:.0f} HU and {100 * soft:.0f} % of it within 150 HU of water, which "
            "is unusual: check a CT number in muscle."
        )
    air = _air(few)
    if air is None:
        between = float(np.mean(few < _BETWEEN_HU))
        if between > _BETWEEN_SHARE:
            told.append(
                f"{100 * between:.0f} % of the image lies between fat and lung, and no air is seen: check a CT number."
            )
        return tuple(told)
    if not _AIR_REFUSED_HU[0] <= air <= _AIR_REFUSED_HU[1]:
        raise ImageError(
            f"'{name}' has its CT numbers in the wrong place: its air lies at {air:.0f} HU, and air is -1000. Its "
            "rescale is wrong. Export it again."
        )
    if not _AIR_HU[0] <= air <= _AIR_HU[1]:
        told.append(f"Air lies at {air:.0f} HU, not near -1000: check a CT number in air, muscle and bone.")
    return tuple(told)


def _air(few: NDArray[np.float32]) -> float | None:
    """CT number of the lowest tenth of air; None where there is too little. One lowest value is padding."""
    low = few[few < _AIR_BELOW_HU]
    if low.size and np.mean(low == low.min()) > 1e-3 and low.min() < _AIR_HU[0]:
        rest = low[low > low.min()]
        low = rest if rest.size > _AIR_SHARE * few.size else low
    if low.size <= _AIR_SHARE * few.size:
        return None
    return float(np.quantile(low, 0.1))
