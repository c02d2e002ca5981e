"""``neurotomy plan``: needles and C-arm angles for each target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress, table

if TYPE_CHECKING:
    from neurotomy.anatomy import NerveCourse
    from neurotomy.guidance.placement import Placement

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("neurotomy plan case.toml", "neurotomy plan case.toml --json"))
def plan(
    case: Annotated[Path, typer.Argument(help="The case file.", metavar="CASE.toml")], json: JsonFlag = False
) -> None:
    """Say where the needles go. With C-arm angles and the checks of each."""
    from neurotomy.case import read_case

    stated = read_case(case)
    with show_progress() as progress:
        from neurotomy.guidance.checks import check_placement
        from neurotomy.guidance.views import view_poses
        from neurotomy.treatment import find_nerves, place_needles

        anatomy = find_nerves(stated, progress.part(0.0, 0.6))
        placements = place_needles(stated, anatomy, progress.part(0.6, 1.0), palisade=True)
        courses = [anatomy.course(placement.target) for placement in placements]
        poses = [view_poses(placement, course) for placement, course in zip(placements, courses, strict=True)]
        checks = [
            check_placement(placement, course, anatomy) for placement, course in zip(placements, courses, strict=True)
        ]
    if json:
        print_json(
            {
                "joints": list(stated.joints),
                "side": stated.side.value,
                "anatomy": anatomy.to_dict(),
                "needles": [
                    {
                        "placement": placement.to_dict(),
                        "views": {name: carm.to_dict() | {"in_words": carm.in_words} for name, carm in pose.items()},
                        "checks": [check.to_dict() for check in checked],
                    }
                    for placement, pose, checked in zip(placements, poses, checks, strict=True)
                ],
            }
        )
        return
    from neurotomy.cli.summary import check_lines, needle_rows

    print(f"{' and '.join(stated.joints)}, {stated.side.value} — {anatomy.source}\n")
    print(table(needle_rows(placements)))
    for placement, pose, checked in zip(placements, poses, checks, strict=True):
        print(f"\n{placement.target.label}, {placement.electrode.name}, {placement.origin}")
        print(f"  {_angles(placement, anatomy.course(placement.target))}")
        print(table([[name, carm.in_words] for name, carm in pose.items()]))
        print("\n".join(f"  {line}" for line in check_lines(checked, all_of_them=True)))
    for warning in dict.fromkeys((*anatomy.warnings, *(w for course in courses for w in course.warnings))):
        print(f"\nWarning: {warning}")


def _angles(placement: Placement, course: NerveCourse) -> str:
    """Where the needle comes from, and what bone studies found for lumbar nerves."""
    from neurotomy import evidence
    from neurotomy.guidance.checks import approach_angles

    lateral, caudal = approach_angles(-placement.shaft_direction, course)
    words = f"from {lateral:.0f}° lateral of the sagittal plane and {caudal:.0f}° caudal of the end plate"
    if not course.target.bone.startswith("L"):
        return words
    published = []
    for name, part in (("middle_two_quarters", "middle two quarters"), ("posterior_half", "posterior half")):
        sides, below = (evidence.get(f"anatomy.lumbar.needle_angle.{name}.{way}") for way in ("lateral", "caudal"))
        published.append(f"{sides.low:.0f} to {sides.high:.0f}° and {below.low:.0f} to {below.high:.0f}° ({part})")
    return f"{words}; bone studies: {', '.join(published)}"
