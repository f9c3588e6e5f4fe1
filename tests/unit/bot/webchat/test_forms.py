"""A form is read as browsers send it, and one that is made to take long is refused at once."""

import pytest

from bot.channels.webchat.forms import Part, parts_of

KIND = "multipart/form-data; boundary=xyz"
FIELD = b'Content-Disposition: form-data; name="text"\r\n'
PHOTO = b'Content-Disposition: form-data; name="photo"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n'
LARGE = 12 * 2**20


def a_form(*parts: bytes, boundary: bytes = b"xyz") -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


def test_fields_and_files_come_as_they_were_sent() -> None:
    photo = b"\xff\xd8\r\n--xy\r\n\r\n-xyz--\0"
    form = a_form(FIELD + b"\r\n" + "杯口碎了".encode(), PHOTO + b"\r\n" + photo)
    assert parts_of(form, KIND) == [Part("text", False, "杯口碎了".encode()), Part("photo", True, photo)]


def test_the_boundary_may_stand_in_quotes() -> None:
    form = a_form(FIELD + b"\r\n1", boundary=b"a b")
    assert parts_of(form, 'multipart/form-data; boundary="a b"') == [Part("text", False, b"1")]


def test_the_name_of_a_file_may_be_in_any_writing() -> None:
    named = 'content-disposition: form-data; name="photo"; filename="碎了.jpg"\r\n\r\n1'.encode()
    assert parts_of(a_form(named), KIND) == [Part("photo", True, b"1")]


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (b"", KIND),
        (a_form(FIELD + b"\r\n1"), "multipart/form-data"),
        (a_form(FIELD + b"\r\n1"), "multipart/form-data; boundary=" + "x" * 71),
        (a_form(FIELD + b"\r\n1"), "multipart/form-data; boundary=other"),
        (a_form(FIELD + b"\r\n1")[:-8], KIND),
        (a_form(b"\r\n1"), KIND),
        (a_form(b"Content-Disposition\r\n\r\n1"), KIND),
        (a_form(b'Content-Disposition: form-data; name="\xff"\r\n\r\n1'), KIND),
        (a_form(FIELD), KIND),
    ],
    ids=["empty", "no boundary", "long boundary", "other", "cut off", "no head", "no value", "no UTF-8", "no body"],
)
def test_what_is_no_form_is_refused(form: bytes, kind: str) -> None:
    with pytest.raises(ValueError):
        parts_of(form, kind)


@pytest.mark.parametrize(
    ("form", "boundary"),
    [
        (a_form(*[FIELD + b"\r\n1"] * (LARGE // 60)), "xyz"),
        (b"--xyz\r\n" + b"a: \r\n" * (LARGE // 5) + b"\r\n1\r\n--xyz--", "xyz"),
        (b"x" * LARGE, "x"),
        (b"\r\n--x" * (LARGE // 5), "x"),
        (b"\r\n--" + b"a" * LARGE, "a" * 69 + "b"),
    ],
    ids=["many parts", "many lines", "nothing but boundaries", "boundaries on lines", "nearly boundaries"],
)
def test_a_form_made_to_take_long_is_refused(form: bytes, boundary: str) -> None:
    with pytest.raises(ValueError):
        parts_of(form, f"multipart/form-data; boundary={boundary}")
