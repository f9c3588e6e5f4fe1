"""What a complaint is and how it moves: its codes, its ruling, and its transition table C1 to C16 (lifecycle page, 6).

`guard` names what the caller has to make sure of before a row's move; the table itself judges state, event and role.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from backend.domain.case import Role, State
from backend.domain.labelled import Labelled
from backend.errors import IllegalTransition


class Cause(Labelled):
    """What a complaint is about."""

    REJECTION = "rejection", "申诉后仍未通过"
    INSPECTION = "inspection", "对验收结果有异议"
    PAYOUT = "payout", "对退款有异议"
    PLAIN = "plain", "售后处理"
    SERVICE = "service", "服务质量"


DISPUTES = frozenset({Cause.REJECTION, Cause.INSPECTION, Cause.PAYOUT})
"""Causes that keep the money of their cases from moving until they are ruled on."""


class Stage(Labelled):
    """Where a complaint stands, with the words the customer reads."""

    OPEN = "OPEN", "已登记，待受理"
    ACKED = "ACKED", "已受理"
    INVESTIGATING = "INVESTIGATING", "调查中"
    WAIT_CUSTOMER = "WAIT_CUSTOMER", "待您补充材料"
    WAIT_MERCHANT = "WAIT_MERCHANT", "内部核实中"
    RULED = "RULED", "已裁定"
    SUPERVISION = "SUPERVISION", "监督部门复核中"
    EXECUTED = "EXECUTED", "裁定已执行"
    CLOSED = "CLOSED", "已结束"


class Deed(str, Enum):
    """What can happen to a complaint."""

    OPEN = "open"
    ACKNOWLEDGE = "acknowledge"
    INVESTIGATE = "investigate"
    ASK_CUSTOMER = "ask_customer"
    ASK_MERCHANT = "ask_merchant"
    ADD_EVIDENCE = "add_evidence"
    LAPSE = "lapse"
    RULE = "rule"
    ESCALATE = "escalate"
    EXECUTE = "execute"
    CLOSE = "close"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
    LATE = "late"


class Outcome(Labelled):
    """How a complaint was ruled, as the customer reads it."""

    SUPPORT = "support", "支持您的诉求"
    PARTIAL = "partial", "部分支持您的诉求"
    REJECT = "reject", "不支持您的诉求"


@dataclass(frozen=True)
class Ruling:
    """The ruling in force, with its written reason. `final` is the one after an escalation."""

    outcome: Outcome
    reason: str
    by: str
    at: datetime
    final: bool = False

    @property
    def in_favour(self) -> bool:
        """Whether the customer gets something."""
        return self.outcome is not Outcome.REJECT


@dataclass(frozen=True)
class ComplaintCase:
    """A case that a complaint is about, and what was ruled for it: the state it goes to (T44), the money in fen.

    `executed` says that the case followed the ruling.
    """

    case_id: int
    case_no: str
    ruled_to: State | None = None
    ruled_fen: int | None = None
    executed: bool = False


@dataclass(frozen=True)
class Complaint:
    """A complaint, about any number of cases of one conversation. Times are aware UTC.

    `text` is what the customer said first; what came later is in the log. `due_at` is by when whoever it waits for
    should have acted. `ruling` is None until it was ruled on; `escalated` says that the customer went to supervision,
    which can be done once. `version` counts every change and guards each of them (compare-and-set).
    """

    id: int
    complaint_no: str
    conversation_id: str
    cause: Cause
    text: str
    stage: Stage
    version: int
    opened_at: datetime
    stage_since: datetime
    due_at: datetime | None = None
    cases: tuple[ComplaintCase, ...] = ()
    ruling: Ruling | None = None
    escalated: bool = False
    sla_breached: bool = False

    @property
    def disputes(self) -> bool:
        """Whether it keeps money from moving now."""
        return self.cause in DISPUTES and self.stage not in SETTLED


@dataclass(frozen=True)
class Entry:
    """One entry of a complaint's append-only log; `version` is the complaint's version it led to."""

    at: datetime
    deed: Deed
    actor: str
    role: Role
    from_stage: Stage | None
    to_stage: Stage
    version: int
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One line of the table: a deed by any of `roles` takes a complaint from any of `froms` to `to`; None stays."""

    number: str
    froms: tuple[Stage | None, ...]
    deed: Deed
    to: Stage | None
    roles: tuple[Role, ...]
    guard: str = ""


_S, _D, _R = Stage, Deed, Role
_CUSTOMER, _TIMER = (_R.CUSTOMER,), (_R.TIMER,)
_RULERS = (_R.SUPERVISOR, _R.MANAGER)
_AGENTS = (_R.AGENT, *_RULERS)
_MERCHANT = (*_AGENTS, _R.WAREHOUSE, _R.REPAIR, _R.FINANCE)
_IN_HAND = (_S.OPEN, _S.ACKED, _S.INVESTIGATING)

SETTLED = frozenset({_S.RULED, _S.EXECUTED, _S.CLOSED})
"""Stages in which nothing is in dispute any more."""

# fmt: off
TABLE: tuple[Row, ...] = (
    Row("C1", (None,), _D.OPEN, _S.OPEN, (_R.CUSTOMER, _R.BOT, _R.SYSTEM, *_AGENTS), "nothing_open_about_it"),
    Row("C2", (_S.OPEN,), _D.ACKNOWLEDGE, _S.ACKED, _AGENTS),
    Row("C3", (_S.ACKED,), _D.INVESTIGATE, _S.INVESTIGATING, _AGENTS),
    Row("C4", (_S.INVESTIGATING,), _D.ASK_CUSTOMER, _S.WAIT_CUSTOMER, _AGENTS, "question_given"),
    Row("C5", (_S.INVESTIGATING,), _D.ASK_MERCHANT, _S.WAIT_MERCHANT, _AGENTS, "question_and_role_given"),
    Row("C6", (_S.WAIT_CUSTOMER,), _D.ADD_EVIDENCE, _S.INVESTIGATING, _CUSTOMER, "something_new"),
    Row("C6", (_S.WAIT_MERCHANT,), _D.ADD_EVIDENCE, _S.INVESTIGATING, _MERCHANT, "something_new"),
    Row("C7", (*_IN_HAND, _S.WAIT_MERCHANT, _S.SUPERVISION), _D.ADD_EVIDENCE, None, _CUSTOMER, "something_new"),
    Row("C7", (*_IN_HAND, _S.WAIT_CUSTOMER, _S.SUPERVISION), _D.ADD_EVIDENCE, None, _MERCHANT, "something_new"),
    # Nobody loses by silence: it goes on with what is there.
    Row("C8", (_S.WAIT_CUSTOMER, _S.WAIT_MERCHANT), _D.LAPSE, _S.INVESTIGATING, _TIMER, "evidence_time_over"),
    Row("C9", (_S.INVESTIGATING,), _D.RULE, _S.RULED, _RULERS, "reasoned_within_paid_by_somebody_else"),
    Row("C10", (_S.RULED, _S.EXECUTED), _D.ESCALATE, _S.SUPERVISION, _CUSTOMER, "first_escalation"),
    Row("C11", (_S.SUPERVISION,), _D.RULE, _S.RULED, (_R.MANAGER,), "reasoned_within_paid_by_somebody_else"),
    Row("C12", (_S.RULED,), _D.EXECUTE, _S.EXECUTED, _RULERS, "cases_follow_the_ruling"),
    Row("C13", (_S.EXECUTED,), _D.CLOSE, _S.CLOSED, (_R.CUSTOMER, *_RULERS), "customer_agrees_or_cannot_escalate"),
    Row("C14", (_S.EXECUTED,), _D.EXPIRE, _S.CLOSED, _TIMER, "escalation_time_over"),
    Row("C15", (*_IN_HAND, _S.WAIT_CUSTOMER, _S.WAIT_MERCHANT), _D.WITHDRAW, _S.CLOSED, _CUSTOMER,
        "customer_confirmed"),
    Row("C16", tuple(stage for stage in Stage if stage is not _S.CLOSED), _D.LATE, None, _TIMER),
)
# fmt: on


@dataclass(frozen=True)
class Step:
    """What a deed comes to; `repeated` means that it has already led here and nothing is to be written."""

    from_stage: Stage | None
    to_stage: Stage
    number: str
    guard: str = ""
    repeated: bool = False

    @property
    def changed(self) -> bool:
        return self.from_stage is not self.to_stage


def next_stage(stage: Stage | None, deed: Deed, role: Role, *, last_deed: Deed | None = None) -> Step:
    """The step that a deed is, or IllegalTransition with what this role could do instead.

    `stage` is None before C1; `last_deed` is the one that led to the present stage.
    """
    for row in _rows(stage, deed, role):
        return Step(stage, row.to or _known(stage), row.number, row.guard)
    led_here = any(row.to is stage and row.deed is deed and role in row.roles for row in TABLE)
    if stage is not None and deed is last_deed and led_here:
        return Step(stage, stage, number="", repeated=True)
    raise IllegalTransition(
        state=stage.value if stage else "nothing",
        event=deed.value,
        role=role.value,
        allowed=tuple(each.value for each in allowed_deeds(stage, role)),
    )


def allowed_deeds(stage: Stage | None, role: Role) -> tuple[Deed, ...]:
    """What this role can do at this stage, in the order of the table."""
    return tuple(dict.fromkeys(row.deed for row in TABLE if stage in row.froms and role in row.roles))


def _rows(stage: Stage | None, deed: Deed, role: Role) -> Iterable[Row]:
    return (row for row in TABLE if stage in row.froms and row.deed is deed and role in row.roles)


def _known(stage: Stage | None) -> Stage:
    assert stage is not None  # only rows that begin at a stage keep it
    return stage
