"""Verbs of the inspection: passing, finding fault, the customer's answers to that, and a ruling."""

from dataclasses import replace
from typing import Any

from backend.domain.approval import after_return
from backend.domain.case import Case, State
from backend.domain.complaint import Cause
from backend.domain.inspection import as_requested, offer_for
from backend.domain.lifecycle import Event
from backend.domain.request import Reason, Remedy
from backend.domain.request_facts import PAYS_MONEY
from backend.domain.rule_types import Fault
from backend.domain.rules import Rules
from backend.services.acts import (
    Act,
    Given,
    Plan,
    consent_of,
    goods_are_here,
    newest,
    order_of,
    photos_of,
    reason_of,
    refuse_above_cap,
    require,
)
from backend.services.disputes import award_of, carried_out, open_complaint, was_ruled
from backend.services.price_gaps import open_gap


def passed_target(case: Case, _given: Given, _rules: Rules) -> State:
    """What comes after goods have passed: by remedy."""
    return after_return(Remedy(case.remedy))


def inspect_pass(act: Act) -> Plan:
    """T21: all that was to come is here as new, or the shop's fault is confirmed. The refund stays as approved."""
    grades, photos = _graded(act), photos_of(act)
    confirmed = _confirmed_reason(act)
    fault = act.book.reason(confirmed or act.case.reason_claimed or "").fault
    shops_fault = confirmed is not None and fault in (Fault.MERCHANT, Fault.CARRIER)
    as_new = set(grades.values()) == {"A"} and as_requested(act.case.lines)
    require(
        as_new or shops_fault,
        act,
        "not_as_new",
        "every piece must be here and as new, or the shop's fault be confirmed",
    )
    options = act.rules.disposition.options
    require(
        act.given.disposition in (None, *options),
        act,
        "disposition_unknown",
        "what becomes of the goods is one of {options}",
        options=list(options),
    )
    dear = (act.case.approved_fen or 0) >= act.rules.inspect.photo_required.from_amount
    require(photos or not dear, act, "photo_for_amount", "take a photo: the amount asks for one")
    lines = tuple(
        replace(line, accepted_quantity=line.received_quantity, disposition=act.given.disposition)
        for line in act.case.lines
    )
    return Plan(
        {**_told(grades, photos), "reason_confirmed": confirmed}, {"lines": lines, "reason_confirmed": confirmed}
    )


def inspect_fail(act: Act) -> Plan:
    """T22: what is wrong, with a photo, and the refund that the grades come to; less only by a supervisor."""
    grades, photos, reason = _graded(act), photos_of(act), reason_of(act)
    require(photos or not act.rules.inspect.photo_required.on_fail, act, "photo_missing", "take a photo")
    whole = worth_at_inspection(act.case)
    priced = offer_for(act.case.lines, grades, order_of(act), whole, act.rules)
    least = sum(line.refund_fen or 0 for line in priced)
    amount = least if act.given.amount_fen is None else act.given.amount_fen
    require(
        least <= amount <= whole,
        act,
        "offer_outside",
        "offer from {least_fen} to {most_fen} fen: less is a supervisor's ruling",
        least_fen=least,
        most_fen=whole,
    )
    confirmed = _confirmed_reason(act)
    told = {**_told(grades, photos), "reason": reason, "offer_fen": amount, "reason_confirmed": confirmed}
    return Plan(told, {"lines": priced, "reason_confirmed": confirmed})


def worth_at_inspection(case: Case) -> int:
    """What the goods would be paid back with if nothing were wrong with them, in fen.

    Of an exchange that is not its approved amount: that is at most a gap.
    """
    whole = case.verdict.most_fen if case.verdict else 0
    return whole if case.remedy == Remedy.EXCHANGE.value else case.approved_fen or whole


def accept_partial(act: Act) -> Plan:
    """T24: the customer's yes to the amount that was offered, kept with the hash of what they agreed to."""
    found = newest(act, Event.INSPECT_FAIL)
    assert found is not None  # the only way into INSPECTION_ISSUE
    amount = int(found.detail["offer_fen"])
    require(not act.case.dispute_open, act, "objection_open", "an objection is open: a ruling comes first")
    _refuse_before_ruling_is_carried_out(act)
    refuse_above_cap(act, amount)
    told = {"amount_fen": amount, "offer_version": found.version, **consent_of(act)}
    remedy = {} if act.case.remedy in {each.value for each in PAYS_MONEY} else {"remedy": Remedy.RETURN_REFUND.value}
    return Plan(told, {"approved_fen": amount, **remedy})


def choose_send_back(act: Act) -> Plan:
    """T25: the customer has been told who pays for the way, and wants the goods back that are with us."""
    require(
        goods_are_here(act.case), act, "goods_not_here", "the goods of {case_no} are not here", case_no=act.case.case_no
    )
    require(act.given.confirmed, act, "freight_untold", "tell who pays for the way back, and have it confirmed")
    _refuse_before_ruling_is_carried_out(act)
    return Plan({"freight_told": True})


def object_to(act: Act) -> Plan:
    """T26: the customer does not agree; a complaint opens, and nothing is paid or cut until it is ruled on."""
    ruled = was_ruled(act.work, act.case, Cause.INSPECTION)
    require(
        not ruled, act, "ruled_already", "this was ruled on: the ruling is carried out, or the customer escalates it"
    )
    complaint = open_complaint(
        act.world,
        act.work,
        act.case.conversation_id,
        Cause.INSPECTION,
        act.given.reason.strip(),
        (act.case,),
        actor=act.actor,
        now=act.now,
        told=False,
        flag=False,
    )
    due = complaint.due_at.isoformat() if complaint.due_at else None
    told = {"reason": act.given.reason, "complaint_no": complaint.complaint_no, "answer_by": due}
    return Plan(told, {"dispute_open": complaint.disputes})


def execute_ruling(act: Act) -> Plan:
    """T44: a case goes where a complaint about it was ruled to send it, with the amount that was ruled."""
    award = award_of(act.work, act.case)
    require(award is not None, act, "no_award", "first rule on a complaint about this case in the customer's favour")
    assert award is not None
    complaint, ruled = award
    require(
        act.step.to_state is ruled.ruled_to,
        act,
        "ruled_otherwise",
        "{complaint_no} was ruled otherwise",
        complaint_no=complaint.complaint_no,
    )
    amount = act.given.amount_fen or ruled.ruled_fen
    require(
        amount == ruled.ruled_fen,
        act,
        "award_differs",
        "{complaint_no} awards {ruled_fen} fen, not {amount_fen}",
        complaint_no=complaint.complaint_no,
        ruled_fen=ruled.ruled_fen,
        amount_fen=amount,
    )
    if amount is not None:
        refuse_above_cap(act, amount)
    carried_out(act.world, act.work, complaint, act.case.id, actor=act.actor, now=act.now)
    reason = complaint.ruling.reason if complaint.ruling else ""
    told = {"ruling": reason, "complaint_no": complaint.complaint_no, "reason": act.given.reason}
    return Plan({**told, "amount_fen": amount}, {"gap_fen": open_gap(act), **_following(act.case, amount)})


def _following(case: Case, amount_fen: int | None) -> dict[str, Any]:
    """The fields that a ruling sets: the amount, and a remedy that pays where the case had none."""
    if amount_fen is None:
        return {}
    pays = case.remedy in {each.value for each in PAYS_MONEY}
    remedy = Remedy.RETURN_REFUND if goods_are_here(case) else Remedy.REFUND_ONLY
    return {"approved_fen": amount_fen, **({} if pays else {"remedy": remedy.value})}


def _refuse_before_ruling_is_carried_out(act: Act) -> None:
    """The customer gets what was ruled, not less by a button that was pressed late."""
    require(
        award_of(act.work, act.case) is None,
        act,
        "ruling_waits",
        "a ruling in the customer's favour is about to be carried out",
    )


def _graded(act: Act) -> dict[int, str]:
    grades, known = act.given.grades, act.rules.inspect.grades
    received = {line.line_no for line in act.case.lines if line.received_quantity}
    require(
        received <= grades.keys(),
        act,
        "grades_missing",
        "grade every line that came, as LINE=GRADE out of {grades}",
        grades=list(known),
    )
    require(set(grades.values()) <= known.keys(), act, "grade_unknown", "grades are {grades}", grades=list(known))
    return {line_no: grades[line_no] for line_no in sorted(received)}


def _confirmed_reason(act: Act) -> str | None:
    code = act.given.reason_confirmed
    require(
        code is None or code in {reason.value for reason in Reason},
        act,
        "reason_unknown",
        "name a reason of the rule book",
    )
    return code


def _told(grades: dict[int, str], photos: list[str]) -> dict[str, Any]:
    return {"grades": {str(line_no): grade for line_no, grade in grades.items()}, "photos": photos}
