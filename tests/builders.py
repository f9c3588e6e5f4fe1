"""Small objects of the trade with sensible values: a test names only what it is about."""

from dataclasses import replace
from typing import Any

from backend.domain.case import Case, CaseEvent, CaseLine, Role, State
from backend.domain.complaint import Cause, Complaint, ComplaintCase, Deed, Entry, Stage
from backend.domain.conversation import Author, Conversation, Mode, NewMessage
from backend.domain.evidence import Evidence, EvidenceKind
from backend.domain.order import Order, OrderLine, OrderStatus, Payment, PaymentMethod
from tests.clock import START


def a_conversation(conversation_id: str = "conv-1", **changes: Any) -> Conversation:
    """An anonymous web chat that the bot owns."""
    made = Conversation(
        id=conversation_id,
        channel="webchat",
        channel_user_id=f"user-of-{conversation_id}",
        mode=Mode.BOT,
        epoch=0,
        epoch_by="",
        last_seq=0,
        opened_at=START,
    )
    return replace(made, **changes)


def a_draft(conversation_id: str = "conv-1", **changes: Any) -> Case:
    """A draft that says nothing yet."""
    made = Case(
        id=0,
        conversation_id=conversation_id,
        version=1,
        state=State.DRAFT,
        opened_at=START,
        state_since=START,
    )
    return replace(made, **changes)


def a_filed_case(case_no: str = "RC20261122000001", **changes: Any) -> Case:
    """A submitted case about the one cup of `an_order()`."""
    filled = {
        "case_no": case_no,
        "state": State.SUBMITTED,
        "order_no": "A1001",
        "wish": "refund",
        "remedy": "REFUND_ONLY",
        "reason_claimed": "damaged",
        "lines": (CaseLine(line_no=1, sku="CUP", quantity=1),),
        "refundable_fen": 5000,
        "submitted_at": START,
    }
    return replace(a_draft(), **{**filled, **changes})


def an_event(version: int = 1, **changes: Any) -> CaseEvent:
    """The bot has opened a draft."""
    made = CaseEvent(
        at=START,
        event="start",
        actor="bot",
        role=Role.BOT,
        from_state=None,
        to_state=State.DRAFT,
        version=version,
    )
    return replace(made, **changes)


def an_order(order_no: str = "A1001", **changes: Any) -> Order:
    """Two cups for 100.00, signed for, paid by WeChat."""
    made = Order(
        order_no=order_no,
        status=OrderStatus.SIGNED,
        placed_at=START,
        shipped_at=START,
        signed_at=START,
        buyer_name="王小明",
        buyer_phone="13800006688",
        lines=(OrderLine(1, "CUP", "手冲咖啡杯", "家居", 2, 5000, 0, 10000),),
        order_discount_fen=0,
        coupon_code="",
        coupon_fen=0,
        points_used=0,
        shipping_fen=0,
        payments=(Payment(PaymentMethod.WECHAT, f"WX-{order_no}", 10000),),
        paid_fen=10000,
    )
    return replace(made, **changes)


def a_photo(evidence_id: str = "photo-1", **changes: Any) -> Evidence:
    """A stored photo of the goods that belongs to no case yet."""
    made = Evidence(
        id=evidence_id,
        conversation_id="conv-1",
        case_id=None,
        kind=EvidenceKind.GOODS,
        media_type="image/jpeg",
        sha256=evidence_id.rjust(64, "0"),
        phash="0" * 16,
        size=1000,
        width=640,
        height=480,
        object_key=f"evidence/2026/11/{evidence_id}.jpg",
        thumbnail_key=f"evidence/2026/11/{evidence_id}.thumb.jpg",
        created_at=START,
    )
    return replace(made, **changes)


def a_complaint(complaint_no: str = "CP20261122000001", **changes: Any) -> Complaint:
    """One about the service, and about no case, that nobody has looked at."""
    made = Complaint(
        id=0,
        complaint_no=complaint_no,
        conversation_id="conv-1",
        cause=Cause.SERVICE,
        text="没人回复",
        stage=Stage.OPEN,
        version=1,
        opened_at=START,
        stage_since=START,
    )
    return replace(made, **changes)


def about(case: Case) -> tuple[ComplaintCase, ...]:
    """What a complaint has of the one case that it is about."""
    return (ComplaintCase(case.id, case.case_no or ""),)


def an_entry(version: int = 1, **changes: Any) -> Entry:
    """The bot has opened a complaint."""
    made = Entry(START, Deed.OPEN, "bot", Role.BOT, None, Stage.OPEN, version)
    return replace(made, **changes)


def a_message(text: str = "杯子碎了", **changes: Any) -> NewMessage:
    """Something that the customer says."""
    return replace(NewMessage(author=Author.CUSTOMER, text=text), **changes)
