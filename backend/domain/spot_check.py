"""Which paid refunds somebody looks at again: a fixed share by their number, and all that departed from the rules."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Why(str, Enum):
    """Why a refund is looked at again."""

    SAMPLE = "sample"
    OVERRIDE = "override"


class Found(str, Enum):
    """What looking at it came to."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True)
class SpotCheck:
    """A paid refund to be looked at, and by whom it was; times aware UTC."""

    refund_no: str
    case_id: int
    why: Why
    drawn_at: datetime
    checked_by: str | None = None
    checked_at: datetime | None = None
    found: Found | None = None
    note: str = ""


def drawn(refund_no: str, percent: int) -> bool:
    """Whether a refund belongs to the sample of that many percent: told by its number, so always the same."""
    return int.from_bytes(hashlib.sha256(refund_no.encode()).digest()[:8], "big") % 100 < percent
