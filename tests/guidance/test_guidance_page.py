"""What docs/guidance.md shows runs as it stands."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "guidance.md").read_text(encoding="utf-8")


def test_the_c_arm_of_the_page(capsys):
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert blocks
    for block in blocks:
        exec(block, {})
    words, primary, secondary, magnification = re.match(r"(.+) (\S+) (\S+) (\S+)\n", capsys.readouterr().out).groups()
    assert words == "oblique to the right 20°, caudal 40°"
    assert (float(primary), float(secondary)) == (-160.0, -40.0)
    assert float(magnification) == pytest.approx(1050 / 620)
