"""Write files so that nothing is ever lost: to a temporary name beside the target, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from neurotomy.errors import OutputError

__all__ = ["cache_dir", "output_directory", "write_atomically", "write_text"]


def cache_dir() -> Path:
    """The user's cache directory for neurotomy (``NEUROTOMY_CACHE_DIR`` when set), created when missing."""
    chosen = os.environ.get("NEUROTOMY_CACHE_DIR")
    path = Path(chosen) if chosen else Path(platformdirs.user_cache_dir("neurotomy"))
    path.mkdir(parents=True, exist_ok=True)
    return path


def output_directory(path: Path) -> Path:
    """Make sure that `path` is a directory that can be written to, before any long work is started.

    Raises
    ------
    OutputError
        When it is a file, or cannot be created or written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except FileExistsError:
        raise OutputError(f"'{path}' is a file, and a directory is needed. Name another with --out.") from None
    except OSError as error:
        raise OutputError(f"Cannot write to '{path}': {error.strerror}. Choose another directory with --out.") from None
    return path


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; when the block ends well it replaces `path`, else it is removed.

    Raises
    ------
    OutputError
        When the disk is full or the place cannot be written; what stood at `path` is untouched.
    """
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        # mkstemp makes files for the owner alone; a report is made to be handed on, so it follows the umask.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(
            f"Could not write '{path}': {error.strerror or error}. What was there before is unchanged."
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with write_atomically(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
