"""``neurotomy export``: one case for other programs: DICOM, NIfTI, STL, and a PACS."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress

app = typer.Typer(rich_markup_mode=None, add_completion=False)

SALT = "NEUROTOMY_EXPORT_SALT"


@app.command(
    epilog=examples(
        "neurotomy export case.toml --out exported",
        "neurotomy export case.toml --out exported --stl",
        "neurotomy export case.toml --out exported --dicom --pacs http://localhost:8042/dicom-web",
    )
)
def export(
    case: Annotated[Path, typer.Argument(help="The case file.", metavar="CASE.toml")],
    out: Annotated[Path, typer.Option(help="Directory for the files; made when it is not there.", metavar="DIR")],
    dicom: Annotated[
        bool, typer.Option("--dicom", help="Views, nerves, lesions and needles as DICOM objects.")
    ] = False,
    nifti: Annotated[bool, typer.Option("--nifti", help="CT and label maps as NIfTI.")] = False,
    stl: Annotated[bool, typer.Option("--stl", help="Surfaces in LPS mm as STL.")] = False,
    pacs: Annotated[
        str | None,
        typer.Option(
            help="Store the DICOM objects at this DICOMweb service; name and password come from "
            "NEUROTOMY_PACS_USER and NEUROTOMY_PACS_PASSWORD, NEUROTOMY_PACS_TOKEN, or netrc.",
            metavar="URL",
        ),
    ] = None,
    salt: Annotated[
        str | None, typer.Option(help=f"A secret that makes UIDs nobody else can make; or {SALT}.", metavar="TEXT")
    ] = None,
    keep_identity: Annotated[
        bool,
        typer.Option(
            "--keep-identity",
            help="Put the objects into the source CT's study, under the patient's own name. "
            "Without it they carry the case's pseudonym.",
        ),
    ] = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the PACS.", min=0.1, metavar="S")] = 30.0,
    json: JsonFlag = False,
) -> None:
    """Hand one case to other programs. All three formats when none is named; de-identified unless told otherwise."""
    from neurotomy.case import read_case
    from neurotomy.cli.places import prepared

    formats = [name for name, wanted in (("dicom", dicom), ("nifti", nifti), ("stl", stl)) if wanted]
    if not formats:
        formats = ["dicom", "nifti", "stl"]
    if pacs is not None and "dicom" not in formats:
        formats.insert(0, "dicom")
    stated = read_case(case)
    stored = 0
    with show_progress() as progress, prepared(out):
        server = None
        if pacs is not None:
            from neurotomy.imaging.pacs import Pacs

            server = Pacs(pacs, timeout_s=timeout)
            server.check()  # before the long work: is it there, and may we?
        from neurotomy.report.export import export_treatment
        from neurotomy.treatment import treat

        treatment = treat(stated, progress.part(0.0, 0.55))
        exported = export_treatment(
            treatment,
            out,
            formats,
            salt=os.environ.get(SALT, "") if salt is None else salt,
            keep_identity=keep_identity,
            progress=progress.part(0.55, 0.85 if server else 1.0, "export"),
        )
        if server is not None:
            stored = server.store(list(exported.objects.values()), progress.part(0.85, 1.0, "PACS"))
    if json:
        print_json(exported.to_dict() | {"out": str(out), "stored": stored, "pacs": server.url if server else None})
        return
    print(f"{exported.subject}, {'de-identified' if exported.deidentified else 'WITH THE PATIENT’S IDENTITY'}")
    for folder, count in _counted(exported.files).items():
        print(f"  {out / folder}: {count} file{'s' if count > 1 else ''}")
    print(f"  {out / 'export.json'}: what each file is")
    if server is not None:
        print(f"Stored {stored} objects at {server.url}, study {exported.study_uid}")
    for note in exported.notes:
        print(f"Warning: {note}")


def _counted(files: Iterable[str]) -> dict[str, int]:
    """Number of files in each folder."""
    counted: dict[str, int] = {}
    for name in files:
        folder = str(Path(name).parent)
        counted[folder] = counted.get(folder, 0) + 1
    return counted
