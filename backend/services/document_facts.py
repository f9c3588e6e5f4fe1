"""What each document of a case says, as plain JSON: amounts in fen, times ISO 8601 in UTC, codes with their labels.

Labels are those of the rule book version that the case was filed under. Names of staff are for staff; a customer's
name and number are shown in full only to themselves and to whom `Permission.SEE_PERSONAL` says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from backend.domain.access import Permission, may
from backend.domain.case import Actor, Case, CaseEvent, CaseLine, Role
from backend.domain.clocks import Mark
from backend.domain.evidence import Evidence
from backend.domain.lifecycle import Event
from backend.domain.masking import masked_account, masked_name, masked_phone
from backend.domain.order import Order
from backend.domain.refund_leg import LegState, RefundLeg, is_points
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_book import RuleBook
from backend.domain.rule_types import FreightPayer
from backend.domain.rules import Rules
from backend.ports import UnitOfWork, World
from backend.services.memo import approval_memo_facts
from backend.services.return_pack import return_pack

Facts = dict[str, Any]

ANSWERS = (Event.ACCEPT_PARTIAL, Event.CHOOSE_SEND_BACK, Event.OBJECT)
"""What a customer can say to an inspection."""


@dataclass(frozen=True)
class Made:
    """What a document is made from: the case with its log, the event it is made after, its rules, and for whom."""

    world: World
    work: UnitOfWork
    case: Case
    events: Sequence[CaseEvent]
    after: CaseEvent
    rules: Rules
    book: RuleBook
    viewer: Actor

    @property
    def order(self) -> Order:
        """A filed case has one."""
        order = self.work.orders.get(self.case.order_no or "")
        assert order is not None
        return order

    def newest(self, *events: Event) -> CaseEvent | None:
        """The newest of these events up to now."""
        wanted = {event.value for event in events}
        return next((each for each in reversed(self.events) if each.event in wanted), None)


def application(made: Made) -> Facts:
    """退货申请单: what the customer asked for, and what the rules came to then."""
    case, book, order, verdict = made.case, made.book, made.order, made.case.verdict
    assert verdict is not None  # a filed case has one
    return {
        **_head(made),
        "submitted_at": _iso(case.submitted_at),
        "wish_label": book.label(Wish(case.wish)) if case.wish else "",
        "remedy_label": book.label(Remedy(verdict.remedy)),
        "reason_label": _reason(made, case.reason_claimed),
        "description": _description(made),
        "intact": case.intact,
        "buyer": _buyer(made),
        "placed_at": _iso(order.placed_at),
        "signed_at": _iso(order.signed_at),
        "paid_fen": order.paid_fen,
        "goods": [_goods(made, line) for line in case.lines],
        "breakdown": [{"item": line.item, "label": line.label, "fen": line.fen} for line in verdict.breakdown],
        "freight_label": book.label(FreightPayer(verdict.freight_payer)),
        "declaration": made.rules.evidence.declaration,
        "photos": [_photo(made, piece) for piece in _theirs(made)],
    }


def approval_memo(made: Made) -> Facts:
    """签呈: who asks whom for what, why, and what speaks for and against it."""
    memo = approval_memo_facts(made.world, made.work, made.case)
    return {
        **_head(made),
        **memo,
        "remedy_label": made.book.label(Remedy(memo["remedy"])),
        "reason_label": _reason(made, made.case.reason_claimed),
        "description": _description(made),
        "buyer": _buyer(made),
        "goods": [_goods(made, line) for line in made.case.lines],
        "photos": [_photo(made, piece) for piece in _theirs(made)],
    }


def return_slip(made: Made) -> Facts:
    """退货单: what goes into the parcel. It travels in the open, so it never tells the customer's number in full."""
    order = made.order
    return {
        **_head(made),
        **return_pack(made.world, made.work, made.case, made.book, made.rules, made.after.at),
        "ship_by": _ship_by(made),
        "approved_at": _iso(made.after.at),
        "remedy_label": made.book.label(Remedy(made.after.detail.get("remedy_code", made.case.remedy))),
        "reason_label": _reason(made, made.case.reason_claimed),
        "buyer": {"name": masked_name(order.buyer_name), "phone": masked_phone(order.buyer_phone)},
        "goods": [_goods(made, line) for line in made.case.lines],
    }


def inspection(made: Made) -> Facts:
    """验收单: what came, how it was graded, with both sides' photos, and what the customer said to it."""
    found, received = made.after, made.newest(Event.RECEIVE)
    detail, grades = found.detail, found.detail.get("grades", {})
    counted = received.detail.get("counted", {}) if received else {}
    return {
        **_head(made),
        "received_at": _iso(received.at) if received else None,
        "received_by": _who(made, received),
        "inspected_at": _iso(found.at),
        "inspected_by": _who(made, found),
        "result": found.event,
        "goods": [
            {
                **_goods(made, line),
                "received": counted.get(str(line.line_no)),
                "grade": grades.get(str(line.line_no)),
                "percent": made.rules.inspect.grades.get(grades.get(str(line.line_no), "")),
                "disposition": line.disposition,
            }
            for line in made.case.lines
        ],
        "grades": [{"grade": grade, "percent": percent} for grade, percent in made.rules.inspect.grades.items()],
        "reason": detail.get("reason", ""),
        "reason_label": _reason(made, made.case.reason_claimed),
        "reason_confirmed_label": _reason(made, detail.get("reason_confirmed")),
        "offer_fen": detail.get("offer_fen"),
        "agreed_by": detail.get("agreed_by") if made.viewer.role is not Role.CUSTOMER else None,
        "photos": [_photo(made, piece) for piece in _pieces(made, detail.get("photos", ()))],
        "their_photos": [_photo(made, piece) for piece in _theirs(made)],
        "answer": _answer(made),
    }


def refund_voucher(made: Made) -> Facts:
    """退款凭证: every part that was paid back, when, to where, under which numbers."""
    paid = [leg for leg in made.work.refunds.of_case(made.case.id) if leg.state is LegState.SUCCESS]
    approval, payment = made.newest(Event.APPROVE, Event.ACCEPT, Event.EXECUTE_RULING), made.newest(Event.PAY)
    return {
        **_head(made),
        "buyer": _buyer(made),
        "reason_label": _reason(made, made.case.reason_confirmed or made.case.reason_claimed),
        "remedy_label": made.book.label(Remedy(made.case.remedy)),
        "paid_fen": made.order.paid_fen,
        "succeeded_at": _iso(made.after.at),
        "approved_by": _who(made, approval),
        "paid_by": _who(made, payment),
        "paid_parts": [_part(made, leg) for leg in paid],
        "total_fen": sum(leg.amount_fen for leg in paid if not is_points(leg)),
        "points_fen": sum(leg.amount_fen for leg in paid if is_points(leg)),
    }


FACTS: Mapping[str, Callable[[Made], Facts]] = {
    "application": application,
    "approval_memo": approval_memo,
    "return_slip": return_slip,
    "inspection": inspection,
    "refund_voucher": refund_voucher,
}


def _head(made: Made) -> Facts:
    return {
        "case_no": made.case.case_no,
        "order_no": made.case.order_no,
        "shop": made.book.header.title,
        "rule_book_version": made.book.version,
        "version": made.after.version,
        "made_after": _iso(made.after.at),
        "for_customer": made.viewer.role is Role.CUSTOMER,
    }


def _buyer(made: Made) -> dict[str, str]:
    order = made.order
    if made.viewer.role is Role.CUSTOMER or may(made.viewer.role, Permission.SEE_PERSONAL):
        return {"name": order.buyer_name, "phone": order.buyer_phone}
    return {"name": masked_name(order.buyer_name), "phone": masked_phone(order.buyer_phone)}


def _description(made: Made) -> str:
    """What the customer had written by then: words that were added later (T5) stand at its end."""
    told = made.case.description or ""
    for event in reversed(made.events):
        if event.event == Event.INFO_ADDED.value and event.version > made.after.version:
            told = told.removesuffix(event.detail.get("reason", "")).removesuffix("\n")
    return told


def _goods(made: Made, line: CaseLine) -> Facts:
    bought = made.order.line(line.line_no)
    return {
        "line_no": line.line_no,
        "sku": line.sku,
        "title": bought.title,
        "quantity": line.quantity,
        "bought": bought.quantity,
        "unit_price_fen": bought.unit_price_fen,
        "paid_fen": bought.paid_fen,
    }


def _theirs(made: Made) -> list[Evidence]:
    """What the customer had sent when the document's event happened."""
    pieces = made.work.evidence.of_case(made.case.id)
    return [each for each in pieces if each.brought_by is Role.CUSTOMER and each.created_at <= made.after.at]


def _pieces(made: Made, ids: Sequence[str]) -> list[Evidence]:
    found = [made.work.evidence.get(each) for each in ids]
    return [each for each in found if each is not None and each.case_id == made.case.id]


def _photo(made: Made, piece: Evidence) -> Facts:
    return {
        "id": piece.id,
        "label": made.book.label(piece.kind),
        "media_type": piece.media_type,
        "at": _iso(piece.created_at),
        "sha256": piece.sha256,
    }


def _part(made: Made, leg: RefundLeg) -> Facts:
    return {
        "refund_no": leg.refund_no,
        "method_label": made.book.label(leg.method),
        "amount_fen": leg.amount_fen,
        "payment_no": leg.payment_no,
        "provider_no": leg.provider_no,
        "account": masked_account(leg.account),
        "settled_at": _iso(leg.settled_at),
    }


def _answer(made: Made) -> Facts | None:
    """The customer's answer to this inspection, if there is one."""
    answer = made.newest(*ANSWERS)
    if answer is None or answer.version < made.after.version:
        return None
    return {
        "event": answer.event,
        "at": _iso(answer.at),
        "amount_fen": answer.detail.get("amount_fen"),
        "reason": answer.detail.get("reason", ""),
        "consent": answer.detail.get("consent", ""),
        "consent_sha256": answer.detail.get("consent_sha256", ""),
    }


def _ship_by(made: Made) -> str | None:
    """The last day that the customer was told when the return was approved."""
    ends = [
        timer
        for timer in made.work.timers.of_case(made.case.id)
        if timer.clock == "return.ship_by_days" and timer.mark is Mark.EXPIRE
    ]
    return max(ends, key=attrgetter("id")).detail.get("told_until") if ends else None


def _who(made: Made, event: CaseEvent | None) -> dict[str, str] | None:
    """Who did something: the role, and to staff the name."""
    if event is None:
        return None
    name = "" if made.viewer.role is Role.CUSTOMER else event.actor
    return {"role": event.role.value, "name": name}


def _reason(made: Made, code: str | None) -> str:
    return made.book.label(Reason(code)) if code else ""


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
