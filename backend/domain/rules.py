"""The parameters of the rule book, section by section, under the names that the rule files use.

A field's name and its section's are the dotted name of the parameter: `window.days`. A trailing underscore
only keeps a name clear of Python's own words. What a parameter means and where its default comes from stands
beside it in `backend/rules`. Amounts are integer fen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import Annotated, Any, TypeVar

from backend.domain.order import PaymentMethod
from backend.domain.request import Reason
from backend.domain.rule_types import Clock, Complete, Unit
from backend.domain.rules_of_goods import (
    Amount,
    Compensation,
    Confirm,
    Coupon,
    Disposition,
    Exchange,
    Freight,
    Inspect,
    InspectionIssue,
    Onsite,
    Points,
    PriceGap,
    Refund,
    Repair,
    Returns,
    ServiceRefund,
    Warranty,
)
from backend.domain.rules_of_review import (
    Appeal,
    Approval,
    Condition,
    Draft,
    Eligibility,
    EvidenceRules,
    NeedInfo,
    Priority,
    Proposal,
    ReasonRule,
    Reject,
    Reopen,
    Sla,
    Window,
)
from backend.domain.rules_of_service import (
    Calendar,
    Complaint,
    Crisis,
    Csat,
    Drill,
    Handoff,
    Improvement,
    Notify,
    Privacy,
    Report,
    Risk,
    Status,
    Tone,
)


@dataclass(frozen=True)
class Rules:
    """Every parameter as it holds for one scope. `rules["window.days"]` reads one by its dotted name."""

    reasons: Annotated[Mapping[Reason, ReasonRule], Complete()]
    window: Window
    eligibility: Eligibility
    condition: Condition
    priority: Priority
    evidence: EvidenceRules
    sla: Sla
    approval: Approval
    reject: Reject
    appeal: Appeal
    need_info: NeedInfo
    proposal: Proposal
    draft: Draft
    reopen: Reopen
    return_: Returns
    freight: Freight
    inspect: Inspect
    inspection_issue: InspectionIssue
    disposition: Disposition
    amount: Amount
    coupon: Coupon
    points: Points
    price_gap: PriceGap
    refund: Refund
    confirm: Confirm
    exchange: Exchange
    warranty: Warranty
    repair: Repair
    onsite: Onsite
    service_refund: ServiceRefund
    compensation: Compensation
    complaint: Complaint
    crisis: Crisis
    drill: Drill
    tone: Tone
    calendar: Calendar
    handoff: Handoff
    status: Status
    notify: Notify
    risk: Risk
    privacy: Privacy
    csat: Csat
    report: Report
    improvement: Improvement

    def __getitem__(self, name: str) -> Any:
        """The parameter with this dotted name. Raises KeyError when there is none."""
        value: Any = self
        for step in name.split("."):
            value = _step_into(value, step, name)
        return value

    def clock(self, name: str) -> Clock:
        """The time limit with this dotted name; a plain number's unit is the end of its name (`_hours`,
        `_workdays`).
        """
        value = self[name]
        if isinstance(value, Clock):
            return value
        if "workdays" in name:
            return Clock(value, Unit.WORKDAY)
        return Clock(value, Unit.HOUR if name.endswith("hours") else Unit.DAY)

    def refund_workdays(self, reason: Reason) -> int:
        """How many working days a refund for this reason may take after the goods were inspected."""
        return self.refund.max_workdays.by_reason.get(reason, self.refund.max_workdays.default)

    def eta_workdays(self, methods: tuple[PaymentMethod, ...]) -> tuple[int, int]:
        """The shortest and longest time until money is back at payments of these kinds; (0, 0) without
        any.
        """
        spans = [self.refund.eta_workdays[method.value] for method in methods]
        if not spans:
            return 0, 0
        return min(span.shortest for span in spans), max(span.longest for span in spans)


def field_named(of: type | object, step: str) -> str | None:
    """The attribute behind a name of the rule files, such as `return_` behind `return`."""
    return _attributes(of if isinstance(of, type) else type(of)).get(step)


@cache
def _attributes(of: type) -> Mapping[str, str]:
    return {each.name.rstrip("_"): each.name for each in fields(of)}


def _step_into(value: Any, step: str, name: str) -> Any:
    if isinstance(value, Mapping):
        for key, held in value.items():
            if spelled(key) == step:
                return held
    elif is_dataclass(value) and (attribute := field_named(value, step)):
        return getattr(value, attribute)
    raise KeyError(name)


def spelled(key: object) -> str:
    """A key of a mapping as the rule files write it."""
    return str(key.value) if isinstance(key, Enum) else str(key)


T = TypeVar("T")


def with_parameter(held: T, path: tuple[str, ...], value: Any) -> T:
    """A copy in which the parameter at this path has another value. Raises KeyError for an unknown path."""
    if not path:
        return value  # type: ignore[no-any-return]
    inner = with_parameter(_step_into(held, path[0], ".".join(path)), path[1:], value)
    if isinstance(held, Mapping):
        return {**held, **{key: inner for key in held if spelled(key) == path[0]}}  # type: ignore[return-value]
    attribute = field_named(held, path[0])
    return replace(held, **{str(attribute): inner})  # type: ignore[type-var]
