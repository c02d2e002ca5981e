"""Radiofrequency neurotomy on the patient's own CT: from volts to months of relief.

Research and teaching; not a medical device. The public names are loaded when they are first used, so that
``import neurotomy`` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "NeurotomyError": "neurotomy.errors",
}

__all__ = ["NeurotomyError", "__version__"]

if TYPE_CHECKING:
    from neurotomy.errors import NeurotomyError


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        value = getattr(importlib.import_module(_PUBLIC[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'neurotomy' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
