"""The page on lesions in three dimensions: its code runs, its numbers are those that the tests hold."""

import contextlib
import io
import re
from pathlib import Path

PAGE = (Path(__file__).parents[3] / "docs" / "lesion-3d.md").read_text(encoding="utf-8")


def test_code_runs():
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(block, "lesion-3d.md", "exec"), {})
    assert re.match(r"11\.5 ± 0\.\d\d mm on a cylinder", out.getvalue())
