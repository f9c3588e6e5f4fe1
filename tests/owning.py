"""Staff who are at their desks, and conversations that one of them is to take."""

from backend.domain.case import Role
from backend.domain.conversation import Message
from backend.domain.work import Staff
from backend.ports import World
from backend.services import agent_talk, handoff, presence
from backend.services.agent_talk import AgentReply
from backend.services.conversations import Said, open_conversation, receive
from backend.services.staff import add_staff


def at_work(world: World, name: str, role: Role) -> Staff:
    """Somebody new whose page is open."""
    member = add_staff(world, name, role)
    presence.hear(world, member)
    return member


def in_queue(world: World) -> str:
    """A conversation that has asked for people."""
    conversation = open_conversation(world, "webchat", "u1")
    receive(world, conversation.id, Said("我要人工"))
    handoff.request_human(world, conversation.id, reason="asked", by="message:1")
    return conversation.id


def said(world: World, talk: str, member: Staff, text: str = "您好，我来处理") -> Message | None:
    """What staff write to the customer; None where it had been written before."""
    return agent_talk.reply(world, talk, member, AgentReply(text))


def told(world: World, talk: str) -> list[str]:
    """The templates of all that waits to be sent to the customer, in order; empty for words."""
    with world.read() as work:
        return [row.template or "" for row in work.messages.queued(talk, 100)]
