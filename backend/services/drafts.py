"""The draft of a conversation: what the messages have said so far, what the rules say to it, what to ask next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from backend.domain.case import Actor, Case, CaseLine, Role, State
from backend.domain.evidence import Evidence, EvidenceKind, EvidenceRequirement
from backend.domain.filing import (
    ALL_GOODS,
    OTHER_GOODS,
    Answers,
    Question,
    ReasonNeeds,
    all_pieces,
    choose_lines,
    named_lines,
    next_question,
    only_choice,
    other_lines,
    sort_evidence,
    with_quantity,
)
from backend.domain.judging import JudgedRequest, judge
from backend.domain.order import Order
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_book import RuleBook, Scope
from backend.domain.rule_types import Fault
from backend.domain.verdict import Verdict
from backend.ports import UnitOfWork, World
from backend.services import clock_keeping
from backend.services.earlier import with_earlier
from backend.services.identity import is_proven, meant_order
from backend.services.moving import begin
from backend.services.resuming import resumed


@dataclass(frozen=True)
class DraftView:
    """A draft as the dialogue needs it: what is known, what the rules of `book` say so far, what to ask next.

    `order` is None until the conversation has proven that the order is theirs. `open_case` is set when nothing of the
    order is free because that case has it; the draft has let go of the order then. `adopted` says that the last message
    brought evidence that was not there yet.
    """

    draft: Case
    book: RuleBook
    question: Question
    order: Order | None
    free: dict[int, int]
    verdict: Verdict | None
    missing: tuple[EvidenceKind, ...]
    evidence: tuple[Evidence, ...]
    open_case: Case | None = None
    adopted: bool = False


def fill_draft(world: World, conversation_id: str, answers: Answers) -> DraftView:
    """Put what a message says into the conversation's draft, which is begun when there is none."""
    now = world.clock.now()
    with world.write() as work:
        work.conversations.lock(conversation_id)
        book = world.rule_book(now, work)
        before = work.cases.draft_of(conversation_id) or _begin(work, conversation_id, now)
        view = _filled(work, before, answers, book, now)
        if view.draft != before or view.adopted:
            due = now + timedelta(hours=book.rules.draft.ttl_hours)
            view = replace(view, draft=replace(view.draft, version=before.version + 1, due_at=due))
            work.cases.save(view.draft, expected_version=before.version)
            clock_keeping.restart(world, work, view.draft, book.rules, now)
        work.commit()
    return view


def current_draft(world: World, conversation_id: str) -> Case | None:
    """The conversation's draft, without what the rules say to it."""
    with world.read() as work:
        return work.cases.draft_of(conversation_id)


def view_draft(world: World, conversation_id: str) -> DraftView | None:
    """The conversation's draft as it stands, or None."""
    now = world.clock.now()
    with world.read() as work:
        draft = work.cases.draft_of(conversation_id)
        return None if draft is None else draft_view(work, draft, world.rule_book(now, work), now)


def _begin(work: UnitOfWork, conversation_id: str, now: datetime) -> Case:
    draft = Case(
        id=0,
        conversation_id=conversation_id,
        version=0,
        state=State.DRAFT,
        opened_at=now,
        state_since=now,
        due_at=now,
    )
    return begin(work, draft, actor=Actor(Role.CUSTOMER, conversation_id), now=now)


def _filled(work: UnitOfWork, before: Case, answers: Answers, book: RuleBook, now: datetime) -> DraftView:
    """The draft with the answers in it, its evidence assigned, and whatever follows from both."""
    draft = _with_order(work, _forgotten(before, answers.forget), answers)
    order = _proven_order(work, draft)
    free = free_pieces(work, order)
    if draft.order_no not in (None, before.order_no):
        draft = resumed(work, draft, free, book, now)
    open_case = _case_that_holds(work, order, free)
    if open_case is not None:
        draft, order, free = replace(draft, order_no=None, lines=()), None, {}
    draft = _with_goods(_with_answers(draft, answers), answers, order, free)
    adopted = _adopt_evidence(work, draft, answers, book)
    return replace(_view(work, draft, order, free, book, now), open_case=open_case, adopted=adopted)


_FORGETS: dict[Question, dict[str, Any]] = {
    Question.WISH: {"wish": None},
    Question.ORDER_NO: {"order_no": None, "lines": ()},
    Question.GOODS: {"lines": ()},
    Question.REASON: {"reason_claimed": None, "intact": None},
    Question.DESCRIPTION: {"description": None},
}


def _forgotten(draft: Case, question: Question | None) -> Case:
    return replace(draft, **_FORGETS[question]) if question in _FORGETS else draft


def _proven_order(work: UnitOfWork, draft: Case) -> Order | None:
    """The draft's order, if its conversation has proven that it is theirs."""
    number = draft.order_no
    return work.orders.get(number) if number and is_proven(work, draft.conversation_id, number) else None


def _with_order(work: UnitOfWork, draft: Case, answers: Answers) -> Case:
    """The draft with the number of the order that is meant; another order means other goods."""
    typed = answers.order_no or draft.order_no
    number = meant_order(work, draft.conversation_id, typed) if typed else None
    return draft if number == draft.order_no else replace(draft, order_no=number, lines=())


def _with_answers(draft: Case, answers: Answers) -> Case:
    return replace(
        draft,
        wish=answers.wish.value if answers.wish else draft.wish,
        reason_claimed=answers.reason.value if answers.reason else draft.reason_claimed,
        description=_joined(answers.description or draft.description or answers.story, answers.addition),
        intact=draft.intact if answers.intact is None else answers.intact,
    )


def _joined(description: str | None, addition: str | None) -> str | None:
    """A description with what was added to it, each on a line of its own and none twice."""
    told = (description or "").splitlines()
    return "\n".join([*told, addition]) if addition and addition not in told else description


def _with_goods(draft: Case, answers: Answers, order: Order | None, free: dict[int, int]) -> Case:
    if order is None:
        return draft
    lines = _chosen(draft, answers, order, free) or only_choice(order, free)
    if answers.quantity is not None:
        lines = with_quantity(lines, answers.quantity, free)
    return replace(draft, lines=lines)


def _chosen(draft: Case, answers: Answers, order: Order, free: dict[int, int]) -> tuple[CaseLine, ...]:
    """What was chosen now, or before; nothing where another one is meant and it cannot be told which.

    A story that nobody asked for names one, or those that it says are all: 杯子和壶都碎了.
    """
    if OTHER_GOODS in answers.goods:
        return other_lines(draft.lines, order, free)
    named = named_lines(answers.naming, order, free)
    if answers.goods == (ALL_GOODS,) and (draft.lines or named):
        return _all_of(draft.lines, named, answers.quantity, order, free)
    if not (draft.lines or answers.goods) and len(named) == 1:
        return named
    return choose_lines(answers.goods, order, free) or draft.lines


def _all_of(
    chosen: tuple[CaseLine, ...],
    named: tuple[CaseLine, ...],
    counted: int | None,
    order: Order,
    free: dict[int, int],
) -> tuple[CaseLine, ...]:
    """All that were chosen or are named, which 都 may join only: 杯子和壶都碎了 says nothing of how many cups."""
    added = tuple(line for line in named if line.line_no not in {each.line_no for each in chosen})
    if added and len(chosen) + len(added) > 1:
        return tuple(sorted((*chosen, *added), key=lambda line: line.line_no))
    return all_pieces(chosen or named, counted, order, free)


def free_pieces(work: UnitOfWork, order: Order | None) -> dict[int, int]:
    if order is None:
        return {}
    claimed = work.orders.claimed_pieces(order.order_no)
    return {line.line_no: line.quantity - claimed[line.line_no] for line in order.lines}


def _case_that_holds(work: UnitOfWork, order: Order | None, free: dict[int, int]) -> Case | None:
    """The newest case of an order that has nothing free left."""
    if order is None or any(free.values()):
        return None
    return next(iter(work.cases.of_order(order.order_no)), None)


def _adopt_evidence(work: UnitOfWork, draft: Case, answers: Answers, book: RuleBook) -> bool:
    """Photos sent with this message, or since the draft was begun, hang on it; True for new ones.

    What each shows follows from what the reason asks for. What staff send in the conversation proves nothing for the
    customer.
    """
    loose = [piece for piece in work.evidence.loose(draft.conversation_id) if piece.brought_by is Role.CUSTOMER]
    early = [piece.id for piece in loose if piece.created_at >= draft.opened_at]
    sent = [work.evidence.get(evidence_id) for evidence_id in dict.fromkeys([*early, *answers.evidence])]
    new = [replace(piece, kind=EvidenceKind.OTHER) for piece in sent if piece and _can_be_taken(work, piece, draft)]
    held = work.evidence.of_case(draft.id)
    known = {piece.id: piece.kind for piece in held}
    for evidence_id, kind in sort_evidence([*held, *new], needs_of(draft, None, book).evidence).items():
        if known.get(evidence_id) is not kind:
            work.evidence.assign(evidence_id, draft.id, kind)
    return bool(new)


def _can_be_taken(work: UnitOfWork, piece: Evidence, draft: Case) -> bool:
    """Whether a piece of this conversation hangs on nothing, or on an application that was withdrawn unfiled."""
    if piece.conversation_id != draft.conversation_id or piece.case_id == draft.id:
        return False
    holder = work.cases.get(piece.case_id) if piece.case_id is not None else None
    return holder is None or (holder.case_no is None and holder.state is not State.DRAFT)


def judged(
    work: UnitOfWork,
    draft: Case,
    order: Order | None,
    free: dict[int, int],
    present: Sequence[EvidenceKind],
    book: RuleBook,
    now: datetime,
) -> Verdict | None:
    """What the rules say as soon as there is enough to judge; missing photos are asked for, not held against it.

    `free` are the `free_pieces` of the order.
    """
    decided = draft.lines and all(line.quantity for line in draft.lines)
    if order is None or not decided or draft.wish is None or draft.reason_claimed is None:
        return None
    request = JudgedRequest(
        order=order,
        lines=tuple((line.line_no, line.quantity or 0) for line in draft.lines),
        wish=Wish(draft.wish),
        reason=Reason(draft.reason_claimed),
        intact=draft.intact,
        evidence=tuple(present),
        evidence_checked=False,
        claimed={line.line_no: line.quantity - free[line.line_no] for line in order.lines},
        scope=Scope(tier=order.buyer_tier or None),
        not_received=draft.wish == Wish.REFUND.value and draft.reason_claimed == Reason.LOGISTICS.value,
    )
    return judge(with_earlier(work, request, draft.id), book, now)


def draft_view(work: UnitOfWork, draft: Case, book: RuleBook, now: datetime) -> DraftView:
    """`view_draft` of a draft that was read in this unit of work."""
    order = _proven_order(work, draft)
    return _view(work, draft, order, free_pieces(work, order), book, now)


def _view(
    work: UnitOfWork, draft: Case, order: Order | None, free: dict[int, int], book: RuleBook, now: datetime
) -> DraftView:
    pieces = tuple(work.evidence.of_case(draft.id))
    present = tuple(piece.kind for piece in pieces)
    verdict = judged(work, draft, order, free, present, book, now)
    needs = needs_of(draft, verdict, book)
    return DraftView(
        draft=draft,
        book=book,
        question=next_question(draft, proven=order is not None, needs=needs, verdict=verdict, present=present),
        order=order,
        free=free,
        verdict=verdict,
        missing=needs.evidence.missing(present),
        evidence=pieces,
    )


def needs_of(draft: Case, verdict: Verdict | None, book: RuleBook) -> ReasonNeeds:
    """What is to be asked beside the reason; only whoever changed their mind is asked whether the goods are as new."""
    if draft.reason_claimed is None:
        return ReasonNeeds(EvidenceRequirement(), description=False, condition=False)
    rule = book.reason(draft.reason_claimed)
    own = rule.fault is Fault.CUSTOMER
    goes_back = verdict is not None and verdict.remedy in (Remedy.RETURN_REFUND.value, Remedy.EXCHANGE.value)
    return ReasonNeeds(rule.evidence, description=rule.description, condition=own and goes_back)
