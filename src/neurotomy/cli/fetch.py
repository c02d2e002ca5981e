"""``neurotomy fetch``: a CT from a PACS by DICOMweb, or a list of what is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress, table

if TYPE_CHECKING:
    from neurotomy.imaging.pacs import Series

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    epilog=examples(
        "neurotomy fetch http://localhost:8042/dicom-web",
        "neurotomy fetch http://localhost:8042/dicom-web --study 1.2.3 --series 1.2.3.4 --out ct",
    )
)
def fetch(
    url: Annotated[str, typer.Argument(help="Root of the DICOMweb service.", metavar="URL")],
    study: Annotated[str | None, typer.Option(help="Study Instance UID.", metavar="UID")] = None,
    series: Annotated[str | None, typer.Option(help="Series Instance UID.", metavar="UID")] = None,
    out: Annotated[Path | None, typer.Option(help="Directory for the images.", metavar="DIR")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the PACS.", min=0.1, metavar="S")] = 30.0,
    json: JsonFlag = False,
) -> None:
    """Fetch a CT from a PACS. Without a series: list the CT series there.

    Name and password come from NEUROTOMY_PACS_USER and NEUROTOMY_PACS_PASSWORD, NEUROTOMY_PACS_TOKEN, or netrc.
    The images are written as the PACS sends them, with the patient's name when they hold it.
    """
    from neurotomy.errors import PacsError
    from neurotomy.imaging.pacs import Pacs

    pacs = Pacs(url, timeout_s=timeout)
    if series is None:
        if out is not None:
            raise PacsError("Say which series with --series; leave --out away to list what is there.")
        _list(pacs.series(study, modality="CT"), pacs.url, json=json)
        return
    if study is None or out is None:
        raise PacsError("To fetch a series give --study, --series and --out.")
    from neurotomy.report.publish import staging

    with show_progress() as progress, staging(out) as stage:
        import pydicom

        images = pacs.fetch(study, series, progress.part(0.0, 0.9, "fetch"))
        for n, image in enumerate(images, 1):
            pydicom.dcmwrite(stage / f"{n:04d}.dcm", image, enforce_file_format=True)
        from neurotomy.imaging import read_ct

        # Read now, so that what cannot serve is refused before anything is in its place.
        ct = read_ct(stage, progress.part(0.9, 1.0, "read"))
    if json:
        print_json({"out": str(out), "images": len(images), "ct": ct.to_dict()})
        return
    print(f"{len(images)} images in {out}: {ct.description}")
    for warning in ct.warnings:
        print(f"Warning: {warning}")
    print(f'\nFor the case file, under [imaging]:\n  ct = "{out}"')


def _list(found: tuple[Series, ...], url: str, *, json: bool) -> None:
    if json:
        print_json({"series": [one.to_dict() for one in found]})
        return
    if not found:
        print(f"No CT series at {url}.")
        return
    head = ["Study UID", "Series UID", "Images", "Description"]
    rows = [[one.study_uid, one.series_uid, str(one.images), one.description] for one in found]
    print(table([head, *rows], right=(2,)))
