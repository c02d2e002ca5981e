"""``neurotomy plan``: needles and C-arm angles for each target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neurotomy.anatomy import Anatomy, NerveCourse, Target
    from neurotomy.guidance.alternatives import Alternative
    from neurotomy.guidance.placement import Placement
    from neurotomy.progress import Progress

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("neurotomy plan case.toml", "neurotomy plan case.toml --alternatives 3 --json"))
def plan(
    case: Annotated[Path, typer.Argument(help="The case file.", metavar="CASE.toml")],
    alternatives: Annotated[
        int, typer.Option(help="Also up to this many different ways to each nerve, ranked.", min=0, max=10)
    ] = 0,
    json: JsonFlag = False,
) -> None:
    """Say where the needles go. With C-arm angles and the checks of each."""
    from neurotomy.case import read_case

    stated = read_case(case)
    with show_progress() as progress:
        from neurotomy.guidance.guide import checks_of
        from neurotomy.guidance.views import view_poses
        from neurotomy.treatment import find_nerves, place_needles

        anatomy = find_nerves(stated, progress.part(0.0, 0.6))
        planned = 0.7 if alternatives else 1.0
        placements = place_needles(stated, anatomy, progress.part(0.6, planned), every_lesion=True)
        courses = [anatomy.course(placement.target) for placement in placements]
        poses = [view_poses(placement, course, anatomy) for placement, course in zip(placements, courses, strict=True)]
        checks = checks_of(anatomy, placements)
        ways = _ways(placements, anatomy, alternatives, progress.part(planned, 1.0)) if alternatives else {}
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
                "alternatives": [
                    {
                        "target": target.to_dict(),
                        "ways": [way.to_dict() | {"beam_in_words": way.approach.beam.in_words} for way in found],
                    }
                    for target, found in ways.items()
                ],
            }
        )
        return
    from neurotomy.cli.summary import check_lines, needle_rows

    print(f"{' and '.join(stated.joints)}, {stated.side.value} — {anatomy.source}\n")
    print(table(needle_rows(placements)))
    for placement, pose, checked in zip(placements, poses, checks, strict=True):
        which = _which(placement, placements, anatomy)
        print(f"\n{placement.target.label}, {placement.electrode.name}, {placement.origin}{which}")
        print(f"  {_angles(placement, anatomy.course(placement.target))}")
        print(table([[name, carm.in_words] for name, carm in pose.items()]))
        print("\n".join(f"  {line}" for line in check_lines(checked, all_of_them=True)))
    for target, found in ways.items():
        print(f"\nWays to the {target.label}")
        print(table(_way_rows(found)))
        print("\n".join(f"  {way.rank}: {way.why}" for way in found))
        if len(found) < alternatives:
            print("  No other way that bone and the length of the cannula leave free is different from these.")
    for warning in dict.fromkeys((*anatomy.warnings, *(w for course in courses for w in course.warnings))):
        print(f"\nWarning: {warning}")


def _which(placement: Placement, placements: Sequence[Placement], anatomy: Anatomy) -> str:
    """Which of several lesions on its nerve this is, and where it lies from the first."""
    from neurotomy.guidance.further import how_moved
    from neurotomy.guidance.palisade import TECHNIQUE

    on_nerve = [p for p in placements if p.target == placement.target and p.technique != TECHNIQUE]
    if placement.technique == TECHNIQUE:
        return ", in a palisade"
    number = next(n for n, p in enumerate(on_nerve, start=1) if p is placement)
    if len(on_nerve) == 1:
        return ""
    words = f", lesion {number} of {len(on_nerve)}"
    if number == 1 or placement.origin == "given":
        return words
    return f"{words}: {how_moved(placement, on_nerve[0], anatomy.course(placement.target))} from the first"


def _angles(placement: Placement, course: NerveCourse) -> str:
    """Where the needle comes from, and what was published."""
    from neurotomy.guidance.approach import approach_of

    approach = approach_of(placement, course)
    return "; ".join([approach.in_words, *(published.in_words for published in approach.published)])


def _ways(
    placements: Sequence[Placement], anatomy: Anatomy, count: int, progress: Progress
) -> dict[Target, tuple[Alternative, ...]]:
    """Different ways to each nerve that is met by needles along it."""
    from neurotomy.guidance.alternatives import alternatives
    from neurotomy.guidance.palisade import TECHNIQUE

    electrodes = {p.target: p.electrode for p in placements if p.technique != TECHNIQUE}
    found = {}
    for n, (target, electrode) in enumerate(electrodes.items()):
        part = progress.part(n / len(electrodes), (n + 1) / len(electrodes))
        found[target] = alternatives(anatomy.course(target), anatomy, electrode, count, part)
    return found


def _way_rows(ways: Sequence[Alternative]) -> list[list[str]]:
    rows = [["", "C-arm down the beam", "depth", "to the nerve", "lateral", "caudal", "errors, warnings", "cost"]]
    for way in ways:
        states = [check.status.value for check in way.checks]
        rows.append(
            [
                f"{way.rank}",
                way.approach.beam.in_words,
                f"{way.placement.insertion_depth_mm:.0f} mm",
                f"{way.approach.to_nerve_deg:.0f}°",
                f"{way.approach.lateral_deg:.0f}°",
                f"{way.approach.caudal_deg:.0f}°",
                f"{states.count('error')}, {states.count('warning')}",
                f"{way.cost_mm:.1f} mm",
            ]
        )
    return rows
