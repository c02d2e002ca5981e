"""The interval of a share from counts."""

from __future__ import annotations

import math

__all__ = ["wilson_interval"]

_Z95 = 1.959963984540054


def wilson_interval(events: float, of: float, z: float = _Z95) -> tuple[float, float]:
    """Wilson's score interval of ``events / of``, 95 % by default.

    Unlike the usual ± formula it has a sensible upper end when nothing was seen.
    Wilson EB, J Am Stat Assoc 1927;22:209.

    Raises
    ------
    ValueError
        When `of` is not positive or `events` is outside 0 to `of`.
    """
    if not (of > 0 and 0 <= events <= of):
        raise ValueError(f"{events:g} events of {of:g}: give 0 to {of:g} events of at least one.")
    share = events / of
    centre = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low, high = (centre - half) / (1 + z * z / of), (centre + half) / (1 + z * z / of)
    return (0.0 if events == 0 else low), (1.0 if events == of else high)
