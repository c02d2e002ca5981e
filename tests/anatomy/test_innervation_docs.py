"""docs/anatomy.md: its code runs, its picture is there, its table is that of the program."""

import re
from pathlib import Path

import pytest

from neurotomy.anatomy.innervation import targets_for
from neurotomy.anatomy.names import JOINTS, Side
from neurotomy.anatomy.spine.regions import REGIONS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "anatomy.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_code_about_nerves_runs(capsys):
    exec(BLOCKS[0], {})
    out = capsys.readouterr().out
    assert "C4 medial branch at C4, right" in out
    assert "0.27" in out


def test_the_code_about_regions_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROTOMY_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("neurotomy.anatomy.spine.built_in.SPACING_MM", 6.0)
    for region in ("cervical", "thoracic", "sacral"):
        monkeypatch.setattr(f"neurotomy.anatomy.spine.{region}.scene.SPACING_MM", 6.0)
    names: dict[str, object] = {}
    exec(BLOCKS[1], names)
    assert len(names["neck"].courses) == 14
    assert len(names["chest"].courses) == 24
    assert len(names["sacrum"].courses) == 8
    assert names["someone"].shape.seed == 7


def test_every_region_has_its_line_and_the_picture_is_there():
    for region in REGIONS:
        assert f"| {region} |" in PAGE
    for name in re.findall(r"\]\((pictures/[^)]+)\)", PAGE):
        assert (DOCS / name).stat().st_size > 10_000


LINES = {
    "C2/3": "third occipital nerve at C3",
    "C3/4": "C3 deep medial branch at C3, C4 at C4",
    "C7/T1": "C7 at C7, C8 at T1",
    "T1/2": "C8 at T1, T1 at T2",
    "L5/S1": "L4 medial branch at L5, L5 dorsal ramus at the sacral ala",
}


@pytest.mark.parametrize("joint", LINES)
def test_lines_of_the_table(joint):
    assert f"| {joint} | {LINES[joint]} |" in PAGE
    said = re.findall(r"(?:^|, )(\S+).*? at (?:the sacral ala|(\S+?))(?=,|$)", LINES[joint])
    held = targets_for(joint, Side.LEFT)
    assert len(said) == len(held)
    for (nerve, bone), target in zip(said, held, strict=True):
        assert target.nerve.startswith(nerve)
        assert target.bone == (bone or "S1")


@pytest.mark.parametrize(
    "joint", [j for j in JOINTS if JOINTS.index("T2/3") <= JOINTS.index(j) <= JOINTS.index("L4/5")]
)
def test_the_rule_of_the_table(joint):
    """The branch of the vertebra above the upper bone at the upper bone, the next at the lower bone."""
    from neurotomy.anatomy.names import VERTEBRAE, joint_between

    upper, lower = joint_between(joint)
    above = VERTEBRAE[VERTEBRAE.index(upper) - 1]
    assert [(t.nerve.split()[0], t.bone) for t in targets_for(joint, Side.RIGHT)] == [(above, upper), (upper, lower)]
