"""What the owner of a conversation says and does in it, and what staff write beside it."""

import logging
from dataclasses import dataclass, replace

from backend.domain.canned import banned_in
from backend.domain.conversation import Author, Conversation, Delivery, Message, Mode, NewMessage
from backend.domain.ownership import TYPING_SHOWS, WITH_PEOPLE, Note, TalkSign
from backend.domain.work import Staff
from backend.errors import Conflict, ConversationNotFound, MessageNotFound, NotOwner, TalkRefused
from backend.logs import once_committed
from backend.ports import UnitOfWork, World
from backend.services import audit

log = logging.getLogger(__name__)

LONGEST_REPLY = 2000
"""Characters of one message; every channel can carry that."""


@dataclass(frozen=True)
class AgentReply:
    """What an agent sends: words, a stored picture (evidence id), and the page's own name for it."""

    text: str = ""
    image: str | None = None
    client_id: str | None = None


def reply(world: World, conversation_id: str, member: Staff, said: AgentReply) -> Message | None:
    """Into the outbox under the owner's name; None when it was sent before.

    Raises NotOwner when it is not theirs (any more), TalkRefused for nothing to send, too much of it, or a word that
    customers are never told.
    """
    text = said.text.strip()
    _refuse_unfit(world, text, said.image)
    with world.write() as work:
        conversation = _owned(work, conversation_id, member)
        new = NewMessage(
            author=Author.AGENT,
            text=text,
            name=member.name,
            payload={"image": said.image} if said.image else {},
            dedupe_key=f"{conversation_id}:agent:{said.client_id}" if said.client_id else None,
        )
        now = world.clock.now()
        message = work.messages.add(conversation, new, now, delivery=Delivery.QUEUED)
        if message is not None:
            _wrote(world, work, conversation, member)
            facts = {"conversation": conversation_id, "message": message.id}
            once_committed(work, log, "written by %s", member.name, **facts)
        work.commit()
    return message


def send_again(world: World, message_id: int, member: Staff) -> None:
    """What did not arrive, or may not have, goes out once more as the newest line; that is written into the audit.

    Raises NotOwner, MessageNotFound, and Conflict when it is on its way again already, or has arrived.
    """
    now = world.clock.now()
    with world.write() as work:
        found = work.talk.message(message_id)
        if found is None:
            raise MessageNotFound(message_id)
        conversation = _owned(work, found.conversation_id, member)
        if not work.talk.send_again(conversation, message_id, now):
            raise Conflict(f"message {message_id} is not one that failed (any more)", subject="message")
        was = found.delivery.value
        audit.note(world, work, member.name, "talk:message:sent_again", conversation.id, message=message_id, was=was)
        work.commit()


def add_note(world: World, conversation_id: str, member: Staff, text: str) -> None:
    """For colleagues only. Raises TalkRefused when there is nothing in it, ConversationNotFound."""
    if not text.strip():
        raise TalkRefused("empty")
    with world.write() as work:
        work.conversations.lock(conversation_id)
        work.notes.add(Note(conversation_id, member.name, text.strip()[:LONGEST_REPLY], world.clock.now()))
        work.commit()


def keep_draft(world: World, conversation_id: str, member: Staff, text: str) -> None:
    """What is written but not sent stays until it is, whatever becomes of the page.

    Raises ConversationNotFound, also once its buyer was erased: a page that is still open brings nothing back.
    """
    with world.write() as work:
        work.conversations.lock(conversation_id)
        work.notes.keep_draft(member.name, conversation_id, text[:LONGEST_REPLY])
        work.commit()


def show_typing(world: World, conversation_id: str, member: Staff) -> None:
    """The owner types: the customer is shown so for a few seconds. A page that lost the conversation shows nothing."""
    now = world.clock.now()
    with world.write() as work:
        if not _is_theirs(work.conversations.lock(conversation_id), member):
            return
        before = work.talk.sign_of(conversation_id)
        read_seq = before.read_seq if before else 0
        work.talk.sign(TalkSign(conversation_id, now + TYPING_SHOWS, read_seq), now)
        work.commit()


def mark_read(world: World, conversation_id: str, member: Staff, seq: int) -> None:
    """The owner has read up to that line, which never goes back; of anybody else it says nothing."""
    now = world.clock.now()
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        if not _is_theirs(conversation, member):
            return
        before = work.talk.sign_of(conversation_id) or TalkSign(conversation_id)
        seq = min(seq, conversation.last_seq)
        if seq > before.read_seq:
            work.talk.sign(replace(before, read_seq=seq), now)
            work.commit()


def read_by_staff(world: World, conversation_id: str) -> int:
    """The number of the last line that its owners have read; 0 where nobody has."""
    with world.read() as work:
        sign = work.talk.sign_of(conversation_id)
    return sign.read_seq if sign is not None else 0


def customer_has_read(world: World, conversation_id: str, seq: int) -> None:
    """Their page has shown the lines up to that number. Raises ConversationNotFound."""
    with world.write() as work:
        conversation = work.conversations.get(conversation_id)
        if conversation is None:
            raise ConversationNotFound(conversation_id)
        work.talk.customer_has_read(conversation_id, min(seq, conversation.last_seq), world.clock.now())
        work.commit()


def recent_signs(world: World) -> list[TalkSign]:
    """Who types, or did so lately, in all conversations."""
    with world.read() as work:
        return work.talk.signs_since(world.clock.now() - 2 * TYPING_SHOWS)


def customer_wrote(world: World, conversation_id: str) -> None:
    """A conversation that waited for its customer is its owner's turn again; it is no change of owner."""
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        if conversation.mode is Mode.WAIT_CUSTOMER:
            _end_waiting(world, work, conversation)
            work.commit()


def _refuse_unfit(world: World, text: str, image: str | None) -> None:
    if not text and image is None:
        raise TalkRefused("empty")
    if len(text) > LONGEST_REPLY:
        raise TalkRefused("too_long")
    banned = banned_in(text, world.rule_book(world.clock.now()).rules_for().tone.banned_words)
    if banned:
        raise TalkRefused("banned", banned)


def _owned(work: UnitOfWork, conversation_id: str, member: Staff) -> Conversation:
    conversation = work.conversations.lock(conversation_id)
    if not _is_theirs(conversation, member):
        raise NotOwner(conversation.owner)
    return conversation


def _is_theirs(conversation: Conversation, member: Staff) -> bool:
    return conversation.owner == member.name and conversation.mode in WITH_PEOPLE


def _end_waiting(world: World, work: UnitOfWork, conversation: Conversation) -> None:
    owner, modes = conversation.owner, (Mode.WAIT_CUSTOMER, Mode.HUMAN)
    work.ownership.give(conversation.id, owner, of=modes[:1], to=modes[1], owned_by=owner, by="customer")
    episode = work.episodes.current(conversation.id)
    if episode is not None:
        now, epoch = world.clock.now(), conversation.epoch + 1
        work.handoffs.log(episode.id, at=now, actor="customer", from_mode=modes[0], to_mode=modes[1], epoch=epoch)


def _wrote(world: World, work: UnitOfWork, conversation: Conversation, member: Staff) -> None:
    now = world.clock.now()
    work.ownership.wrote(conversation.id, member.name, now)
    work.notes.keep_draft(member.name, conversation.id, "")
    work.talk.sign(TalkSign(conversation.id, now, conversation.last_seq), now)
    episode = work.episodes.current(conversation.id)
    if episode is not None and episode.first_answer_at is None:
        work.episodes.change(episode.id, first_answer_at=now)
