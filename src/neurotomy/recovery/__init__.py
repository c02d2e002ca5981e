"""Relief over time in three groups, a timeline, and the risks with their denominators.

``forecast("L4/5", selection, coverage)`` gives a :class:`Recovery`. The model is phenomenological: see
:mod:`~neurotomy.recovery.fit` for what it was fitted to, and how to fit it again.
"""

from neurotomy.recovery.forecast import forecast
from neurotomy.recovery.result import Phase, Recovery, Risk

__all__ = ["Phase", "Recovery", "Risk", "forecast"]
