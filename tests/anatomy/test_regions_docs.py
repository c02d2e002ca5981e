"""docs/regions.md: its code runs, its pictures are there and small, its landmarks are those of the courses."""

import re
from pathlib import Path

from neurotomy.anatomy import Side, Target
from neurotomy.anatomy.landmarks import LANDMARKS
from neurotomy.anatomy.regions.templates import regional_template

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "regions.md").read_text(encoding="utf-8")


def test_the_code_runs():
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(block, {})


def test_pictures_are_there_and_small():
    names = re.findall(r"\]\((pictures/[^)]+)\)", PAGE)
    assert len(names) == 6
    assert all((DOCS / name).stat().st_size < 150_000 for name in names)


def test_the_landmarks_it_promises_are_held():
    common = {"target", "neck_ventral", "neck_dorsal", "body_centre", "superior_endplate_centre", "spinous_tip"}
    targets = {
        "| C3 to C7 |": Target("C5 medial branch", "C5", Side.LEFT),
        "| T1 to T12 |": Target("T7 medial branch", "T8", Side.LEFT),
        "| sacrum, for S1 to S3 lateral branches |": Target("S2 lateral branch", "S1", Side.LEFT),
    }
    for row, target in targets.items():
        line = next(line for line in PAGE.splitlines() if line.startswith(row))
        promised = set(re.findall(r"`(\w+)`", line))
        assert promised <= set(LANDMARKS)
        for side in Side:
            assert promised | common <= set(regional_template(target).landmarks_mm[side])
