"""Cases whose refund is approved and waits for finance, and people who deal with it."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

from backend.domain.case import Actor, Case, CaseLine, Role, State
from backend.domain.order import Payment, PaymentMethod
from backend.ports import World
from tests.builders import a_conversation, a_filed_case, an_event, an_order
from tests.clock import START

FINANCE = Actor(Role.FINANCE, "周会计")
APPROVER = "李主管"


def unique(prefix: str) -> str:
    """A number that no other test has: the sandbox's ledger outlives a test."""
    return f"{prefix}{random.SystemRandom().randrange(10**14):014d}"


def approved_case(
    world: World, approved_fen: int = 5000, payments: tuple[tuple[PaymentMethod, int], ...] = (), **changes: Any
) -> Case:
    """A case in REFUND_PENDING of a buyer of its own, about an order paid as told, 100.00 by WeChat if nothing is."""
    case_no, order_no = unique("RC"), unique("A")
    parts = tuple(Payment(method, f"{method.value}-{order_no}", fen) for method, fen in payments) or (
        Payment(PaymentMethod.WECHAT, f"wechat-{order_no}", 10000),
    )
    order = replace(
        an_order(order_no, buyer_phone=unique("1")), payments=parts, paid_fen=sum(part.paid_fen for part in parts)
    )
    with world.write() as work:
        work.orders.put(order)
        conversation = work.conversations.open(a_conversation(f"conv-{case_no}"))
        work.conversations.prove(conversation.id, work.orders.customer_of(order_no) or 0, "phone_tail", START)
        filed = a_filed_case(
            case_no,
            **{
                "conversation_id": conversation.id,
                "order_no": order_no,
                "state": State.REFUND_PENDING,
                "version": 2,
                "lines": (CaseLine(1, "CUP", 1),),
                "refundable_fen": approved_fen,
                "approved_fen": approved_fen,
                **changes,
            },
        )
        case = work.cases.add(filed)
        work.cases.append(case.id, an_event(1))
        work.cases.append(case.id, _approval())
        work.commit()
    return case


def reload(world: World, case: Case) -> Case:
    with world.read() as work:
        found = work.cases.get(case.id)
    assert found is not None
    return found


def events_of(world: World, case: Case) -> list[str]:
    with world.read() as work:
        return [event.event for event in work.cases.events(case.id)]


def reserved(world: World, case: Case) -> int:
    """What is reserved on the order's payments, in fen."""
    with world.read() as work:
        return sum(work.refunds.reserved(case.order_no or "").values())


def _approval() -> Any:
    return an_event(
        2,
        at=START + timedelta(seconds=1),
        event="approve",
        actor=APPROVER,
        role=Role.SUPERVISOR,
        from_state=State.SUBMITTED,
        to_state=State.REFUND_PENDING,
    )
