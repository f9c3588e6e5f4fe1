"""A film is taken only where its boxes are whole."""

import struct

import pytest

from backend.adapters.video import is_whole_film
from tests.photos import a_box, an_mp4

HEAD = a_box(b"ftyp", b"isom" + bytes(4))
TRACKS = a_box(b"moov", a_box(b"mvhd", bytes(100)) + a_box(b"trak", bytes(20)))
CONTENT = a_box(b"mdat", b"film")


@pytest.mark.parametrize(
    "film",
    [
        an_mp4(),
        HEAD + CONTENT + TRACKS,
        HEAD + a_box(b"free", bytes(8)) + TRACKS + CONTENT,
        HEAD + TRACKS + a_box(b"moof", bytes(16)) + CONTENT + a_box(b"moof", bytes(16)) + CONTENT,
        HEAD + TRACKS + struct.pack(">I4sQ", 1, b"mdat", 20) + b"film",
        HEAD + TRACKS + struct.pack(">I", 0) + b"mdat" + b"film",
    ],
    ids=["header first", "header last", "with padding", "in fragments", "long size", "to the end"],
)
def test_a_whole_film_is_taken(film: bytes) -> None:
    assert is_whole_film(film)


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        HEAD,
        HEAD + bytes(5000),
        HEAD + CONTENT,
        HEAD + TRACKS,
        HEAD + TRACKS + a_box(b"mdat", b""),
        HEAD + TRACKS + CONTENT[:-1],
        HEAD + TRACKS + CONTENT + b"rest",
        TRACKS + CONTENT + HEAD,
        HEAD + a_box(b"moov", b"no boxes at all") + CONTENT,
        HEAD + a_box(b"moov", a_box(b"trak", bytes(20))) + CONTENT,
        HEAD + TRACKS + TRACKS + CONTENT,
        HEAD + TRACKS + struct.pack(">I4s", 4, b"mdat") + CONTENT,
        HEAD + TRACKS + struct.pack(">I4sQ", 1, b"mdat", 8) + CONTENT,
        HEAD + TRACKS + struct.pack(">I4sQ", 1, b"mdat", 2**63) + CONTENT,
        HEAD + TRACKS + CONTENT + a_box(b"free", b"") * 30_000,
    ],
    ids=[
        "nothing", "only a head", "zeros", "no header", "no content", "empty content", "cut", "something behind it",
        "not first", "broken header", "no mvhd", "two headers", "too small", "long size too small", "beyond the end",
        "endless",
    ],
)  # fmt: skip
def test_garbage_is_no_film(garbage: bytes) -> None:
    assert not is_whole_film(garbage)
