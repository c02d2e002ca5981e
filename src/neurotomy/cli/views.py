"""``neurotomy views``: the radiographs alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("neurotomy views case.toml --out views", "neurotomy views case.toml --out views --nerve"))
def views(
    case: Annotated[Path, typer.Argument(help="The case file.", metavar="CASE.toml")],
    out: Annotated[Path, typer.Option(help="Directory for the pictures.", metavar="DIR")],
    nerve: Annotated[bool, typer.Option("--nerve", help="Draw the nerve, which no X-ray shows.")] = False,
    json: JsonFlag = False,
) -> None:
    """Take the radiographs alone. Those of the region, with side and level."""
    from neurotomy.case import read_case
    from neurotomy.report.publish import staging

    stated = read_case(case)
    made: list[dict[str, object]] = []
    with show_progress() as progress, staging(out) as stage:
        from neurotomy.guidance.guide import row_mates
        from neurotomy.guidance.views import save_png, standard_views
        from neurotomy.treatment import find_nerves, place_needles

        anatomy = find_nerves(stated, progress.part(0.0, 0.4))
        placements = place_needles(stated, anatomy, progress.part(0.4, 0.6), every_lesion=True)
        for n, placement in enumerate(placements):
            course = anatomy.course(placement.target)
            part = progress.part(0.6 + 0.4 * n / len(placements), 0.6 + 0.4 * (n + 1) / len(placements))
            for view in standard_views(placement, course, anatomy, part, beside=row_mates(placement, placements)):
                name = f"{n + 1}-{placement.target.slug}-{view.name.lower().replace(' ', '-')}.png"
                save_png(view, stage / name, placement=placement, course=course if nerve else None)
                made.append({"file": str(out / name)} | view.to_dict() | {"in_words": view.carm.in_words})
    if json:
        print_json({"views": made})
        return
    for row in made:
        print(f"{row['file']}: {row['in_words']}")
