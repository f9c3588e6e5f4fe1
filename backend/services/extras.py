"""What a case gives beside its refund: proposing, approving, giving and declining compensation and return freight.

Neither touches the refund, its legs or its cap: cash is paid outside by finance, who records the voucher, and who
approved does not pay. The bot promises nothing of it: the customer is told when it was given.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from backend.domain.approval import level_of
from backend.domain.case import SYSTEM, Actor, Case, Role
from backend.domain.extra import Extra, ExtraEvent, ExtraState, Purpose, next_state, required_level, standard
from backend.domain.request import Reason
from backend.domain.rule_types import CompensationKind, FreightPayer, Severity
from backend.domain.rules import Rules
from backend.errors import Conflict, ExtraNotFound, GuardRefused, PayoutRefused
from backend.ports import UnitOfWork, World
from backend.services import notices
from backend.services.case_rules import rules_of
from backend.services.locking import locked_case

SLA_BREACH = "sla_breach"
"""The cause of what the rules give by themselves when the shop has missed its own time."""


@dataclass(frozen=True)
class Wanted:
    """The compensation that somebody proposes; what is left out is what the rules' table says.

    `evidence` is the id of a stored photo or video of the case, `reason` another one than the case's.
    """

    severity: Severity
    kind: CompensationKind | None = None
    amount_fen: int | None = None
    reason: Reason | None = None
    evidence: str | None = None
    note: str = ""


def propose_compensation(world: World, case_no: str, actor: Actor, wanted: Wanted) -> Extra:
    """Propose a compensation for a case; what departs from the rules' table needs a note.

    The same person proposing the same again, undecided, gets the one there is. Raises CaseNotFound, and GuardRefused
    for whoever may not, without proof, or without anything to give.
    """
    now = world.clock.now()
    with world.write() as work:
        case = locked_case(work, case_no)
        rules = rules_of(world, work, case, now)
        _require(rules.compensation.enabled, "no_compensation", "the rules give no compensation (compensation.enabled)")
        _require(
            level_of(actor.role), "proposer_only", "only an agent, a supervisor or a manager proposes a compensation"
        )
        proposed = _compensation(work, case, actor, wanted, rules, now)
        for earlier in work.extras.of_case(case.id):
            if _says_the_same(earlier, proposed):
                return earlier
        added = work.extras.add(proposed, by=actor.name)
        notices.alert(work, case, "task", Role.SUPERVISOR, now, about=f"extra:{added.extra_no}")
        work.commit()
    return added


def compensate_breach(work: UnitOfWork, case: Case, rules: Rules, now: datetime) -> Extra | None:
    """The coupon for a case whose time the shop has missed, where the rules give one; once for each case."""
    given = rules.compensation.sla_breach
    known = any(each.cause == SLA_BREACH for each in work.extras.of_case(case.id))
    if not rules.compensation.enabled or not given.enabled or not given.coupon or known:
        return None
    blank = _blank(work, case, SYSTEM, Purpose.COMPENSATION, CompensationKind.COUPON, given.coupon, now)
    approved = replace(blank, cause=SLA_BREACH, state=ExtraState.APPROVED, approved_by=SYSTEM.name)
    added = work.extras.add(approved, by=SYSTEM.name)
    notices.alert(work, case, "task", Role.AGENT, now, about=f"extra:{added.extra_no}")
    return added


def approve_extra(world: World, extra_no: str, actor: Actor) -> Extra:
    """Approve a compensation within one's own limit. Raises ExtraNotFound, IllegalTransition and GuardRefused.

    Above level 1 nobody approves what they proposed themselves. Approved by them already it changes nothing. Freight
    is approved by `freight.approve_freight`.
    """
    now = world.clock.now()
    with world.write() as work:
        case, extra = locked_extra(work, extra_no)
        if extra.state is ExtraState.APPROVED and extra.approved_by == actor.name:
            return extra
        to = next_state(extra, ExtraEvent.APPROVE, actor.role)
        _require(
            extra.purpose is Purpose.COMPENSATION,
            "is_freight",
            "this is freight: approve it as freight, with who pays it",
        )
        _refuse_unentitled(work, extra, actor, rules_of(world, work, case, now))
        approved = replace(extra, state=to, approved_by=actor.name)
        saved = keep_approved(work, case, approved, actor, now)
        work.commit()
    return saved


def give_extra(world: World, extra_no: str, actor: Actor, voucher: str) -> Extra:
    """Record that it was given: of cash the payment's proof, else the coupon or the booking. The customer is told.

    The same voucher again changes nothing. Raises ExtraNotFound, IllegalTransition, GuardRefused without a voucher,
    Conflict for another one, and PayoutRefused (`payer_is_approver, disputed, on_hold`) for cash.
    """
    now, proof = world.clock.now(), voucher.strip()
    with world.write() as work:
        case, extra = locked_extra(work, extra_no)
        if extra.state is ExtraState.GIVEN:
            if extra.voucher != proof:
                raise Conflict(f"{extra_no} was given already, with {extra.voucher}", subject=extra_no)
            return extra
        to = next_state(extra, ExtraEvent.GIVE, actor.role)
        _require(
            proof and len(proof) <= 80,
            "voucher_missing",
            "give the voucher: the payment's proof or the coupon, 1 to 80 characters",
        )
        if extra.kind is CompensationKind.CASH:
            _refuse_payer(case, extra, actor, rules_of(world, work, case, now))
        given = replace(extra, state=to, settled_by=actor.name, settled_at=now, voucher=proof)
        saved = work.extras.save(given, by=actor.name, at=now, detail={"voucher": proof})
        _tell_given(world, work, case, saved)
        work.commit()
    return saved


def decline_extra(world: World, extra_no: str, actor: Actor, reason: str) -> Extra:
    """It is not given after all; the customer is told where it is freight and they did not drop it themselves.

    Raises ExtraNotFound, IllegalTransition, and GuardRefused without a reason.
    """
    now = world.clock.now()
    with world.write() as work:
        case, extra = locked_extra(work, extra_no)
        if extra.state is ExtraState.DECLINED:
            return extra
        to = next_state(extra, ExtraEvent.DECLINE, actor.role)
        _require(reason.strip(), "reason_missing", "give a reason")
        declined = replace(extra, state=to, settled_by=actor.name, settled_at=now)
        saved = work.extras.save(declined, by=actor.name, at=now, detail={"reason": reason.strip()})
        if extra.purpose is Purpose.FREIGHT and actor.role is not Role.CUSTOMER:
            told = {"case_no": case.case_no, "reason": reason.strip()}
            notices.say_of_case(world, work, case, "freight_declined", told, version=case.version, number=extra.id)
        work.commit()
    return saved


def list_extras(world: World, state: ExtraState | None = None, limit: int = 100) -> list[Extra]:
    """Extras, newest first."""
    with world.read() as work:
        return work.extras.find(state=state, limit=limit)


def locked_extra(work: UnitOfWork, extra_no: str) -> tuple[Case, Extra]:
    """An extra with its case, changed by nobody else until the unit of work ends. Raises ExtraNotFound."""
    found = work.extras.by_number(extra_no)
    if found is None:
        raise ExtraNotFound(extra_no)
    case = work.cases.get(found.case_id)
    assert case is not None and case.case_no is not None  # a foreign key, and only filed cases have extras
    locked = locked_case(work, case.case_no)
    return locked, work.extras.by_number(extra_no) or found


def keep_approved(work: UnitOfWork, case: Case, approved: Extra, actor: Actor, now: datetime) -> Extra:
    """Write an approval, and tell whoever hands it over."""
    saved = work.extras.save(approved, by=actor.name, at=now, detail={"amount_fen": approved.amount_fen})
    giver = Role.FINANCE if saved.kind is CompensationKind.CASH else Role.AGENT
    notices.alert(work, case, "task", giver, now, about=f"extra:{saved.extra_no}:approved")
    return saved


def blank_freight(work: UnitOfWork, case: Case, actor: Actor, now: datetime) -> Extra:
    """The freight of a case before anything is known of it."""
    return _blank(work, case, actor, Purpose.FREIGHT, CompensationKind.CASH, 0, now)


def proof_of(work: UnitOfWork, case: Case, evidence_id: str | None, asked_by: Actor | None = None) -> str | None:
    """A photo or video by its id, of the case's conversation or of the customer's who asks; without one, the case's
    first. Raises GuardRefused.
    """
    if evidence_id is None:
        pieces: Sequence[Any] = work.evidence.of_case(case.id)
        return pieces[0].id if pieces else None
    piece = work.evidence.get(evidence_id)
    own = asked_by.name if asked_by and asked_by.role is Role.CUSTOMER else None
    theirs = piece is not None and piece.conversation_id in (case.conversation_id, own)
    _require(
        theirs and piece is not None and piece.case_id in (None, case.id), "foreign_file", "name a file of this case"
    )
    return evidence_id


def _compensation(work: UnitOfWork, case: Case, actor: Actor, wanted: Wanted, rules: Rules, now: datetime) -> Extra:
    reason = wanted.reason or Reason(case.reason_confirmed or case.reason_claimed)
    row = standard(reason, wanted.severity, wanted.kind, rules)
    kind = wanted.kind or (row.kind if row else None)
    amount = wanted.amount_fen if wanted.amount_fen is not None else (row.amount if row else None)
    _require(
        kind is not None and amount is not None, "not_in_table", "the table says nothing of this: give kind and amount"
    )
    assert kind is not None and amount is not None
    _require(amount > 0, "amount_missing", "give an amount above nothing")
    override = row is None or amount > row.amount
    _require(
        not override or wanted.note.strip(), "departure_unexplained", "this departs from the table: say why in a note"
    )
    proof = proof_of(work, case, wanted.evidence)
    _require(proof or not rules.compensation.proof, "proof_missing", "a photo or video is needed as proof")
    blank = _blank(work, case, actor, Purpose.COMPENSATION, kind, amount, now)
    said = replace(blank, reason=reason.value, severity=wanted.severity, note=wanted.note.strip())
    return replace(said, override=override, evidence_id=proof)


def _says_the_same(earlier: Extra, proposed: Extra) -> bool:
    """Whether it waits undecided already: asked for by the same person, for the same reason, in the same worth."""
    return (
        replace(
            proposed,
            id=earlier.id,
            extra_no=earlier.extra_no,
            proposed_at=earlier.proposed_at,
            evidence_id=earlier.evidence_id,
            note=earlier.note,
        )
        == earlier
    )


def _blank(
    work: UnitOfWork,
    case: Case,
    actor: Actor,
    purpose: Purpose,
    kind: CompensationKind,
    amount_fen: int,
    now: datetime,
) -> Extra:
    number = len(work.extras.of_case(case.id)) + 1
    return Extra(
        id=0,
        extra_no=f"{case.case_no}-E{number}",
        case_id=case.id,
        purpose=purpose,
        kind=kind,
        amount_fen=amount_fen,
        state=ExtraState.PROPOSED,
        version=1,
        proposed_by=actor.name,
        proposed_at=now,
    )


def _refuse_unentitled(work: UnitOfWork, extra: Extra, actor: Actor, rules: Rules) -> None:
    level = required_level(extra, work.extras.of_case(extra.case_id), rules)
    _require(
        level_of(actor.role) >= level,
        "extra_level_too_low",
        "needs approval level {level} (compensation.limit)",
        level=level,
    )
    own = extra.proposed_by == actor.name and level > 1
    _require(not own, "proposed_it_themselves", "{name} proposed this: somebody else must approve it", name=actor.name)


def _refuse_payer(case: Case, extra: Extra, actor: Actor, rules: Rules) -> None:
    """Like the guards of a refund: nothing disputed or held, and payer and approver are two people."""
    if case.dispute_open:
        raise PayoutRefused("disputed", f"a dispute about {case.case_no} is open: it is settled first")
    if case.risk_hold:
        raise PayoutRefused("on_hold", f"{case.case_no} is held: it is released first")
    if rules.approval.maker_checker and extra.approved_by == actor.name:
        raise PayoutRefused("payer_is_approver", f"{actor.name} has approved {extra.extra_no}: somebody else pays it")


def _tell_given(world: World, work: UnitOfWork, case: Case, extra: Extra) -> None:
    template = "freight_reimbursed" if extra.purpose is Purpose.FREIGHT else "compensation_given"
    params = {
        "case_no": case.case_no,
        "kind": extra.kind.value,
        "amount_fen": extra.amount_fen,
        "voucher": extra.voucher,
        "late": extra.cause == SLA_BREACH,
        "shared": extra.payer is FreightPayer.SPLIT,
    }
    notices.say_of_case(world, work, case, template, params, version=case.version, number=extra.id)


def _require(fulfilled: object, code: str, what_to_do: str, **params: Any) -> None:
    if not fulfilled:
        raise GuardRefused("extra", code, what_to_do, **params)
