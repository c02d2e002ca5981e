"""Write all or nothing: files are made in a hidden folder beside their place and moved when all of them are there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurotomy.errors import OutputError

__all__ = ["all_or_nothing"]


@contextmanager
def all_or_nothing(out: Path) -> Iterator[Path]:
    """A folder to write into. When the block ends well, its files replace those of the same name in `out`.

    Raises
    ------
    OutputError
        When a file cannot be moved to its place.
    """
    try:
        stage = Path(tempfile.mkdtemp(dir=out, prefix=".neurotomy-"))
    except OSError as error:
        raise OutputError(f"Cannot write to '{out}': {error.strerror}. Choose another directory with --out.") from None
    try:
        yield stage
        try:
            for made in sorted(path for path in stage.rglob("*") if path.is_file()):
                place = out / made.relative_to(stage)
                place.parent.mkdir(parents=True, exist_ok=True)
                made.replace(place)
        except OSError as error:
            raise OutputError(f"Could not write '{place}': {error.strerror}.") from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)
