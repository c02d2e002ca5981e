"""Label a CT with an installed TotalSegmentator (Wasserthal et al., Radiol Artif Intell 2023, doi 10.1148/ryai.230024).

It is a program of others with its own licence and models: it is called where the person has installed it, and nothing
of it is brought along. The CT goes through a private temporary folder that is removed afterwards.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from neurotomy.errors import ImageError
from neurotomy.geometry import Volume
from neurotomy.progress import SILENT, Progress

__all__ = ["BY_TOTALSEGMENTATOR", "PROGRAM", "find_program", "label_with_totalsegmentator"]

BY_TOTALSEGMENTATOR = "totalsegmentator"
"""What a case writes as `labels` to have them made."""
PROGRAM = "TotalSegmentator"
_POLL_S = 0.2
_VERSION_S = 120.0
"""Starting it loads its whole network library, on a slow disk for a minute."""
_STEP = 0.02
"""How much of what is left each line of its output is taken for: it does not say how far it is."""


def find_program() -> Path:
    """The installed program.

    Raises
    ------
    ImageError
        When it is not on the path.
    """
    found = shutil.which(PROGRAM)
    if found is None:
        raise ImageError(
            f"{PROGRAM} is not installed here, or not on the PATH. Install it (pip install TotalSegmentator), give a "
            "label map made elsewhere, or mark the bones with [[landmarks]]."
        )
    return Path(found)


def label_with_totalsegmentator(
    ct: Volume, progress: Progress = SILENT, *, fast: bool = False, program: Path | None = None
) -> Volume:
    """Run TotalSegmentator on a CT.

    Parameters
    ----------
    ct : Volume
        HU.
    progress : Progress
        Told while it runs, with its own last words; stopping ends it and all that it started.
    fast : bool
        Its 3 mm model: quicker, too coarse for targets.
    program : Path, optional
        The program; without it, the one on the path.

    Returns
    -------
    Volume
        Labels on the grid of `ct`, uint8, ids of :mod:`neurotomy.imaging.labels`.

    Raises
    ------
    ImageError
        When it is not installed, is older than version 2 (it numbers bones otherwise), fails, or finds no vertebra.
    Cancelled
        When the person stopped it.
    """
    from neurotomy.imaging.export.nifti import write_nifti
    from neurotomy.imaging.label_map import read_labels

    program = find_program() if program is None else program
    progress(0.0, f"Looking for {PROGRAM}")
    _check_version(program)
    with tempfile.TemporaryDirectory(prefix="neurotomy-") as name:
        folder = Path(name)
        image, labels = folder / "ct.nii.gz", folder / "labels.nii.gz"
        write_nifti(ct, image)
        command = [str(program), "-i", str(image), "-o", str(labels), "--ml", "--task", "total"]
        said = _run([*command, *(["--fast"] if fast else [])], folder, progress.part(0.02, 0.98))
        if not labels.is_file():
            raise ImageError(f"{PROGRAM} ended without a label map ({said or 'it said nothing'}). Run it by itself.")
        found = read_labels(labels, ct, "totalsegmentator")
    progress(1.0, "Bones labelled")
    return found


def _check_version(program: Path) -> None:
    try:
        done = subprocess.run(
            [str(program), "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_VERSION_S,
            check=False,
        )
        text = done.stdout.decode("utf-8", "replace")
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ImageError(f"{PROGRAM} does not start ({type(error).__name__}). Try: {PROGRAM} --version") from None
    match = re.search(r"(\d+)\.(\d+)", text)
    if match is None or int(match[1]) < 2:
        version = f"version {match[0]}" if match else "an unknown version"
        raise ImageError(
            f"{PROGRAM} is {version}, and 2.0 or later is needed: older ones number the vertebrae otherwise. Update it."
        )


def _run(command: list[str], folder: Path, progress: Progress) -> str:
    """Run to the end; its last words. Its output goes to a file: a full pipe would stop it."""
    log = folder / "log.txt"
    with log.open("wb") as out:
        try:
            # A session of its own, so that stopping reaches the workers that it starts.
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder, start_new_session=True
            )
        except OSError as error:
            raise ImageError(f"{PROGRAM} does not start ({error.strerror}). Try: {PROGRAM} --version") from None
        try:
            done = False
            while not done:
                text = log.read_bytes()[-4000:].decode("utf-8", "replace")
                count = log.stat().st_size // 40
                progress(1 - (1 - _STEP) ** count, f"{PROGRAM}: {_last(text) or 'starting'}")
                try:
                    process.wait(timeout=_POLL_S)
                    done = True
                except subprocess.TimeoutExpired:
                    pass
        finally:
            _end(process)
    said = _last(log.read_bytes()[-4000:].decode("utf-8", "replace"))
    if process.returncode != 0:
        raise ImageError(
            f"{PROGRAM} failed with status {process.returncode} ({said or 'it said nothing'}). Run it by itself to see."
        )
    return said


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and what it started, first kindly."""
    for kill in (signal.SIGTERM, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM):
        if process.poll() is not None:
            return
        try:
            if hasattr(os, "killpg"):
                os.killpg(process.pid, kill)
            else:
                process.send_signal(kill)
            process.wait(timeout=5.0)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def _last(text: str) -> str:
    """The last line that says something; progress bars write over themselves."""
    lines = [" ".join(line.split()) for line in re.split(r"[\r\n]+", text)]
    shown = next((line for line in reversed(lines) if line), "")
    return "".join(letter for letter in shown if letter.isprintable())[:100]
