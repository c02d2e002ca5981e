import pytest

from neurotomy.anatomy import Side
from neurotomy.report import write_report
from neurotomy.report.context import report_context

from .scene import treatment


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """The report of each side, written once: ``written[Side.LEFT] / "report.html"``."""
    folders = {side: tmp_path_factory.mktemp(side.value) / "out" for side in Side}
    for side, folder in folders.items():
        write_report(treatment(side), folder)
    return folders


@pytest.fixture(scope="session")
def told():
    """Context and pictures of each side: ``told[Side.LEFT][0]["answer"]``."""
    return {side: report_context(treatment(side)) for side in Side}
