"""Unpack a zip from anybody: within limits, nothing outside its folder, no links.

What the directory of a zip says about sizes is a claim. The bytes that come out are counted as they come, so a small
file that swells without end stops at the limit.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from neurotomy.errors import ImageError
from neurotomy.progress import SILENT, Progress

__all__ = ["LIMITS", "Limits", "unpack_zip"]

_CHUNK_BYTES = 1 << 20
_READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_LEFT_BY_OTHERS = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}
"""What file browsers put into zips; it holds no image and is not unpacked."""


@dataclass(frozen=True)
class Limits:
    """How much a zip may hold. The defaults take the largest CT studies and stop what no study is.

    Attributes
    ----------
    files
        Number of files.
    total_bytes, file_bytes
        Of all files unpacked, and of one.
    ratio
        Unpacked bytes for each byte of the zip: a CT shrinks to a third, empty slices more, no image a thousandfold.
    ratio_from_bytes
        Below this size the ratio does not matter: small files of zeros are harmless.
    depth
        Folders within each other.
    """

    files: int = 20_000
    total_bytes: int = 6_000_000_000
    file_bytes: int = 3_000_000_000
    ratio: float = 200.0
    ratio_from_bytes: int = 50_000_000
    depth: int = 16


LIMITS = Limits()


def unpack_zip(path: Path, into: Path, limits: Limits = LIMITS, progress: Progress = SILENT) -> tuple[Path, ...]:
    """Unpack a zip into a folder.

    Parameters
    ----------
    path : Path
        The zip.
    into : Path
        An existing folder, best a new and private one. When the zip is refused, what was unpacked so far stays in it:
        remove the folder.
    limits : Limits
        How much it may hold.
    progress : Progress
        Told for each file; stops between chunks of 1 MB.

    Returns
    -------
    tuple of Path
        The files, in the order of the zip; empty ones and what file browsers add are left out.

    Raises
    ------
    ImageError
        When it is no zip, damaged or encrypted, names a place outside the folder, holds a link or something else that
        is no file, or is over a limit.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, path.name, limits)
            return _unpack(archive, members, path, Path(into), limits, progress)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeError, ValueError) as error:
        raise ImageError(f"'{path.name}' is damaged or no zip file ({_words(error)}). Copy or make it again.") from None
    except RuntimeError as error:  # a password; a decoder that is not there
        raise ImageError(f"'{path.name}' cannot be unpacked ({_words(error)}). Make a zip without password.") from None
    except OSError as error:
        raise ImageError(f"'{path.name}' cannot be unpacked ({error.strerror or _words(error)}).") from None
    except Exception as error:
        if type(error).__name__ == "LZMAError":  # of a module that is not there on every machine
            raise ImageError(f"'{path.name}' is damaged ({_words(error)}). Copy or make it again.") from None
        raise


def _members(archive: zipfile.ZipFile, name: str, limits: Limits) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """The files to unpack and where; refuses by what the directory says, before a byte is written."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > limits.files:
        raise ImageError(f"'{name}' holds {len(infos)} files, and at most {limits.files} are unpacked. Zip one study.")
    members = []
    taken: set[str] = set()
    for info in infos:
        place = _inside(info.filename, name, limits)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in {0, stat.S_IFREG}:
            raise ImageError(f"'{name}' holds a link or device ('{_short(place)}'). Make a zip of plain files.")
        if info.flag_bits & 0x1:
            raise ImageError(f"'{name}' is protected by a password. Make a zip without one.")
        if info.compress_type not in _READABLE:
            raise ImageError(f"'{name}' is compressed in a way that is not read. Make an ordinary zip.")
        if _LEFT_BY_OTHERS.intersection(place.parts) or place.name.startswith("._"):
            continue
        if str(place).casefold() in taken:
            raise ImageError(f"'{name}' holds '{_short(place)}' twice. Make the zip again.")
        taken.add(str(place).casefold())
        if info.file_size > limits.file_bytes:
            raise ImageError(f"'{_short(place)}' in '{name}' is over {_size(limits.file_bytes)}. Zip single images.")
        members.append((info, place))
    total = sum(info.file_size for info, _ in members)
    if total > limits.total_bytes:
        raise ImageError(f"'{name}' unpacks to over {_size(limits.total_bytes)}. Zip one series only.")
    if not members:
        raise ImageError(f"'{name}' holds no files. Zip the folder of DICOM images.")
    return members


def _inside(filename: str, name: str, limits: Limits) -> PurePosixPath:
    """The member's place below the folder; refuses what would lie elsewhere on any system."""
    place = PurePosixPath(filename.replace("\\", "/"))
    odd = (
        place.is_absolute()
        or ".." in place.parts
        or ":" in filename
        or any(ord(letter) < 32 for letter in filename)
        or not place.parts
        or any(len(part.encode("utf-8", "replace")) > 255 for part in place.parts)
    )
    if odd:
        raise ImageError(f"'{name}' names a file outside its own folder ('{_short(place)}'). It was not unpacked.")
    if len(place.parts) > limits.depth:
        raise ImageError(f"'{name}' holds folders over {limits.depth} deep. Zip the folder of the images alone.")
    return place


def _unpack(
    archive: zipfile.ZipFile,
    members: list[tuple[zipfile.ZipInfo, PurePosixPath]],
    path: Path,
    into: Path,
    limits: Limits,
    progress: Progress,
) -> tuple[Path, ...]:
    packed = max(path.stat().st_size, 1)
    most = min(limits.total_bytes, max(limits.ratio_from_bytes, int(limits.ratio * packed)))
    expected = max(sum(info.file_size for info, _ in members), 1)
    done = 0
    made = []
    for n, (info, place) in enumerate(members):
        target = into.joinpath(*place.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        size = 0
        with archive.open(info) as source, target.open("xb") as out:
            while chunk := source.read(_CHUNK_BYTES):
                progress(done / expected, f"Unpacking file {n + 1} of {len(members)}")
                size += len(chunk)
                done += len(chunk)
                if size > limits.file_bytes or done > most:
                    raise ImageError(
                        f"'{path.name}' unpacks to over {_size(min(most, limits.file_bytes))}, from {_size(packed)}: "
                        "no CT does. It was not unpacked."
                    )
                out.write(chunk)
        if size:
            made.append(target)
        else:
            target.unlink()
    progress(1.0, f"{len(made)} files unpacked")
    return tuple(made)


def _short(place: PurePosixPath) -> str:
    shown = "".join(letter if letter.isprintable() else "?" for letter in str(place))
    return shown if len(shown) <= 60 else "…" + shown[-59:]


def _size(count: int) -> str:
    if count >= 1_000_000_000:
        return f"{count / 1e9:.3g} GB"
    return f"{count / 1e6:.3g} MB" if count >= 1_000_000 else f"{count} bytes"


def _words(error: BaseException) -> str:
    return " ".join((str(error) or type(error).__name__).split())[:120]
