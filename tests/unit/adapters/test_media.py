"""Photos are told by their content, made harmless, or refused; what goes wrong stays in the child."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from subprocess import DEVNULL, PIPE

import imagehash
import psutil
import pytest
from PIL import Image, ImageCms

from backend.adapters.media import MediaReader
from backend.domain.evidence import Picture
from backend.errors import EvidenceRefused
from tests.photos import (
    HTML,
    PDF,
    SVG,
    a_bomb,
    a_jpeg,
    a_jpeg_of_scans,
    a_picture,
    an_mp4,
    encoded,
    exif_of_a_telephone,
)

ROOT = Path(__file__).parents[3]
TELEPHONE_HEIC = (Path(__file__).parent / "telephone.heic").read_bytes()
"""160 × 120 pixels with position and maker, written by pillow-heif, which we do not install."""


def _image(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (a_jpeg(), "image/jpeg"),
        (encoded(a_picture(), "PNG"), "image/png"),
        (encoded(a_picture(), "WEBP"), "image/webp"),
        (TELEPHONE_HEIC, "image/heic"),
        (an_mp4(), "video/mp4"),
        (PDF, "application/pdf"),
        (SVG, None),
        (HTML, None),
        (b"", None),
    ],
    ids=["jpeg", "png", "webp", "heic", "mp4", "pdf", "svg", "html", "nothing"],
)
def test_the_type_is_told_by_the_content(media: MediaReader, data: bytes, media_type: str | None) -> None:
    assert media.type_of(data) == media_type


@pytest.mark.parametrize(("form", "file_type"), [("JPEG", "jpg"), ("MPO", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_every_format_becomes_a_jpeg(media: MediaReader, form: str, file_type: str) -> None:
    picture = media.develop(encoded(a_picture(), form))
    assert picture.file_type == file_type
    assert (picture.width, picture.height) == _image(picture.jpeg).size == (800, 600)
    assert _image(picture.jpeg).format == _image(picture.thumbnail).format == "JPEG"


def test_position_and_camera_are_gone_and_the_picture_is_upright(media: MediaReader) -> None:
    sent = a_jpeg(exif=exif_of_a_telephone(orientation=6))
    assert _image(sent).getexif().get_ifd(0x8825)
    picture = media.develop(sent)
    assert _image(picture.jpeg).size == (600, 800)
    _assert_bare(picture)


def test_a_heic_of_a_telephone_becomes_a_jpeg_without_its_position(media: MediaReader) -> None:
    assert b"Apple" in TELEPHONE_HEIC
    picture = media.develop(TELEPHONE_HEIC)
    assert (picture.file_type, picture.width, picture.height) == ("heic", 160, 120)
    _assert_bare(picture)


def test_comments_and_text_are_gone(media: MediaReader) -> None:
    picture = media.develop(a_jpeg(comment=b"13800006688"))
    assert b"13800006688" not in picture.jpeg


def test_a_large_photo_is_made_smaller_and_has_a_thumbnail(media: MediaReader) -> None:
    picture = media.develop(a_jpeg(5200, 2600))
    assert _image(picture.jpeg).size == (2560, 1280)
    assert _image(picture.thumbnail).size == (360, 180)


def test_what_shines_through_becomes_white(media: MediaReader) -> None:
    picture = media.develop(encoded(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "PNG"))
    assert _image(picture.jpeg).getpixel((32, 32)) == (255, 255, 255)


def test_colours_are_those_that_the_profile_means(media: MediaReader) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    grey = Image.new("RGB", (64, 64), (120, 90, 60))
    picture = media.develop(encoded(grey, "PNG", icc_profile=lab))
    shown = _image(picture.jpeg).getpixel((32, 32))
    assert isinstance(shown, tuple)
    assert all(abs(is_ - was) <= 3 for is_, was in zip(shown, (120, 90, 60), strict=True))
    assert "icc_profile" not in _image(picture.jpeg).info


def test_a_profile_that_is_rubbish_is_ignored(media: MediaReader) -> None:
    assert media.develop(a_jpeg(icc_profile=b"rubbish")).width == 800


def test_a_recompressed_photo_is_alike_and_another_one_is_not(media: MediaReader) -> None:
    hashes = [
        imagehash.hex_to_hash(media.develop(data).phash)
        for data in (a_jpeg(), a_jpeg(quality=30), encoded(a_picture().resize((400, 300)), "PNG"), a_jpeg(seed=2))
    ]
    first, recompressed, smaller, other = hashes
    assert first - recompressed <= 4 and first - smaller <= 4
    assert first - other >= 16


@pytest.mark.parametrize(
    ("data", "reason", "limit"),
    [
        (SVG, "not_an_image", None),
        (PDF, "not_an_image", None),
        (HTML, "not_an_image", None),
        (encoded(a_picture(), "GIF"), "not_an_image", None),
        (encoded(a_picture(), "TIFF"), "not_an_image", None),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_an_image", None),
        (a_jpeg()[:4000], "unreadable", None),
        (encoded(a_picture(), "PNG")[:4000], "unreadable", None),
        (encoded(a_picture(), "WEBP")[:4000], "unreadable", None),
        (TELEPHONE_HEIC[:2000], "unreadable", None),
        (a_bomb(20_000), "too_many_pixels", 40_000_000),
        (a_bomb(7_000), "too_many_pixels", 40_000_000),
    ],
    ids=[
        "svg",
        "pdf",
        "html",
        "gif",
        "tiff",
        "eps",
        "cut jpeg",
        "cut png",
        "cut webp",
        "cut heic",
        "bomb",
        "49 megapixels",
    ],
)
def test_what_is_no_photo_is_refused_with_its_reason(
    media: MediaReader, data: bytes, reason: str, limit: int | None
) -> None:
    with pytest.raises(EvidenceRefused) as caught:
        media.develop(data)
    assert (caught.value.reason, caught.value.limit) == (reason, limit)


def test_a_photo_that_takes_too_long_is_refused_and_the_next_one_is_not() -> None:
    reader = MediaReader(seconds=0.005)
    with pytest.raises(EvidenceRefused, match="unreadable"):
        reader.develop(encoded(a_picture(3000, 3000), "JPEG"))
    reader.seconds = 30
    assert reader.develop(a_jpeg()).width == 800
    reader.close()


@pytest.mark.parametrize("between", [b"", b"\xff\xfe\x00\x04\xff\xd9"], ids=["bare", "comment"])
def test_a_jpeg_of_more_scans_than_any_camera_makes_is_refused(media: MediaReader, between: bytes) -> None:
    scan = b"\xff\xda"
    sent = a_jpeg_of_scans(60).replace(scan, between + scan)
    with pytest.raises(EvidenceRefused, match="unreadable"):
        media.develop(sent)


def test_a_jpeg_of_nothing_but_comments_is_refused(media: MediaReader) -> None:
    sent = a_jpeg()[:2] + b"\xff\xfe\x00\x02" * 500_000 + a_jpeg()[2:]
    with pytest.raises(EvidenceRefused, match="unreadable"):
        media.develop(sent)


def test_what_telephones_send_progressive_or_with_a_film_behind_it_is_taken(media: MediaReader) -> None:
    assert media.develop(a_jpeg_of_scans(20)).file_type == "jpg"
    assert media.develop(a_jpeg() + b"\xff\xda\0\x02" * 1000).file_type == "jpg"


def test_a_child_that_was_ended_while_idle_is_replaced() -> None:
    reader, others = MediaReader(), _children()
    reader.develop(a_jpeg())
    [child] = _children() - others
    child.kill()
    child.wait(10)
    assert reader.develop(a_jpeg()).width == 800
    reader.close()


def test_the_child_ends_after_so_many_photos() -> None:
    reader, others = MediaReader(photos_per_child=2), _children()
    reader.develop(a_jpeg())
    ended = _children() - others
    reader.develop(a_jpeg())
    assert psutil.wait_procs(ended, timeout=10)[1] == []
    assert reader.develop(a_jpeg()).width == 800
    reader.close()


def test_the_child_ends_when_its_parent_is_killed() -> None:
    program = """
from backend.adapters.media import MediaReader
from tests.photos import a_jpeg
MediaReader().develop(a_jpeg())
input(print("developed", flush=True))
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, text=True) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == "developed\n"
        children = psutil.Process(parent.pid).children()
        parent.kill()
    assert children and psutil.wait_procs(children, timeout=10)[1] == []


def _assert_bare(picture: Picture) -> None:
    for kept in (picture.jpeg, picture.thumbnail):
        assert not _image(kept).getexif()
        assert b"Exif" not in kept and b"Apple" not in kept


def _children() -> set[psutil.Process]:
    """Our decoding children; Python's resource tracker is none."""
    return {child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())}
