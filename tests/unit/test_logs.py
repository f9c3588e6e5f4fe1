"""A process's log, read back: what stands in each line, in both forms."""

import json
import logging
from collections.abc import Iterator

import pytest

from backend import logs

log = logging.getLogger("a.process")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Tests after these log as pytest set it up."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    for handler in before:  # `configure` closes what it takes away
        root.removeHandler(handler)
    yield
    root.handlers[:], root.level = before, level


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.rstrip("\n")


def test_a_line_of_json_has_who_says_it_and_whom_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("chat", logs.JSON)
    with logs.about(conversation="c1", case=None), logs.about(message=7):
        log.warning("refused %d times", 3)
    line = json.loads(last_line(capsys))
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "warning",
        "process": "chat",
        "logger": "a.process",
        "event": "refused 3 times",
        "conversation": "c1",
        "message": 7,
    }


def test_what_went_wrong_stays_in_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("chat", logs.JSON)
    try:
        raise LookupError("gone")
    except LookupError:
        log.exception("cannot look")
    (line,) = last_line(capsys).splitlines()
    assert "LookupError: gone" in json.loads(line)["exception"]


def test_the_readable_form_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("desk", logs.READABLE)
    with logs.about(conversation="c1", message=7):
        log.info("received on %s", "webchat")
    assert last_line(capsys).endswith(" INFO a.process: received on webchat [conversation=c1 message=7]")


def test_libraries_that_would_tell_every_url_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("worker", logs.JSON)
    logging.getLogger("httpx").info("GET https://platform.example/bot-token")
    assert last_line(capsys) == ""


@pytest.mark.parametrize("form", [logs.JSON, logs.READABLE])
def test_an_unforeseen_error_tells_nobody_who_it_is_about(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("chat", form)
    try:
        raise LookupError("INSERT ('13812345678', '202611200001', '浙江省杭州市文三路478号') token=hush")
    except LookupError:
        log.exception("cannot keep what %s wrote", "13812345678")
    line = last_line(capsys)
    assert "LookupError" in line
    assert [found for found in ("13812345678", "202611200001", "文三路", "hush") if found in line] == []
