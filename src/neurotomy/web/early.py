"""A C-arm in a process of its own, for the first seconds of a start.

What the pages need and what the kernels of a picture need is mostly Python, and in one process one waits for the other.
So while the app's process loads its pages, a second one loads the kernels; it takes the pictures of the kept built-in
spine until the app's own kernels are there. It ends with the app, however the app ends: its input closes.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:  # nothing is loaded before the process is on its way
    import numpy as np
    from numpy.typing import NDArray

    from neurotomy.guidance.carm import CArm
    from neurotomy.guidance.placement import Placement
    from neurotomy.guidance.realism import Look

__all__ = ["EarlyPictures"]

_NO_MORE = object()


class EarlyPictures:
    """Takes pictures of what is kept for the next start (:mod:`neurotomy.web.kept`), as soon as it is told the key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def open(self, key: str) -> None:
        """Say what is kept under which key the pictures are of."""
        with self._lock:
            self._say(key)

    def picture(
        self, carm: CArm, placements: Sequence[Placement], look: Look, *, pixels: int, refined: bool
    ) -> tuple[NDArray[np.uint8], bool] | None:
        """As :meth:`neurotomy.guidance.live.LivePicture.picture`, and whether it was refined: not in the first second.

        None when there is nobody (any more) to take it.
        """
        with self._lock:
            self._say((carm, tuple(placements), look, pixels, refined))
            if self._process is None:
                return None
            assert self._process.stdout is not None
            try:
                return cast("tuple[NDArray[np.uint8], bool]", pickle.load(self._process.stdout))
            except (OSError, EOFError, pickle.UnpicklingError):
                self._end()
                return None

    def stop(self) -> None:
        """Take no more pictures: the one that is being taken is waited for."""
        with self._lock:
            self._end()

    def _say(self, what: Any) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            try:
                pickle.dump(what, self._process.stdin, protocol=5)
                self._process.stdin.flush()
            except OSError:
                self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what could not be said any more
                    pipe.close()  # type: ignore[union-attr]
            process.wait()


def _answer() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the app, which ends this
    from neurotomy.web.kept import kept, something_kept

    if not something_kept():  # a first start has enough to do
        return
    import numpy as np

    from neurotomy.geometry import Volume
    from neurotomy.guidance.live import LivePicture

    # What anything prints must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    LivePicture(Volume(np.zeros((8, 8, 8), np.float32), np.eye(4))).warm()  # the kernels, before the key is known
    asked: queue.Queue[Any] = queue.Queue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    key = asked.get()
    found = None if key is None else kept(key)
    if found is None:
        return
    live = LivePicture(found[0].ct, found[2])
    rest: Iterator[None] | None = live.preparation()
    with suppress(BrokenPipeError):
        what = asked.get()
        while what is not None:
            carm, placements, look, pixels, refined = what
            refined = refined and rest is None
            image = live.picture(carm, placements, look, pixels=pixels, refined=refined)
            pickle.dump((image, refined), answers, protocol=5)
            answers.flush()
            # Full resolution is prepared while nothing is asked for: nobody waits for more than a step of it.
            while rest is not None and asked.empty():
                rest = rest if next(rest, _NO_MORE) is None else None
            what = asked.get()


def _listen(asked: queue.Queue[Any]) -> None:
    with suppress(EOFError):
        while True:
            asked.put(pickle.load(sys.stdin.buffer))
    asked.put(None)


if __name__ == "__main__":
    _answer()
