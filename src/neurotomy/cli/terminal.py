"""What commands say: JSON or aligned text on stdout, a bar with the time left on stderr when that is a terminal."""

from __future__ import annotations

import _thread
import json
import logging
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from neurotomy.progress import Event, Progress

__all__ = ["JsonFlag", "examples", "print_json", "show_progress", "table"]

_log = logging.getLogger("neurotomy")

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def examples(*lines: str) -> str:
    """An epilog with examples, one a line, that is not wrapped."""
    return "\b\n" + "\n".join(("Examples:", *(f"  {line}" for line in lines)))


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(value, indent=2, ensure_ascii=not utf8))


def table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), indent: str = "  ") -> str:
    """`rows` in aligned columns; those numbered in `right` are set to the right."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = (
        "  ".join(
            cell.rjust(width) if n in right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join(indent + line.rstrip() for line in lines)


@contextmanager
def show_progress() -> Iterator[Progress]:
    """A progress to hand to a long task: a bar on a terminal, log lines with -v, else silent.

    Ctrl-C stops the task at its next report, so that no compiled kernel is torn apart. A second one stops at once, and
    so does the first when no report comes within two seconds.
    """
    if sys.stderr.isatty():
        with _bar() as progress, _stopped_by_ctrl_c(progress):
            yield progress
    else:
        progress = Progress(_Lines()) if _log.isEnabledFor(logging.INFO) else Progress()
        with _stopped_by_ctrl_c(progress):
            yield progress


@contextmanager
def _stopped_by_ctrl_c(progress: Progress) -> Iterator[None]:
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    waited = threading.Timer(2.0, _interrupt, [threading.get_ident()])
    waited.daemon = True

    def first(number: int, frame: Any) -> None:
        progress.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        waited.start()

    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        waited.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupt(thread: int) -> None:
    if hasattr(signal, "pthread_kill"):  # ends a wait in the system too; Windows has only the other
        signal.pthread_kill(thread, signal.SIGINT)
    else:
        _thread.interrupt_main()


class _Lines:
    """One line for each step of 5 %, and with -vv for every event."""

    def __init__(self) -> None:
        self.last = -1.0

    def __call__(self, event: Event) -> None:
        level = logging.INFO if event.fraction - self.last >= 0.05 or event.fraction >= 1 else logging.DEBUG
        self.last = event.fraction if level == logging.INFO else self.last
        _log.log(level, "%3.0f %% %s", 100 * event.fraction, event.message or event.stage)


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    console = Console(stderr=True)
    # Long words must not push the bar and the time away.
    columns = (
        BarColumn(bar_width=20, table_column=Column(min_width=20)),
        TaskProgressColumn(table_column=Column(min_width=4, no_wrap=True)),
        TimeRemainingColumn(compact=True, table_column=Column(min_width=5, no_wrap=True)),
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def watch(event: Event) -> None:
            # None leaves the words of before.
            bar.update(task, completed=event.fraction, description=event.message or event.stage or None)

        yield Progress(watch)
