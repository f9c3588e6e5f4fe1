"""The queues in which staff find the cases that wait for them: which states make one, whose it is, and its order."""

from dataclasses import dataclass
from datetime import datetime

from backend.domain.case import Role, State
from backend.domain.labelled import Labelled
from backend.domain.progress import WAITING


class Queue(Labelled):
    """A queue, with the words staff read."""

    MINE = "mine", "我负责的"
    REVIEW = "review", "审核"
    APPROVAL = "approval", "审批"
    ARRIVAL = "arrival", "待收货"
    INSPECTION = "inspection", "验收"
    PAYMENT = "payment", "付款"
    SHIPPING = "shipping", "发货"
    REPAIR = "repair", "维修"
    SENDING_BACK = "sending_back", "退回"
    CUSTOMER = "customer", "等买家"
    DISPUTE = "dispute", "异议"
    COMPLAINT = "complaint", "投诉"
    ALL = "all", "全部"


STATES: dict[Queue, tuple[State, ...]] = {
    Queue.REVIEW: (State.SUBMITTED,),
    Queue.APPROVAL: (State.PENDING_APPROVAL,),
    Queue.ARRIVAL: (State.AWAITING_RETURN, State.RETURN_IN_TRANSIT),
    Queue.INSPECTION: (State.RECEIVED,),
    Queue.PAYMENT: (State.REFUND_PENDING, State.REFUND_FAILED, State.REFUNDING),
    Queue.SHIPPING: (State.REPLACEMENT_PENDING,),
    Queue.REPAIR: (State.REPAIRING,),
    Queue.SENDING_BACK: (State.SENDING_BACK,),
    Queue.CUSTOMER: (State.NEED_INFO, State.PROPOSED, State.INSPECTION_ISSUE, State.REJECTED, State.AWAITING_CONFIRM),
}
"""Queues that are made of states; the others are made of an owner, a dispute, an open complaint, or of everything."""

SHOPS_TURN = tuple(state for state in State if WAITING[state].clock and not WAITING[state].paused)
"""States in which a passed time is the shop's own."""

FIRST: dict[Role, Queue] = {
    Role.AGENT: Queue.REVIEW,
    Role.SUPERVISOR: Queue.APPROVAL,
    Role.MANAGER: Queue.APPROVAL,
    Role.WAREHOUSE: Queue.INSPECTION,
    Role.REPAIR: Queue.REPAIR,
    Role.FINANCE: Queue.PAYMENT,
}
"""What a role comes for; any other sees everything."""


def first_queue(role: Role) -> Queue:
    """The queue that opens for a role."""
    return FIRST.get(role, Queue.ALL)


@dataclass(frozen=True)
class Place:
    """Where a page of a queue ends: the order of its last case. `due_at` None is after every time."""

    priority: int
    due_at: datetime | None
    case_id: int


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to: every field that is set has to hold.

    `overdue_at` is the time before which the shop should have acted, `numbers` are case or order numbers, `phone_tail`
    the last four digits of the buyer's number.
    """

    queue: Queue = Queue.ALL
    owner: str | None = None
    state: State | None = None
    reason: str | None = None
    overdue_at: datetime | None = None
    risky: bool = False
    numbers: tuple[str, ...] = ()
    phone_tail: str | None = None


@dataclass(frozen=True)
class Waiting:
    """A case as a list shows it; amounts in fen, times aware UTC. `goods` is the first title, `more` how many besides.

    `used` is 0, 50, 80 or 100: the percent of the shop's time that is over, as the clocks' warnings have it.
    """

    id: int
    case_no: str
    version: int
    state: State
    remedy: str | None
    reason: str | None
    order_no: str
    amount_fen: int | None
    owner: str | None
    priority: int
    due_at: datetime | None
    submitted_at: datetime | None
    risk: int
    risk_hold: bool
    dispute_open: bool
    goods: str = ""
    more: int = 0
    used: int = 0

    @property
    def paused(self) -> bool:
        """Whether it is the customer's turn."""
        return WAITING[self.state].paused

    @property
    def place(self) -> Place:
        return Place(self.priority, self.due_at, self.id)
