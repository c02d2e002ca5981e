"""One stream of progress events from every long task to whoever watches: the terminal, the browser, nobody.

A task takes ``progress: Progress = SILENT`` and calls ``progress(fraction, message)``. It narrows the range for a
sub-task with ``progress.part(0.2, 0.6, stage="lesion")``. The watcher cancels by raising from its callback, or by
calling :meth:`Progress.cancel` from another thread; the next report then raises :class:`~neurotomy.errors.Cancelled`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from neurotomy.errors import Cancelled

__all__ = ["SILENT", "Event", "Progress"]


@dataclass(frozen=True)
class Event:
    """What is being done (`stage`), how much of the whole is done (`fraction`, 0 to 1), and in words (`message`)."""

    stage: str
    fraction: float
    message: str


@dataclass(frozen=True)
class Progress:
    """A range of the whole, and the watcher who is told about it.

    Parameters
    ----------
    watcher : callable taking an Event
        Called from the working thread; keep it short.
    start, stop : float
        The range of the whole, within 0 to 1, that this task fills.
    stage : str
        Name of the stage, for people.
    """

    watcher: Callable[[Event], None] = lambda event: None
    start: float = 0.0
    stop: float = 1.0
    stage: str = ""
    _cancelled: threading.Event = field(default_factory=threading.Event, repr=False)

    def __call__(self, fraction: float, message: str = "") -> None:
        """Report `fraction` (0 to 1) of this task as done.

        Raises
        ------
        Cancelled
            When the watcher has asked to stop.
        """
        if self._cancelled.is_set():
            raise Cancelled("Stopped. Nothing was written.")
        inside = min(max(fraction, 0.0), 1.0)
        self.watcher(Event(self.stage, self.start + (self.stop - self.start) * inside, message))

    def part(self, start: float, stop: float, stage: str | None = None) -> Progress:
        """A sub-task that fills `start` to `stop` of this task's own range."""
        span = self.stop - self.start
        return Progress(
            self.watcher,
            self.start + span * start,
            self.start + span * stop,
            self.stage if stage is None else stage,
            self._cancelled,
        )

    def cancel(self) -> None:
        """Ask the task to stop at its next report. Safe from any thread."""
        self._cancelled.set()


SILENT = Progress()
