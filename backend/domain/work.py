"""Who and what the work on a case needs beside the case: staff, parcels, alerts to staff."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from backend.domain.case import Role


@dataclass(frozen=True)
class Staff:
    """A member of staff; the name is unique and stands in the log."""

    name: str
    role: Role
    active: bool = True


class Direction(str, Enum):
    """Where a parcel of a case goes: to us, back to the customer as it came, or to them with something new."""

    RETURN = "return"
    SEND_BACK = "send_back"
    REPLACEMENT = "replacement"


@dataclass(frozen=True)
class Shipment:
    """A parcel of a case; `carrier` is a code of `waybill.CARRIERS`."""

    case_id: int
    direction: Direction
    carrier: str
    waybill_no: str
    actor: str
    at: datetime


@dataclass(frozen=True)
class Alert:
    """Something that staff should know (N12) of a case, a complaint or a talk: for a role, or for one member by name.

    `kind` is `task`, `warning`, `breach`, `escalation` or `crisis`. A dedupe key is alerted once.
    """

    case_id: int | None
    kind: str
    role: Role
    dedupe_key: str
    at: datetime
    staff_name: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    complaint_id: int | None = None
    conversation_id: str | None = None
