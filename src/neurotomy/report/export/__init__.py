"""A treatment for other programs: DICOM objects for a PACS, NIfTI for research, STL to look at or to print.

``export_treatment(treatment, out)`` is the one verb.
"""

from neurotomy.report.export.result import Exported
from neurotomy.report.export.write import FORMATS, export_treatment

__all__ = ["FORMATS", "Exported", "export_treatment"]
