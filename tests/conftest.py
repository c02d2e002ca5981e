"""What all tests share: their order, and the real CT, found by the environment or beside the repository."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# A landing must not hang on a die: the examples are the same on every machine. To go looking for new
# ones, `NEUROTOMY_TEST_EXPLORE=1 make test` draws them at random.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("explore" if os.environ.get("NEUROTOMY_TEST_EXPLORE") else "repeatable")

VARIABLE = "NEUROTOMY_TEST_DATA"
ROOT = Path(__file__).resolve().parents[1]


def data_folder() -> Path:
    """The folder of real data: the environment's, else ``../shared/data`` beside the repository."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """``real_data("lumbar_totalseg_3mm/ct.nii.gz")`` is its path; skips loudly when it is not there."""

    def find(name: str) -> Path:
        path = data_folder() / name
        if not path.exists():
            reason = f"REAL DATA MISSING: '{name}' is not in '{data_folder()}'. Set {VARIABLE} to its folder."
            warnings.warn(reason, stacklevel=2)
            pytest.skip(reason)
        return path

    return find


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests first: they are the longest, and two workers then end at the same time."""
    items.sort(key=lambda item: not item.path.is_relative_to(ROOT / "tests" / "web"))
