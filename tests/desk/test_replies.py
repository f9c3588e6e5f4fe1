"""The page of canned replies, and the merchant's own ones where agents look for them."""

import pytest

from backend.domain.canned import VARIABLES
from backend.domain.case import Role
from backend.ports import World
from backend.services.canned_replies import own_replies, texts_of_rules
from bot.wording import canned
from tests.desk.conftest import Browser, LogIn
from tests.desk.talking import a_queued_talk
from tests.working import under_rules

GIFT = {"title": "送小样", "tags": "赠品，样品", "text": "{customer}好，我是{agent}，这单补一份<小样>。"}


@pytest.fixture
def boss(log_in: LogIn) -> Browser:
    return log_in(Role.SUPERVISOR, "老陈")


@pytest.fixture
def kept(boss: Browser, world: World) -> int:
    assert boss.post("/replies/add", data=GIFT).status_code == 303
    (reply,) = own_replies(world)
    assert reply.tags == ("赠品", "样品")
    return reply.id


def test_an_own_reply_is_found_first_and_filled_in(log_in: LogIn, world: World, kept: int) -> None:
    li, talk = log_in(Role.AGENT, "小李"), a_queued_talk(world)
    li.post(f"/talks/{talk}/claim", htmx=True)
    found = li.get(f"/talks/{talk}/canned", params={"q": "赠品"}).text
    assert "您好，我是小李，这单补一份&lt;小样&gt;。" in found
    assert "没有这样的" in li.get(f"/talks/{talk}/canned", params={"q": "赠品 不存在"}).text


def test_what_the_rule_book_has_to_be_said_is_what_it_says_in_force(world: World) -> None:
    assert texts_of_rules(world)["statement"] == ()
    other = {"crisis__statement_templates": ("我们正在核查。",), "tone__empathy_templates": ("让您费心了。",)}
    assert texts_of_rules(under_rules(world, **other)) == {
        "statement": ("我们正在核查。",),
        "empathy": ("让您费心了。",),
    }


def test_an_agent_of_an_upset_customer_is_offered_what_the_rules_say_to_them(log_in: LogIn, world: World) -> None:
    li, talk = log_in(Role.AGENT, "小李"), a_queued_talk(world, "u2", "气死我了", reason="anger")
    li.post(f"/talks/{talk}/claim", htmx=True)
    assert "是的，我理解。" in li.get(f"/talks/{talk}").text
    assert "您的心情我非常理解。" in li.get(f"/talks/{talk}/canned", params={"q": "共情"}).text


def test_a_changed_reply_is_the_one_that_is_found(boss: Browser, world: World, kept: int) -> None:
    changed = {"version": "1", "title": "送小样", "tags": "", "text": "这单补一份试用装。"}
    assert boss.post(f"/replies/{kept}/change", data=changed, htmx=True).status_code == 204
    page = boss.get("/replies/list", params={"q": "试用装"}).text
    assert "这单补一份试用装" in page and "小样&gt;" not in page
    assert boss.post(f"/replies/{kept}/change", data=changed, htmx=True).status_code == 409


def test_a_removed_reply_is_gone(boss: Browser, world: World, kept: int) -> None:
    assert boss.post(f"/replies/{kept}/remove", data={"version": "1"}, htmx=True).status_code == 204
    assert own_replies(world) == []
    answer = boss.post(f"/replies/{kept}/remove", data={"version": "1"}, htmx=True)
    assert answer.status_code == 404 and "已被删除" in answer.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("您好{name}", "没有“{name}”这个变量"),
        ("您好{", "花括号只能用来写变量，例如 {order_no}"),
        ("绝对没问题", "规则禁用的词“绝对”"),
    ],
)
def test_what_is_refused_is_said_in_words_and_not_lost(boss: Browser, world: World, text: str, told: str) -> None:
    answer = boss.post("/replies/add", data={**GIFT, "text": text})
    assert answer.status_code == 422 and told in answer.text
    assert f"{text}</textarea>" in answer.text and own_replies(world) == []


def test_a_title_in_use_is_said_so(boss: Browser, kept: int) -> None:
    answer = boss.post("/replies/add", data=GIFT)
    assert answer.status_code == 422 and "已经有同样标题" in answer.text


def test_agents_read_them_without_forms_and_cannot_change_them(log_in: LogIn, world: World, kept: int) -> None:
    li = log_in(Role.AGENT, "小李")
    page = li.get("/replies").text
    assert "送小样" in page and "/replies/add" not in page and "/remove" not in page
    assert li.post("/replies/add", data=GIFT, htmx=True).status_code == 403
    assert li.post(f"/replies/{kept}/remove", data={"version": "1"}, htmx=True).status_code == 403
    assert len(own_replies(world)) == 1


def test_the_shipped_ones_use_the_variables_that_own_ones_may() -> None:
    assert set(canned.unknown_words()) == set(VARIABLES)
