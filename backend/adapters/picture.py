"""Makes a safe picture of a photo from outside. Runs in a child process, see `media`."""

import re
import warnings
from io import BytesIO
from typing import Literal

import imagehash
import pi_heif
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from backend.domain.evidence import Picture

MAX_PIXELS = 40_000_000
"""More than the cameras of telephones give by default, and at 160 MB decoded still harmless."""

MOST_SCANS, MOST_SEGMENTS = 50, 2000
"""Of a JPEG: honest ones have a dozen and a few hundred. One made of empty scans keeps a decoder busy past its time."""

MAX_SIDE = 2560
THUMBNAIL_SIDE = 360
JPEG_QUALITY = 85

FILE_TYPES = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "HEIF": "heic"}
"""What Pillow calls the formats we take; an MPO is a JPEG with more pictures behind it."""

_JPEG_MARKER = re.compile(rb"\xff+([^\x00\x01\xff\xd0-\xd7])")
_SCAN, _END = b"\xda", b"\xd9"

Refusal = tuple[Literal["not_an_image", "unreadable", "too_many_pixels"], int | None]
"""Why there is no picture, and the limit that was passed."""

_TOO_MANY_PIXELS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def develop(data: bytes) -> Picture | Refusal:
    """The photo upright, in sRGB on white, no side above 2560 pixels, as JPEG without metadata, with a thumbnail."""
    pi_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with warnings.catch_warnings():
            # From one to two times the limit Pillow only warns.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _picture(data)
    except UnidentifiedImageError:
        return "not_an_image", None
    except _TOO_MANY_PIXELS:
        return "too_many_pixels", MAX_PIXELS
    except Exception:
        return "unreadable", None  # decoders raise whatever they like at broken files, MemoryError included


def _picture(data: bytes) -> Picture:
    with _opened(data) as check:
        file_type = FILE_TYPES[str(check.format)]
        check.verify()
    if file_type == "jpg" and not _soon_decoded(data):
        raise OSError("too many scans")
    with _opened(data) as photo:
        photo.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a large JPEG is decoded at a half or a quarter at once
        photo.load()
        picture = _on_white(_in_srgb(ImageOps.exif_transpose(photo)))
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(
        file_type=file_type,
        jpeg=_jpeg(picture),
        thumbnail=_jpeg(small),
        width=picture.width,
        height=picture.height,
        phash=str(imagehash.phash(picture)),
    )


def _opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP", "HEIF"))


def _soon_decoded(jpeg: bytes) -> bool:
    """Whether the first picture of a JPEG has as few scans and segments as a camera's."""
    place, scans = 2, 0
    for _ in range(MOST_SEGMENTS):
        marker = _JPEG_MARKER.search(jpeg, place)
        if marker is None or marker[1] == _END:
            return scans <= MOST_SCANS
        scans += marker[1] == _SCAN
        place = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2], "big")
    return False


def _in_srgb(photo: Image.Image) -> Image.Image:
    """The colours as they were meant: telephones photograph in wider colour spaces, and colour may be the complaint."""
    profile = photo.info.get("icc_profile")
    if not profile:
        return photo
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        return ImageCms.profileToProfile(photo, own, ImageCms.createProfile("sRGB"), outputMode="RGB") or photo
    except (ImageCms.PyCMSError, OSError):
        return photo  # a profile that does not fit says nothing


def _on_white(photo: Image.Image) -> Image.Image:
    if not photo.has_transparency_data:
        return photo.convert("RGB")
    paper = Image.new("RGBA", photo.size, "white")
    paper.alpha_composite(photo.convert("RGBA"))
    return paper.convert("RGB")


def _jpeg(picture: Image.Image) -> bytes:
    bare = Image.frombytes("RGB", picture.size, picture.tobytes())
    buffer = BytesIO()
    bare.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
