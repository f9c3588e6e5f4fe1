"""The shop's people in a random town: they take a filed case one step on, whichever its state allows."""

from random import Random
from typing import Any

from backend.bootstrap import Backend
from backend.domain.case import Case, State
from backend.errors import BackendError
from tests.conversations.staff import Staff

_REJECT = {"rules": ["window"], "reason": "超出退货条件", "alternatives": ["repair"]}
_OFFER = {"remedy": "REFUND_ONLY", "amount_fen": 3000, "reason": "不用寄回，退一部分"}
_FAIL = {"grades": "B", "reason": "杯口有使用痕迹", "photos": 1}

STEPS: dict[State, tuple[tuple[str, dict[str, Any]], ...]] = {
    State.SUBMITTED: (
        ("approve", {}),
        ("approve", {}),
        ("ask_info", {"items": ["label"]}),
        ("reject", _REJECT),
        ("propose", _OFFER),
    ),
    State.AWAITING_RETURN: (("receive", {"counted": "all"}),),
    State.RETURN_IN_TRANSIT: (("receive", {"counted": "all"}),),
    State.RECEIVED: (("inspect_pass", {"grades": "A"}), ("inspect_fail", _FAIL)),
    State.REPLACEMENT_PENDING: (("ship", {"waybill": "new", "confirmed": True}),),
    State.REPLACEMENT_SHIPPED: (("delivered", {}),),
    State.REFUND_PENDING: (("pay", {}),),
    State.REFUNDING: (("voucher", {}),),
}
"""What staff may do in a state; where a guard refuses it, nothing happens."""


def take_a_step(random: Random, shop: Backend, case: Case) -> bool:
    """Make one of the events happen to a case. False where there is none, or it may not happen."""
    steps = STEPS.get(case.state)
    if not steps:
        return False
    event, given = random.choice(steps)
    people = Staff(shop, case.conversation_id)
    people.filed = [case]
    try:
        people.do(event, dict(given))
    except BackendError:
        return False
    return True
