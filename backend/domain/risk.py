"""Risk signals of a case: what is strange about it, for a person to look at. They never refuse, and are never told.

Everything here leads to people: a case with signals is not approved by itself, and needs one approval level more
(rule book, section 11). Weights of parcels are in no order feed, so a weight that does not fit is no signal yet.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from backend.domain.evidence import Evidence
from backend.domain.rule_types import Fault
from backend.domain.rules_of_service import RiskSignals

BANDS = 4
"""A fingerprint is looked up by its four quarters of 16 bits. Pictures that differ in at most seven bits have a quarter
that differs in at most one (multi-index hashing, Norouzi, Punjani and Fleet 2012), so that neighbours find them all.
"""

MOST_DISTANCE = 2 * BANDS - 1
"""The greatest distance that the look-up finds without fail."""

_QUARTER = 4  # hex digits
_TELLING = range(16, 49)
"""A fingerprint compares each frequency with the median, so that half its 64 bits are set; a blank picture has hardly
any, and all blank pictures look alike.
"""

_AT_THE_SHOPS_COST = (Fault.MERCHANT, Fault.CARRIER)


class SignalKind(str, Enum):
    """What can be strange about a case (rule book, section 11, `risk.signals`)."""

    REFUND_RATE = "refund_rate"
    OPEN_CASES = "open_cases"
    PHOTO_REUSED = "photo_reused"
    PHOTO_SIMILAR = "photo_similar"
    WAYBILL_REUSED = "waybill_reused"
    NEW_CUSTOMER = "new_customer"
    REASON_GAP = "reason_gap"


@dataclass(frozen=True)
class Finding:
    """Something strange; `subject` tells findings of one kind apart, `detail` is plain JSON for staff."""

    kind: SignalKind
    subject: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Signal:
    """A finding as it is kept with its case, `at` in aware UTC."""

    case_id: int
    finding: Finding
    at: datetime


@dataclass(frozen=True)
class CustomerRecord:
    """A customer beside the case in hand: orders in all, other orders with a refund, other cases that are open."""

    orders: int
    refunded_orders: int
    open_cases: int


@dataclass(frozen=True)
class SeenPhoto:
    """A photo that hangs on another case."""

    evidence_id: str
    case_no: str
    sha256: str
    phash: str | None


def level(kinds: Iterable[SignalKind]) -> int:
    """How risky a case is: the number of different kinds of signals."""
    return len(set(kinds))


def of_customer(record: CustomerRecord, worth_fen: int, pays: bool, rules: RiskSignals) -> Iterator[Finding]:
    """What is strange about who asks: many refunds, many open cases, or a first order worth much.

    `pays` tells whether this case asks for money, `worth_fen` what is at stake. A feed tells no customer's age, so a
    new account is one without any other order.
    """
    refunded = record.refunded_orders + pays
    often = record.orders >= rules.refund_rate_orders and refunded * 100 > rules.refund_rate_pct * record.orders
    if pays and often:
        yield Finding(SignalKind.REFUND_RATE, detail={"orders": record.orders, "refunded": refunded})
    if record.open_cases + 1 >= rules.open_cases:
        yield Finding(SignalKind.OPEN_CASES, detail={"open": record.open_cases + 1})
    if record.orders <= 1 and worth_fen >= rules.new_account_amount:
        yield Finding(SignalKind.NEW_CUSTOMER, detail={"worth_fen": worth_fen})


def of_photos(own: Sequence[Evidence], seen: Sequence[SeenPhoto], rules: RiskSignals) -> Iterator[Finding]:
    """Photos of a case that another case has as well: the very file, or a picture that hardly differs."""
    for photo in own:
        for other in seen:
            if photo.sha256 == other.sha256:
                yield _photo(SignalKind.PHOTO_REUSED, photo, other, 0)
            elif (apart := _apart(photo.phash, other.phash)) is not None and apart <= rules.photo_distance:
                yield _photo(SignalKind.PHOTO_SIMILAR, photo, other, apart)


def of_waybill(waybill_no: str, case_nos: Sequence[str]) -> Iterator[Finding]:
    """A parcel's number that other cases have had."""
    if case_nos:
        yield Finding(SignalKind.WAYBILL_REUSED, waybill_no, {"case_nos": list(case_nos)})


def of_reasons(claimed: str, confirmed: str, faults: tuple[Fault, Fault]) -> Iterator[Finding]:
    """A reason at the shop's cost, of which the inspection found that it was the customer's."""
    if faults[0] in _AT_THE_SHOPS_COST and faults[1] is Fault.CUSTOMER:
        yield Finding(SignalKind.REASON_GAP, confirmed, {"claimed": claimed, "confirmed": confirmed})


def tells_apart(phash: str | None) -> bool:
    """Whether a fingerprint says anything about its picture: that of a blank one does not."""
    return phash is not None and bin(int(phash, 16)).count("1") in _TELLING


def bands(phash: str) -> tuple[str, ...]:
    """The quarters under which a fingerprint is kept."""
    return tuple(phash[start : start + _QUARTER] for start in range(0, BANDS * _QUARTER, _QUARTER))


def neighbours(band: str) -> tuple[str, ...]:
    """A quarter, and all that differ from it in one bit."""
    bits = int(band, 16)
    flipped = (bits ^ (1 << place) for place in range(_QUARTER * 4))
    return (band, *(format(each, f"0{_QUARTER}x") for each in flipped))


def _apart(one: str | None, other: str | None) -> int | None:
    """In how many of their 64 bits two pictures differ; None where that says nothing."""
    if one is None or other is None or not tells_apart(one) or not tells_apart(other):
        return None
    return bin(int(one, 16) ^ int(other, 16)).count("1")


def _photo(kind: SignalKind, own: Evidence, other: SeenPhoto, apart: int) -> Finding:
    told = {"evidence_id": own.id, "case_no": other.case_no, "other_evidence_id": other.evidence_id, "distance": apart}
    return Finding(kind, f"{own.id}:{other.evidence_id}", told)
