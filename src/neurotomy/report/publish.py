"""Put finished files in their places all together: either the old report is there or the new one, never a mixture."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurotomy.errors import OutputError
from neurotomy.files import output_directory

__all__ = ["PAPERS", "VIEWS", "staging"]

VIEWS = "views"
PAPERS = ("patient.html", "patient.pdf", "aftercare.ics")
_OUR_VIEW = re.compile(
    r"\d+-[a-z0-9-]+-(left|right)-(ap|ipsilateral-oblique|declined|pillar|foraminal-oblique|trajectory|lateral)\.png"
)


@contextmanager
def staging(out: Path, *, report: bool = True) -> Iterator[Path]:
    """Give an empty folder to write into; when the block ends well its files move to the same places under `out`.

    When the block fails or is stopped nothing under `out` changes, and an `out` that did not exist is gone again. Files
    of `out` that are not replaced stay, but for radiographs of an earlier report that this one does not have: a picture
    of another side or level must not lie beside this report; nor may a sheet or a calendar of an earlier patient.
    With `report` false only the patient's papers are replaced, and radiographs stay.

    Raises
    ------
    OutputError
        When `out` cannot be written to.
    """
    existed = out.exists()
    output_directory(out)
    try:
        with tempfile.TemporaryDirectory(dir=out, prefix=".neurotomy-") as name:
            new, old = Path(name) / "new", Path(name) / "old"
            new.mkdir()
            old.mkdir()
            yield new
            _move_all(new, out, old, report)
    except OSError as error:
        raise OutputError(
            f"Could not write the report to '{out}': {error.strerror or error}. What was there before is unchanged."
        ) from None
    finally:
        if not existed and out.is_dir() and not any(out.iterdir()):
            out.rmdir()


def _move_all(new: Path, out: Path, old: Path, report: bool) -> None:
    """Move every file of `new` to `out`; what stood in its place goes to `old`, and comes back if anything fails."""
    umask = os.umask(0)
    os.umask(umask)
    wanted = sorted(path.relative_to(new) for path in new.rglob("*") if path.is_file())
    ours = [path for path in (out / VIEWS).glob("*.png") if report and _OUR_VIEW.fullmatch(path.name)]
    ours += [out / name for name in PAPERS]
    stale = [path.relative_to(out) for path in ours if path.relative_to(out) not in wanted]
    set_aside: list[Path] = []
    placed: list[Path] = []
    made: list[Path] = []
    try:
        for name in [*wanted, *stale]:
            if (out / name).exists():
                (old / name).parent.mkdir(parents=True, exist_ok=True)
                set_aside.append(name)
                (out / name).replace(old / name)
        for name in wanted:
            if not (out / name).parent.is_dir():
                made.append((out / name).parent)
                (out / name).parent.mkdir(parents=True)
            placed.append(name)
            (new / name).chmod(0o666 & ~umask)
            (new / name).replace(out / name)
    except BaseException:  # Ctrl-C too: put everything back
        for name in placed:
            (out / name).unlink(missing_ok=True)
        for name in set_aside:
            if (old / name).exists():
                (old / name).replace(out / name)
        for folder in made:
            shutil.rmtree(folder, ignore_errors=True)
        raise
