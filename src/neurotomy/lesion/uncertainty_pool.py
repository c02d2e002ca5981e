"""Hand the members of an ensemble to worker processes, and collect them in their own order.

A member depends on its own quantiles and on nothing else, so neither the number of workers nor who solves what changes
a bit of the result.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import LesionError
from neurotomy.lesion.member import Inputs
from neurotomy.lesion.simulation import Numerics
from neurotomy.lesion.uncertainty_worker import OUTPUTS
from neurotomy.progress import SILENT, Progress

__all__ = ["solve_all", "usual_workers"]

Array = NDArray[np.float64]

CHUNK = 8
"""Members in one job: small enough for an even load and a bar that moves."""
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def usual_workers() -> int:
    """All cores of a machine with two, else all but one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if cores <= 2 else cores - 1


def solve_all(
    inputs: Inputs,
    names: Sequence[str],
    quantiles: Array,
    numerics: Numerics,
    *,
    workers: int | None = None,
    progress: Progress = SILENT,
) -> Array:
    """Solve every member.

    Parameters
    ----------
    inputs : Inputs
        The best estimate.
    names : sequence of str
        Uncertain inputs.
    quantiles : array
        (members, names).
    numerics : Numerics
        Grid and step of every member.
    workers : int, optional
        Processes.

    Returns
    -------
    array
        (members, outputs); see :data:`~neurotomy.lesion.uncertainty_worker.OUTPUTS`.

    Raises
    ------
    LesionError
        When a member cannot be solved, or a worker ends before its time.
    Cancelled
        When the watcher of `progress` asks to stop; the workers are ended.
    """
    count = len(quantiles)
    jobs: queue.SimpleQueue[int] = queue.SimpleQueue()
    for first in range(0, count, CHUNK):
        jobs.put(first)
    done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    start = pickle.dumps((inputs, tuple(names), numerics))
    workers = max(1, min(workers or usual_workers(), -(-count // CHUNK)))
    processes: list[subprocess.Popen[bytes]] = []
    found = np.empty((count, len(OUTPUTS)))
    try:
        for _ in range(workers):
            processes.append(_started())
            threading.Thread(target=_feed, args=(processes[-1], start, jobs, done, quantiles), daemon=True).start()
        solved = 0
        progress(0.0, f"{count} members on {workers} processes")
        while solved < count:
            try:
                first, answer = done.get(timeout=0.1)
            except queue.Empty:
                progress(solved / count)  # a chance to stop
                continue
            if isinstance(answer, str):
                raise LesionError(f"Member {first} to {first + CHUNK} of the ensemble cannot be solved: {answer}")
            found[first : first + len(answer)] = answer
            solved += len(answer)
            progress(solved / count, f"{solved} of {count} members")
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    _closed(stream)
    return found


def _started() -> subprocess.Popen[bytes]:
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    return subprocess.Popen(
        [sys.executable, "-m", "neurotomy.lesion.uncertainty_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path, **dict.fromkeys(_THREADS, "1")},
    )


def _feed(
    process: subprocess.Popen[bytes],
    start: bytes,
    jobs: queue.SimpleQueue[int],
    done: queue.SimpleQueue[tuple[int, Any]],
    quantiles: Array,
) -> None:
    """Give one worker one job after the other."""
    assert process.stdin is not None
    assert process.stdout is not None
    first = 0
    try:
        process.stdin.write(start)
        while True:
            try:
                first = jobs.get_nowait()
            except queue.Empty:
                return
            process.stdin.write(pickle.dumps((first, quantiles[first : first + CHUNK])))
            process.stdin.flush()
            done.put(pickle.load(process.stdout))
    except (OSError, EOFError, ValueError, pickle.UnpicklingError):
        done.put((first, "its process ended. Is there memory left?"))


def _closed(stream: Any) -> None:
    try:
        stream.close()
    except OSError:  # what was not yet written can no longer be delivered
        return
