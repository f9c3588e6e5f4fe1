"""The coupon of an order: somebody gives it back once all it was used for was paid back (`coupon.restore`)."""

from datetime import datetime

from backend.domain.case import Case, CloseReason, Role, State
from backend.domain.refund import coupon_comes_back
from backend.domain.request_facts import MONEY_GOES_BACK
from backend.domain.rule_types import Restore
from backend.domain.rules import Rules
from backend.ports import UnitOfWork
from backend.services import notices

_PAYS = {remedy.value for remedy in MONEY_GOES_BACK}


def give_back(work: UnitOfWork, case: Case, rules: Rules, now: datetime) -> None:
    """Ask an agent to give the coupon back with the case that pays the order's last pieces back, never with a part.

    Order data do not tell until when a coupon is valid: the agent looks (rule book 6; lifecycle page, D3).
    """
    order = work.orders.get(case.order_no or "")
    if order is None or rules.coupon.restore is Restore.NEVER:
        return
    others = [each for each in work.cases.of_order(order.order_no) if each.id != case.id and _is_paid(each)]
    if coupon_comes_back(order, _gone_back((case, *others)), expired=False):
        notices.alert(work, case, "task", Role.AGENT, now, about="coupon", coupon_code=order.coupon_code)


def _is_paid(case: Case) -> bool:
    return case.state is State.AWAITING_CONFIRM or case.close_reason is CloseReason.RESOLVED


def _gone_back(cases: tuple[Case, ...]) -> dict[int, int]:
    """Pieces by line that came back, or were paid back whole; of what a customer keeps for less, none."""
    found: dict[int, int] = {}
    for case in cases:
        whole = (case.approved_fen or 0) >= (case.refundable_fen or 0)
        for line in case.lines if case.remedy in _PAYS else ():
            pieces = (line.quantity or 0) if whole else (line.received_quantity or 0)
            found[line.line_no] = found.get(line.line_no, 0) + pieces
    return found
