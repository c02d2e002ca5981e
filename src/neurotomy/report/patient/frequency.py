"""Shares as numbers of people: what most readers understand best."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["people_of", "per_hundred"]


def people_of(shares: Sequence[float], people: int = 100) -> tuple[int, ...]:
    """Whole numbers of `people` for shares that sum to 1; they sum to `people` (largest remainders).

    Raises
    ------
    ValueError
        When the shares are no shares, or do not sum to 1.
    """
    if any(not 0.0 <= share <= 1.0 for share in shares) or abs(sum(shares) - 1.0) > 1e-6:
        raise ValueError(f"Shares {', '.join(f'{share:g}' for share in shares)} do not sum to 1.")
    exact = [people * share for share in shares]
    counts = [math.floor(x) for x in exact]
    # Ties go to the worse groups, which stand last: a promise must not be rounded up.
    order = sorted(range(len(shares)), key=lambda n: (round(counts[n] - exact[n], 9), -n))
    for n in order[: people - sum(counts)]:
        counts[n] += 1
    return tuple(counts)


def per_hundred(share: float) -> int:
    """Of a hundred; never a false 0 or 100."""
    if share in {0.0, 1.0}:
        return round(100 * share)
    return min(max(round(100 * share), 1), 99)
