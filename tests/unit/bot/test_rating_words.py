"""What a customer adds to a low score of a talk: asked for by a button, kept once, seen with the call-back."""

import pytest

from backend.domain.case import Role
from backend.domain.ownership import Episode, Outcome
from backend.domain.work import Staff
from backend.errors import RatingRefused
from backend.ports import World
from backend.services import agent_talk, handoff, ownership, presence, talk_ratings
from backend.services.agent_talk import AgentReply
from backend.services.staff import add_staff
from tests.unit.bot.conftest import Chat


@pytest.fixture
async def ended(chat: Chat, world: World) -> Chat:
    """A chat that an agent has answered in and ended; its rating was asked for."""
    li = add_staff(world, "小李", Role.AGENT)
    presence.hear(world, li)
    handoff.request_human(world, chat.conversation.id, reason="asked", by="test")
    ownership.claim(world, chat.conversation.id, li)
    _answer(world, chat, li)
    ownership.resolve(world, chat.conversation.id, li, Outcome.UNSOLVED)
    await chat.router.send(chat.conversation.id)
    return chat


def _answer(world: World, chat: Chat, li: Staff) -> None:
    agent_talk.reply(world, chat.conversation.id, li, AgentReply("您好"))


def _episode(world: World, chat: Chat) -> Episode:
    with world.read() as work:
        return work.episodes.of_conversation(chat.conversation.id)[0]


async def test_words_asked_for_after_a_low_score_are_kept_with_it_and_the_bot_is_not_asked(
    ended: Chat, world: World
) -> None:
    await ended.press("1 分")
    await ended.press("说说原因")
    assert ended.templates()[-1] == "talk_words_asked"
    await ended.say("等了二十分钟，最后也没解决")
    assert (_episode(world, ended).score, _episode(world, ended).comment) == (1, "等了二十分钟，最后也没解决")
    assert ended.templates()[-1] == "talk_words_kept" and ended.dialogue.texts == []


async def test_whoever_does_not_want_to_say_why_is_heard_by_the_bot_as_ever(ended: Chat, world: World) -> None:
    await ended.press("1 分")
    await ended.say("我的退款到哪了")
    assert _episode(world, ended).comment in (None, "")
    assert ended.dialogue.texts[-1] == "我的退款到哪了"


async def test_only_the_next_message_is_taken_for_the_words(ended: Chat, world: World) -> None:
    await ended.press("2 分")
    await ended.press("说说原因")
    await ended.say("态度不好")
    await ended.say("我要退货")
    assert _episode(world, ended).comment == "态度不好"
    assert ended.dialogue.texts[-1] == "我要退货"


async def test_a_good_score_is_not_asked_about(ended: Chat) -> None:
    await ended.press("5 分")
    assert "说说原因" not in [each["title"] for each in ended.rows()[-1].payload.get("buttons", ())]


async def test_the_call_back_names_the_episode_whose_words_belong_to_it(ended: Chat, world: World) -> None:
    await ended.press("1 分")
    with world.read() as work:
        alerts = work.alerts.of_conversation(ended.conversation.id)
    calls = [each.detail["episode"] for each in alerts if each.detail["about"] == "call_back"]
    assert calls == [_episode(world, ended).id] * 2


async def test_words_without_a_score_are_not_kept(ended: Chat, world: World) -> None:
    assert not talk_ratings.add_words(world, ended.conversation.id, _episode(world, ended).id, "很好")
    assert _episode(world, ended).comment is None


async def test_words_of_another_conversations_episode_are_refused(ended: Chat, world: World) -> None:
    with pytest.raises(RatingRefused):
        talk_ratings.add_words(world, ended.conversation.id, _episode(world, ended).id + 1, "很好")
