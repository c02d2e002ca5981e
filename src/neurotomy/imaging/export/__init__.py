"""Write DICOM objects, NIfTI and STL. Everything is told in patient LPS, mm, and keeps its true place.

Read :mod:`~neurotomy.imaging.export.study` first: under whose name and which numbers objects go out.
"""
