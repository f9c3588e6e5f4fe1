"""What a ruling may say: what becomes of each case, nothing beyond what was paid, and by somebody else than decided."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from backend.domain.approval import Decision, may_approve
from backend.domain.case import Actor, Case, Role, State
from backend.domain.complaint import Cause, Complaint, ComplaintCase, Outcome
from backend.domain.lifecycle import Event, targets
from backend.domain.rules import Rules
from backend.errors import GuardRefused
from backend.ports import UnitOfWork
from backend.services.acts import goods_are_here, most_fen_of
from backend.services.disputes import cases_of

GUARD = "reasoned_within_paid_by_somebody_else"
_DECIDED_BY = {Cause.REJECTION: Event.REJECT, Cause.INSPECTION: Event.INSPECT_FAIL}
_NEEDS_GOODS = (State.REPAIRING, State.SENDING_BACK)


@dataclass(frozen=True)
class Award:
    """What the customer gets for one case: the state that it goes to (T44) and, where that is a refund, the fen.

    For a case that a ruling does not move, only the money that it is approved for by ordinary events.
    """

    to: State | None = None
    amount_fen: int | None = None


def judged(
    work: UnitOfWork, complaint: Complaint, outcome: Outcome, awards: Mapping[str, Award], actor: Actor, rules: Rules
) -> tuple[ComplaintCase, ...]:
    """The complaint's cases with what is ruled for each. Raises GuardRefused naming what to say instead."""
    cases = {case.case_no or "": case for case in cases_of(work, complaint)}
    _require(
        awards.keys() <= cases.keys(),
        "award_for_other_case",
        "this complaint is about {case_nos}",
        case_nos=list(cases),
    )
    _require(outcome is not Outcome.REJECT or not awards, "award_of_rejection", "a rejected complaint awards nothing")
    _refuse_same_judge(work, complaint, cases, actor)
    _require_awards(outcome, cases, awards)
    for case_no, award in awards.items():
        _check(work, cases[case_no], award, actor, rules)
    return tuple(_ruled(each, awards.get(each.case_no, Award())) for each in complaint.cases)


def _require(fulfilled: object, code: str, what_to_do: str, **params: Any) -> None:
    if not fulfilled:
        raise GuardRefused(GUARD, code, what_to_do, **params)


def _refuse_same_judge(work: UnitOfWork, complaint: Complaint, cases: Mapping[str, Case], actor: Actor) -> None:
    """Nobody rules on what they decided themselves, and nobody twice."""
    ruled_first = complaint.ruling.by if complaint.ruling else None
    _require(
        actor.name != ruled_first,
        "ruled_it_themselves",
        "{name} ruled on this first: somebody else must rule now",
        name=actor.name,
    )
    decided = _DECIDED_BY.get(complaint.cause)
    for case_no, case in cases.items():
        own = [each for each in work.cases.events(case.id) if decided and each.event == decided.value]
        mine = bool(own) and own[-1].actor == actor.name
        _require(
            not mine,
            "decided_it_themselves",
            "{name} decided on {case_no}: somebody else must rule",
            name=actor.name,
            case_no=case_no,
        )


def _require_awards(outcome: Outcome, cases: Mapping[str, Case], awards: Mapping[str, Award]) -> None:
    """A ruling in the customer's favour says what becomes of the cases that wait for it."""
    waiting = [case_no for case_no, case in cases.items() if _moves(case)]
    missing = [case_no for case_no in waiting if case_no not in awards]
    enough = not missing if outcome is Outcome.SUPPORT else len(missing) < len(waiting) or not waiting
    if outcome is not Outcome.REJECT:
        _require(enough, "award_missing", "say where these cases go: {case_nos}", case_nos=missing)


def _check(work: UnitOfWork, case: Case, award: Award, actor: Actor, rules: Rules) -> None:
    if not _moves(case):
        _require(
            award.to is None,
            "award_moves_nothing",
            "{case_no} is {state}: ordinary events move it, give no state",
            case_no=case.case_no,
            state=case.state,
        )
        _require(
            award.amount_fen is not None,
            "award_amount_missing",
            "give the amount that {case_no} is to be paid",
            case_no=case.case_no,
        )
    elif award.to is not State.REFUND_PENDING:
        possible = targets(case.state, Event.EXECUTE_RULING, Role.SUPERVISOR)
        _require(
            award.to in possible,
            "award_elsewhere",
            "{case_no} can go to {states}",
            case_no=case.case_no,
            states=possible,
        )
        _require(award.amount_fen is None, "award_amount_unfit", "an amount goes with REFUND_PENDING")
        _require(
            goods_are_here(case) or award.to not in _NEEDS_GOODS,
            "goods_not_here",
            "the goods of {case_no} are not here",
            case_no=case.case_no,
        )
        return
    _check_amount(work, case, award.amount_fen, actor, rules)


def _check_amount(work: UnitOfWork, case: Case, amount_fen: int | None, actor: Actor, rules: Rules) -> None:
    most = most_fen_of(work, case)
    _require(
        amount_fen is not None and 0 < amount_fen <= most,
        "award_outside",
        "award {case_no} from 1 to {most_fen} fen",
        case_no=case.case_no,
        most_fen=most,
    )
    entitled = may_approve(actor.role, Decision(amount_fen or 0), rules)
    _require(entitled, "award_above_level", "{role} may not award so much: let the next level rule", role=actor.role)


def _moves(case: Case) -> bool:
    """Whether a ruling moves this case itself (T44); others follow by ordinary events."""
    return bool(targets(case.state, Event.EXECUTE_RULING, Role.SUPERVISOR))


def _ruled(about: ComplaintCase, award: Award) -> ComplaintCase:
    return replace(about, ruled_to=award.to, ruled_fen=award.amount_fen, executed=False)
