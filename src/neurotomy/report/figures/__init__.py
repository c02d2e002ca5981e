"""The figures of a report, one file each, on the typed results. Read :mod:`~neurotomy.report.figures.style` first.

Line plots are SVG whose colours and letters follow the page they stand on (light, dark, print); see
:mod:`~neurotomy.report.figures.svg`. Nothing here uses matplotlib's global state.
"""
