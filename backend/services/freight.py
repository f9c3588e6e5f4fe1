"""The freight of the way back (rule book, section 5): asked for with the receipt's photo, approved by who is at fault.

What is judged is held until the inspection, or a person, has said whose fault it was.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from backend.domain.approval import level_of
from backend.domain.case import Actor, Case, Role
from backend.domain.evidence import EvidenceKind
from backend.domain.extra import Extra, ExtraEvent, ExtraState, Purpose, freight_fen, next_state
from backend.domain.rule_book import RuleBook
from backend.domain.rule_types import FreightMethod, FreightPayer
from backend.domain.rules import Rules
from backend.domain.work import Direction
from backend.errors import CaseNotFound, GuardRefused
from backend.ports import UnitOfWork, World
from backend.services import notices
from backend.services.case_rules import book_of, rules_of
from backend.services.extras import blank_freight, keep_approved, locked_extra, proof_of
from backend.services.locking import locked_case

_SHOPS = (FreightPayer.MERCHANT, FreightPayer.SPLIT)


@dataclass(frozen=True)
class FreightStanding:
    """How a case stands with the freight of its way back.

    `asked` is what was asked for, if anything (a declined one may be asked for anew); `refused` is the code of the
    guard that would refuse it now, empty for none; `cap_fen` is the most that the shop pays.
    """

    payer: FreightPayer
    cap_fen: int
    refused: str
    asked: Extra | None

    @property
    def open(self) -> bool:
        """Whether the customer can ask for it now."""
        return not self.refused and (self.asked is None or self.asked.state is ExtraState.DECLINED)


def freight_standing(world: World, case_no: str) -> FreightStanding:
    """How a case stands with its freight. Raises CaseNotFound."""
    now = world.clock.now()
    with world.read() as work:
        case = work.cases.by_number(case_no)
        if case is None:
            raise CaseNotFound(case_no)
        rules = rules_of(world, work, case, now)
        payer = payer_of(case, book_of(world, case, now), rules)
        asked = [each for each in work.extras.of_case(case.id) if each.purpose is Purpose.FREIGHT]
        try:
            _refuse(work, case, payer, rules)
        except GuardRefused as refusal:
            refused = refusal.code
        else:
            refused = ""
    return FreightStanding(payer, rules.freight.reimburse_cap, refused, asked[-1] if asked else None)


def ask_freight(world: World, case_no: str, actor: Actor, *, amount_fen: int, receipt: str) -> Extra:
    """Ask for the freight on a receipt: `receipt` is the id of its stored photo, `amount_fen` what it says.

    The receipt hangs on the case from now on. HELD where it is not known yet who pays. Raises CaseNotFound,
    GuardRefused (naming what to do), and Conflict (`freight`) for a case that has asked already.
    """
    now = world.clock.now()
    with world.write() as work:
        case = locked_case(work, case_no)
        rules = rules_of(world, work, case, now)
        payer = payer_of(case, book_of(world, case, now), rules)
        _refuse_asker(actor, amount_fen)
        _refuse(work, case, payer, rules)
        proof = proof_of(work, case, receipt, asked_by=actor)
        asked = replace(
            blank_freight(work, case, actor, now),
            state=ExtraState.PROPOSED if payer in _SHOPS else ExtraState.HELD,
            amount_fen=freight_fen(amount_fen, payer, rules),
            asked_fen=amount_fen,
            payer=payer,
            evidence_id=proof,
        )
        added = work.extras.add(asked, by=actor.name)
        work.evidence.assign(receipt, case.id, EvidenceKind.DOCUMENT)
        notices.alert(work, case, "task", Role.AGENT, now, about=f"extra:{added.extra_no}")
        work.commit()
    return added


def approve_freight(world: World, extra_no: str, actor: Actor, payer: FreightPayer | None = None) -> Extra:
    """Approve freight, up to `freight.reimburse_cap`; `payer` is a person's ruling where the rules leave it open.

    Raises ExtraNotFound, IllegalTransition, and GuardRefused where nobody has said who pays, or it is the customer.
    """
    now = world.clock.now()
    with world.write() as work:
        case, extra = locked_extra(work, extra_no)
        if extra.state is ExtraState.APPROVED and extra.approved_by == actor.name:
            return extra
        next_state(extra, ExtraEvent.APPROVE, actor.role)
        _require(extra.purpose is Purpose.FREIGHT, "is_compensation", "this is a compensation: approve it as such")
        _require(level_of(actor.role), "approver_only", "an agent, a supervisor or a manager approves freight")
        rules = rules_of(world, work, case, now)
        found = payer_of(case, book_of(world, case, now), rules)
        _require(
            payer in (None, found) or found is FreightPayer.RULING,
            "payer_fixed",
            "the rules say who pays: {payer}",
            payer=found,
        )
        saved = _approve(work, case, extra, actor, payer or found, rules, now)
        work.commit()
    return saved


def approve_at_inspection(
    work: UnitOfWork, inspected: Case, actor: Actor, book: RuleBook, rules: Rules, now: datetime
) -> Extra | None:
    """Goods have passed: the freight that was asked for is approved with them, where it is the shop's to pay."""
    asked = [each for each in work.extras.of_case(inspected.id) if each.purpose is Purpose.FREIGHT]
    waiting = [each for each in asked if each.state in (ExtraState.PROPOSED, ExtraState.HELD)]
    payer = payer_of(inspected, book, rules)
    if not waiting or not freight_fen(waiting[0].asked_fen or 0, payer, rules):
        return None
    return _approve(work, inspected, waiting[0], actor, payer, rules, now)


def payer_of(case: Case, book: RuleBook, rules: Rules) -> FreightPayer:
    """Who pays the way back: as the verdict said, unless another reason was confirmed."""
    if case.reason_confirmed not in (None, case.reason_claimed):
        return rules.freight.payer[book.reason(case.reason_confirmed or "").fault]
    return FreightPayer(case.verdict.freight_payer) if case.verdict else FreightPayer.RULING


def _approve(
    work: UnitOfWork, case: Case, extra: Extra, actor: Actor, payer: FreightPayer, rules: Rules, now: datetime
) -> Extra:
    _require(
        payer in _SHOPS,
        "payer_missing",
        "{payer} pays the freight: say who pays (merchant or split), or decline it",
        payer=payer,
    )
    amount = freight_fen(extra.asked_fen or 0, payer, rules)
    _require(amount, "nothing_to_reimburse", "the rules reimburse nothing (freight.reimburse_cap): decline it")
    approved = replace(extra, state=ExtraState.APPROVED, amount_fen=amount, payer=payer, approved_by=actor.name)
    return keep_approved(work, case, approved, actor, now)


def _refuse_asker(actor: Actor, amount_fen: int) -> None:
    _require(
        actor.role is Role.CUSTOMER or level_of(actor.role), "asker_only", "the customer asks, or an agent for them"
    )
    _require(amount_fen > 0, "receipt_amount_missing", "give the amount on the receipt")


def _refuse(work: UnitOfWork, case: Case, payer: FreightPayer, rules: Rules) -> None:
    _require(
        rules.freight.method is FreightMethod.PREPAID,
        "sent_collect",
        "parcels are sent collect: there is nothing to reimburse",
    )
    sent = any(parcel.direction is Direction.RETURN for parcel in work.shipments.of_case(case.id))
    _require(sent, "waybill_first", "the parcel's waybill comes first")
    _require(
        payer not in (FreightPayer.CUSTOMER, FreightPayer.NONE),
        "not_the_shops_freight",
        "{payer} pays the way back of this case",
        payer=payer,
    )


def _require(fulfilled: object, code: str, what_to_do: str, **params: Any) -> None:
    if not fulfilled:
        raise GuardRefused("freight", code, what_to_do, **params)
