"""The rule book's sections 1 to 4 as types: reasons, window, eligibility, evidence, review and approval."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from backend.domain.case import Role
from backend.domain.evidence import EvidenceRequirement
from backend.domain.request import Reason, Wish
from backend.domain.rule_types import (
    Anchor,
    BusinessReturns,
    Clock,
    Count,
    Days,
    Duplicate,
    ExpiredOffer,
    Fault,
    Fen,
    Hours,
    Offer,
    Only,
    OpenedPolicy,
    Range,
    ReviewBreach,
    WindowKind,
)

NO_EVIDENCE = EvidenceRequirement()

_OFFERED: dict[Offer, tuple[Wish, ...]] = {
    Offer.REFUND: (Wish.REFUND, Wish.RETURN),
    Offer.EXCHANGE: (Wish.EXCHANGE,),
    Offer.REPAIR: (Wish.REPAIR,),
    Offer.RESEND: (Wish.RESEND,),
    Offer.PARTS: (Wish.RESEND,),
    Offer.DIFFERENCE: (Wish.PRICE_DIFFERENCE,),
    Offer.PARTIAL: (),
    Offer.SERVICE_REFUND: (Wish.REFUND,),
}


@dataclass(frozen=True)
class ReasonRule:
    """One reason of the catalogue (section 2). `human` reasons always go to a person before anything is
    promised.
    """

    label: str
    cites: str
    fault: Fault
    window: WindowKind
    remedies: tuple[Offer, ...]
    evidence: EvidenceRequirement = NO_EVIDENCE
    description: bool = False
    human: bool = False

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """What a customer may ask for with this reason, in the order it is offered."""
        return tuple(dict.fromkeys(wish for offer in self.remedies for wish in _OFFERED[offer]))


@dataclass(frozen=True)
class Window:
    days: Annotated[int, Range(0, 365)]
    anchor: Anchor
    delivered_plus_days: Days
    quality_days: Annotated[int, Range(7, 15)]
    warranty_days: Days
    missing_parts_hours: Annotated[int, Range(1, 720)]
    unshipped: Annotated[bool, Only(True, "an order that has not left may always be given back")]
    expired_action: tuple[ExpiredOffer, ...]
    acknowledged_by: str


@dataclass(frozen=True)
class Eligibility:
    non_returnable_categories: tuple[str, ...]
    b2b_non_quality: BusinessReturns
    identity_level: Annotated[
        tuple[str, ...],
        Only(("bound_account", "phone_last_4"), "an order is proven by its buyer's account or telephone number"),
    ]
    one_open_case_per_unit: Annotated[bool, Only(True, "the database counts every piece under one case only")]


@dataclass(frozen=True)
class Condition:
    checklist: Mapping[str, str]
    opened_policy: OpenedPolicy
    missing_gift: Annotated[str, Only("deduct", "a missing gift costs its price at sale")]


@dataclass(frozen=True)
class Priority:
    rules: tuple[str, ...]
    amount: Fen


@dataclass(frozen=True)
class MegaBytes:
    image: Annotated[int, Range(1, 100)]
    video: Annotated[int, Range(1, 500)]


@dataclass(frozen=True)
class EvidenceRules:
    max_files: Annotated[int, Range(1, 50)]
    max_mb: MegaBytes
    types: tuple[str, ...]
    duplicate_hash: Duplicate
    strip_gps: Annotated[bool, Only(True, "photos are drawn anew, which leaves nothing of where they were taken")]
    declaration: str
    retention_days: Days


@dataclass(frozen=True)
class Sla:
    first_response_hours: Hours
    review: Clock
    solution_hours: Hours
    approval: Clock
    inspect: Clock
    finance: Clock
    review_breach_action: ReviewBreach
    send_back_workdays: Days
    replacement_ship_hours: Hours
    repair_workdays: Days


@dataclass(frozen=True)
class AutoApproval:
    enabled: bool
    max_amount: Fen
    reasons: tuple[Reason, ...]
    unshipped_only: tuple[Reason, ...]


@dataclass(frozen=True)
class Approval:
    matrix: Mapping[Role, Fen | None]
    override_adds_level: bool
    risk_adds_level: bool
    maker_checker: bool
    platform_second_review: bool
    auto: AutoApproval


@dataclass(frozen=True)
class Reject:
    requires: Annotated[
        tuple[str, ...],
        Only(("rules", "reason", "alternatives"), "a rejection without them cannot be answered by the customer"),
    ]


@dataclass(frozen=True)
class Appeal:
    days: Days
    max: Count


@dataclass(frozen=True)
class NeedInfo:
    ttl_hours: Hours
    nudge_hours: tuple[int, ...]


@dataclass(frozen=True)
class Proposal:
    ttl_days: Days


@dataclass(frozen=True)
class Draft:
    ttl_hours: Hours
    nudge_hours: Hours
    resume_days: Days


@dataclass(frozen=True)
class Reopen:
    days: Days
