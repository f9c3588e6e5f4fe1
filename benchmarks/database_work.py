"""What a shop asks its database for all day, by the real services without Rasa: a turn, a status, pages, a report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from backend.domain.case_queue import Queue
from backend.domain.conversation import Conversation, Message
from backend.domain.work import Staff
from backend.ports import World
from backend.services import conversations, handoff, progress, reports, talks_view
from backend.services.alert_list import count_alerts
from backend.services.case_queue import Filters, queue_page
from backend.services.conversations import Said
from backend.services.replies import Reply, Turn
from bot.delivery import ReadFromTranscript, ShownAtOnce
from bot.looking import look_at, unanswered

SENDERS = {"webchat": ReadFromTranscript()}
ANSWER = "您的售后单正在处理，仓库收到商品后会在两个工作日内验收，验收通过即原路退款。还有什么可以帮您？"
_KINDS = ("user", "action", "bot", "action")
"""Of the events that Rasa keeps of a turn."""


def _events(text: str, *, first: bool) -> tuple[tuple[str, str], ...]:
    kinds = ("session_started", *_KINDS) if first else _KINDS
    return tuple(
        (kind, json.dumps({"event": kind, "timestamp": 1.0, "text": text}, ensure_ascii=False)) for kind in kinds
    )


def say_and_answer(world: World, conversation_id: str, text: str, answer: str = ANSWER) -> None:
    """One text turn: stored, found unanswered and looked at, the dialogue read, the answer written and shown."""
    name = world.tokens.new(12)
    conversations.received_before(world, conversation_id, name)
    conversations.receive(world, conversation_id, Said(text, client_id=name))
    messages, seen = unanswered(world, conversation_id)
    for message in messages:
        _answer(world, look_at(world, message, seen).conversation, message, answer)
    conversations.transcript(world, conversation_id, 0)


def _answer(world: World, conversation: Conversation, message: Message, answer: str) -> None:
    with world.read() as work:
        position, known = work.dialogue.current_session(conversation.id)
    events = _events(message.text, first=not known)
    turn = Turn((Reply(answer),), position + len(known), events)
    handoff.write_turn(world, message, turn, epoch=conversation.epoch, run=0, last=True, show=ShownAtOnce)


def look_up_status(world: World, conversation_id: str, order_no: str) -> None:
    """How far the case of an order is, for its buyer."""
    looked = progress.look_up(world, conversation_id, order_no)
    assert looked.proven and looked.cases, f"{order_no} is not found"


def first_pages(world: World, member: Staff) -> None:
    """The desk's list of cases as it opens, and its second page: of a queue, and of all cases."""
    for queue in (Queue.REVIEW, Queue.ALL):
        page = queue_page(world, member, queue, Filters())
        assert page.cases, f"no case in {queue.value}"
        queue_page(world, member, queue, Filters(), page.next)


def first_board(world: World, member: Staff) -> None:
    """The desk's lists of conversations, and the number at its bell."""
    talks_view.board(world, member)
    count_alerts(world, member)


def make_reports(world: World, first: date, last: date, names: Sequence[str] = ("summary",)) -> None:
    """Reports over some days."""
    for name in names:
        reports.make_report(world, name, first, last)
