"""What buyers and colleagues write is text on every page of the desk, wherever it turns up."""

import pytest
from sqlalchemy import create_engine, text

from backend.domain.canned import ReplyText
from backend.domain.case import Role, State
from backend.domain.lifecycle import Event
from backend.domain.work import Staff
from backend.ports import World
from backend.services import canned_replies, complaints
from backend.services.agent_talk import add_note
from backend.services.ownership import claim
from backend.settings import Settings
from tests.desk.conftest import LogIn
from tests.desk.talking import a_queued_talk
from tests.working import case_in, do

HOSTILE = "<img src=x onerror=alert(1)>\"'--><script>alert(2)</script>"
RUN = ("<img src=x", "<script>alert")


@pytest.fixture
def places(world: World, settings: Settings, log_in: LogIn) -> list[str]:
    """Addresses of pages in which something hostile is told, by those who can write it."""
    case = case_in(world, State.SUBMITTED)
    with create_engine(settings.database_url).begin() as database:
        database.execute(text("UPDATE customer SET name = :it"), {"it": HOSTILE})
        database.execute(text("UPDATE order_line SET title = :it, sku = :it, category = :it"), {"it": HOSTILE})
    do(world, case, Event.NOTE, Role.AGENT, reason=HOSTILE)
    complaints.file_complaint(world, case.conversation_id, HOSTILE, case.case_no)
    talk = a_queued_talk(world, "u9", HOSTILE)
    agent = log_in(Role.AGENT, f"小林 {HOSTILE[:40]}")
    member = Staff(agent.name, Role.AGENT)
    claim(world, talk, member)
    add_note(world, talk, member, HOSTILE)
    manager = Staff("郑总", Role.MANAGER)
    canned_replies.add_reply(world, manager, ReplyText(HOSTILE[:40], HOSTILE, (HOSTILE[:10],)))
    return [
        *("/talks", "/talks/lists", f"/talks/{talk}", f"/talks/{talk}/now", f"/talks/{talk}/canned"),
        f"/talks/{case.conversation_id}",
        *("/talks/search?q=6688", f"/talks/search?q={HOSTILE}", f"/talks/{case.conversation_id}/bindings"),
        *("/cases", f"/cases?text={HOSTILE}", f"/cases/{case.case_no}", f"/cases/{case.case_no}/news?since=0"),
        f"/cases/{case.case_no}/buyer",
        *("/orders", f"/orders?q={HOSTILE}", f"/orders/{case.order_no}", f"/orders/{case.order_no}/case"),
        *("/replies", f"/replies/list?q={HOSTILE}", "/alerts", "/audit", f"/audit?actor={HOSTILE}", "/reports"),
        f"/nowhere/{HOSTILE}",
    ]


def test_nothing_that_anybody_wrote_is_run_on_any_page(places: list[str], log_in: LogIn) -> None:
    browser = log_in(Role.MANAGER)
    pages = {path: browser.get(path) for path in places}
    assert {path: page.status_code for path, page in pages.items() if page.status_code not in (200, 404)} == {}
    assert [path for path, page in pages.items() if any(each in page.text for each in RUN)] == []
    assert sum("&lt;img" in page.text for page in pages.values()) > 10


def test_the_administrators_pages_show_names_as_text(places: list[str], log_in: LogIn) -> None:
    browser = log_in(Role.ADMIN)
    pages = [browser.get(path) for path in ("/staff", "/staff/list", "/audit")]
    assert places and not any(each in page.text for page in pages for each in RUN)
    assert "&lt;img" in pages[0].text
