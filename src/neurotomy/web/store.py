"""Where each browser's case is kept: a folder of its own in the user's data directory, for the user alone."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from pathlib import Path

import platformdirs

from neurotomy.errors import OutputError
from neurotomy.web.session import Session

__all__ = ["Store", "data_dir"]

OLD_S = 30 * 24 * 3600
"""A session that nobody has opened for so long is removed when the app starts."""
IDLE_S = 1800
"""A session that no browser has used for so long leaves the memory; its files stay."""


def data_dir() -> Path:
    """The user's data directory for neurotomy (``NEUROTOMY_DATA_DIR`` when set), made for the user alone."""
    chosen = os.environ.get("NEUROTOMY_DATA_DIR")
    path = Path(chosen) if chosen else Path(platformdirs.user_data_dir("neurotomy"))
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.chmod(0o700)
    except OSError as error:
        raise OutputError(
            f"Cannot use '{path}': {error.strerror}. Set NEUROTOMY_DATA_DIR to a place of your own."
        ) from None
    return path


class Store:
    """The sessions of one server. A session's name is a secret; its folder is named after its hash.

    Parameters
    ----------
    root : Path
        The data directory.
    """

    def __init__(self, root: Path) -> None:
        self._root = root / "sessions"
        self._root.mkdir(mode=0o700, exist_ok=True)
        self._open: dict[str, Session] = {}
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()
        self._forget_old()

    def folder(self, name: str) -> Path:
        """The folder of the session `name`."""
        return self._root / hashlib.sha256(name.encode()).hexdigest()[:40]

    def known(self, name: str) -> bool:
        """Whether this session exists: from this run or an earlier one."""
        return len(name) >= 32 and self.folder(name).is_dir()

    def get(self, name: str) -> Session:
        """The session of this name; a new one is made, one that was kept is taken up."""
        with self._lock:
            self._used[name] = time.monotonic()
            found = self._open.get(name)
            if found is None:
                folder = self.folder(name)
                folder.mkdir(mode=0o700, exist_ok=True)
                os.utime(folder)
                found = self._open[name] = Session(folder)
                found.restore()
            return found

    def sweep(self, busy: set[str] | None = None) -> None:
        """Let go of sessions that no browser has used for a while."""
        with self._lock:
            for name in [n for n, used in self._used.items() if time.monotonic() - used > IDLE_S]:
                if busy is None or name not in busy:
                    self._open.pop(name, None)
                    self._used.pop(name, None)

    def _forget_old(self) -> None:
        for folder in self._root.iterdir():
            if folder.is_dir() and time.time() - folder.stat().st_mtime > OLD_S:
                shutil.rmtree(folder, ignore_errors=True)
