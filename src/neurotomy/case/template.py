"""The annotated case that ``neurotomy new`` writes and ``neurotomy demo`` runs."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["example_toml"]


def example_toml() -> str:
    """TOML of a whole case, L4/5 right on the built-in spine, with a remark on every key."""
    return (files("neurotomy.case") / "data" / "example.toml").read_text(encoding="utf-8")
