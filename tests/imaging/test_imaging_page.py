"""The page on reading CT says what reading does, word for word."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from imaging_page import BEGIN, END, PAGE, table


def test_the_table_is_what_happens():
    written = PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip()
    assert written == table(), "Write it anew: python tests/imaging/imaging_page.py"
