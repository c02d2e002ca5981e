"""The annotated example of a study file."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["example_study_toml"]


def example_study_toml() -> str:
    """The example as text."""
    return (files("neurotomy.studies") / "data" / "example_study.toml").read_text(encoding="utf-8")
