"""Facts for the cards that show an order or a case; how they are worded is decided where they are rendered."""

from typing import Any

from backend.domain.case import Case
from backend.domain.order import Order
from backend.domain.progress import progress
from backend.domain.request import Reason, Remedy
from backend.domain.rule_book import RuleBook

Card = dict[str, Any]


def order_card(order: Order) -> Card:
    """`kind, order_no, status` (code), `items` [{title, quantity, fen}], `paid_fen`."""
    return {
        "kind": "order",
        "order_no": order.order_no,
        "status": order.status.value,
        "items": [{"title": line.title, "quantity": line.quantity, "fen": line.paid_fen} for line in order.lines],
        "paid_fen": order.paid_fen,
    }


def case_card(case: Case, order: Order, book: RuleBook) -> Card:
    """`kind, case_no, order_no`, labels `state, remedy, reason`, `items`, `amount_fen`, `steps`, `current`, times."""
    steps, current = progress(case.state, Remedy(case.remedy))
    return {
        "kind": "case",
        "case_no": case.case_no,
        "order_no": case.order_no,
        "state": case.state.label,
        "remedy": book.label(Remedy(case.remedy)),
        "reason": book.label(Reason(case.reason_claimed)),
        "items": [{"title": order.line(line.line_no).title, "quantity": line.quantity} for line in case.lines],
        "amount_fen": case.amount_fen,
        "steps": list(steps),
        "current": current,
        "submitted_at": case.submitted_at.isoformat() if case.submitted_at else None,
        "due_at": case.due_at.isoformat() if case.due_at else None,
    }
