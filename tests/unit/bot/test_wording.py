"""Every notice and every error can be worded, from what the services store."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from bot import wording

TEMPLATES = Path(wording.__file__).parent / "templates"
ERRORS = sorted(path.stem for path in (TEMPLATES / "errors").glob("*.j2"))
PARAMS = {
    "case_no": "RC20261122000001",
    "due_at": "2026-11-23T15:59:59.999999+00:00",
    "position": 3,
    "minutes": 10,
    "open": False,
    "opens_at": "2026-11-23T01:00:00+00:00",
    "promised_at": "2026-11-23T07:00:00+00:00",
}


@pytest.mark.parametrize("name", wording.notice_names())
def test_every_notice_reads_well(name: str) -> None:
    text = wording.render(name, PARAMS).text
    assert text and "None" not in text and "{" not in text
    assert not re.search(r"\n\s*\n", text), "a notice is one bubble"


@pytest.mark.parametrize("code", ERRORS)
def test_every_error_reads_well(code: str) -> None:
    text = wording.error_message(code, detail="after", length=5001, limit=10, seconds=3)
    assert text and "None" not in text and "\n" not in text


def test_times_are_shown_in_the_merchants_zone() -> None:
    assert "11月23日 15:00" in wording.render("ticket_opened", PARAMS).text


def test_a_parameter_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        wording.render("queue_position", {})


def test_a_waiting_customer_gets_the_two_buttons() -> None:
    assert [payload for _, payload in wording.render("queue_joined", PARAMS).buttons] == [
        "queue:position",
        "queue:cancel",
    ]


def test_within_agent_hours_nobody_is_told_when_they_begin() -> None:
    assert "开始服务" not in wording.render("queue_joined", {**PARAMS, "open": True}).text
