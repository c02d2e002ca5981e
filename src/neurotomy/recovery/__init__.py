"""Relief over time in three groups, a timeline, and the risks with their denominators.

``forecast("L4/5", selection, coverage)`` gives a :class:`Recovery`; :func:`forecast_joints` does so for all joints of a
case. The model is phenomenological: see :mod:`~neurotomy.recovery.fit` for what it was fitted to, and
:func:`neurotomy.recovery.report.fit_report` (``neurotomy fit``) for how well, study by study.
:mod:`~neurotomy.recovery.draw` draws courses of many patients at once.
"""

from neurotomy.recovery.forecast import forecast, forecast_joints
from neurotomy.recovery.result import Component, JointForecast, Phase, Recovery, Repeat, Risk

__all__ = ["Component", "JointForecast", "Phase", "Recovery", "Repeat", "Risk", "forecast", "forecast_joints"]
