"""Builds the hand-off card of a conversation from the database alone, and keeps it with the episode at a claim."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from backend.domain.case import Case, Role, State
from backend.domain.complaint import SETTLED
from backend.domain.conversation import Conversation, Message
from backend.domain.evidence import Evidence
from backend.domain.handoff_card import (
    CardCase,
    CardDraft,
    CardGoods,
    CardOrder,
    CardTurn,
    CardVerdict,
    HandoffCard,
    NextAction,
    Promise,
    case_actions,
    situations_of,
    things_done,
    turns_read,
)
from backend.domain.masking import masked_account, masked_name, masked_phone
from backend.domain.order import Order
from backend.domain.ownership import Episode
from backend.domain.progress import WAITING
from backend.domain.verdict import Verdict
from backend.errors import ConversationNotFound
from backend.ports import UnitOfWork, World
from backend.services.drafts import DraftView, draft_view

TURNS = 3
"""The last messages whose mood and meaning are shown."""
_LINES = 60
_ORDERS = 5
_DONE = 12
_PROMISES = ("promised_at", "due_at", "answer_by")
"""Parameters of notices that name a time by which something will happen."""


def build_card(world: World, conversation_id: str, role: Role = Role.AGENT) -> HandoffCard | None:
    """The card of a conversation's newest episode as things stand now, with what that role can do next.

    None where people never had it. Raises ConversationNotFound.
    """
    with world.read() as work:
        conversation = work.conversations.get(conversation_id)
        if conversation is None:
            raise ConversationNotFound(conversation_id)
        episodes = work.episodes.of_conversation(conversation_id)
        return _card(world, work, conversation, episodes[0], role) if episodes else None


def keep_snapshot(world: World, conversation_id: str, role: Role) -> None:
    """Keep the card as it is now in the open episode's summary, under `card`."""
    card = build_card(world, conversation_id, role)
    with world.write() as work:
        episode = work.episodes.current(conversation_id)
        if card is not None and episode is not None:
            work.episodes.change(episode.id, summary={**episode.summary, "card": card.as_json()})
            work.commit()


def _card(world: World, work: UnitOfWork, conversation: Conversation, episode: Episode, role: Role) -> HandoffCard:
    draft, filed = _draft(world, work, conversation.id), _cases(work, conversation.id)
    orders, cases = _orders(work, conversation.id, draft), [_case(each) for each in filed]
    events = [json.loads(data) for data in work.dialogue.current_session(conversation.id)[1]]
    told = _told_draft(draft) if draft else None
    still_open = [case for case in cases if case.state is not State.CLOSED]
    return HandoffCard(
        conversation_id=conversation.id,
        reason=episode.reason,
        skill=str(episode.summary.get("skill", "")),
        priority=episode.priority,
        requested_at=episode.requested_at,
        trigger=masked_account(str(episode.summary.get("last_text") or "")),
        standing=tuple(episode.summary.get("standing", ())),
        **_customer(work, conversation.id),
        orders=tuple(orders),
        cases=tuple(cases),
        draft=told,
        turns=tuple(_masked(turn) for turn in turns_read(events, TURNS)),
        bot_did=things_done(events)[-_DONE:],
        photos=tuple(piece.id for piece in _photos(work, conversation.id, [*filed, *([draft.draft] if draft else [])])),
        promises=tuple(_promises(work, filed, episode, world.clock.now())),
        next_actions=tuple(_next_actions(told, still_open, role)),
        situations=situations_of(episode.reason, told, still_open),
    )


def _draft(world: World, work: UnitOfWork, conversation_id: str) -> DraftView | None:
    now = world.clock.now()
    draft = work.cases.draft_of(conversation_id)
    return draft_view(work, draft, world.rule_book(now, work), now) if draft is not None else None


def _cases(work: UnitOfWork, conversation_id: str) -> list[Case]:
    """Filed here, or of the orders that were proven here; newest first."""
    proven = [
        order for customer in _customers(work, conversation_id) for order in work.orders.of_customer(customer, 20)
    ]
    found = [*work.cases.of_conversation(conversation_id)]
    found += [case for order in proven for case in work.cases.of_order(order.order_no)]
    unique = {case.id: case for case in found if case.case_no is not None}
    return sorted(unique.values(), key=lambda case: case.id, reverse=True)


def _customers(work: UnitOfWork, conversation_id: str) -> list[int]:
    return sorted(work.conversations.proven_customers(conversation_id))


def _customer(work: UnitOfWork, conversation_id: str) -> dict[str, Any]:
    customers = _customers(work, conversation_id)
    bought = [order for customer in customers for order in work.orders.of_customer(customer, _ORDERS)]
    newest = bought[0] if bought else None
    return {
        "verified": bool(customers),
        "customer_name": masked_name(newest.buyer_name) if newest else "",
        "customer_phone": masked_phone(newest.buyer_phone) if newest else "",
        "tier": newest.buyer_tier if newest else "",
        "earlier_cases": sum(len(work.cases.of_order(order.order_no)) for order in bought),
    }


def _orders(work: UnitOfWork, conversation_id: str, draft: DraftView | None) -> Iterator[CardOrder]:
    """The draft's order first, then the newest of a proven buyer."""
    named = draft.draft.order_no if draft else None
    shown = [draft.order] if draft and draft.order else []
    for customer in _customers(work, conversation_id):
        shown += [each for each in work.orders.of_customer(customer, _ORDERS) if each not in shown]
    if named is not None and named not in [order.order_no for order in shown]:
        yield CardOrder(named, proven=False)
    yield from map(_order, shown[:_ORDERS])


def _order(order: Order) -> CardOrder:
    goods = tuple(CardGoods(line.title, line.quantity, line.paid_fen) for line in order.lines)
    return CardOrder(order.order_no, True, order.status.value, goods, order.paid_fen)


def _case(case: Case) -> CardCase:
    return CardCase(
        case_no=case.case_no or "",
        state=case.state,
        remedy=case.remedy,
        amount_fen=case.amount_fen,
        due_at=case.due_at,
        verdict=_verdict(case.verdict),
    )


def _verdict(verdict: Verdict | None) -> CardVerdict | None:
    if verdict is None:
        return None
    checks = tuple((check.id, check.result.value, check.reason) for check in verdict.checks)
    outcome, version = verdict.outcome.value, verdict.rule_book_version
    return CardVerdict(outcome, verdict.remedy, verdict.refundable_fen, version, checks)


def _told_draft(view: DraftView) -> CardDraft:
    draft = view.draft
    goods = [{"line_no": line.line_no, "quantity": line.quantity} for line in draft.lines]
    fields = {
        "wish": draft.wish,
        "order_no": draft.order_no,
        "goods": goods or None,
        "reason": draft.reason_claimed,
        "description": masked_account(draft.description) if draft.description else None,
        "intact": draft.intact,
    }
    return CardDraft(
        filled={name: value for name, value in fields.items() if value is not None},
        missing=(view.question.value, *(kind.value for kind in view.missing)),
        question=view.question.value,
        verdict=_verdict(view.verdict),
    )


def _masked(turn: CardTurn) -> CardTurn:
    return replace(turn, text=masked_account(turn.text))


def _photos(work: UnitOfWork, conversation_id: str, cases: Sequence[Case]) -> list[Evidence]:
    pieces = [
        *work.evidence.loose(conversation_id),
        *(piece for each in cases for piece in work.evidence.of_case(each.id)),
    ]
    return sorted(pieces, key=lambda piece: piece.created_at)


def _promises(work: UnitOfWork, cases: Sequence[Case], episode: Episode, now: datetime) -> Iterator[Promise]:
    """Times that are still to come, each once: of the ticket, and of the step at which a case or a complaint is."""
    if episode.promised_at is not None:
        yield Promise("ticket", episode.promised_at)
    ours = {case.id: case.state_since for case in cases if WAITING[case.state].for_whom not in ("customer", "nobody")}
    complaints = {
        complaint.complaint_no: complaint.stage_since
        for complaint in work.complaints.of_conversation(episode.conversation_id)
        if complaint.stage not in SETTLED
    }
    told: dict[datetime, Promise] = {}
    for line in work.talk.tail(episode.conversation_id, _LINES):
        number = (line.payload.get("params") or {}).get("complaint_no")
        since = complaints.get(number) if number else ours.get(line.case_id or 0)
        if since is not None and line.at >= since:
            told |= {promise.due_at: promise for promise in _promised_in(line)}
    yield from (promise for due_at, promise in told.items() if due_at > now)


def _promised_in(line: Message) -> Iterator[Promise]:
    params = line.payload.get("params") or {}
    for name in _PROMISES:
        if line.template and params.get(name):
            yield Promise(line.template, datetime.fromisoformat(params[name]))


def _next_actions(draft: CardDraft | None, cases: Sequence[CardCase], role: Role) -> Iterator[NextAction]:
    for case in cases:
        yield from case_actions(case, role)
    if draft is not None:
        yield NextAction(f"ask:{draft.question}")
