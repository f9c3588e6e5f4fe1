"""Staff file a case for a customer who called or wrote elsewhere (T1, T2): same rules, same guards, same notice.

The case belongs to the conversation in which the buyer can be written to, if there is one, else to one of the staff's
own that nothing is sent to; as soon as the buyer has proven who they are in a chat, notices go there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from backend.domain.case import Actor, Case, CaseLine, State
from backend.domain.conversation import ON_BEHALF, Conversation
from backend.domain.filing import Question, next_question
from backend.domain.lifecycle import Event, next_state
from backend.domain.order import Order
from backend.domain.request import Reason, Wish
from backend.domain.rule_book import RuleBook
from backend.domain.rules_of_review import NO_EVIDENCE
from backend.domain.verdict import Outcome, Verdict
from backend.errors import GuardRefused, OrderNotFound
from backend.ports import UnitOfWork, World
from backend.services.conversations import new_conversation, say
from backend.services.drafts import free_pieces, judged, needs_of
from backend.services.filing import filed_fields, receipt
from backend.services.moving import begin, move

GUARD = "verdict_not_refused_and_confirmed"


@dataclass(frozen=True)
class Application:
    """What a customer asks for, as staff heard it.

    `pieces` by line number; empty means all that is under no case. `intact` says whether goods are as new, which is
    asked of whoever changed their mind. `override` is the reason for filing what the rules refuse.
    """

    order_no: str
    wish: Wish
    reason: Reason
    pieces: Mapping[int, int] = field(default_factory=dict)
    description: str = ""
    intact: bool | None = None
    override: str = ""


@dataclass(frozen=True)
class FiledOnBehalf:
    """The case, and whether its customer was told in a chat; where not, somebody has to call."""

    case: Case
    told: bool


def file_for_customer(world: World, actor: Actor, asked: Application) -> FiledOnBehalf:
    """File a case as a member of staff; photos may come later. The log has them as who started and who submitted it.

    Raises OrderNotFound, IllegalTransition for a role that files nothing, GuardRefused (naming what is missing, what
    the rules say against it, or that an override needs a reason), and Conflict (subject `pieces`) when somebody else
    took the pieces meanwhile.
    """
    next_state(None, Event.START, actor.role)
    now = world.clock.now()
    book = world.rule_book(now)
    with world.write() as work:
        order = work.orders.get(asked.order_no)
        if order is None:
            raise OrderNotFound(asked.order_no)
        own = _own_conversation(world, work, order)
        bound = work.conversations.bound_to(own.customer_id or 0)
        home = own if bound is None else work.conversations.lock(bound.id)  # before others' cases are looked at
        draft = _draft(work, own, order, asked, now)
        verdict = _judged(work, draft, order, asked, book, now)
        begun = begin(work, draft, actor=actor, now=now)
        changes = {**filed_fields(work, begun, order, verdict, book, now), "conversation_id": home.id}
        override = {"override": True, "reason": asked.override.strip()} if verdict.failed else {}
        case = move(world, work, begun, Event.SUBMIT, actor=actor, now=now, changes=changes, detail=override)
        told = say(world, work, home, receipt(case, order, book))
        work.commit()
    return FiledOnBehalf(case, told)


def _own_conversation(world: World, work: UnitOfWork, order: Order) -> Conversation:
    """The staff's own about the order's buyer, locked. It is locked before the buyer's own, here and by notices."""
    customer_id = work.orders.customer_of(order.order_no)
    assert customer_id is not None  # a foreign key
    own = replace(new_conversation(world, ON_BEHALF, str(customer_id)), customer_id=customer_id)
    return work.conversations.lock(work.conversations.open(own).id)


def _draft(work: UnitOfWork, own: Conversation, order: Order, asked: Application, now: datetime) -> Case:
    free = free_pieces(work, order)
    pieces = dict(asked.pieces) or {line_no: left for line_no, left in free.items() if left} or _all_of(order)
    known = {line.line_no: line.sku for line in order.lines}
    return Case(
        id=0,
        conversation_id=own.id,
        version=0,
        state=State.DRAFT,
        opened_at=now,
        state_since=now,
        due_at=now,
        order_no=order.order_no,
        wish=asked.wish.value,
        reason_claimed=asked.reason.value,
        description=asked.description.strip() or None,
        intact=asked.intact,
        lines=tuple(CaseLine(line_no, known.get(line_no, ""), count) for line_no, count in sorted(pieces.items())),
    )


def _all_of(order: Order) -> dict[int, int]:
    """The whole order: where nothing is free, the verdict says so."""
    return {line.line_no: line.quantity for line in order.lines}


def _judged(work: UnitOfWork, draft: Case, order: Order, asked: Application, book: RuleBook, now: datetime) -> Verdict:
    """What the rules say to it. Raises GuardRefused for what is incomplete or refused."""
    verdict = judged(work, draft, order, free_pieces(work, order), (), book, now)
    if verdict is None:  # all the rest is there
        raise _incomplete(Question.QUANTITY)
    if verdict.outcome is Outcome.REFUSED:
        _refuse(verdict, asked, book)
    needs = replace(needs_of(draft, verdict, book), evidence=NO_EVIDENCE)  # photos can come later
    passed = replace(verdict, outcome=Outcome.NEEDS_REVIEW)
    question = next_question(draft, proven=True, needs=needs, verdict=passed, present=())
    if question is not Question.CONFIRMATION:
        raise _incomplete(question)
    return verdict


def _incomplete(question: Question) -> GuardRefused:
    return GuardRefused(GUARD, "filing_incomplete", "still to be told: {what}", what=question)


def _refuse(verdict: Verdict, asked: Application, book: RuleBook) -> None:
    """Staff may go against the rules with a reason, but for what would harm the books. Raises GuardRefused."""
    final = [check.reason for check in verdict.failed if not check.overridable]
    if final:
        raise GuardRefused(GUARD, "filing_final", "this cannot be filed: {checks}", checks=final)
    if not asked.override.strip():
        checks = [check.reason for check in verdict.failed]
        wishes = [book.label(Wish(code)) for code in verdict.alternatives]
        if not wishes:
            nothing_else = "the rules refuse it: {checks}; give a reason to override"
            raise GuardRefused(GUARD, "filing_refused_wholly", nothing_else, checks=checks)
        what_to_do = "the rules refuse it: {checks}; choose {wishes}, or give a reason to override"
        raise GuardRefused(GUARD, "filing_refused", what_to_do, checks=checks, wishes=wishes)
