"""What a case (售后单) is: its codes, its lines, its log. How it moves stands in `lifecycle`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from backend.domain.labelled import Labelled
from backend.domain.verdict import Verdict


class State(Labelled):
    """Where a case stands, with the words the customer reads (lifecycle page, section 2)."""

    DRAFT = "DRAFT", "填写中"
    SUBMITTED = "SUBMITTED", "已提交，待审核"
    NEED_INFO = "NEED_INFO", "待您补充材料"
    PROPOSED = "PROPOSED", "方案待您确认"
    PENDING_APPROVAL = "PENDING_APPROVAL", "审批中"
    REJECTED = "REJECTED", "审核未通过（可申诉）"
    AWAITING_RETURN = "AWAITING_RETURN", "待您寄回商品"
    RETURN_IN_TRANSIT = "RETURN_IN_TRANSIT", "退货运输中"
    RECEIVED = "RECEIVED", "已签收，验收中"
    INSPECTION_ISSUE = "INSPECTION_ISSUE", "验收有异议，待您确认"
    SENDING_BACK = "SENDING_BACK", "原件退回中"
    REPAIRING = "REPAIRING", "维修中"
    REFUND_PENDING = "REFUND_PENDING", "待财务退款"
    REFUNDING = "REFUNDING", "退款处理中"
    REFUND_FAILED = "REFUND_FAILED", "退款异常，处理中"
    REPLACEMENT_PENDING = "REPLACEMENT_PENDING", "待发出换货/补发"
    REPLACEMENT_SHIPPED = "REPLACEMENT_SHIPPED", "换货/补发已发出"
    AWAITING_CONFIRM = "AWAITING_CONFIRM", "待您确认完成"
    CLOSED = "CLOSED", "已完结"


class CloseReason(str, Enum):
    """Why a case ended."""

    RESOLVED = "resolved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETURNED_TO_CUSTOMER = "returned_to_customer"


class Role(Labelled):
    """Who acts on a case, with the words staff read."""

    CUSTOMER = "customer", "顾客"
    BOT = "bot", "智能助手"
    TIMER = "timer", "定时"
    SYSTEM = "system", "系统"
    CARRIER = "carrier", "物流"
    AGENT = "agent", "客服"
    SUPERVISOR = "supervisor", "主管"
    MANAGER = "manager", "经理"
    WAREHOUSE = "warehouse", "仓库"
    REPAIR = "repair", "维修"
    FINANCE = "finance", "财务"
    ADMIN = "admin", "管理员"


STAFF_ROLES = (
    Role.AGENT,
    Role.SUPERVISOR,
    Role.MANAGER,
    Role.WAREHOUSE,
    Role.REPAIR,
    Role.FINANCE,
    Role.ADMIN,
)
"""What a member of staff can be; the other roles are no people of the shop's."""


@dataclass(frozen=True)
class Actor:
    """Who makes an event happen: the role that the table judges, and the name that the log keeps."""

    role: Role
    name: str


SYSTEM = Actor(Role.SYSTEM, "system")
TIMER = Actor(Role.TIMER, "timer")


@dataclass(frozen=True)
class CaseLine:
    """`quantity` pieces of one order line under this case; later columns count what was approved and received.

    `quantity` is None only in a draft whose customer has not said yet how many. `send_sku` is the article that an
    exchange sends instead, at `send_price_fen` a piece; None is the article itself.
    """

    line_no: int
    sku: str
    quantity: int | None
    approved_quantity: int | None = None
    received_quantity: int | None = None
    accepted_quantity: int | None = None
    rejected_quantity: int | None = None
    disposition: str | None = None
    refund_fen: int | None = None
    send_sku: str | None = None
    send_price_fen: int | None = None


@dataclass(frozen=True)
class CaseEvent:
    """One entry of a case's append-only log, `at` in aware UTC; `version` is the case's version it led to."""

    at: datetime
    event: str
    actor: str
    role: Role
    from_state: State | None
    to_state: State
    version: int
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A case, or its draft (state DRAFT, no `case_no`).

    `wish` is what the customer asked for in their words' sense (a `Wish`); `remedy` is what the rules made of it.
    `refundable_fen` is the verdict's amount, `approved_fen` the one somebody approved. `version` counts every change
    and guards each of them (compare-and-set). `told_version` is the version whose verdict and summary the customer has
    read: only that one can be confirmed. `owner` is the member of staff who looks after it. `dispute_open` and
    `risk_hold` keep money from moving; `risk` counts the kinds of its risk signals, which the customer is never told.
    `held_seconds` counts the time it waited for the customer. `gap_fen` is what was agreed on top of an exchange or a
    repair: the customer pays it, or gets it back where it is below zero. Times are aware UTC.
    """

    id: int
    conversation_id: str
    version: int
    state: State
    opened_at: datetime
    state_since: datetime
    case_no: str | None = None
    order_no: str | None = None
    wish: str | None = None
    remedy: str | None = None
    reason_claimed: str | None = None
    reason_confirmed: str | None = None
    description: str | None = None
    intact: bool | None = None
    lines: tuple[CaseLine, ...] = ()
    verdict: Verdict | None = None
    rule_book_version: int | None = None
    refundable_fen: int | None = None
    approved_fen: int | None = None
    close_reason: CloseReason | None = None
    submitted_at: datetime | None = None
    due_at: datetime | None = None
    told_version: int | None = None
    priority: int = 0
    owner: str | None = None
    dispute_open: bool = False
    risk_hold: bool = False
    risk: int = 0
    sla_breached: bool = False
    held_seconds: int = 0
    gap_fen: int | None = None

    @property
    def amount_fen(self) -> int | None:
        """What will be paid back as far as is known: the approved amount, else the refundable one."""
        return self.refundable_fen if self.approved_fen is None else self.approved_fen
