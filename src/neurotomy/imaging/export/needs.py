"""Optional libraries: imported when needed, and a missing one is named with the group that brings it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from neurotomy.errors import OutputError

__all__ = ["needed"]


def needed(module: str, group: str, what_for: str) -> Any:
    """The module, imported.

    Parameters
    ----------
    module : str
        Full name, for instance ``highdicom``.
    group : str
        The optional group of neurotomy that installs it, for instance ``pacs``.
    what_for : str
        Begins the message: ``Writing DICOM segmentations``.

    Raises
    ------
    OutputError
        When it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise OutputError(f"{what_for} needs the optional group '{group}': pip install 'neurotomy[{group}]'.") from None
