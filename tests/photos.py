"""Photos and other files as customers send them, made on the spot."""

import random
import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><script>alert(1)</script></svg>'
HTML = b"<html><body><script>alert(1)</script></body></html>"


def a_picture(width: int = 800, height: int = 600, *, seed: int = 1) -> Image.Image:
    """Coloured discs at random; another seed is another picture."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (width, height), "lightblue")
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y, size = chance.randrange(width), chance.randrange(height), chance.randrange(width // 40, width // 4)
        draw.ellipse((x, y, x + size, y + size), fill=tuple(chance.randrange(256) for _ in "rgb"))
    return picture


def a_jpeg(width: int = 800, height: int = 600, *, seed: int = 1, **options: Any) -> bytes:
    return encoded(a_picture(width, height, seed=seed), "JPEG", **options)


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def exif_of_a_telephone(orientation: int = 1) -> Image.Exif:
    """Who made it, how it was held, and where: 31°14' N."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Apple"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (31.0, 14.0, 5.0)
    return exif


def a_bomb(side: int) -> bytes:
    """A PNG of a few kilobytes with that many black pixels on each side."""
    rows = zlib.compressobj(9)
    line = b"\0" * (1 + (side + 7) // 8)
    packed = b"".join(rows.compress(line) for _ in range(side)) + rows.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def an_mp4(size: int = 4096) -> bytes:
    """An MP4 film of `size` bytes with a header, one empty track, and nothing to be seen."""
    described = a_box(b"mvhd", bytes(100)) + a_box(b"trak", a_box(b"tkhd", bytes(84)))
    head = a_box(b"ftyp", b"isom" + b"\0\0\2\0" + b"isomiso2avc1mp41") + a_box(b"moov", described)
    return head + a_box(b"mdat", bytes(size - len(head) - 8))


def a_box(name: bytes, content: bytes) -> bytes:
    """One box of an MP4 file."""
    return struct.pack(">I", 8 + len(content)) + name + content


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def a_jpeg_of_scans(count: int) -> bytes:
    """A progressive JPEG of nine megapixels with so many empty scans behind its own: each takes a decoder its time."""
    own = encoded(Image.new("RGB", (3000, 3000)), "JPEG", progressive=True)[:-2]
    return own + own[own.rindex(b"\xff\xda") :] * count + b"\xff\xd9"
