"""The lists of conversations and one conversation: what each role sees, and what they can do with it."""

import pytest

from backend.domain.case import Role
from backend.domain.conversation import Author, Delivery, NewMessage
from backend.domain.evidence import EvidenceKind
from backend.domain.ownership import PresenceState
from backend.ports import World
from backend.services import handoff, talk_ratings, talks_view
from backend.services.changes import changes_since
from backend.services.conversations import Notice, Said, get_conversation, receive, tell
from backend.services.evidence import keep_evidence
from tests.auditing import audit_trail
from tests.clock import FakeClock
from tests.desk.conftest import Browser, LogIn
from tests.desk.talking import a_queued_talk, a_talk
from tests.photos import a_jpeg
from tests.working import CONVERSATION, ORDER, a_working_shop, file_case


@pytest.fixture
def li(log_in: LogIn) -> Browser:
    return log_in(Role.AGENT, "小李")


@pytest.fixture
def talk(world: World) -> str:
    return a_queued_talk(world, "u1", "电话 13812345678，我要人工")


def _claimed(browser: Browser, talk: str) -> str:
    assert browser.post(f"/talks/{talk}/claim", htmx=True).status_code == 204
    return talk


def _member(world: World, name: str):  # type: ignore[no-untyped-def]
    with world.read() as work:
        return work.staff.get(name)


def test_the_queue_shows_reason_and_last_words_with_numbers_masked(li: Browser, talk: str) -> None:
    page = li.get("/talks").text
    assert f"/talks/{talk}" in page and "顾客要求人工" in page
    assert "****5678" in page and "13812345678" not in page


@pytest.mark.parametrize(("minutes", "colour"), [(4, "good"), (5, "warn"), (8, "bad"), (10, "bad over")])
def test_waiting_in_the_queue_is_coloured_by_the_clock_of_the_first_answer(
    li: Browser, talk: str, clock: FakeClock, minutes: int, colour: str
) -> None:
    clock.advance(minutes=minutes)
    assert f'class="wait {colour}"' in li.get("/talks/lists").text


@pytest.mark.parametrize(("seconds", "colour"), [(59, "good"), (60, "warn"), (119, "warn"), (120, "bad")])
def test_waiting_for_whoever_has_claimed_it_is_coloured_by_how_fast_they_must_be(
    li: Browser, talk: str, clock: FakeClock, seconds: int, colour: str
) -> None:
    _claimed(li, talk)
    clock.advance(seconds=seconds)
    assert f'class="wait {colour}"' in li.get("/talks/lists").text


def test_a_talk_that_takes_long_shows_its_clock_to_whoever_has_it(li: Browser, talk: str, clock: FakeClock) -> None:
    _claimed(li, talk)
    assert "解决 11-22 18:00 前" in li.get(f"/talks/{talk}").text
    clock.advance(hours=4)
    li.log_in()
    assert "已用 50%" in li.get("/talks/lists").text
    li.post(f"/talks/{talk}/wait", data={"hours": "24"}, htmx=True)
    assert "已用" not in li.get("/talks/lists").text and "解决计时暂停" in li.get(f"/talks/{talk}").text


def test_what_customers_thought_of_earlier_talks_stands_beside_the_next(li: Browser, talk: str, world: World) -> None:
    _claimed(li, talk)
    li.post(f"/talks/{talk}/send", data={"text": "您好"}, htmx=True)
    li.post(f"/talks/{talk}/resolve", data={"outcome": "unsolved"}, htmx=True)
    with world.read() as work:
        (episode,) = work.episodes.of_conversation(talk)
    talk_ratings.rate_talk(world, talk, episode.id, 1)
    talk_ratings.add_words(world, talk, episode.id, "等了<b>半小时</b>")
    page = li.get(f"/talks/{talk}").text
    assert "1 分" in page and "等了&lt;b&gt;半小时&lt;/b&gt;" in page


def test_an_agent_sees_own_and_waiting_talks_but_not_those_of_the_bot(li: Browser, world: World, talk: str) -> None:
    bots = a_talk(world, "u2", "查进度")
    assert bots not in li.get("/talks/lists").text


def test_a_supervisor_sees_every_talk_and_can_take_it_over(log_in: LogIn, world: World) -> None:
    boss, bots = log_in(Role.SUPERVISOR, "老陈"), a_talk(world, "u2", "查进度")
    assert bots in boss.get("/talks/lists").text
    assert "接管" in boss.get(f"/talks/{bots}").text
    boss.post(f"/talks/{bots}/take-over", htmx=True)
    assert get_conversation(world, bots).owner == "老陈"


def test_an_agent_cannot_take_over(li: Browser, world: World, talk: str) -> None:
    assert li.post(f"/talks/{talk}/take-over", htmx=True).status_code == 403
    assert get_conversation(world, talk).owner is None


def test_own_talks_come_unanswered_first_with_the_number_unread(
    li: Browser, world: World, clock: FakeClock, talk: str
) -> None:
    other = a_queued_talk(world, "u2")
    for each in (other, talk):
        clock.advance(seconds=1)
        _claimed(li, each)
    li.post(f"/talks/{other}/send", data={"text": "您好", "client_id": "a"}, htmx=True)
    clock.advance(seconds=1)
    receive(world, talk, Said("还在吗"))
    mine = talks_view.board(world, _member(world, "小李")).mine
    assert [(entry.conversation.id, entry.unread) for entry in mine] == [(talk, 2), (other, 0)]


def test_what_the_owner_has_read_is_unread_no_more(li: Browser, world: World, talk: str) -> None:
    _claimed(li, talk)
    last = get_conversation(world, talk).last_seq
    assert li.post(f"/talks/{talk}/read", data={"seq": str(last)}).status_code == 204
    (mine,) = talks_view.board(world, _member(world, "小李")).mine
    assert mine.unread == 0 and mine.waits_since is not None


def test_opening_a_talk_is_written_down(li: Browser, world: World, talk: str) -> None:
    assert li.get(f"/talks/{talk}").status_code == 200
    assert audit_trail(world, subject=talk)[0].action == "personal:talk:seen"


def test_a_talk_that_does_not_exist_is_not_found_in_words(li: Browser) -> None:
    answer = li.get("/talks/nowhere")
    assert answer.status_code == 404 and "没有找到这个会话" in answer.text


def test_notices_are_shown_in_words_before_they_are_delivered(li: Browser, world: World, talk: str) -> None:
    tell(world, talk, Notice("talk_joined", {"name": "小王"}))
    page = li.get(f"/talks/{talk}").text
    assert "客服 小王 为您服务" in page and "发送中" in page


@pytest.mark.parametrize(
    ("delivery", "words"),
    [(Delivery.FAILED, "未送达"), (Delivery.UNKNOWN, "不确定是否送达"), (Delivery.SUPERSEDED, "未发出：人工已接手")],
)
def test_what_did_not_arrive_is_shown_plainly(
    li: Browser, world: World, talk: str, delivery: Delivery, words: str
) -> None:
    with world.write() as work:
        owner = work.conversations.lock(talk)
        work.messages.add(owner, NewMessage(Author.BOT, "晚到的话"), world.clock.now(), delivery=delivery)
        work.commit()
    page = li.get(f"/talks/{talk}/now", htmx=True).text
    assert "晚到的话" in page and words in page


def test_what_customers_write_is_shown_as_text_not_as_markup(li: Browser, world: World) -> None:
    talk = a_queued_talk(world, "u9", "<script>alert(1)</script>")
    page = li.get(f"/talks/{talk}").text
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_older_lines_are_shown_when_they_are_asked_for(li: Browser, world: World, talk: str) -> None:
    for number in range(talks_view.SHOWN_LINES):
        receive(world, talk, Said(f"第{number}句"))
    page = li.get(f"/talks/{talk}/now", htmx=True).text
    assert "电话 13812345678" not in page and "显示更早的消息" in page
    assert "电话 13812345678" in li.get(f"/talks/{talk}/now?from=1", htmx=True).text


def test_a_number_that_is_none_asks_for_the_newest_lines(li: Browser, talk: str) -> None:
    assert li.get(f"/talks/{talk}/now?from=x", htmx=True).status_code == 200


@pytest.fixture
def filed(world: World) -> str:
    """The number of a case that a proven buyer has filed."""
    a_working_shop(world)
    receive(world, CONVERSATION, Said("我要退货"))
    return file_case(world).case_no or ""


@pytest.mark.parametrize("typed", ["case", ORDER, "2026-1120-0001", "6688", "13800006688"])
def test_a_talk_is_found_by_case_order_or_the_end_of_the_number(
    li: Browser, world: World, filed: str, typed: str
) -> None:
    page = li.get(f"/talks/search?q={filed if typed == 'case' else typed}", htmx=True).text
    assert f"/talks/{CONVERSATION}" in page and "138****6688" in page and "13800006688" not in page
    look = audit_trail(world)[0]
    assert (look.action, look.subject, look.detail) == ("personal:search:seen", "", {"found": CONVERSATION})


@pytest.mark.parametrize("typed", ["688", "9999", "%", "王小明", "' OR 1=1 --"])
def test_what_fits_nobody_finds_nobody(li: Browser, filed: str, typed: str) -> None:
    assert CONVERSATION not in li.client.get("/talks/search", params={"q": typed}).text


def test_the_page_shows_the_case_and_masks_the_buyer_until_somebody_looks(
    li: Browser, world: World, filed: str
) -> None:
    page = li.get(f"/talks/{CONVERSATION}").text
    assert filed in page and "138****6688" in page and "13800006688" not in page
    assert "13800006688" in li.post(f"/talks/{CONVERSATION}/buyer", htmx=True).text
    assert audit_trail(world, subject=CONVERSATION)[0].action == "personal:buyer:seen"


def test_nobody_can_look_up_a_customer_who_has_proven_nothing(li: Browser, world: World, talk: str) -> None:
    assert "未核实身份" in li.post(f"/talks/{talk}/buyer", htmx=True).text
    assert audit_trail(world, subject=talk) == []


def test_photos_of_inspection_stand_ready_beside_the_customers(li: Browser, world: World, filed: str) -> None:
    with world.read() as work:
        case = work.cases.by_number(filed)
    assert case is not None
    sent = keep_evidence(world, CONVERSATION, a_jpeg(seed=1)).evidence
    taken = keep_evidence(world, CONVERSATION, a_jpeg(seed=2), brought_by=Role.WAREHOUSE).evidence
    receive(world, CONVERSATION, Said("照片", evidence=(sent.id,)))
    with world.write() as work:
        work.evidence.assign(taken.id, case.id, EvidenceKind.GOODS)
        work.commit()
    page = li.get(f"/talks/{CONVERSATION}").text
    assert f'href="/evidence/{sent.id}" data-zoom' in page
    assert f'data-beside="/evidence/{taken.id}"' in page


def test_presence_is_said_in_the_bar_and_off_stays_off(li: Browser, world: World) -> None:
    assert '<option value="online" selected>' in li.get("/presence").text
    page = li.post("/presence", data={"state": "offline"}, htmx=True).text
    assert '<option value="offline" selected>' in page and "/presence/hear" not in page
    li.post("/presence/hear", data={"state": "offline"}, htmx=True)
    with world.read() as work:
        known = work.presences.get("小李")
    assert known is not None and known.state is PresenceState.OFFLINE


def test_a_sign_of_life_is_kept_and_says_what_another_page_has_changed(
    li: Browser, world: World, clock: FakeClock
) -> None:
    li.get("/presence")
    clock.advance(seconds=20)
    assert li.post("/presence/hear", data={"state": "online"}, htmx=True).status_code == 204
    with world.read() as work:
        known = work.presences.get("小李")
    assert known is not None and known.heard_at == clock.now()
    li.post("/presence", data={"state": "busy"}, htmx=True)
    assert '"busy" selected' in li.post("/presence/hear", data={"state": "online"}, htmx=True).text


def test_a_state_that_there_is_not_is_refused(li: Browser) -> None:
    assert li.post("/presence", data={"state": "asleep"}, htmx=True).status_code == 422


def test_the_card_says_why_people_are_needed_and_what_can_be_done(li: Browser, world: World, filed: str) -> None:
    handoff.request_human(world, CONVERSATION, reason="complaint", by="message:1", summary={"last_text": "我要投诉"})
    page = li.get(f"/talks/{CONVERSATION}").text
    for words in ("转接说明", "投诉升级", "我要投诉", "建议下一步", "规则判断", "<small>类目</small>", "身份已核实"):
        assert words in page


def test_a_note_by_a_colleague_is_news_for_open_pages(li: Browser, world: World, talk: str) -> None:
    seen = changes_since(world, None)
    li.post(f"/talks/{talk}/note", data={"note": "先别退款"}, htmx=True)
    assert f"talk-{talk}" in changes_since(world, seen).names
