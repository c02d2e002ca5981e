"""Write the patient's papers."""

from __future__ import annotations

import tempfile
from pathlib import Path

from neurotomy.progress import SILENT, Progress
from neurotomy.report.patient.facts import Facts

__all__ = ["CALENDAR", "PAGE", "PAPER", "write_papers"]

PAGE, PAPER, CALENDAR = "patient.html", "patient.pdf", "aftercare.ics"


def write_papers(facts: Facts, folder: Path, progress: Progress = SILENT) -> None:
    """Write ``patient.html``, ``patient.pdf`` and, when the date is known, ``aftercare.ics``.

    Parameters
    ----------
    facts : Facts
        From :func:`neurotomy.report.patient.facts.facts_of`.
    folder : Path
        A directory that is there; what stands in it under these names is replaced, so give a staging folder.
    progress : Progress
        Told of each part; cancels.

    Raises
    ------
    CatalogueError
        When the language is not there.
    """
    from neurotomy.report.patient.calendar import calendar_of
    from neurotomy.report.patient.page import page_of
    from neurotomy.report.patient.paper import write_paper
    from neurotomy.report.patient.sheet import sheet

    progress(0.0, "Writing the patient's sheet")
    said = sheet(facts)
    (folder / PAGE).write_text(page_of(said), encoding="utf-8")
    progress(0.2, "Setting the patient's sheet")
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        write_paper(said, folder / PAPER, Path(scratch))
    if facts.papers.procedure_date is not None:
        progress(0.9, "Writing the calendar")
        (folder / CALENDAR).write_bytes(calendar_of(facts))
    progress(1.0, "Patient's papers written")
