"""Erasing personal data: what is put in their place, what of a record may stay, and what stands against it.

Codes, numbers and times stay, for the shop has to account for its cases and its money; what people wrote goes.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

ERASED = "已按客户要求删除"
FORGOTTEN = "已超过保存期限，已删除"
"""What is read where something was said, by whom it was removed: at the customer's wish, or by its age."""

_MARK = "erased:"

CODES = {
    "about", "agreed_by", "alternatives", "awards", "by", "carrier", "case_no", "case_nos", "cause", "clock",
    "code", "collection_no", "complaint_no", "consent_sha256", "counted", "deed", "evidence", "grades",
    "item_codes", "kind", "level", "mark", "of", "offer_remedy", "offer_sku", "outcome", "photos",
    "provider_no", "purpose", "reason_confirmed", "refund_no", "remedy_code", "ruled", "rules", "sku", "staff",
    "state", "template", "unknown_carrier", "urged", "voucher", "waybill_no", "wrong_carrier", "wrong_waybill_no",
}  # fmt: skip
"""Fields of the logs that hold our codes and numbers, or the names of staff, and never what somebody wrote."""

_CASE_NUMBERS = ("case_no", "case_nos")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.+-]+Z?)?")


@dataclass(frozen=True)
class Buyer:
    """A customer of the shop."""

    id: int
    phone: str
    name: str


@dataclass(frozen=True)
class Footprint:
    """Where a buyer's data lie: rows by their keys, and (channel, user) accounts."""

    customer_id: int
    conversations: tuple[str, ...]
    accounts: tuple[tuple[str, str], ...]
    orders: tuple[str, ...]
    cases: tuple[int, ...]
    complaints: tuple[int, ...]


@dataclass(frozen=True)
class OpenMatter:
    """Something under way that needs the data: its `kind` (case, refund, …) and its number."""

    kind: str
    number: str


@dataclass(frozen=True)
class ErasureRecord:
    """An erasure as it is kept outside of the database: `proof` is the telephone's salted hash. `at` is aware UTC."""

    customer_id: int
    at: datetime
    salt: str
    proof: str


def erased_phone(customer_id: int) -> str:
    """What stands in place of a telephone number: no number, and different for each customer."""
    return f"{_MARK}{customer_id}:"


def erased_account(conversation_id: str) -> str:
    """What stands in place of the platform's name for an account: whoever writes from it again is somebody new."""
    return f"{_MARK}{conversation_id}"


def is_erased(phone: str) -> bool:
    """Whether the buyer with this telephone number has been erased."""
    return phone.startswith(_MARK)


def without_words(told: Any, *, key: str = "") -> Any:
    """Plain JSON without what anybody wrote: codes under known names, numbers and times stay, all other texts go."""
    if isinstance(told, Mapping):
        return {name: without_words(each, key=key if key in CODES else name) for name, each in told.items()}
    if isinstance(told, list):
        return [without_words(each, key=key) for each in told]
    if not isinstance(told, str) or not told or key in CODES or _TIME.fullmatch(told):
        return told
    return ERASED


def without_others(told: Any, own: Collection[str], *, key: str = "") -> Any:
    """Plain JSON of a buyer's log without the numbers of cases that are not among their `own`."""
    if isinstance(told, Mapping):
        return {name: without_others(each, own, key=name) for name, each in told.items()}
    if isinstance(told, list):
        return [left for each in told if (left := without_others(each, own, key=key)) is not None]
    return None if key in _CASE_NUMBERS and told not in own else told
