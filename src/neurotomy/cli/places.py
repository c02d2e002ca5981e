"""Find out whether a place can be written to before the long work, not after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from neurotomy.files import output_directory

__all__ = ["prepared"]


@contextmanager
def prepared(out: Path) -> Iterator[None]:
    """Make `out` and try to write to it, before the block. When the block fails, a folder that was made goes again.

    Raises
    ------
    OutputError
        When it cannot be made or written to.
    """
    there = out.exists()
    output_directory(out)
    try:
        yield
    finally:
        if not there:
            with suppress(OSError):  # not empty: all went well
                out.rmdir()
