"""Canned replies: whole, findable, filled."""

from datetime import datetime, timezone

import pytest

from backend.domain import handoff_card
from backend.domain.case import State
from backend.domain.handoff_card import CardCase, CardOrder, HandoffCard, Promise
from bot.wording import canned
from bot.wording.canned import CannedReply, canned_replies, fill, search, suggested, values_of
from tests.clock import START

BANNED = ("不可能", "没办法", "这是规定", "您自己", "绝对", "保证")
"""`tone.banned_words` of the rule book."""


def a_card(**changes: object) -> HandoffCard:
    told: dict[str, object] = {
        "conversation_id": "conv-1",
        "reason": "asked",
        "skill": "general",
        "priority": 0,
        "requested_at": START,
        "trigger": "我要人工",
        "standing": (),
        "verified": True,
        "customer_name": "王**",
        "customer_phone": "138****1234",
        "tier": "",
        "earlier_cases": 0,
        "orders": (CardOrder("A1001", proven=True),),
        "cases": (CardCase("RC1", State.SUBMITTED, "RETURN_REFUND", 4500, None, None),),
        "draft": None,
        "turns": (),
        "bot_did": (),
        "photos": (),
        "promises": (Promise("ticket", datetime(2026, 11, 23, 7, tzinfo=timezone.utc)),),
        "next_actions": (),
        "situations": (),
    }
    return HandoffCard(**{**told, **changes})  # type: ignore[arg-type]


def reply(code: str) -> CannedReply:
    (found,) = [each for each in canned_replies() if each.code == code]
    return found


def test_there_are_forty_or_more_and_each_has_a_code_of_its_own() -> None:
    codes = [each.code for each in canned_replies()]
    assert len(codes) >= 40
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("each", canned_replies(), ids=lambda each: each.code)
def test_every_reply_is_fit_to_send(each: CannedReply) -> None:
    assert each.variables <= canned._table()["variables"].keys()
    assert 10 < len(each.text) <= 200
    assert not [word for word in BANNED if word in each.text]
    assert each.tags and each.situations
    assert "{" not in fill(each, {})


def test_every_situation_of_a_card_has_a_reply() -> None:
    groups = (handoff_card._BY_REASON, handoff_card._BY_STATE)
    named = {each for group in groups for found in group.values() for each in found}
    named |= {"greeting", *handoff_card._BY_QUESTION.values()}
    assert named <= {situation for each in canned_replies() for situation in each.situations}


def test_titles_and_tags_are_found_before_texts() -> None:
    found = [each.code for each in search("照片")]
    assert found[0] == "ask_photos"
    assert "counterfeit" in found  # names it in its text alone
    assert found.index("counterfeit") > found.index("ask_photo_again")


def test_several_words_must_all_be_there_and_none_finds_all() -> None:
    assert [each.code for each in search("退款 没收到")] == ["refund_late", "refund_on_way"]
    assert search("  ") == canned_replies()
    assert search("火星") == ()


def test_what_was_approved_to_be_said_in_a_crisis_is_found_and_sent_word_for_word() -> None:
    texts = {"statement": ("我们正在核查。", "这批电水壶已召回，{退款}由我们承担。")}
    (found,) = search("声明 召回", ruled=texts)
    assert fill(found, {}) == "这批电水壶已召回，{退款}由我们承担。"
    assert [each.code for each in search("舆情", ruled={"statement": ("我们正在核查。",)})] == ["statement:1"]


def test_what_the_rules_say_to_whoever_is_upset_is_suggested_first_where_it_fits_and_found() -> None:
    texts = {"empathy": ("是的，我理解。", "您的心情我非常理解。")}
    assert [each.code for each in suggested(("calming",), ruled=texts)][:3] == ["empathy:1", "empathy:2", "understand"]
    assert "empathy:1" not in {each.code for each in suggested(("greeting", "photos"), ruled=texts)}
    assert [each.code for each in search("共情", ruled=texts)] == ["empathy:1", "empathy:2"]
    assert suggested(("calming",), ruled={"empathy": ()}) == suggested(("calming",))


def test_what_fits_the_first_situation_is_suggested_first() -> None:
    found = suggested(("photos", "greeting"))
    assert found[0].code == "ask_photos"
    assert len(found) == 6
    assert suggested(()) == ()


def test_each_situation_has_its_best_reply_suggested_before_any_has_a_second() -> None:
    found = suggested(("greeting", "calming", "apology"), 4)
    assert [each.situations[0] for each in found[:3]] == ["greeting", "calming", "apology"]
    assert found[3].code == "hello_late"


def test_variables_are_filled_from_the_card() -> None:
    values = values_of(a_card(), agent="小李")
    assert (
        fill(reply("reviewing"), values)
        == "售后单 RC1 正在审核，我已经备注加急，最晚 11月23日 15:00 前有结果，出来我会通知您。"
    )
    assert "¥45.00" in fill(reply("refund_on_way"), values)
    assert fill(reply("hello_again"), values).startswith("您好，还是我小李。")


def test_what_is_not_known_stands_in_brackets_for_the_agent() -> None:
    assert "【售后单号】" in fill(reply("reviewing"), values_of(None, agent="小李"))
    assert "【时间】" in fill(reply("reviewing"), values_of(a_card(promises=()), agent="小李"))
