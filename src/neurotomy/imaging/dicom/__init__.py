"""DICOM CT as one volume: which images there are, which belong together, where they lie, and what was corrected.

Positions and directions are believed; file names, instance numbers and UIDs are not. Read
:mod:`~neurotomy.imaging.dicom.series` first.
"""
