"""What customers say about their account: asked first, done when they say so, and nothing else is taken for it."""

import pytest

from backend.ports import World
from backend.services import identity
from tests.builders import an_order
from tests.unit.bot.conftest import Chat


@pytest.fixture
def bound(chat: Chat, world: World) -> Chat:
    """A chat of somebody who has proven to be a buyer."""
    with world.write() as work:
        work.orders.put(an_order())
        work.commit()
    identity.prove(world, chat.conversation.id, "A1001", "6688")
    return chat


def is_bound(chat: Chat) -> bool:
    with chat.world.read() as work:
        return bool(work.conversations.proven_customers(chat.conversation.id))


@pytest.mark.parametrize("words", ["解绑", "我要解绑", "解除綁定", " 解绑账号！"])
async def test_nothing_is_unbound_before_it_is_confirmed(bound: Chat, words: str) -> None:
    await bound.say(words)
    assert bound.templates() == ["unbind_asked"] and bound.dialogue.texts == []
    assert is_bound(bound)


async def test_the_button_unbinds(bound: Chat) -> None:
    await bound.say("解绑")
    await bound.press("确认解绑")
    assert bound.templates()[-1] == "unbound" and not is_bound(bound)


@pytest.mark.parametrize("words", ["确认解绑", "1", "是的", "解绑"])
async def test_so_do_words_right_after_it_was_asked(bound: Chat, words: str) -> None:
    await bound.say("解绑")
    await bound.say(words)
    assert bound.templates()[-1] == "unbound" and not is_bound(bound)


@pytest.mark.parametrize("words", ["不解绑", "2", "算了", "不用了"])
async def test_whoever_thinks_better_of_it_stays_bound(bound: Chat, words: str) -> None:
    await bound.say("解绑")
    await bound.say(words)
    assert bound.templates()[-1] == "stays_bound" and is_bound(bound)


async def test_a_yes_to_something_else_unbinds_nothing(bound: Chat) -> None:
    await bound.say("解绑")
    await bound.say("我的退款到哪了")
    await bound.say("是的")
    assert is_bound(bound) and bound.dialogue.texts == ["我的退款到哪了", "是的"]


@pytest.mark.parametrize("words", ["解绑了还能查到吗我想问问清楚", "微信零钱解绑银行卡怎么弄", "是的", "1"])
async def test_what_only_sounds_like_it_is_for_the_bot(bound: Chat, words: str) -> None:
    await bound.say(words)
    assert "unbind_asked" not in bound.templates() and bound.dialogue.heard and is_bound(bound)


async def test_who_is_bound_to_nobody_is_told_so(chat: Chat) -> None:
    await chat.say("解绑")
    assert chat.templates() == ["not_bound"]


async def test_a_platforms_menu_may_ask_for_it(bound: Chat) -> None:
    await bound.say("/unbind", command="account:ask")
    assert bound.templates() == ["unbind_asked"]
