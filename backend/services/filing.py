"""From a told draft to a filed case, or to its end: the verbs that move a draft on."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from backend.domain.case import Actor, Case, CaseLine, Role
from backend.domain.filing import Question
from backend.domain.lifecycle import Event
from backend.domain.order import VIP, Order
from backend.domain.priority import Standing, priority_at_filing
from backend.domain.rule_book import RuleBook
from backend.domain.verdict import Outcome, Verdict
from backend.domain.workdays import local_day
from backend.errors import Conflict, DraftIncomplete, NotAllowed
from backend.ports import UnitOfWork, World
from backend.services.automatic import approve_filed
from backend.services.cards import case_card
from backend.services.conversations import Notice
from backend.services.drafts import DraftView, draft_view
from backend.services.locking import lock_conversations
from backend.services.moving import move
from backend.services.risk import at_filing


def tell_draft(world: World, conversation_id: str) -> DraftView:
    """The draft with its verdict, marked as told: from now on this version, and no other, can be confirmed."""
    now = world.clock.now()
    with world.write() as work:
        work.conversations.lock(conversation_id)
        book = world.rule_book(now, work)
        draft = _required(work, conversation_id)
        told = replace(draft, told_version=draft.version)
        work.cases.save(told, expected_version=draft.version)
        work.commit()
        return draft_view(work, told, book, now)


def submit_draft(world: World, conversation_id: str, expected_version: int | None) -> Case:
    """File the draft as a case (T2): number, frozen verdict and rule book version, pieces claimed, notice N1, log.

    `expected_version` is the version on the confirmed summary; None means the one told last. Raises DraftIncomplete
    when something is still to be asked, Conflict when the summary is an old one or somebody else has the pieces,
    NotAllowed when the rules refuse.
    """
    now = world.clock.now()
    with world.write() as work:
        work.conversations.lock(conversation_id)
        book = world.rule_book(now, work)
        draft = _required(work, conversation_id)
        lock_conversations(work, draft)
        view = draft_view(work, draft, book, now)
        _refuse_unconfirmed(view, draft.told_version if expected_version is None else expected_version)
        case = _file(world, work, view, book, now)
        work.commit()
    return approve_filed(world, case)


def discard_draft(world: World, conversation_id: str) -> bool:
    """Withdraw the draft (T40); False when there was none."""
    now = world.clock.now()
    with world.write() as work:
        work.conversations.lock(conversation_id)
        draft = work.cases.draft_of(conversation_id)
        if draft is not None:
            move(world, work, draft, Event.WITHDRAW, actor=_customer(draft), now=now)
            work.commit()
    return draft is not None


def _required(work: UnitOfWork, conversation_id: str) -> Case:
    draft = work.cases.draft_of(conversation_id)
    if draft is None:
        raise Conflict("there is no draft any more", subject="draft")
    return draft


def _refuse_unconfirmed(view: DraftView, confirmed_version: int | None) -> None:
    """The guards of T2: everything is answered, the rules do not refuse, and this very version was confirmed."""
    if any(line.quantity is not None and line.quantity > view.free.get(line.line_no, 0) for line in view.draft.lines):
        raise Conflict("some of the pieces are under another case by now", subject="pieces")
    if view.verdict is not None and view.verdict.outcome is Outcome.REFUSED:
        raise NotAllowed(view.verdict)
    if view.question is not Question.CONFIRMATION:
        raise DraftIncomplete(view.question.value)
    if confirmed_version != view.draft.version or view.draft.told_version != view.draft.version:
        raise Conflict(f"version {confirmed_version} was confirmed, not {view.draft.version}", subject="summary")


def _file(world: World, work: UnitOfWork, view: DraftView, book: RuleBook, now: datetime) -> Case:
    """The draft as a case, its pieces claimed. `view` is complete: order and verdict are there."""
    draft, order, verdict = view.draft, view.order, view.verdict
    assert verdict is not None and order is not None
    return move(
        world,
        work,
        draft,
        Event.SUBMIT,
        actor=_customer(draft),
        now=now,
        changes=filed_fields(work, draft, order, verdict, book, now),
        notice=partial(receipt, order=order, book=book),
    )


def filed_fields(
    work: UnitOfWork, draft: Case, order: Order, verdict: Verdict, book: RuleBook, now: datetime
) -> dict[str, Any]:
    """What filing sets in a case, with its pieces claimed. Raises Conflict (subject `pieces`) when they are taken."""
    for line in draft.lines:
        _claim(work, order.order_no, line)
    filed: dict[str, Any] = {
        "case_no": draft.case_no or work.cases.next_number(local_day(now)),
        "submitted_at": now,
        "remedy": verdict.remedy,
        "verdict": verdict,
        "rule_book_version": verdict.rule_book_version,
        "refundable_fen": verdict.refundable_fen,
    }
    standing = _standing(work, draft, order, verdict, book)
    filed["priority"] = max(draft.priority, priority_at_filing(standing, book.rules.priority))
    filed["risk"] = at_filing(work, replace(draft, **filed), book.rules, now)
    return filed


def _standing(work: UnitOfWork, draft: Case, order: Order, verdict: Verdict, book: RuleBook) -> Standing:
    """What makes the case urgent: who files it, for how much, and whether somebody was hurt or it was filed before."""
    told = draft.description or ""
    alarming = any(word in told for word in book.rules.crisis.keywords)
    handed_over = work.conversations.lock(draft.conversation_id).epoch > 0
    reasons = work.handoffs.reasons_since(draft.conversation_id, draft.opened_at) if handed_over else ()
    earlier = [case for case in work.cases.of_order(order.order_no) if case.id != draft.id]
    return Standing(
        vip=order.buyer_tier == VIP,
        safety=alarming or "safety" in reasons,
        worth_fen=verdict.most_fen,
        repeat_contact=bool(earlier),
    )


def _customer(draft: Case) -> Actor:
    return Actor(Role.CUSTOMER, draft.conversation_id)


def _claim(work: UnitOfWork, order_no: str, line: CaseLine) -> None:
    try:
        work.orders.claim_pieces(order_no, line.line_no, line.quantity or 0)
    except Conflict as taken:
        raise Conflict(str(taken), subject="pieces") from taken


def receipt(case: Case, order: Order, book: RuleBook) -> Notice:
    """N1: we have it, under this number."""
    return Notice(
        "case_submitted",
        params={"case_no": case.case_no, "due_at": case.due_at.isoformat() if case.due_at else None},
        card=case_card(case, order, book),
        case_id=case.id,
        dedupe_key=f"case_submitted:{case.id}:{case.version}",
    )
