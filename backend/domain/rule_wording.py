"""The rule book's own words: labels of codes, and the sentences that give a check's reason.

Which sentence may name which field is fixed here; the sentences themselves are the merchant's, in
`wording.yml`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from backend.domain.evidence import EvidenceKind
from backend.domain.order import PaymentMethod
from backend.domain.request import Remedy, Wish
from backend.domain.rule_types import (
    CompensationKind,
    Complete,
    ExpiredOffer,
    ExpiredWarranty,
    Fault,
    FreightMethod,
    FreightPayer,
    Item,
    OutOfStock,
    RefundChannel,
    RepairCost,
    ReturnMethod,
    Sentences,
)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def term_of(code: Enum) -> str:
    """The key of a code's term, such as "return_method.drop_off"."""
    return f"{_snake(type(code).__name__)}.{code.value}"


CHECK_FIELDS: dict[str, tuple[str, ...]] = {
    "order.pass": (),
    "order.unpaid": (),
    "order.cancelled": (),
    "order.in_transit": (),
    "order.signed_but_missing": (),
    "order.nothing_to_exchange": ("wish",),
    "pieces.pass": ("pieces",),
    "pieces.none_named": (),
    "pieces.unknown_line": (),
    "pieces.too_many": ("title", "left", "pieces"),
    "pieces.all_taken": ("title",),
    "window.pass": ("limit", "last_day"),
    "window.unshipped": (),
    "window.not_signed": (),
    "window.unlimited": (),
    "window.offered_late": ("limit", "last_day", "wish"),
    "window.paid_repair": ("limit", "last_day"),
    "window.expired": ("limit", "last_day"),
    "category.pass": (),
    "category.excluded": ("title", "category"),
    "category.business": (),
    "wish.pass": ("wish", "reason"),
    "wish.not_offered": ("wish", "reason", "offered"),
    "wish.exchanged_enough": ("times",),
    "fault.pass": ("reason",),
    "fault.judged": ("reason",),
    "fault.human": ("reason",),
    "evidence.pass": (),
    "evidence.not_needed": (),
    "evidence.later": ("missing",),
    "evidence.missing": ("missing",),
    "condition.pass": (),
    "condition.not_needed": (),
    "condition.unknown": ("checklist",),
    "condition.exchange_damaged": (),
    "condition.damaged": ("checklist",),
    "risk.pass": (),
    "risk.review": (),
    "amount.pass": ("amount",),
    "amount.no_money": (),
    "amount.points": ("value",),
    "amount.by_agent": ("most",),
    "amount.capped": ("amount",),
    "amount.nothing_left": (),
}

UNIT_FIELDS: dict[str, tuple[str, ...]] = {
    "days": ("n",),
    "workdays": ("n",),
    "hours": ("n",),
    "pieces": ("n",),
    "workday_span": ("least", "most"),
    "same_day": (),
    "yuan": ("amount",),
    "up_to": ("amount",),
    "day": ("year", "month", "day"),
    "separator": (),
    "list_separator": (),
    "evidence_of": ("reason", "photos"),
    "or_video": ("photos",),
    "hours_of_day": ("start", "end"),
}


_TERMS: tuple[type[Enum], ...] = (
    ReturnMethod,
    RefundChannel,
    OutOfStock,
    FreightMethod,
    RepairCost,
    ExpiredWarranty,
    ExpiredOffer,
    CompensationKind,
)
_OTHER_TERMS = (
    "no_evidence",
    "all_goods",
    "any_product",
    "same_product",
    "shipping_back",
    "shipping_kept",
    "coupon_all_lines",
    "coupon_never",
    "points_proportional",
    "points_never",
    "compensation_none",
)
TERM_FIELDS: dict[str, tuple[str, ...]] = {
    **{term_of(code): () for kind in _TERMS for code in kind},
    **dict.fromkeys(_OTHER_TERMS, ()),
}


@dataclass(frozen=True)
class Labels:
    """What codes are called in front of people."""

    wish: Annotated[Mapping[Wish, str], Complete()]
    remedy: Annotated[Mapping[Remedy, str], Complete()]
    evidence: Annotated[Mapping[EvidenceKind, str], Complete()]
    freight: Annotated[Mapping[FreightPayer, str], Complete()]
    fault: Annotated[Mapping[Fault, str], Complete()]
    method: Annotated[Mapping[PaymentMethod, str], Complete()]
    breakdown: Annotated[Mapping[Item, str], Complete()]
    terms: Annotated[Mapping[str, str], Sentences(TERM_FIELDS)]


@dataclass(frozen=True)
class Wording:
    """Labels, units, and the sentence of every way that a check can go."""

    labels: Labels
    units: Annotated[Mapping[str, str], Sentences(UNIT_FIELDS)]
    checks: Annotated[Mapping[str, str], Sentences(CHECK_FIELDS)]
