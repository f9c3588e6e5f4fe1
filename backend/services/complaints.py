"""Complaints: filing one, looking into it, ruling on it, carrying that out, and taking it to supervision once.

The chat, the desk and the operator's command line all come in here. Customers act through their conversation, staff
by the complaint's number.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from backend.domain.case import Actor, Case, Role, State
from backend.domain.complaint import Cause, Complaint, Deed, Outcome, Ruling, Stage, next_stage
from backend.domain.lifecycle import Event, targets
from backend.domain.request import Reason
from backend.domain.workdays import day_deadline
from backend.errors import CaseNotFound, ComplaintNotFound, GuardRefused
from backend.ports import UnitOfWork, World
from backend.services import disputes
from backend.services.acting import happen
from backend.services.acts import Given
from backend.services.case_rules import rules_of
from backend.services.complaint_moving import locked_complaint, move_complaint, rules_in_force
from backend.services.identity import is_proven
from backend.services.judgement import Award, judged
from backend.services.locking import locked_case

MERCHANT_ROLES = (Role.AGENT, Role.SUPERVISOR, Role.MANAGER, Role.WAREHOUSE, Role.REPAIR, Role.FINANCE)
"""Who of the shop can be asked for evidence."""

Change = tuple[Mapping[str, Any], Mapping[str, Any]]
"""What a deed writes into the log (plain JSON), and what it changes of the complaint."""

Prepare = Callable[[UnitOfWork, Complaint, datetime], Change]
After = Callable[[World, UnitOfWork, Complaint, datetime], None]


def file_complaint(world: World, conversation_id: str, text: str, case_no: str | None = None) -> Complaint:
    """The customer complains, about a case or about the service: a new complaint, or the open one with the words added.

    After an inspection it is the objection (T26), after the last appeal the dispute. Raises CaseNotFound for a case
    that this conversation has not proven to be its own, and ConversationNotFound.
    """
    now, customer = world.clock.now(), Actor(Role.CUSTOMER, conversation_id)
    with world.write() as work:
        if case_no is None:
            work.conversations.lock(conversation_id)
            made = disputes.open_complaint(
                world, work, conversation_id, Cause.SERVICE, text.strip(), (), actor=customer, now=now
            )
        else:
            made = _about_case(world, work, _own_case(work, conversation_id, case_no), text.strip(), customer, now)
        work.commit()
    return made


def open_(
    world: World, conversation_id: str, cause: Cause, text: str, actor: Actor, case_nos: Sequence[str] = ()
) -> Complaint:
    """Staff open a complaint for a customer, about any cases of their conversation.

    Raises GuardRefused without words, CaseNotFound for a case of another conversation, and IllegalTransition.
    """
    now = world.clock.now()
    _require(text.strip(), "nothing_open_about_it", "complaint_unsaid", "say what the customer complains of")
    with world.write() as work:
        work.conversations.lock(conversation_id)
        cases = tuple(_own_case(work, conversation_id, case_no) for case_no in case_nos)
        foreign = [case.case_no for case in cases if case.conversation_id != conversation_id]
        _require(
            not foreign,
            "nothing_open_about_it",
            "foreign_case",
            "of another conversation: {case_nos}",
            case_nos=foreign,
        )
        made = disputes.open_complaint(world, work, conversation_id, cause, text.strip(), cases, actor=actor, now=now)
        work.commit()
    return made


def acknowledge(world: World, complaint_no: str, actor: Actor) -> Complaint:
    """C2: somebody has it in hand; the customer is told by when it is ruled on.

    This and all that follow raise ComplaintNotFound, IllegalTransition and GuardRefused.
    """
    return _do(world, complaint_no, Deed.ACKNOWLEDGE, actor, lambda *_: ({"by": actor.name}, {}))


def investigate(world: World, complaint_no: str, actor: Actor) -> Complaint:
    """C3: it is looked into."""
    return _do(world, complaint_no, Deed.INVESTIGATE, actor, lambda *_: ({"by": actor.name}, {}))


def ask(world: World, complaint_no: str, actor: Actor, question: str, of: Role = Role.CUSTOMER) -> Complaint:
    """C4, C5: evidence is asked of the customer, or of a role of the shop."""
    from_customer = of is Role.CUSTOMER
    _require(question.strip(), "question_given", "question_missing", "say what is asked")
    _require(
        from_customer or of in MERCHANT_ROLES,
        "question_and_role_given",
        "asked_nobody",
        "ask the customer or a role of the shop",
    )
    deed = Deed.ASK_CUSTOMER if from_customer else Deed.ASK_MERCHANT
    return _do(world, complaint_no, deed, actor, lambda *_: ({"question": question.strip(), "of": of.value}, {}))


def add_evidence(
    world: World, complaint_no: str, actor: Actor, text: str = "", evidence: Sequence[str] = ()
) -> Complaint:
    """C6, C7: words, or files of the conversation by their ids; loose ones hang on the complaint's first case then."""
    return _do(world, complaint_no, Deed.ADD_EVIDENCE, actor, _addition(text, evidence))


def add_own_evidence(
    world: World, conversation_id: str, complaint_no: str, text: str = "", evidence: Sequence[str] = ()
) -> Complaint:
    """C6, C7 by the customer, in the chat. Raises ComplaintNotFound for a complaint that is not theirs."""
    return _do_as_customer(world, conversation_id, complaint_no, Deed.ADD_EVIDENCE, _addition(text, evidence))


def _addition(text: str, evidence: Sequence[str]) -> Prepare:
    """What is added to a complaint, checked."""

    def added(work: UnitOfWork, complaint: Complaint, _now: datetime) -> Change:
        found = [work.evidence.get(each) for each in evidence]
        theirs = [piece for piece in found if piece and piece.conversation_id == complaint.conversation_id]
        _require(
            len(theirs) == len(evidence), "something_new", "foreign_file", "name files of the complaint's conversation"
        )
        _require(text.strip() or theirs, "something_new", "nothing_new", "say or send something new")
        for piece in theirs:
            if piece.case_id is None and complaint.cases:
                work.evidence.assign(piece.id, complaint.cases[0].case_id, piece.kind)
        return {"text": text.strip(), "evidence": [piece.id for piece in theirs]}, {}

    return added


def rule(
    world: World,
    complaint_no: str,
    actor: Actor,
    outcome: Outcome,
    reason: str,
    awards: Mapping[str, Award] | None = None,
) -> Complaint:
    """C9, C11: the ruling, with its written reason and what the customer gets for each case, by case number.

    It ends the dispute: money may move again. The one after an escalation is final.
    """
    _require(reason.strip(), "reasoned_within_paid_by_somebody_else", "reason_missing", "write the reason down")

    def ruled(work: UnitOfWork, complaint: Complaint, now: datetime) -> Change:
        rules = rules_in_force(world, now)
        cases = judged(work, complaint, outcome, awards or {}, actor, rules)
        ruling = Ruling(outcome, reason.strip(), actor.name, now, final=complaint.escalated)
        until = None if complaint.escalated else day_deadline(now, rules.appeal.days).isoformat()
        given = {each.case_no: {"to": each.ruled_to, "amount_fen": each.ruled_fen} for each in cases}
        detail = {"ruled": outcome.value, "reason": ruling.reason, "awards": given, "escalate_until": until}
        return detail, {"ruling": ruling, "cases": cases}

    return _do(world, complaint_no, Deed.RULE, actor, ruled, after=disputes.thaw)


def execute(world: World, complaint_no: str, actor: Actor, done: str = "") -> Complaint:
    """C12: the cases go where the ruling sends them (T44); what else was done for the customer is said in words."""
    now = world.clock.now()
    with world.write() as work:
        complaint = locked_complaint(work, complaint_no)
        waiting = [case for case in disputes.cases_of(work, complaint) if _waits(work, complaint, case)]
        if waiting:
            executed = _carry_out(world, work, complaint, waiting, actor, now)
        else:
            executed = _note_executed(world, work, complaint, actor, done.strip(), now)
        work.commit()
    return executed


def escalate(world: World, conversation_id: str, complaint_no: str, reason: str = "") -> Complaint:
    """C10: the customer does not agree with a ruling and takes it to supervision, once."""

    def escalated(_work: UnitOfWork, complaint: Complaint, _now: datetime) -> Change:
        first = not complaint.escalated or complaint.stage is Stage.SUPERVISION
        _require(first, "first_escalation", "ruling_final", "this was ruled on by supervision already: it is final")
        return {"reason": reason.strip()}, {"escalated": True}

    return _do_as_customer(world, conversation_id, complaint_no, Deed.ESCALATE, escalated, after=disputes.freeze)


def close(world: World, complaint_no: str, actor: Actor, reason: str = "") -> Complaint:
    """C13: the customer is content, or nothing is left that they could still do."""

    def closed(_work: UnitOfWork, complaint: Complaint, now: datetime) -> Change:
        over = _cannot_escalate(complaint, rules_in_force(world, now).appeal.days, now)
        agreed = actor.role is Role.CUSTOMER or reason.strip()
        guard, what = "customer_agrees_or_cannot_escalate", "say how the customer agreed: they may still escalate"
        _require(agreed or over, guard, "agreement_unsaid", what)
        return {"reason": reason.strip()}, {}

    return _do(world, complaint_no, Deed.CLOSE, actor, closed)


def accept_ruling(world: World, conversation_id: str, complaint_no: str) -> Complaint:
    """C13 by the customer, in the chat."""
    return _do_as_customer(world, conversation_id, complaint_no, Deed.CLOSE, _nothing)


def withdraw(world: World, conversation_id: str, complaint_no: str) -> Complaint:
    """C15: the customer has confirmed that they do not complain any more."""
    return _do_as_customer(world, conversation_id, complaint_no, Deed.WITHDRAW, _nothing, after=disputes.thaw)


def complaints_of(world: World, conversation_id: str) -> list[Complaint]:
    """The complaints of a conversation, newest first."""
    with world.read() as work:
        made = work.complaints.of_conversation(conversation_id)
        return [each for each in made if _is_theirs(work, each, conversation_id)]


def _do(
    world: World, complaint_no: str, deed: Deed, actor: Actor, prepare: Prepare, *, after: After | None = None
) -> Complaint:
    """One deed in one transaction; `after` is what it does to the complaint's cases. A repeat changes nothing."""
    now = world.clock.now()
    with world.write() as work:
        complaint = locked_complaint(work, complaint_no)
        next_stage(complaint.stage, deed, actor.role, last_deed=deed)
        detail, changes = prepare(work, complaint, now)
        moved = move_complaint(world, work, complaint, deed, actor=actor, now=now, detail=detail, changes=changes)
        if after is not None and moved is not complaint:
            after(world, work, moved, now)
        work.commit()
    return moved


def _do_as_customer(
    world: World,
    conversation_id: str,
    complaint_no: str,
    deed: Deed,
    prepare: Prepare,
    *,
    after: After | None = None,
) -> Complaint:
    """Raises ComplaintNotFound for a complaint that this conversation has not proven to be its own."""

    def own(work: UnitOfWork, complaint: Complaint, now: datetime) -> Change:
        if not _is_theirs(work, complaint, conversation_id):
            raise ComplaintNotFound(complaint_no)
        return prepare(work, complaint, now)

    return _do(world, complaint_no, deed, Actor(Role.CUSTOMER, conversation_id), own, after=after)


def _is_theirs(work: UnitOfWork, complaint: Complaint, conversation_id: str) -> bool:
    """One about orders is the buyer's, wherever it was made; one about none is of the conversation it was made in."""
    orders = [case.order_no for case in disputes.cases_of(work, complaint) if case.order_no]
    if not orders:
        return complaint.conversation_id == conversation_id
    return all(is_proven(work, conversation_id, order_no) for order_no in orders)


def _nothing(_work: UnitOfWork, _complaint: Complaint, _now: datetime) -> Change:
    return {}, {}


def _own_case(work: UnitOfWork, conversation_id: str, case_no: str) -> Case:
    case = locked_case(work, case_no)
    if not is_proven(work, conversation_id, case.order_no or ""):
        raise CaseNotFound(case_no)
    return case


def _about_case(world: World, work: UnitOfWork, case: Case, text: str, customer: Actor, now: datetime) -> Complaint:
    """What is looked into about this case already takes the words; else it opens with the cause that fits."""
    for complaint in work.complaints.of_case(case.id):
        if complaint.stage is not Stage.CLOSED:
            return disputes.add_words(world, work, complaint, text, actor=customer, now=now)
    if case.state is State.INSPECTION_ISSUE and not disputes.was_ruled(work, case, Cause.INSPECTION):
        happen(world, work, case, Event.OBJECT, customer, now, Given(reason=text))
        return work.complaints.of_case(case.id)[0]
    cause = _cause(world, work, case, now)
    return disputes.open_complaint(world, work, case.conversation_id, cause, text, (case,), actor=customer, now=now)


def _cause(world: World, work: UnitOfWork, case: Case, now: datetime) -> Cause:
    appeals = [event for event in work.cases.events(case.id) if event.event == Event.APPEAL.value]
    if case.state is State.REJECTED and len(appeals) >= rules_of(world, work, case, now).appeal.max:
        return Cause.REJECTION
    return Cause.SERVICE if case.reason_claimed == Reason.SERVICE.value else Cause.PLAIN


def _waits(work: UnitOfWork, complaint: Complaint, case: Case) -> bool:
    """Whether a case is still to go where this ruling sends it."""
    award = disputes.award_of(work, case)
    movable = targets(case.state, Event.EXECUTE_RULING, Role.SUPERVISOR)
    return award is not None and award[0].id == complaint.id and award[1].ruled_to in movable


def _carry_out(
    world: World, work: UnitOfWork, complaint: Complaint, cases: Sequence[Case], actor: Actor, now: datetime
) -> Complaint:
    for case in cases:
        happen(world, work, case, Event.EXECUTE_RULING, actor, now)
    return work.complaints.get(complaint.id) or complaint


def _note_executed(
    world: World, work: UnitOfWork, complaint: Complaint, actor: Actor, done: str, now: datetime
) -> Complaint:
    """Where ordinary events follow the ruling: they have happened, and what was done is written down."""
    guard = "cases_follow_the_ruling"
    ruled = {each.case_id: each for each in complaint.cases}
    cases = disputes.cases_of(work, complaint)
    short = [case.case_no or "" for case in cases if (case.approved_fen or 0) < (ruled[case.id].ruled_fen or 0)]
    _require(not short, guard, "ruled_amount_unapproved", "approve the ruled amount first: {case_nos}", case_nos=short)
    favour = complaint.ruling is not None and complaint.ruling.in_favour
    _require(
        done or not favour or any(each.executed for each in complaint.cases), guard, "deed_unsaid", "say what was done"
    )
    detail = {"done": done, "case_nos": [each.case_no for each in complaint.cases]}
    return move_complaint(world, work, complaint, Deed.EXECUTE, actor=actor, now=now, detail=detail)


def _cannot_escalate(complaint: Complaint, days: int, now: datetime) -> bool:
    ruling = complaint.ruling
    return ruling is not None and (complaint.escalated or now > day_deadline(ruling.at, days))


def _require(fulfilled: object, guard: str, code: str, what_to_do: str, **params: Any) -> None:
    if not fulfilled:
        raise GuardRefused(guard, code, what_to_do, **params)
