"""Photos in the web chat: taken, shown to their owner only, or refused with a reason."""

import io
import os

import pytest
from PIL import Image

from tests.channels.chat_server import CALLS, Customer
from tests.photos import PDF, SVG, a_jpeg, an_mp4


def test_a_photo_is_kept_shown_and_answered(customer: Customer, jpeg: bytes) -> None:
    assert customer.post_photo(jpeg, client_id="photo-1").status_code == 202
    row = customer.rows_until("bot", 1)[0]
    assert row["from"] == "customer" and row["client_id"] == "photo-1"
    shown = customer.http.get(row["image_url"])
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert Image.open(io.BytesIO(shown.content)).size == (320, 240)


def test_the_small_picture_is_smaller(customer: Customer) -> None:
    customer.post_photo(a_jpeg(1600, 1200))
    (row, *_) = customer.rows_until("bot", 1)
    small = customer.http.get(row["image_url"], params={"thumb": "1"})
    assert max(Image.open(io.BytesIO(small.content)).size) < 1200


def test_words_with_a_photo_stand_in_the_same_row(customer: Customer, jpeg: bytes) -> None:
    assert customer.post_photo(jpeg, text="杯口碎了").status_code == 202
    (row, *_) = customer.rows_until("bot", 1)
    assert row["text"] == "杯口碎了" and row["image_url"]


def test_a_video_is_kept_as_it_came_and_never_shown_inline(customer: Customer) -> None:
    video = an_mp4()
    assert customer.post_photo(video, "unpacking.mp4").status_code == 202
    (row, *_) = customer.rows_until("customer", 1)
    shown = customer.http.get(row["image_url"])
    assert shown.content == video
    assert shown.headers["content-type"] == "video/mp4"
    assert shown.headers["content-disposition"] == "attachment"


def test_a_photo_is_shown_to_nobody_else(customer: Customer, stranger: Customer, jpeg: bytes) -> None:
    customer.post_photo(jpeg)
    (row, *_) = customer.rows_until("customer", 1)
    assert stranger.http.get(row["image_url"]).status_code == 404
    del stranger.http.headers["Authorization"]
    assert stranger.http.get(row["image_url"]).status_code == 401


def test_the_same_photo_sent_again_with_its_name_is_one_message(customer: Customer, jpeg: bytes) -> None:
    first, second = (customer.post_photo(jpeg, client_id="p") for _ in range(2))
    assert first.json() == second.json()


@pytest.mark.parametrize(
    ("name", "content", "status", "error"),
    [
        ("rechnung.pdf", PDF, 415, "photo_not_an_image"),
        ("bild.svg", SVG, 415, "photo_not_an_image"),
        ("leer.jpg", b"", 400, "photo_empty"),
        ("halb.jpg", a_jpeg()[:200], 415, "photo_unreadable"),
        ("gross.jpg", a_jpeg() + b"\0" * (11 * 2**20), 413, "photo_too_big"),
    ],
    ids=["pdf", "svg", "empty", "truncated", "11 MB"],
)
def test_what_is_no_photo_is_refused_with_its_reason_and_leaves_no_trace(
    customer: Customer, name: str, content: bytes, status: int, error: str
) -> None:
    refused = customer.post_photo(content, name)
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert refused.json()["message"]
    assert len(customer.rows()) == 1


def test_fifty_megabytes_are_refused_and_the_server_goes_on(customer: Customer) -> None:
    refused = customer.post_photo(a_jpeg() + os.urandom(50 * 2**20))
    assert (refused.status_code, refused.json()["error"]) == (413, "photo_too_big")
    assert customer.ask(text="你好")


def test_a_body_beyond_every_limit_is_cut_off(customer: Customer) -> None:
    refused = customer.post_photo(b"\0" * (60 * 2**20))
    assert (refused.status_code, refused.json()["error"]) == (413, "body_too_big")


def test_a_form_made_to_take_long_is_refused(customer: Customer) -> None:
    form = b"x" * (12 * 2**20)
    refused = customer.http.post(
        f"{CALLS}/messages", content=form, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert (refused.status_code, refused.json()["error"]) == (400, "bad_request")


def test_several_photos_in_one_call_are_refused(customer: Customer, jpeg: bytes) -> None:
    files = [("photo", ("a.jpg", jpeg)), ("photo", ("b.jpg", jpeg))]
    refused = customer.http.post(f"{CALLS}/messages", files=files)
    assert (refused.status_code, refused.json()["error"]) == (400, "one_photo_only")
