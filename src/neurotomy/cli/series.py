"""``neurotomy series``: the CT series in a DICOM folder or zip, and what to write into the case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress, table

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("neurotomy series disc", "neurotomy series study.zip --json"))
def series(
    path: Annotated[Path, typer.Argument(help="Folder or zip of DICOM images.", metavar="PATH")],
    json: JsonFlag = False,
) -> None:
    """List the CT series in a DICOM folder or zip."""
    from neurotomy.imaging import list_series

    with show_progress() as progress:
        found = list_series(path, progress)
    if json:
        print_json({"series": [one.to_dict() for one in found]})
        return
    if not found:
        print(f"No CT series in {path}.")
        return
    head = ["Series", "Images", "Size", "Voxels (mm)", "Length (mm)", "Description"]
    rows = [
        [
            one.number,
            str(one.images),
            f"{one.size[0]}×{one.size[1]}",
            " × ".join(f"{s:.3g}" for s in one.spacing_mm),
            f"{one.extent_mm:.0f}",
            one.description + ("" if one.fit else " (too few slices)"),
        ]
        for one in found
    ]
    print(table([head, *rows], right=(1, 4)))
    fit = [one for one in found if one.fit]
    if fit:
        print(f'\nFor the case file, under [imaging]:\n  ct = "{path}"')
        if len(fit) > 1:
            print(f'  series = "{fit[0].number}"')
