"""A form with a photo in it (multipart/form-data), read within bounds.

Sanic's own reader believes a stranger about parts, lines and character sets: 12 MB of nothing but boundaries held up
every customer for seconds.
"""

from dataclasses import dataclass

from python_multipart.multipart import MultipartParser, parse_options_header

_MOST_PARTS = 8


@dataclass(frozen=True)
class Part:
    """A field of the form, or a file."""

    name: str
    is_file: bool
    body: bytes


def parts_of(body: bytes, content_type: str) -> list[Part]:
    """The parts of a form. Raises ValueError for one that is malformed, cut off or made to take long."""
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        raise ValueError("no boundary")
    form = _Form()
    MultipartParser(
        boundary,
        {
            "on_part_begin": form.begin_part,
            "on_header_field": form.take_name,
            "on_header_value": form.take_value,
            "on_header_end": form.end_header,
            "on_part_data": form.take_body,
            "on_part_end": form.end_part,
            "on_end": form.end,
        },
    ).write(body)
    if not form.ended:
        raise ValueError("cut off")
    return form.parts


class _Form:
    """What the parser tells of it, piece by piece."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.ended = False

    def begin_part(self) -> None:
        if len(self.parts) == _MOST_PARTS:
            raise ValueError("too many parts")
        self._name, self._value, self._body = bytearray(), bytearray(), bytearray()
        self._head: dict[bytes, bytes] = {}

    def take_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def take_body(self, data: bytes, start: int, end: int) -> None:
        self._body += data[start:end]

    def end_header(self) -> None:
        self._head[bytes(self._name).lower()] = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def end_part(self) -> None:
        said = parse_options_header(self._head.get(b"content-disposition"))[1]
        if b"name" not in said:
            raise ValueError("no name")
        self.parts.append(Part(said[b"name"].decode(), b"filename" in said, bytes(self._body)))

    def end(self) -> None:
        self.ended = True
