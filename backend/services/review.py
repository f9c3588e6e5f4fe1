"""Verbs of the review: asking for more, recommending, approving, rejecting, appealing, giving back to edit."""

from dataclasses import replace
from typing import Any

from backend.domain.approval import Decision, approves_itself, leads_to, level_of, may_approve, required_level
from backend.domain.case import Case, Role, State
from backend.domain.evidence import EvidenceRequirement
from backend.domain.extra import ExtraState, Purpose
from backend.domain.lifecycle import Event
from backend.domain.request import Remedy, Wish
from backend.domain.request_facts import AGENT_SETS_AMOUNT, PAYS_MONEY
from backend.domain.rules import Rules
from backend.domain.verdict import Outcome, Result
from backend.services import notices
from backend.services.acts import (
    Act,
    Given,
    Plan,
    adopt,
    goods_are_here,
    kinds_among,
    least_for,
    log_of,
    most_for,
    newest,
    order_of,
    reason_of,
    refuse_above_cap,
    refuse_same_reviewer,
    require,
    worth_fen,
)
from backend.services.price_gaps import kept, swap_given

_UNSEEN = frozenset({Event.ASSIGN.value, Event.PRIORITY.value, Event.NOTE.value})
"""What may have happened to a filed case that nobody has begun to look at."""


def ask_info(act: Act) -> Plan:
    """T4: the customer is asked for kinds of evidence, or for something in words."""
    codes = [item.strip() for item in act.given.items if item.strip()]
    require(codes, act, "items_missing", "name what is asked for")
    kinds = {kind.value: act.book.label(kind) for kind in kinds_among(codes)}
    labels = [kinds.get(code, code) for code in codes]
    return Plan({"items": labels, "item_codes": codes, "reason": act.given.reason})


def add_info(act: Act) -> Plan:
    """T5: everything asked for is there: files of each kind since it was asked, words for the rest."""
    asked = newest(act, Event.ASK_INFO)
    assert asked is not None  # the only way into NEED_INFO
    codes = asked.detail["item_codes"]
    kinds, text = kinds_among(codes), act.given.reason.strip()
    sent = adopt(act, act.given.evidence, EvidenceRequirement(photos=kinds))
    before = [piece for piece in act.work.evidence.of_case(act.case.id) if piece.created_at >= asked.at]
    missing = EvidenceRequirement(photos=kinds).missing(tuple(piece.kind for piece in (*before, *sent)))
    require(not missing, act, "evidence_missing", "still to be sent: {kinds}", kinds=missing)
    require(text or len(kinds) == len(codes), act, "answer_missing", "answer in words what was asked in words")
    description = "\n".join(filter(None, (act.case.description, text)))
    return Plan({"evidence": [piece.id for piece in sent], "reason": text}, {"description": description or None})


def recommend(act: Act) -> Plan:
    """T7: for what is above one's own limit, or risky, or departs from the rules."""
    remedy, amount = _decided(act)
    decision = _decision(act, remedy, amount)
    own = may_approve(act.actor.role, decision, act.rules)
    unclear = act.case.risk_hold or decision.risky or act.rules.approval.platform_second_review
    require(unclear or not own, act, "may_approve", "{role} may approve this: approve it", role=act.actor.role)
    level = max(required_level(decision, act.rules), 2)
    if level == level_of(Role.MANAGER):  # supervisors hear of every case that comes to approval
        notices.alert(act.work, act.case, "task", Role.MANAGER, act.now, about=f"approval:{level}")
    return Plan({**_told(remedy, amount, decision), "reason": act.given.reason, "level": level})


def send_back(act: Act) -> Plan:
    """T8: the approver gives it back to whoever recommended it."""
    return Plan({"reason": reason_of(act)})


def approved_target(case: Case, given: Given, rules: Rules) -> State:
    """Where an approval leads: by remedy."""
    return leads_to(given.remedy or Remedy(case.remedy), rules, goods_are_here=goods_are_here(case))


def approve(act: Act) -> Plan:
    """T12 to T14: what was asked for, or better for the customer; less or something else is proposed (T9).

    What was proposed is approved by `proposals.accept_for`.
    """
    refuse_same_reviewer(act)
    remedy, amount = _decided(act)
    decision = _decision(act, remedy, amount)
    swap = swap_given(act, remedy)
    if act.actor.role is Role.SYSTEM:
        alone = _approves_itself(act) and not decision.compensation
        require(alone, act, "left_to_people", "the rules leave this to people")
    else:
        refuse_unentitled(act, decision)
    changes = {"remedy": remedy.value, **approval_of(act.case, amount)}
    told = {**_told(remedy, amount, decision), **({"sku": swap.sku} if swap else {}), "reason": act.given.reason}
    return Plan(told, kept(act, remedy, changes, swap))


def approval_of(case: Case, amount_fen: int | None) -> dict[str, Any]:
    """The fields that an approval sets: the amount, and every piece."""
    lines = tuple(replace(line, approved_quantity=line.quantity) for line in case.lines)
    return {"approved_fen": amount_fen, "lines": lines}


def reject(act: Act) -> Plan:
    """T15: rule ids of the verdict, a text, and what would be possible instead, or that nothing is.

    A rule may be named that the request has passed by what was known then: its sentence says so, and is no basis.
    """
    refuse_same_reviewer(act)
    checks = {check.id: check for check in act.case.verdict.checks} if act.case.verdict else {}
    known = [rule for rule in act.given.rules if rule in checks]
    require(
        known and len(known) == len(act.given.rules),
        act,
        "rules_missing",
        "name rules out of {rules}",
        rules=list(checks),
    )
    reason = reason_of(act)
    require(act.given.alternatives is not None, act, "alternatives_unsaid", 'name an alternative, or say "none"')
    alternatives = [_wish(act, code) for code in act.given.alternatives or ()]
    basis = [checks[rule].reason for rule in known if checks[rule].result is not Result.PASS]
    told = {"rules": known, "basis": basis, "reason": reason, "alternatives": alternatives}
    return Plan({**told, "may_appeal": _may_appeal(act)})


def appeal(act: Act) -> Plan:
    """T16: as often as the rules allow, with something new."""
    most = act.rules.appeal.max
    require(
        _may_appeal(act),
        act,
        "appeals_used_up",
        "a case can be appealed {most} time(s): a complaint is next",
        most=most,
    )
    sent = adopt(act, act.given.evidence)
    require(act.given.reason.strip() or sent, act, "nothing_new", "say or send something new")
    return Plan({"reason": act.given.reason, "evidence": [piece.id for piece in sent]}, {"sla_breached": False})


def _may_appeal(act: Act) -> bool:
    return len(log_of(act, Event.APPEAL)) < act.rules.appeal.max


def edit(act: Act) -> Plan:
    """T41: back to a draft, as long as nobody has begun to look at it, let alone decided something."""
    filed = newest(act, Event.SUBMIT)
    since = [each for each in act.work.cases.events(act.case.id) if filed is None or each.version > filed.version]
    require(
        all(each.event in _UNSEEN for each in since),
        act,
        "review_begun",
        "the review has begun: withdraw, or tell the agent",
    )
    other = act.work.cases.draft_of(act.case.conversation_id)
    require(other is None, act, "other_draft", "finish or discard the draft that is being filled first")
    return Plan(changes={"told_version": None})


def _decided(act: Act) -> tuple[Remedy, int | None]:
    """Remedy and amount: as given, else as recommended, else as the rules came to. Raises GuardRefused."""
    case, given = act.case, act.given
    remedy = given.remedy or Remedy(case.remedy)
    kept = remedy is Remedy.REFUND_ONLY and case.remedy == Remedy.RETURN_REFUND.value
    require(
        kept or remedy.value == case.remedy, act, "other_remedy", "another remedy is to be proposed to the customer"
    )
    if remedy not in PAYS_MONEY:
        return remedy, None
    amount = given.amount_fen if given.amount_fen is not None else _last_amount(act)
    require(amount is not None, act, "amount_missing", "give the amount")
    refuse_above_cap(act, amount or 0, most_for(act, remedy))
    least = least_for(act, remedy)
    require(
        (amount or 0) >= least,
        act,
        "amount_less",
        "less than {least_fen} fen is to be proposed to the customer",
        least_fen=least,
    )
    return remedy, amount


def _last_amount(act: Act) -> int | None:
    """What was recommended, else what the rules came to."""
    last = act.work.cases.last_move(act.case.id) if act.case.state is State.PENDING_APPROVAL else None
    if last is not None and last.detail.get("amount_fen") is not None:
        return int(last.detail["amount_fen"])
    return act.case.refundable_fen if Remedy(act.case.remedy) not in AGENT_SETS_AMOUNT else None


def _decision(act: Act, remedy: Remedy, amount_fen: int | None) -> Decision:
    """Raises GuardRefused for an override without a reason."""
    by_agent = remedy in AGENT_SETS_AMOUNT
    more = not by_agent and amount_fen is not None and amount_fen > (act.case.refundable_fen or 0)
    override = remedy.value != act.case.remedy or more
    require(not override or act.given.reason.strip(), act, "override_unexplained", "an override needs a reason")
    return decision_on(act, remedy, amount_fen, override)


def decision_on(act: Act, remedy: Remedy, amount_fen: int | None, override: bool) -> Decision:
    """What is to be decided, with the risk of the case and what else is asked for."""
    role = act.rules.service_refund.role if remedy is Remedy.SERVICE_REFUND else Role.AGENT
    asked = any(
        extra.purpose is Purpose.COMPENSATION and extra.state is ExtraState.PROPOSED
        for extra in act.work.extras.of_case(act.case.id)
    )
    risky = act.case.risk >= act.rules.risk.threshold
    verdict = act.case.verdict
    override = override or (verdict is not None and verdict.outcome is Outcome.REFUSED)  # staff filed it all the same
    return Decision(worth_fen(act, remedy, amount_fen), override, risky, compensation=asked, role=role)


def refuse_unentitled(act: Act, decision: Decision) -> None:
    """Raises GuardRefused for whoever may not decide it: by level, alone where two must, or on their own advice."""
    level = required_level(decision, act.rules)
    entitled = may_approve(act.actor.role, decision, act.rules)
    require(entitled, act, "level_too_low", "needs approval level {level}: recommend it (T7)", level=level)
    second = act.rules.approval.platform_second_review and act.case.state is State.SUBMITTED
    require(not second, act, "second_review", "the platform reviews it a second time: recommend it (T7)")
    advice = newest(act, Event.RECOMMEND) if act.case.state is State.PENDING_APPROVAL else None
    own = advice is not None and advice.actor == act.actor.name
    require(
        not own,
        act,
        "recommended_it_themselves",
        "{name} recommended this: somebody else must approve it",
        name=act.actor.name,
    )
    filed = newest(act, Event.SUBMIT)
    own_filing = level > 1 and filed is not None and filed.actor == act.actor.name
    require(
        not own_filing,
        act,
        "filed_it_themselves",
        "{name} filed this for the customer: somebody else must approve it",
        name=act.actor.name,
    )


def _approves_itself(act: Act) -> bool:
    filed = newest(act, Event.SUBMIT)
    if filed is not None and filed.role is not Role.CUSTOMER:
        return False  # what was told on the telephone, a person looks at
    events = [entry.event for entry in act.work.cases.events(act.case.id)]
    return approves_itself(act.case, events, order_of(act).shipped, act.rules, act.now)


def _told(remedy: Remedy, amount_fen: int | None, decision: Decision) -> dict[str, Any]:
    money = {} if amount_fen is None else {"amount_fen": amount_fen}
    return {"remedy_code": remedy.value, **money, "override": decision.override}


def _wish(act: Act, code: str) -> str:
    require(
        code in {wish.value for wish in Wish},
        act,
        "alternative_unknown",
        "name alternatives out of {wishes}",
        wishes=list(Wish),
    )
    return code
