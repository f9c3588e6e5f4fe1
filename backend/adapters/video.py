"""Whether an MP4 file is a film: its boxes follow one another without a gap to the end, and hold picture tracks.

Nothing is decoded: what a file says of itself is compared with what it is (ISO/IEC 14496-12, section 4.2).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_HEAD = struct.Struct(">I4s")
_LONG = struct.Struct(">Q")
_MOST_BOXES = 20_000
"""Films in fragments have some for each second; a file with more is made to keep us busy."""


@dataclass(frozen=True)
class _Box:
    """One box: its four-letter name and where its content begins and ends, in bytes."""

    name: bytes
    start: int
    end: int


class _BrokenBox(ValueError):
    """A box that is none, or reaches beyond what holds it."""


def is_whole_film(data: bytes) -> bool:
    """Whether the boxes are sane: `ftyp` first, `moov` with a header and a track, `mdat` with content."""
    try:
        boxes = list(_boxes(data, 0, len(data)))
        return bool(boxes) and boxes[0].name == b"ftyp" and _has_tracks(data, boxes) and _has_content(boxes)
    except _BrokenBox:
        return False


def _has_tracks(data: bytes, boxes: list[_Box]) -> bool:
    described = [{part.name for part in _boxes(data, box.start, box.end)} for box in boxes if box.name == b"moov"]
    return len(described) == 1 and {b"mvhd", b"trak"} <= described[0]


def _has_content(boxes: list[_Box]) -> bool:
    return any(box.name == b"mdat" and box.end > box.start for box in boxes)


def _boxes(data: bytes, start: int, end: int) -> Iterator[_Box]:
    """The boxes between two places, which they must fill. Raises _BrokenBox."""
    for _ in range(_MOST_BOXES):
        if start == end:
            return
        box = _box(data, start, end)
        yield box
        start = box.end
    raise _BrokenBox(f"more than {_MOST_BOXES} boxes")


def _box(data: bytes, start: int, end: int) -> _Box:
    """The box that begins there. A size of one is followed by the long size, one of zero reaches to the end."""
    if end - start < _HEAD.size:
        raise _BrokenBox(start)
    size, name = _HEAD.unpack_from(data, start)
    content = start + _HEAD.size
    if size == 1 and end - content >= _LONG.size:
        size, content = _LONG.unpack_from(data, content)[0], content + _LONG.size
    stop = end if size == 0 else start + size
    if not content <= stop <= end or not name.isascii():
        raise _BrokenBox(start)
    return _Box(name, content, stop)
