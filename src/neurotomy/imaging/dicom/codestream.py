"""What a compressed image says of itself, looked at before a decoder believes it.

A damaged size or layer count in a JPEG 2000 makes its decoder ask for gigabytes and work for minutes; so the few
numbers that set its work must fit the image that DICOM describes (ITU-T T.800 annex A, T.81 annex B).
"""

from __future__ import annotations

from typing import Any

__all__ = ["check_codestreams"]

_JPEG_2000 = {"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202"}
_JPEG_2000 |= {"1.2.840.10008.1.2.4.203"}
_JPEG = {f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 57, 70, 80, 81)}
_MOST_TILES = 4096
_MOST_LAYERS = 64
_MOST_LEVELS = 12
_LEAST_PRECINCT = 5
"""2 to this: smaller precincts than 32 pixels are written by nobody, and cost memory for each."""
_START_OF_FRAME = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}


def check_codestreams(image: Any) -> None:
    """Check each frame of a compressed image.

    Raises
    ------
    ValueError
        In a few words, when it does not fit the image, is too short, or asks for absurd work.
    """
    syntax = str(image.file_meta.TransferSyntaxUID)
    if syntax not in _JPEG_2000 | _JPEG:
        return
    from pydicom.encaps import generate_frames

    size = (int(image.Columns), int(image.Rows))
    count = int(image.get("NumberOfFrames") or 1)
    for frame in generate_frames(image.PixelData, number_of_frames=count):
        if syntax in _JPEG_2000:
            _jpeg_2000(frame, size)
        else:
            _jpeg(frame, size)


def _jpeg_2000(data: bytes, size: tuple[int, int]) -> None:
    start = data.find(b"\xff\x4f\xff\x51", 0, 4096)  # after the boxes of a JP2 file, which some writers leave in
    if start < 0:
        raise ValueError("it is no JPEG 2000")
    at = start + 2
    seen_size = False
    while True:
        marker, length = _segment(data, at)
        body = data[at + 4 : at + 2 + length]
        if marker == 0x51:
            _size(body, size)
            seen_size = True
        elif marker in {0x52, 0x53}:
            _coding(body if marker == 0x52 else body[1:], component=marker == 0x53)
        elif marker == 0x90:  # the first tile: the main header is over
            break
        at += 2 + length
    if not seen_size:
        raise ValueError("its size is missing")


def _size(body: bytes, size: tuple[int, int]) -> None:
    numbers = [int.from_bytes(body[2 + 4 * n : 6 + 4 * n], "big") for n in range(8)]
    right, bottom, left, top, tile_wide, tile_high, tile_left, tile_top = numbers
    components = int.from_bytes(body[34:36], "big")
    if (right - left, bottom - top) != size or components != 1 or tile_left > left or tile_top > top:
        raise ValueError("its compressed size is another than its header says")
    if not tile_wide or not tile_high:
        raise ValueError("its tiles are empty")
    tiles = -(-(right - tile_left) // tile_wide) * -(-(bottom - tile_top) // tile_high)
    if tiles > _MOST_TILES or body[37:39] != b"\1\1":
        raise ValueError("its tiles cannot be")


def _coding(body: bytes, *, component: bool) -> None:
    """COD, or COC without its component: levels, layers and precincts set how much memory is asked for."""
    style = body[0]
    if not component and int.from_bytes(body[2:4], "big") > _MOST_LAYERS:
        raise ValueError("its layers cannot be")
    rest = body[1:] if component else body[5:]
    if rest[0] > _MOST_LEVELS:
        raise ValueError("its levels cannot be")
    if style & 1:
        precincts = rest[5 : 6 + rest[0]]
        # Levels shrink by half each: the smallest may have small precincts, the largest not.
        if len(precincts) != rest[0] + 1 or min(precincts[-1] & 15, precincts[-1] >> 4) < _LEAST_PRECINCT:
            raise ValueError("its precincts cannot be")


def _jpeg(data: bytes, size: tuple[int, int]) -> None:
    at = 2
    if data[:2] != b"\xff\xd8":
        raise ValueError("it is no JPEG")
    while True:
        marker, length = _segment(data, at)
        if marker in _START_OF_FRAME:
            high, wide = (int.from_bytes(data[at + n : at + n + 2], "big") for n in (5, 7))
            if (wide, high) != size or data[at + 9] != 1:
                raise ValueError("its compressed size is another than its header says")
            return
        at += 2 + length


def _segment(data: bytes, at: int) -> tuple[int, int]:
    """The marker at a place and how long its segment is."""
    if at + 4 > len(data) or data[at] != 0xFF:
        raise ValueError("its compressed pixels are damaged")
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    if length < 2:
        raise ValueError("its compressed pixels are damaged")
    return data[at + 1], length
