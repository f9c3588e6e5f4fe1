"""What a parameter of the rule book can be: its codes, its units, and the limits it is held to when it is
read.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any


@dataclass(frozen=True)
class Range:
    """An integer from `least` to `most`, both included."""

    least: int
    most: int


@dataclass(frozen=True)
class Only:
    """The one value that the engine can carry out so far, and why."""

    value: Any
    why: str


@dataclass(frozen=True)
class Money:
    """Written in yuan with two decimals, held in fen."""


@dataclass(frozen=True)
class Complete:
    """A mapping with an entry for each code of its key's enum."""


@dataclass(frozen=True)
class Sentences:
    """A mapping with exactly these keys, whose texts may name only the fields listed for their key."""

    fields: dict[str, tuple[str, ...]]


Fen = Annotated[int, Money()]
Days = Annotated[int, Range(0, 3650)]
Hours = Annotated[int, Range(0, 8760)]
Minutes = Annotated[int, Range(0, 100_000)]
Percent = Annotated[int, Range(0, 100)]
Count = Annotated[int, Range(0, 1_000_000)]
AtLeastOne = Annotated[int, Range(1, 1_000_000)]
HourOfDay = Annotated[int, Range(0, 24)]


class Unit(str, Enum):
    """What a clock counts."""

    HOUR = "hour"
    DAY = "day"
    WORKDAY = "workday"


@dataclass(frozen=True)
class Clock:
    """A time limit as the rule book writes it: "1 workday", "48 hours", "7 days"."""

    amount: int
    unit: Unit


@dataclass(frozen=True)
class Span:
    """The shortest and the longest, as `[1, 3]`."""

    shortest: int
    longest: int


class Anchor(str, Enum):
    """The day from which the window is counted. No order tells when its receipt was confirmed: DELIVERED_PLUS_N, with
    the days after which a shop's orders confirm themselves, comes nearest.
    """

    SIGNED = "signed"
    PURCHASED = "purchased"
    DELIVERED_PLUS_N = "delivered_plus_n"


class WindowKind(str, Enum):
    """Which parameter of the section `window` limits a reason."""

    DAYS = "days"
    QUALITY_DAYS = "quality_days"
    WARRANTY_DAYS = "warranty_days"
    MISSING_PARTS_HOURS = "missing_parts_hours"
    NONE = "none"


class ExpiredOffer(str, Enum):
    """What is offered when the window has passed."""

    REPAIR = "repair"
    EXCHANGE = "exchange"
    APPEAL = "appeal"


class Fault(str, Enum):
    """Who is at fault for a reason; `judged` is found out case by case, `none` is nobody."""

    MERCHANT = "merchant"
    CUSTOMER = "customer"
    CARRIER = "carrier"
    JUDGED = "judged"
    NONE = "none"


class FreightPayer(str, Enum):
    """Who pays for the way back; `ruling` is held until it is found out, `none` means that nothing goes
    back.
    """

    MERCHANT = "merchant"
    CUSTOMER = "customer"
    SPLIT = "split"
    RULING = "ruling"
    NONE = "none"


class Offer(str, Enum):
    """The words of the reason catalogue's column "Remedies" (section 2)."""

    REFUND = "refund"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    RESEND = "resend"
    PARTS = "parts"
    DIFFERENCE = "difference"
    PARTIAL = "partial"
    SERVICE_REFUND = "service_refund"


class Item(str, Enum):
    """The lines of a refund's breakdown (section 6, step 5)."""

    GOODS = "goods"
    DISCOUNT = "discount"
    SHIPPING = "shipping"
    DEDUCTION = "deduction"
    POINTS = "points"
    CAPPED = "capped"
    TOTAL = "total"
    BACK_TO = "back_to"


class OpenedPolicy(str, Enum):
    """What becomes of opened goods: judged by whether they can be sold again, or treated as unopened."""

    RESALEABLE = "resaleable"
    AS_UNOPENED = "as_unopened"


class BusinessReturns(str, Enum):
    """What a dealer's return without a fault comes to."""

    REFUSE = "refuse"
    ALLOW = "allow"


class Duplicate(str, Enum):
    """What a photo seen before comes to."""

    WARN = "warn"
    IGNORE = "ignore"


class ReviewBreach(str, Enum):
    """What happens when the review takes too long."""

    ESCALATE = "escalate"
    AUTO_APPROVE = "auto_approve"


class FreightMethod(str, Enum):
    """How return freight is paid: the customer pays and is reimbursed, or the parcel is sent collect."""

    PREPAID = "prepaid"
    COLLECT = "collect"


class Restore(str, Enum):
    """When something spent on an order comes back."""

    ALL_LINES = "all_lines"
    PROPORTIONAL = "proportional"
    NEVER = "never"


class LockAt(str, Enum):
    """When the amount of a refund is fixed."""

    APPROVAL = "approval"
    INSPECTION = "inspection"


class ShipAfter(str, Enum):
    """When an exchanged item leaves: after the old one is back, or at once."""

    RECEIVED = "received"
    ADVANCE = "advance"


class ExpiredWarranty(str, Enum):
    """What is offered once the warranty is over."""

    PAID_REPAIR = "paid_repair"
    AGENT = "agent"


class RepairCost(str, Enum):
    """Whether repair within the warranty costs the customer anything."""

    FREE = "free"
    CHARGED = "charged"


class CompensationKind(str, Enum):
    """What compensation is paid in."""

    COUPON = "coupon"
    POINTS = "points"
    CASH = "cash"


class Severity(str, Enum):
    """How bad it was for the customer."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class ReturnMethod(str, Enum):
    """How goods travel back."""

    SELF_SHIP = "self_ship"
    PICKUP_WHEN_LARGE = "pickup_when_large"
    DROP_OFF = "drop_off"


class RefundChannel(str, Enum):
    """Where money can go; all but the original payment need the customer's stored consent."""

    ORIGINAL = "original"
    BALANCE = "balance"
    BANK_TRANSFER = "bank_transfer"
    E_WALLET = "e_wallet"
    VOUCHER = "voucher"


class OutOfStock(str, Enum):
    """What is offered when there is nothing to exchange for."""

    REFUND = "refund"
    WAIT = "wait"
    OTHER_VARIANT = "other_variant"
