"""The gallery: one picture of the lesion of every electrode and set of the catalogue, made by the program.

Read :mod:`~neurotomy.report.gallery.card` (what is computed), then :mod:`~neurotomy.report.gallery.figure` (what is
drawn) and :mod:`~neurotomy.report.gallery.page`.
"""

from __future__ import annotations
