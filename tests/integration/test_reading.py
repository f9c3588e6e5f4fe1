"""How far each side has read: kept, never going back, whatever order it is told in."""

import pytest

from backend.domain.case import Role
from backend.domain.work import Staff
from backend.errors import ConversationNotFound
from backend.ports import World
from backend.services import agent_talk, handoff, ownership, talks_view
from backend.services.conversations import Said, get_conversation, open_conversation, receive
from backend.services.staff import add_staff
from tests.racing import race


@pytest.fixture
def li(each_world: World) -> Staff:
    return add_staff(each_world, "小李", Role.AGENT)


@pytest.fixture
def talk(each_world: World) -> str:
    """A conversation of several lines, in the queue."""
    conversation = open_conversation(each_world, "webchat", "u1")
    for text in ("在吗", "我要人工"):
        receive(each_world, conversation.id, Said(text))
    handoff.request_human(each_world, conversation.id, reason="asked", by="message:1")
    return conversation.id


def _read(world: World, talk: str, li: Staff) -> int:
    return talks_view.talk_view(world, talk, li).customer_read


def test_staff_see_how_far_the_customer_has_read(each_world: World, talk: str, li: Staff) -> None:
    assert _read(each_world, talk, li) == 0
    agent_talk.customer_has_read(each_world, talk, 2)
    assert _read(each_world, talk, li) == 2
    agent_talk.customer_has_read(each_world, talk, 1)
    assert _read(each_world, talk, li) == 2


def test_nobody_reads_what_was_not_written_yet(each_world: World, talk: str, li: Staff) -> None:
    agent_talk.customer_has_read(each_world, talk, 2**53)
    assert _read(each_world, talk, li) == get_conversation(each_world, talk).last_seq


def test_of_several_pages_the_one_that_has_read_most_counts(each_world: World, talk: str, li: Staff) -> None:
    race(4, lambda number: agent_talk.customer_has_read(each_world, talk, 4 - number))
    assert _read(each_world, talk, li) == 4


def test_a_conversation_that_is_none_is_read_by_nobody(each_world: World) -> None:
    with pytest.raises(ConversationNotFound):
        agent_talk.customer_has_read(each_world, "nowhere", 1)


def test_what_the_owner_has_read_is_known_to_a_page_that_opens_later(each_world: World, talk: str, li: Staff) -> None:
    assert agent_talk.read_by_staff(each_world, talk) == 0
    ownership.claim(each_world, talk, li)
    agent_talk.mark_read(each_world, talk, li, 2)
    assert agent_talk.read_by_staff(each_world, talk) == 2
