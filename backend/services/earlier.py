"""Tells the rules what an order's other cases took: pieces, their price, its shipping, exchanges, room on payments."""

from dataclasses import replace

from backend.domain.case import Case, State
from backend.domain.collection import CollectionState
from backend.domain.collection import Purpose as Paid
from backend.domain.earlier import (
    Earlier,
    exchanges_of,
    held_fen,
    lowered_fen,
    raised_fen,
    shipping_taken_fen,
)
from backend.domain.judging import JudgedRequest
from backend.domain.lifecycle import Event
from backend.domain.order import Order
from backend.domain.request import Remedy
from backend.ports import UnitOfWork


def with_earlier(work: UnitOfWork, request: JudgedRequest, but: int | None = None) -> JudgedRequest:
    """The request, whose claimed pieces are known, with all else that other cases of its order than `but` took."""
    order = request.order
    others = _others(work, order, but)
    if not others:
        return request
    lowered = lowered_fen(order, others)
    return replace(
        request,
        claimed_fen=held_fen(order, others, request.claimed, lowered),
        lowered_fen=lowered,
        shipping_refunded_fen=shipping_taken_fen(order, others),
        reserved=work.refunds.reserved(order.order_no),
        exchanges=exchanges_of(others, [line_no for line_no, _ in request.lines]),
    )


def traded_fen(work: UnitOfWork, case: Case, order: Order) -> int:
    """What earlier exchanges made the pieces of a case's only line worth more, or below zero less, in fen."""
    others, line_no = _others(work, order, case.id), case.lines[0].line_no
    return raised_fen(order, others).get(line_no, 0) - lowered_fen(order, others).get(line_no, 0)


def _others(work: UnitOfWork, order: Order, but: int | None) -> list[Earlier]:
    filed = (case for case in work.cases.of_order(order.order_no) if case.case_no and case.id != but)
    return [_earlier(work, case) for case in filed if case.state is not State.DRAFT]


def _earlier(work: UnitOfWork, case: Case) -> Earlier:
    legs = work.refunds.of_case(case.id)
    if case.remedy != Remedy.EXCHANGE.value:
        return Earlier(case, legs)
    sent = sum(entry.event == Event.SHIP.value for entry in work.cases.events(case.id))
    return Earlier(case, legs, sent, _on_top_fen(work, case))


def _on_top_fen(work: UnitOfWork, case: Case) -> int:
    """What was paid for an exchange that was sent, and is kept."""
    return sum(
        each.amount_fen
        for each in work.collections.of_case(case.id)
        if each.state is CollectionState.PAID and each.used_at is not None and each.purpose is Paid.EXCHANGE
    )
