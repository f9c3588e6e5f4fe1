"""What people leave to the bot when they give a conversation back: what they found out, and where it goes on."""

from collections.abc import Mapping
from typing import Any

from backend.domain.conversation import Author, Conversation, Message, Mode
from backend.domain.filing import Answers
from backend.domain.ownership import Handback
from backend.domain.request import Reason, Wish
from backend.errors import TalkRefused
from backend.ports import UnitOfWork, World
from backend.services import drafts
from backend.services.conversations import change_of
from backend.services.replies import Turn, add_reply

_MOST = 50
_LOOKED_AT = 200
"""Lines in which the customer's last message is looked for."""

_PLAIN: Mapping[str, type] = {"order_no": str, "description": str, "quantity": int, "intact": bool}


def answers_from(slots: Mapping[str, Any]) -> Answers:
    """What people found out, as answers to the bot's questions. Raises TalkRefused (`slots`) for anything else.

    `order_no`, `description`: words; `wish`, `reason`: codes; `quantity`: pieces; `intact`: yes or no; `goods`: a list
    of words of titles, or numbers in the list of what can still be chosen.
    """
    told: dict[str, Any] = {}
    try:
        for name, value in slots.items():
            told[name] = _answer(name, value)
    except (KeyError, ValueError, TypeError) as exc:
        raise TalkRefused("slots") from exc
    return Answers(**told)


def waiting(world: World) -> list[Handback]:
    """Those that the bot has not taken yet, oldest first."""
    with world.read() as work:
        return work.handbacks.waiting(_MOST)


def fill_in(world: World, handback: Handback) -> Message | None:
    """Put what people found out into the draft, which proves nobody's identity.

    Gives the customer's last message where the bot is to ask on: it owns the conversation and an application is open.
    """
    if handback.slots:
        drafts.fill_draft(world, handback.conversation_id, answers_from(handback.slots))
    with world.read() as work:
        conversation = work.conversations.get(handback.conversation_id)
        draft = work.cases.draft_of(handback.conversation_id)
        if not handback.resume or draft is None or conversation is None or conversation.mode is not Mode.BOT:
            return None
        lines = work.talk.tail(conversation.id, _LOOKED_AT)
    return next((line for line in reversed(lines) if line.author is Author.CUSTOMER), None)


def settle(world: World, handback: Handback, turn: Turn | None, *, epoch: int, message: Message | None = None) -> bool:
    """Write what the bot says to it, if anything, and mark it as taken, all or nothing; False when another process
    was first. Raises Conflict when a message was answered meanwhile: it is tried again then.
    """
    with world.write() as work:
        conversation = work.conversations.lock(handback.conversation_id)
        if not work.handbacks.take(handback.id, world.clock.now()):
            return False
        if turn is not None and message is not None:
            _write(world, work, conversation, handback, turn, epoch, message)
        work.commit()
    return True


def _answer(name: str, value: Any) -> Any:
    if name == "wish":
        return Wish(value)
    if name == "reason":
        return Reason(value)
    if name == "goods":
        return tuple(str(each) for each in value)
    if type(value) is not _PLAIN[name]:
        raise TypeError(name)
    return value


def _write(
    world: World,
    work: UnitOfWork,
    conversation: Conversation,
    handback: Handback,
    turn: Turn,
    epoch: int,
    message: Message,
) -> None:
    work.dialogue.append(conversation.id, turn.position, turn.events)
    own = conversation.epoch if conversation.epoch_by == change_of(message) else epoch
    for number, reply in enumerate(turn.replies):
        add_reply(world, work, conversation, reply, key=f"handback:{handback.id}:{number}", epoch=own)
