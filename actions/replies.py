"""Turns what the backend knows into the values that the responses of domain.yml are filled with."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from backend.domain.case import Case, CaseLine
from backend.domain.evidence import Evidence
from backend.domain.filing import free_lines
from backend.domain.money import price
from backend.domain.order import Order
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_book import RuleBook
from backend.domain.rule_types import FreightPayer, Item
from backend.domain.verdict import Check, Result, Verdict
from backend.domain.workdays import MERCHANT_ZONE
from backend.services.guard_words import listed

Button = dict[str, str]


def button(title: str, payload: str) -> Button:
    return {"title": title, "payload": payload}


def moment(at: datetime | None) -> str:
    """Month, day, hour and minute in the merchant's zone."""
    return at.astimezone(MERCHANT_ZONE).strftime("%m-%d %H:%M") if at else ""


def goods_lines(order: Order, free: dict[int, int]) -> str:
    """The order's goods, numbered as the customer may name them."""
    lines = enumerate(free_lines(order, free), start=1)
    return "\n".join(f"{number}. {line.title} ×{free[line.line_no]}" for number, line in lines)


def chosen_goods(order: Order, lines: Iterable[CaseLine]) -> str:
    return "\n".join(f"{order.line(line.line_no).title} ×{line.quantity}" for line in lines)


def verdict_values(verdict: Verdict, book: RuleBook) -> dict[str, Any]:
    """`remedy, amount, breakdown, freight, eta` as the customer reads them."""
    return {
        "remedy": book.label(Remedy(verdict.remedy)),
        "amount": price(verdict.refundable_fen),
        "breakdown": "\n".join(
            f"· {line.label} {price(line.fen)}" for line in verdict.breakdown if line.item != Item.TOTAL.value
        ),
        "freight": book.label(FreightPayer(verdict.freight_payer)),
        "eta": workdays(verdict),
    }


def workdays(verdict: Verdict) -> str:
    """How long a refund takes after approval, from its shortest to its longest."""
    shortest, longest = verdict.eta_workdays
    return str(longest) if shortest == longest else f"{shortest}–{longest}"


def reasons(checks: Iterable[Check], *results: Result) -> str:
    return "\n".join(check.reason for check in checks if check.result in results)


def wish_buttons(wishes: Iterable[Wish], book: RuleBook) -> list[Button]:
    return [button(book.label(wish), f'/inform{{"wish": "{wish.value}"}}') for wish in wishes]


def reason_buttons(codes: Iterable[Reason], book: RuleBook) -> list[Button]:
    return [button(book.label(code), f'/inform{{"reason": "{code.value}"}}') for code in codes]


def kinds_told(evidence: Iterable[Evidence], book: RuleBook) -> str:
    """What the pieces show, in one line."""
    return listed(book.label(piece.kind) for piece in evidence)


def summary_values(draft: Case, order: Order, evidence: Iterable[Evidence], book: RuleBook) -> dict[str, Any]:
    """What the customer is asked to confirm; `draft` names the version that this summary shows."""
    return {
        "order_no": order.order_no,
        "goods": chosen_goods(order, draft.lines),
        "reason": book.label(Reason(draft.reason_claimed)),
        "evidence": kinds_told(evidence, book) or "—",
        "description": draft.description or "—",
        "draft": f"{draft.id}:{draft.version}",
    }
