"""The rule book's sections 5 to 9 as types: return, inspection, refund, exchange, compensation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from backend.domain.case import Role
from backend.domain.order import PaymentMethod
from backend.domain.request import Reason
from backend.domain.rule_types import (
    CompensationKind,
    Complete,
    Count,
    Days,
    ExpiredWarranty,
    Fault,
    Fen,
    FreightMethod,
    FreightPayer,
    LockAt,
    Only,
    OutOfStock,
    Percent,
    Range,
    RefundChannel,
    RepairCost,
    Restore,
    ReturnMethod,
    Severity,
    ShipAfter,
    Span,
)


@dataclass(frozen=True)
class ReturnAddress:
    """Where goods go back to."""

    receiver: str
    phone: str
    address: str


@dataclass(frozen=True)
class Returns:
    methods: tuple[ReturnMethod, ...]
    pickup_over_kg: Count
    ship_by_days: Days
    grace_days: Days
    nudge_days: tuple[int, ...]
    tracking_required: bool
    transit_alert_days: Days
    address: ReturnAddress
    packing_notes: tuple[str, ...]


@dataclass(frozen=True)
class Freight:
    payer: Annotated[Mapping[Fault, FreightPayer], Complete()]
    split_ratio: Percent
    method: FreightMethod
    reimburse_cap: Fen
    first_size_exchange_free: bool


@dataclass(frozen=True)
class InspectionPhotos:
    on_fail: bool
    from_amount: Fen


@dataclass(frozen=True)
class Inspect:
    role: Annotated[Role, Only(Role.WAREHOUSE, "the transition table gives inspections to the warehouse")]
    photo_required: InspectionPhotos
    grades: Mapping[str, Percent]
    fail_actions: Annotated[
        tuple[str, ...],
        Only(
            ("partial_refund_proposal", "send_back", "repair_quote"),
            "whoever objects to an inspection can always choose among all of them",
        ),
    ]


@dataclass(frozen=True)
class InspectionIssue:
    ttl_days: Days
    default: Annotated[str, Only("escalate", "silence never cuts a customer's money")]


@dataclass(frozen=True)
class Disposition:
    options: tuple[str, ...]


@dataclass(frozen=True)
class ShippingBack:
    merchant_fault: bool
    unshipped_whole_order: bool
    customer_fault: bool


@dataclass(frozen=True)
class Amount:
    basis: Annotated[str, Only("actual_paid", "nothing but what was really paid can be paid back")]
    include_shipping: ShippingBack
    shipping_once: Annotated[bool, Only(True, "shipping was paid once")]
    include_tax: Annotated[bool, Only(True, "prices contain their tax")]
    coupon_cash: Annotated[bool, Only(False, "a coupon's value is never paid out")]
    threshold_rule: Annotated[
        str, Only("keep_proportional", "recalc needs the shop's thresholds, which order data does not tell")
    ]
    deduction_schedule: Mapping[str, Percent]
    lock_at: Annotated[LockAt, Only(LockAt.APPROVAL, "what was approved changes only with the customer's consent")]
    adjust_needs_reason: Annotated[bool, Only(True, "what departs from the rules is not approved without a reason")]
    rounding: Annotated[str, Only("cents", "money is integer fen")]


@dataclass(frozen=True)
class Coupon:
    restore: Restore


@dataclass(frozen=True)
class Points:
    restore: Annotated[Restore, Only(Restore.PROPORTIONAL, "points were paid with, so they go back like money")]


@dataclass(frozen=True)
class PriceGap:
    exchange: Annotated[str, Only("link_or_refund", "a customer is never charged without a payment of their own")]
    pay_days: Annotated[int, Range(1, 90)]
    how_to_pay: str


@dataclass(frozen=True)
class MaxWorkdays:
    default: Days
    by_reason: Mapping[Reason, Days]
    warn_calendar_days: Days


@dataclass(frozen=True)
class Refund:
    """Books of before `drain_first` had every refund in proportion to what each payment paid."""

    keep_item_max: Fen
    channels: tuple[RefundChannel, ...]
    eta_workdays: Mapping[str, Span]
    max_workdays: MaxWorkdays
    poll_minutes: tuple[int, ...]
    bank_fields: tuple[str, ...]
    audit_sample_pct: Percent
    drain_first: tuple[PaymentMethod, ...] = ()


@dataclass(frozen=True)
class Confirm:
    auto_days: Days


@dataclass(frozen=True)
class Exchange:
    same_product_only: bool
    ship_after: ShipAfter
    max_times: Count
    oos_fallback: tuple[OutOfStock, ...]
    delivered_days: Days


@dataclass(frozen=True)
class Warranty:
    exclusions: tuple[str, ...]
    expired_policy: ExpiredWarranty


@dataclass(frozen=True)
class Repair:
    parts_and_labour: RepairCost


@dataclass(frozen=True)
class Onsite:
    enabled: Annotated[bool, Only(False, "no case is looked after at the customer's")]


@dataclass(frozen=True)
class PercentRange:
    least: Percent
    most: Percent


@dataclass(frozen=True)
class ServiceRefund:
    range: PercentRange
    role: Role


@dataclass(frozen=True)
class CompensationRow:
    """For this reason at this severity: what is given, and how much (points as their value)."""

    reason: Reason
    severity: Severity
    kind: CompensationKind
    amount: Fen


@dataclass(frozen=True)
class SlaBreach:
    enabled: bool
    coupon: Fen


@dataclass(frozen=True)
class Compensation:
    enabled: bool
    table: tuple[CompensationRow, ...]
    human_only: tuple[Reason, ...]
    limit: Mapping[Role, Fen | None]
    proof: bool
    sla_breach: SlaBreach
    promise_rule: Annotated[str, Only("after_approval", "the bot promises nothing that is not approved")]
