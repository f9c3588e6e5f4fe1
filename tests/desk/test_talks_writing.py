"""Writing in conversations, owning them, and what is sent along: done by the owner, refused to everybody else."""

import asyncio
from dataclasses import replace

import pytest

from backend.domain.case import Role
from backend.domain.conversation import Author, Delivery, Mode
from backend.domain.ownership import Outcome
from backend.ports import World
from backend.services import agent_talk
from backend.services.agent_talk import AgentReply
from backend.services.conversations import Said, get_conversation, receive, transcript
from backend.services.evidence import keep_evidence
from bot.delivery import ReadFromTranscript, deliver
from bot.live import Live
from tests.auditing import audit_trail
from tests.desk.conftest import Browser, LogIn
from tests.desk.talking import a_queued_talk, rows, send
from tests.photos import HTML, a_jpeg


@pytest.fixture
def talk(world: World) -> str:
    return a_queued_talk(world)


@pytest.fixture
def li(log_in: LogIn) -> Browser:
    return log_in(Role.AGENT, "小李")


@pytest.fixture
def wang(log_in: LogIn) -> Browser:
    return log_in(Role.AGENT, "小王")


@pytest.fixture
def mine(li: Browser, talk: str) -> str:
    """A conversation that 小李 has claimed."""
    assert li.post(f"/talks/{talk}/claim").headers["location"] == f"/talks/{talk}"
    return talk


def _said(world: World, talk: str) -> list[str]:
    return [row.text for row in rows(world, talk) if row.author is Author.AGENT]


def test_a_reply_is_stored_under_the_owners_name_and_shown_at_once(li: Browser, world: World, mine: str) -> None:
    answer = li.post(f"/talks/{mine}/send", data={"text": "您好\r\n我来处理", "client_id": "p1"}, htmx=True)
    assert answer.status_code == 200 and "我来处理" in answer.text
    (row,) = [row for row in rows(world, mine) if row.author is Author.AGENT]
    assert (row.text, row.name, row.delivery) == ("您好\n我来处理", "小李", Delivery.QUEUED)


def test_a_double_click_sends_once(li: Browser, world: World, mine: str) -> None:
    for _ in range(2):
        assert li.post(f"/talks/{mine}/send", data={"text": "您好", "client_id": "p1"}, htmx=True).status_code == 200
    assert _said(world, mine) == ["您好"]


def test_a_colleague_cannot_write_where_it_is_not_theirs(wang: Browser, world: World, mine: str) -> None:
    answer = wang.post(f"/talks/{mine}/send", data={"text": "我也来"}, htmx=True)
    assert answer.status_code == 409 and "不归您负责" in answer.text
    assert answer.headers["hx-retarget"] == "#toasts" and _said(world, mine) == []


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_cannot_be_sent(li: Browser, world: World, mine: str, text: str) -> None:
    assert li.post(f"/talks/{mine}/send", data={"text": text}, htmx=True).status_code == 422
    assert _said(world, mine) == []


def test_words_that_customers_are_never_told_are_not_sent_and_named(li: Browser, world: World, mine: str) -> None:
    answer = li.post(f"/talks/{mine}/send", data={"text": "我保证明天到账", "client_id": "p1"}, htmx=True)
    assert answer.status_code == 422 and "禁用的词“保证”" in answer.text and _said(world, mine) == []
    again = li.post(f"/talks/{mine}/send", data={"text": "我会跟进到到账", "client_id": "p1"}, htmx=True)
    assert again.status_code == 200 and _said(world, mine) == ["我会跟进到到账"]


def test_a_photo_goes_to_the_customer_and_is_kept_as_staffs_own(li: Browser, world: World, mine: str) -> None:
    files = {"photo": ("a.jpg", a_jpeg(), "image/jpeg")}
    assert li.post(f"/talks/{mine}/send", data={"text": "", "client_id": "p1"}, files=files, htmx=True).is_success
    (row,) = [row for row in rows(world, mine) if row.author is Author.AGENT]
    with world.read() as work:
        kept = work.evidence.get(row.payload["image"])
    assert kept is not None and (kept.brought_by, kept.conversation_id) == (Role.AGENT, mine)
    assert kept.id in li.get(f"/talks/{mine}").text


def test_a_file_that_is_no_photo_is_refused_and_nothing_is_sent(li: Browser, world: World, mine: str) -> None:
    files = {"photo": ("a.jpg", HTML, "image/jpeg")}
    assert li.post(f"/talks/{mine}/send", data={"text": "看图"}, files=files, htmx=True).status_code == 422
    assert _said(world, mine) == []


def test_a_colleagues_photo_is_not_even_kept(wang: Browser, world: World, mine: str) -> None:
    files = {"photo": ("a.jpg", a_jpeg(), "image/jpeg")}
    assert wang.post(f"/talks/{mine}/send", files=files, htmx=True).status_code == 409
    with world.read() as work:
        assert work.evidence.loose(mine) == []


def test_what_is_not_sent_yet_is_there_when_the_page_is_opened_again(li: Browser, world: World, mine: str) -> None:
    assert li.post(f"/talks/{mine}/draft", data={"text": "我查一下"}).status_code == 204
    assert ">我查一下</textarea>" in li.get(f"/talks/{mine}").text
    li.post(f"/talks/{mine}/send", data={"text": "我查一下"}, htmx=True)
    assert ">我查一下</textarea>" not in li.get(f"/talks/{mine}").text


def test_a_draft_outlives_losing_the_conversation_and_is_its_writers_alone(
    li: Browser, log_in: LogIn, world: World, mine: str
) -> None:
    boss = log_in(Role.SUPERVISOR, "老陈")
    boss.post(f"/talks/{mine}/take-over", htmx=True)
    assert li.post(f"/talks/{mine}/draft", data={"text": "我还没写完"}).status_code == 204
    assert "我还没写完" not in boss.get(f"/talks/{mine}").text
    boss.post(f"/talks/{mine}/transfer", data={"to": "小李", "note": "还给你"}, htmx=True)
    li.post(f"/talks/{mine}/accept", htmx=True)
    assert ">我还没写完</textarea>" in li.get(f"/talks/{mine}").text


def test_a_draft_of_no_conversation_is_refused(li: Browser) -> None:
    assert li.post("/talks/nowhere/draft", data={"text": "x"}).status_code == 404


def test_notes_are_for_staff_and_never_reach_the_customer(wang: Browser, world: World, mine: str) -> None:
    assert "先别退款" in wang.post(f"/talks/{mine}/note", data={"note": "先别退款"}, htmx=True).text
    send(world, mine)
    assert all("先别退款" not in row.text for row in transcript(world, mine, 0))
    assert wang.post(f"/talks/{mine}/note", data={"note": " "}, htmx=True).status_code == 422


def test_typing_is_shown_for_the_owner_only(li: Browser, wang: Browser, world: World, mine: str) -> None:
    assert wang.post(f"/talks/{mine}/typing").status_code == 204
    assert agent_talk.recent_signs(world) == []
    assert li.post(f"/talks/{mine}/typing").status_code == 204
    (sign,) = agent_talk.recent_signs(world)
    assert sign.conversation_id == mine and sign.typing(world.clock.now())


def test_who_claims_second_is_told_so(wang: Browser, world: World, mine: str) -> None:
    answer = wang.post(f"/talks/{mine}/claim", htmx=True)
    assert answer.status_code == 409 and get_conversation(world, mine).owner == "小李"


def test_a_transfer_is_offered_shown_and_accepted(li: Browser, wang: Browser, world: World, mine: str) -> None:
    assert li.post(f"/talks/{mine}/transfer", data={"to": "小王", "note": "请接手"}, htmx=True).status_code == 204
    assert "等 小王 接收转接" in li.get(f"/talks/{mine}").text
    assert "同事转给我" in wang.get("/talks").text and "接收转接" in wang.get(f"/talks/{mine}").text
    wang.post(f"/talks/{mine}/accept", htmx=True)
    assert get_conversation(world, mine).owner == "小王"


def test_a_declined_transfer_leaves_the_owner(li: Browser, wang: Browser, world: World, mine: str) -> None:
    li.post(f"/talks/{mine}/transfer", data={"to": "小王", "note": "请接手"}, htmx=True)
    assert wang.post(f"/talks/{mine}/decline", htmx=True).headers["hx-redirect"] == "/talks"
    assert wang.post(f"/talks/{mine}/accept", htmx=True).status_code == 409
    assert get_conversation(world, mine).owner == "小李"


def test_a_transfer_without_a_note_is_refused_in_words(li: Browser, wang: Browser, world: World, mine: str) -> None:
    answer = li.post(f"/talks/{mine}/transfer", data={"to": "小王", "note": ""}, htmx=True)
    assert answer.status_code == 422 and "备注" in answer.text


def test_waiting_for_the_customer_can_have_a_time_to_follow_up(li: Browser, world: World, mine: str) -> None:
    assert li.post(f"/talks/{mine}/wait", data={"hours": "2"}, htmx=True).status_code == 204
    conversation = get_conversation(world, mine)
    assert conversation.mode is Mode.WAIT_CUSTOMER and conversation.follow_up_at is not None
    assert li.post(f"/talks/{mine}/wait", data={"hours": "999"}, htmx=True).status_code == 422


def test_giving_back_leaves_the_bot_what_was_found_out(li: Browser, world: World, mine: str) -> None:
    form = {"outcome": "solved", "order_no": "A1001", "wish": "refund", "reason": "", "resume": "yes"}
    assert li.post(f"/talks/{mine}/give-back", data=form, htmx=True).headers["hx-redirect"] == "/talks"
    assert get_conversation(world, mine).mode is Mode.BOT
    with world.read() as work:
        (left,) = work.handbacks.waiting(10)
    assert (left.outcome, left.slots, left.resume) == ("solved", {"order_no": "A1001", "wish": "refund"}, True)


def test_ending_takes_an_outcome_that_people_choose(li: Browser, world: World, mine: str) -> None:
    for outcome in ("", "nonsense", Outcome.CANCELLED.value):
        assert li.post(f"/talks/{mine}/resolve", data={"outcome": outcome}, htmx=True).status_code == 422
    too_early = li.post(f"/talks/{mine}/resolve", data={"outcome": "solved", "seen": "0"}, htmx=True)
    assert too_early.status_code == 422 and "又发来消息" in too_early.text
    assert li.post(f"/talks/{mine}/resolve", data={"outcome": "solved"}, htmx=True).status_code == 204
    assert get_conversation(world, mine).mode is Mode.CLOSED


@pytest.mark.parametrize("deed", ["transfer", "wait", "give-back", "resolve"])
def test_what_only_the_owner_may_do_is_refused_to_others(wang: Browser, world: World, mine: str, deed: str) -> None:
    before = get_conversation(world, mine)
    form = {"outcome": "solved", "to": "小李", "note": "请接手", "hours": "0"}
    assert wang.post(f"/talks/{mine}/{deed}", data=form, htmx=True).status_code == 409
    assert get_conversation(world, mine) == before


def test_only_the_owner_is_shown_a_field_to_write_in(li: Browser, wang: Browser, mine: str) -> None:
    assert 'id="reply"' in li.get(f"/talks/{mine}").text
    page = wang.get(f"/talks/{mine}").text
    assert 'id="reply"' not in page and "小李 正在接待" in page


def test_an_agents_reply_reaches_the_customers_open_page_through_the_chat_process(world: World, mine: str) -> None:
    with world.read() as work:
        member = work.staff.get("小李")
    assert member is not None

    async def customer_reads() -> list[str]:
        live = Live(world, lambda conversation: deliver(world, {"webchat": ReadFromTranscript()}, conversation))
        async with live.listen(mine) as listener:
            await asyncio.sleep(0)  # the page is open before the agent writes
            await asyncio.to_thread(agent_talk.reply, world, mine, member, AgentReply("马上为您处理"))
            while "马上为您处理" not in (read := [row.text for row in transcript(world, mine, 0)]):
                assert await listener.wait(30)
        await live.close()
        return read

    assert asyncio.run(customer_reads())[-1] == "马上为您处理"


def test_a_photo_is_shown_to_staff_and_looking_is_written_down(log_in: LogIn, world: World, talk: str) -> None:
    photo = keep_evidence(world, talk, a_jpeg()).evidence
    store = log_in(Role.WAREHOUSE)
    answer = store.get(f"/evidence/{photo.id}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["x-content-type-options"] == "nosniff" and "content-disposition" not in answer.headers
    (look,) = audit_trail(world, subject=photo.id)
    assert (look.actor, look.action) == (store.name, "personal:evidence:seen")
    assert len(store.get(f"/evidence/{photo.id}?small=1").content) < len(answer.content)
    assert store.get("/evidence/nothing").status_code == 404


def test_whatever_is_no_photo_can_only_be_saved(li: Browser, world: World, talk: str) -> None:
    photo = keep_evidence(world, talk, a_jpeg()).evidence
    with world.write() as work:
        film = replace(photo, id="film", media_type="video/mp4", sha256="f" * 64, thumbnail_key=None)
        page = replace(photo, id="page", media_type="text/html", sha256="e" * 64, thumbnail_key=None)
        work.evidence.add(film)
        work.evidence.add(page)
        work.commit()
    saved = li.get("/evidence/film").headers
    assert (saved["content-type"], saved["content-disposition"]) == ("video/mp4", 'attachment; filename="film.mp4"')
    assert li.get("/evidence/page").headers["content-type"] == "application/octet-stream"
    assert li.get("/evidence/film?small=1").status_code == 404


def test_the_customer_writes_and_the_owners_page_shows_it(li: Browser, world: World, mine: str) -> None:
    receive(world, mine, Said("杯子碎了"))
    assert "杯子碎了" in li.get(f"/talks/{mine}/now", htmx=True).text


def test_canned_replies_are_found_by_words_and_filled(li: Browser, world: World, mine: str) -> None:
    page = li.client.get(f"/talks/{mine}/canned", params={"q": "问候"}).text
    assert 'role="option"' in page and "我是小李" in page and "{agent}" not in page


def test_without_words_those_that_fit_come_first_and_nothing_found_is_said(li: Browser, mine: str) -> None:
    assert "接手" in li.get(f"/talks/{mine}/canned").text
    assert "没有这样的常用语" in li.client.get(f"/talks/{mine}/canned", params={"q": "zzzz"}).text
