"""How many lesions one nerve needs, decided by what they capture.

One lesion cannot cover every nerve: a thin needle makes a narrow lesion and a short tip a short one, and where the
nerve runs is known to a millimetre or two only. :func:`lesions_for` starts from the planned needle and adds, one by
one, that needle beside or along it (:mod:`neurotomy.guidance.further`) with which the union of the lesions captures the
nerve most often under the spread of nerve, needle and tissue (:mod:`neurotomy.coverage.capture`). It stops when the
nerve is captured as often as is asked for (``coverage.several.captured``), when no further lesion helps
(``coverage.several.gain``), or at the most that is published (``anatomy.cervical.lesions_per_level``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from neurotomy import evidence
from neurotomy.anatomy import Anatomy, NerveCourse
from neurotomy.coverage.capture import cover
from neurotomy.errors import GuidanceError
from neurotomy.guidance.further import further_needles, how_moved
from neurotomy.guidance.placement import Placement
from neurotomy.lesion.result import Lesion
from neurotomy.lesion.volumetric import VolumeLesion
from neurotomy.progress import SILENT, Progress
from neurotomy.results import Result

__all__ = ["LesionsOnNerve", "lesions_for", "most_lesions"]

_SAMPLES = 500  # of each trial: 0.95 is known to 0.02, and the draws are the same for all trials


@dataclass(frozen=True)
class LesionsOnNerve(Result):
    """The lesions that one nerve is given.

    Attributes
    ----------
    placements
        One needle for each lesion, in the order in which they are made; the first is the planned one.
    captured_with
        Probability that the nerve is captured after the first, after the first two, and so on.
    on_neck_mm
        Length coagulated on the neck as placed, after the same.
    why
        One sentence: why so many.
    """

    placements: tuple[Placement, ...]
    captured_with: tuple[float, ...]
    on_neck_mm: tuple[float, ...]
    why: str


def most_lesions() -> int:
    """The largest number of lesions at a level that published technique names."""
    return int(evidence.get("anatomy.cervical.lesions_per_level").high or 1)


def lesions_for(
    first: Placement,
    course: NerveCourse,
    anatomy: Anatomy,
    lesion_at: Callable[[Placement], Lesion | VolumeLesion],
    count: int | None = None,
    *,
    seed: int = 0,
    progress: Progress = SILENT,
) -> LesionsOnNerve:
    """The needle `first` and as many further ones as its nerve needs.

    Parameters
    ----------
    first : Placement
        The planned needle along the nerve.
    course : NerveCourse
        The nerve.
    anatomy : Anatomy
        CT and labels it lies in.
    lesion_at : callable
        The lesion of a needle where it lies; a lesion that is the same all around is the same for all.
    count : int or None
        How many lesions; None is as many as needed, up to :func:`most_lesions`.
    seed : int
        Of the draws.
    progress : Progress
        Told of each lesion.

    Raises
    ------
    GuidanceError
        When needle and nerve are not of the same target, or `count` is below 1.
    """
    if count is not None and count < 1:
        raise GuidanceError(f"{count} lesions on the {course.target.label}: give 1 or more.")

    def captured(needles: list[Placement]) -> tuple[float, float]:
        lesions = [lesion_at(needle) for needle in needles]
        found = cover([course] * len(needles), needles, lesions, samples=_SAMPLES, seed=seed).nerves[0]
        return found.capture_probability, found.coagulated_on_neck_mm

    wanted, gain = evidence.value("coverage.several.captured"), evidence.value("coverage.several.gain")
    most = most_lesions() if count is None else count
    needles, reached = [first], [captured([first])]
    candidates: list[Placement] | None = None
    helped = True
    while len(needles) < most and (count is not None or reached[-1][0] < wanted):
        progress(len(needles) / most, f"Lesion {len(needles) + 1} on the {course.target.label}")
        if candidates is None:
            candidates = list(further_needles(first, course, anatomy))
        trials = [(captured([*needles, one]), n) for n, one in enumerate(candidates)]
        if not trials:
            helped = False
            break
        best, n = max(trials, key=lambda trial: (trial[0], -trial[1]))
        if count is None and best[0] < reached[-1][0] + gain:
            helped = False
            break
        needles.append(candidates.pop(n))
        reached.append(best)
    progress(1.0, f"{len(needles)} lesions on the {course.target.label}")
    return LesionsOnNerve(
        tuple(needles),
        tuple(probability for probability, _ in reached),
        tuple(length for _, length in reached),
        _why(needles, [probability for probability, _ in reached], wanted, helped, count, course),
    )


def _why(
    needles: list[Placement], reached: list[float], wanted: float, helped: bool, count: int | None, course: NerveCourse
) -> str:
    chance = f"captures the nerve with {100 * reached[0]:.0f} % probability"
    if len(needles) == 1:
        if reached[0] >= wanted:
            return f"One lesion {chance}; no further one is needed."
        return f"One lesion {chance}" + ("." if helped else ", and no further one beside or along it raises that.")
    moves = "; ".join(how_moved(needle, needles[0], course) for needle in needles[1:])
    enough = "" if count is not None or reached[-1] >= wanted else f", less than the {100 * wanted:.0f} % asked for"
    return f"One lesion {chance}, {len(needles)} with {100 * reached[-1]:.0f} %{enough}; the further ones: {moves}."
