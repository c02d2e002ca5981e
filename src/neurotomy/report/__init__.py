"""The report of a treatment: ``treatment.json``, ``report.html``, ``report.pdf`` and the stamped radiographs.

``write_report(treatment, out)`` is the one verb. What a report says is put together in
:mod:`~neurotomy.report.context`, as plain values; :mod:`~neurotomy.report.html` and :mod:`~neurotomy.report.pdf` only
set it, so that page and paper say the same. Figures are in :mod:`neurotomy.report.figures`, one file each.
"""

from neurotomy.report.write import write_report

__all__ = ["write_report"]
