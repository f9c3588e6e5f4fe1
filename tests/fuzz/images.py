"""What a customer uploads, as the decoding child gets it: a picture or a refusal comes of any bytes.

`corpus` is what mutations begin with: honest photos of every kind that is taken, and what has been tried as a weapon.
"""

from io import BytesIO

from PIL import Image

from backend.adapters.picture import MAX_SIDE, THUMBNAIL_SIDE, develop
from backend.adapters.video import is_whole_film
from backend.domain.evidence import Picture
from tests.photos import HTML, PDF, SVG, a_bomb, a_jpeg, a_picture, an_mp4, encoded, exif_of_a_telephone

REFUSALS = ("not_an_image", "unreadable", "too_many_pixels")


def take(data: bytes) -> None:
    """Raises AssertionError for anything but a safe picture or a refusal; other errors come as they are."""
    found = develop(data)
    assert is_whole_film(data) in (True, False)
    if not isinstance(found, Picture):
        assert found[0] in REFUSALS, found
        return
    assert 0 < max(found.width, found.height) <= MAX_SIDE
    for made, most in ((found.jpeg, MAX_SIDE), (found.thumbnail, THUMBNAIL_SIDE)):
        assert made.startswith(b"\xff\xd8\xff") and b"Exif" not in made[:64]
        assert max(_size(made)) <= most
    assert len(found.phash) == 16


def corpus() -> list[bytes]:
    """Small, so that many are tried in a second."""
    small = a_picture(48, 32)
    alpha = small.convert("RGBA")
    alpha.putalpha(128)
    return [
        a_jpeg(48, 32),
        encoded(small, "JPEG", exif=exif_of_a_telephone(6)),
        encoded(small, "JPEG", progressive=True),
        encoded(small.convert("CMYK"), "JPEG"),
        encoded(small.convert("L"), "PNG"),
        encoded(small.convert("P"), "PNG", transparency=0),
        encoded(alpha, "PNG"),
        encoded(alpha, "WEBP"),
        encoded(small, "WEBP", lossless=True),
        a_bomb(20_000),
        an_mp4(256),
        *(PDF, SVG, HTML, b""),
    ]


def _size(jpeg: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(jpeg)) as made:
        return made.size
