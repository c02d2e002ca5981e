"""Write the report of one treatment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from neurotomy.progress import SILENT, Progress
from neurotomy.report.publish import VIEWS, staging

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["write_report"]


def write_report(treatment: Treatment, out: Path, progress: Progress = SILENT) -> tuple[Path, ...]:
    """Write ``treatment.json``, and as the case asks ``report.html``, ``report.pdf``, ``views/*.png`` and the patient's
    papers: ``patient.html``, ``patient.pdf`` and, when the case has a date, ``aftercare.ics``.

    All files appear together at the end; until then, and when anything fails or is stopped, `out` is as it was.

    Parameters
    ----------
    treatment : Treatment
        From :func:`neurotomy.treatment.treat`.
    out : Path
        A directory; created when it is missing.
    progress : Progress
        Told of each part; cancels.

    Returns
    -------
    tuple of Path
        What was written.

    Raises
    ------
    OutputError
        When `out` cannot be written to.
    AnatomyError
        When the treatment says two sides or two levels: no report is written.
    Cancelled
        When the watcher asks to stop.
    """
    out = Path(out)
    wanted = treatment.case.output
    with staging(out) as folder:
        (folder / "treatment.json").write_text(
            json.dumps(treatment.to_dict(), indent=1, ensure_ascii=False, allow_nan=False), encoding="utf-8"
        )
        if wanted.report_html or wanted.report_pdf or wanted.views:
            _write_pictures_and_words(treatment, folder, progress.part(0.0, 0.85))
        if wanted.patient_papers:
            from neurotomy.report.patient.facts import facts_of
            from neurotomy.report.patient.write import write_papers

            write_papers(facts_of(treatment), folder, progress.part(0.85, 0.98))
        progress(0.99, "Putting the files in place")
        names = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    progress(1.0, "Report written")
    return tuple(out / name for name in names)


def _write_pictures_and_words(treatment: Treatment, folder: Path, progress: Progress) -> None:
    import tempfile

    from neurotomy.report.context import report_context
    from neurotomy.report.html import html_of
    from neurotomy.report.pdf import write_pdf

    wanted = treatment.case.output
    context, pictures = report_context(treatment, progress.part(0.0, 0.75))
    if wanted.views:
        progress(0.76, "Writing radiographs")
        (folder / VIEWS).mkdir()
        for name, picture in pictures.by_name.items():
            if picture.pixels is not None:
                (folder / VIEWS / f"{name}.png").write_bytes(picture.png())
    if wanted.report_html:
        progress(0.85, "Writing the page")
        (folder / "report.html").write_text(html_of(context, pictures), encoding="utf-8")
    if wanted.report_pdf:
        progress(0.9, "Setting the paper")
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            write_pdf(context, pictures, folder / "report.pdf", Path(scratch))
