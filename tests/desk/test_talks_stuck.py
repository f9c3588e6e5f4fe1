"""Messages that did not arrive: shown with why, and sent again by whoever has the conversation."""

import pytest

from backend.domain.case import Role
from backend.domain.conversation import Author, Delivery, Ended, Message
from backend.ports import World
from backend.services import agent_talk
from tests.auditing import audit_trail
from tests.desk.conftest import Browser, LogIn
from tests.desk.talking import a_queued_talk, rows

STUCK = {Delivery.FAILED: "未送达", Delivery.UNKNOWN: "不确定是否送达", Delivery.HELD: "等待客户下次来信"}


@pytest.fixture
def li(log_in: LogIn) -> Browser:
    return log_in(Role.AGENT, "小李")


@pytest.fixture
def mine(li: Browser, world: World) -> str:
    talk = a_queued_talk(world)
    li.post(f"/talks/{talk}/claim", htmx=True)
    li.post(f"/talks/{talk}/send", data={"text": "您好", "client_id": "p1"}, htmx=True)
    return talk


def _reply(world: World, talk: str) -> Message:
    return next(row for row in rows(world, talk) if row.author is Author.AGENT)


def _ended(world: World, talk: str, how: Delivery, error: str = "Forbidden: bot was blocked by the user") -> Message:
    with world.write() as work:
        work.messages.settle(_reply(world, talk).id, Ended(how, world.clock.now(), error=error))
        work.commit()
    return _reply(world, talk)


@pytest.mark.parametrize("how", STUCK)
def test_its_owner_sees_why_and_can_send_it_again(li: Browser, world: World, mine: str, how: Delivery) -> None:
    stuck = _ended(world, mine, how)
    page = li.get(f"/talks/{mine}").text
    assert STUCK[how] in page and "顾客已停用或屏蔽我们" in page and "再发一次" in page
    answer = li.post(f"/talks/{mine}/lines/{stuck.id}/again", htmx=True)
    assert answer.status_code == 200 and "再发一次" not in answer.text
    assert _reply(world, mine).delivery is Delivery.QUEUED
    assert [each.actor for each in audit_trail(world, subject=mine) if "sent_again" in each.action] == ["小李"]


def test_a_reason_without_words_of_ours_is_shown_as_the_channel_gave_it(li: Browser, world: World, mine: str) -> None:
    _ended(world, mine, Delivery.FAILED, "errcode 40001 <x>")
    assert '其他原因，原文：<small lang="en">errcode 40001 &lt;x&gt;</small>' in li.get(f"/talks/{mine}").text


def test_a_double_click_is_told_that_it_is_on_its_way(li: Browser, world: World, mine: str) -> None:
    stuck = _ended(world, mine, Delivery.FAILED)
    answers = [li.post(f"/talks/{mine}/lines/{stuck.id}/again", htmx=True).status_code for _ in range(2)]
    assert answers == [200, 409]


def test_a_colleague_sees_it_but_cannot_send_it(log_in: LogIn, world: World, mine: str) -> None:
    wang, stuck = log_in(Role.AGENT, "小王"), _ended(world, mine, Delivery.FAILED)
    page = wang.get(f"/talks/{mine}").text
    assert "未送达" in page and "再发一次" not in page
    assert wang.post(f"/talks/{mine}/lines/{stuck.id}/again", htmx=True).status_code == 409
    assert _reply(world, mine).delivery is Delivery.FAILED


@pytest.mark.parametrize(("line", "status"), [("x", 422), ("4711", 404)])
def test_a_line_that_is_none_is_refused(li: Browser, mine: str, line: str, status: int) -> None:
    assert li.post(f"/talks/{mine}/lines/{line}/again", htmx=True).status_code == status


def test_what_the_customer_has_read_is_marked_so(li: Browser, world: World, mine: str) -> None:
    sent = _ended(world, mine, Delivery.SENT, "")
    assert "已送达" in li.get(f"/talks/{mine}").text
    agent_talk.customer_has_read(world, mine, sent.seq)
    page = li.get(f"/talks/{mine}").text
    assert "已读" in page and "已送达" not in page
