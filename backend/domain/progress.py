"""How far a case has come, as the customer sees it, and who it is waiting for (lifecycle page, section 2)."""

from dataclasses import dataclass

from backend.domain.case import State
from backend.domain.labelled import Labelled
from backend.domain.request import Remedy


class Dot(Labelled):
    """The five dots of a case's progress, with the words the customer reads."""

    FILE = "file", "提交"
    REVIEW = "review", "审核"
    RETURN = "return", "寄回/验收"
    SETTLE = "settle", "退款/换货"
    DONE = "done", "完成"


@dataclass(frozen=True)
class Waiting:
    """Who a case waits for in a state, and the rule-book parameter that says for how long.

    `paused` states are the customer's own: the shop's clocks stand still in them. Without a `clock` nothing
    is due.
    """

    for_whom: str
    clock: str | None
    dot: Dot
    paused: bool = False


# fmt: off
WAITING: dict[State, Waiting] = {
    State.DRAFT: Waiting("customer", "draft.ttl_hours", Dot.FILE),
    State.SUBMITTED: Waiting("agent", "sla.review", Dot.REVIEW),
    State.NEED_INFO: Waiting("customer", "need_info.ttl_hours", Dot.REVIEW, paused=True),
    State.PROPOSED: Waiting("customer", "proposal.ttl_days", Dot.REVIEW, paused=True),
    State.PENDING_APPROVAL: Waiting("approver", "sla.approval", Dot.REVIEW),
    State.REJECTED: Waiting("customer", "appeal.days", Dot.REVIEW),
    State.AWAITING_RETURN: Waiting("customer", "return.ship_by_days", Dot.RETURN, paused=True),
    State.RETURN_IN_TRANSIT: Waiting("carrier", "return.transit_alert_days", Dot.RETURN),
    State.RECEIVED: Waiting("warehouse", "sla.inspect", Dot.RETURN),
    State.INSPECTION_ISSUE: Waiting("customer", "inspection_issue.ttl_days", Dot.RETURN, paused=True),
    State.SENDING_BACK: Waiting("warehouse", "sla.send_back_workdays", Dot.RETURN),
    State.REPAIRING: Waiting("repair", "sla.repair_workdays", Dot.SETTLE),
    State.REFUND_PENDING: Waiting("finance", "sla.finance", Dot.SETTLE),
    State.REFUNDING: Waiting("provider", "refund.max_workdays.default", Dot.SETTLE),
    State.REFUND_FAILED: Waiting("finance", "sla.finance", Dot.SETTLE),
    State.REPLACEMENT_PENDING: Waiting("warehouse", "sla.replacement_ship_hours", Dot.SETTLE),
    State.REPLACEMENT_SHIPPED: Waiting("carrier", "exchange.delivered_days", Dot.SETTLE),
    State.AWAITING_CONFIRM: Waiting("customer", "confirm.auto_days", Dot.DONE, paused=True),
    State.CLOSED: Waiting("nobody", None, Dot.DONE),
}
# fmt: on

WITH_STAFF = frozenset(
    state for state, waiting in WAITING.items() if waiting.for_whom not in ("customer", "carrier", "provider", "nobody")
)
"""States in which somebody of the shop has the next thing to do."""

_GOODS_COME_BACK = frozenset({Remedy.RETURN_REFUND, Remedy.EXCHANGE, Remedy.REPAIR})


def progress(state: State, remedy: Remedy | None) -> tuple[tuple[str, ...], int]:
    """The labels of the dots and the index of the present one.

    A remedy without a return skips the third dot, unless the case stands there all the same.
    """
    here = WAITING[state].dot
    skips = remedy is not None and remedy not in _GOODS_COME_BACK and here is not Dot.RETURN
    dots = [dot for dot in Dot if not (skips and dot is Dot.RETURN)]
    return tuple(dot.label for dot in dots), dots.index(here)
