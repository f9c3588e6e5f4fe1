"""A form with a photo in it (multipart/form-data), read within bounds.

Sanic's own reader believes a stranger about parts, lines and character sets: 12 MB of nothing but boundaries held up
every customer for seconds.
"""

from dataclasses import dataclass

from sanic.headers import parse_content_header

_MOST_PARTS = 8
_LONGEST_HEAD = 4096
"""Bytes of what a part says of itself."""
_LONGEST_BOUNDARY = 70


@dataclass(frozen=True)
class Part:
    """A field of the form, or a file."""

    name: str
    is_file: bool
    body: bytes


def parts_of(body: bytes, content_type: str) -> list[Part]:
    """The parts of a form. Raises ValueError for one that is malformed, cut off or made to take long."""
    boundary = str(parse_content_header(content_type)[1].get("boundary", ""))
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise ValueError("no boundary")
    _, *found, end = (b"\r\n" + body).split(b"\r\n--" + boundary.encode(), _MOST_PARTS + 2)
    if len(found) > _MOST_PARTS or not end.startswith(b"--"):
        raise ValueError("cut off, or too many parts")
    return [_part(each) for each in found]


def _part(text: bytes) -> Part:
    place = text.find(b"\r\n\r\n", 0, _LONGEST_HEAD)
    if place < 0:
        raise ValueError("no head")
    lines = text[:place].decode().split("\r\n")
    told = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
    _, said = parse_content_header(told)
    if "name" not in said:
        raise ValueError("no name")
    return Part(str(said["name"]), bool(said.keys() & {"filename", "filename*"}), text[place + 4 :])
