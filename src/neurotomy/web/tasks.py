"""A library task in a thread, with its progress for the page and a way to stop it. One at a time for each session."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from neurotomy.errors import Cancelled, NeurotomyError
from neurotomy.progress import Event, Progress

__all__ = ["Task"]

_log = logging.getLogger("neurotomy")
_WORKERS = ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2), thread_name_prefix="task")
"""Others than those of the pictures: a report that is made for half a minute must not keep anybody's C-arm waiting."""


class Task:
    """What runs for one session.

    Attributes
    ----------
    running
        Whether something runs.
    event
        The last report.
    failed
        Why the last one did not end well, in words; empty when it did.
    """

    def __init__(self) -> None:
        self.running = False
        self.event = Event("", 0.0, "")
        self.failed = ""
        self._progress: Progress | None = None

    async def run(self, work: Callable[[Progress], Any]) -> Any:
        """Run `work(progress)`; None when it failed or was stopped (see `failed`)."""
        if self.running:
            self.failed = "Something else is still being computed. Stop it first."
            return None
        self.running, self.failed, self.event = True, "", Event("", 0.0, "")
        self._progress = Progress(self._told)
        try:
            return await asyncio.get_running_loop().run_in_executor(_WORKERS, work, self._progress)
        except Cancelled:
            self.failed = "Stopped."
        except NeurotomyError as error:
            self.failed = str(error)
        except asyncio.CancelledError:
            self.stop()
            raise
        except Exception:
            _log.exception("a task of the app failed")
            self.failed = "Something went wrong in the program; nothing was changed."
        finally:
            self.running = False
        return None

    def stop(self) -> None:
        """Ask it to stop at its next report."""
        if self._progress is not None:
            self._progress.cancel()

    def _told(self, event: Event) -> None:
        self.event = event
