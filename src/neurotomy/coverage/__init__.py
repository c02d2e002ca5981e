"""What of each nerve lies inside the lesion, and how likely that stays true when needle, nerve and tissue vary.

``cover(courses, placements, lesions)`` is the one verb. Read :mod:`~neurotomy.coverage.capture` first; the nerve as a
tube is in :mod:`~neurotomy.coverage.tube`, a lesion at a needle's pose in :mod:`~neurotomy.coverage.placed`, what
varies in :mod:`~neurotomy.coverage.spreads`, the compiled loops in :mod:`~neurotomy.coverage.kernel`.
"""

from neurotomy.coverage.capture import cover
from neurotomy.coverage.result import Coverage, NerveCoverage
from neurotomy.coverage.spreads import Spreads

__all__ = ["Coverage", "NerveCoverage", "Spreads", "cover"]
