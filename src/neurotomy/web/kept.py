"""The built-in spine's nerves, planned needles and half-resolution CT, kept on disk: the app's second start is quick.

They are Python objects as they are (pickled), like the compiled kernels beside them: a file that somebody else could
have written is not read. The name changes with the code that makes them. Arrays lie beside the pickle as they are, and
are mapped, not read: two processes share one copy, and what is not looked at costs nothing.
"""

from __future__ import annotations

import hashlib
import logging
import mmap
import os
import pickle
import stat
from pathlib import Path
from typing import Any, BinaryIO

from neurotomy.errors import OutputError
from neurotomy.files import cache_dir, write_atomically

__all__ = ["keep", "kept", "something_kept"]

_log = logging.getLogger("neurotomy")
_NAMES = "app-*.pickle"
_FILES = 3
"""Spines on disk; one is some 100 MB."""
_ALIGNED = 64
_MADE_BY = ("anatomy", "equipment", "evidence", "geometry", "guidance")
"""Rooms whose code and numbers the kept objects come from."""


def kept(key: str) -> Any:
    """What was kept under `key`; None when there is nothing that can be trusted and read."""
    try:
        path = _path(key)
        if not path.exists() or not _own(path):
            return None
        with path.open("rb") as stream:
            found = _mapped(stream)
        os.utime(path)
        return found
    except Exception as error:  # a damaged pickle can raise anything
        _log.info("What the app had kept could not be read (%s); it is made again.", error)
        return None


def keep(key: str, value: Any) -> None:
    """Keep `value` under `key`; on a full disk nothing is kept."""
    try:
        path = _path(key)
        with write_atomically(path) as temporary:
            with temporary.open("wb") as stream:
                _write(value, stream)
            temporary.chmod(0o600)
        path.chmod(0o600)
        files = sorted(path.parent.glob(_NAMES), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in files[_FILES:]:
            old.unlink(missing_ok=True)
    except (OSError, OutputError) as error:
        _log.info("The app's spine could not be kept: %s", error)


def _write(value: Any, stream: BinaryIO) -> None:
    arrays: list[pickle.PickleBuffer] = []
    plain = pickle.dumps(value, protocol=5, buffer_callback=arrays.append)
    pickle.dump((len(plain), [array.raw().nbytes for array in arrays]), stream)
    stream.write(plain)
    for array in arrays:
        stream.write(b"\0" * (-stream.tell() % _ALIGNED))
        stream.write(array.raw())


def _mapped(stream: BinaryIO) -> Any:
    length, sizes = pickle.load(stream)
    plain = stream.read(length)
    whole = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY))  # changes stay in this process
    arrays, at = [], stream.tell()
    for size in sizes:
        at += -at % _ALIGNED
        arrays.append(whole[at : at + size])
        at += size
    if at != len(whole):
        raise ValueError("its end is missing")
    return pickle.loads(plain, buffers=arrays)


def something_kept() -> bool:
    """Whether anything is kept at all, readable or not."""
    try:
        return any(cache_dir().glob(_NAMES))
    except (OSError, OutputError):
        return False


def _path(key: str) -> Path:
    digest = hashlib.sha256(key.encode())
    package = Path(__file__).parents[1]
    for room in _MADE_BY:
        for file in sorted(package.joinpath(room).rglob("*.*")):
            if file.suffix in {".py", ".toml"}:
                digest.update(file.read_bytes())
    return cache_dir() / f"app-{digest.hexdigest()[:20]}.pickle"


def _own(path: Path) -> bool:
    """Written by this user, and by nobody else since."""
    state = path.stat()
    return not hasattr(os, "getuid") or (
        state.st_uid == os.getuid() and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )
