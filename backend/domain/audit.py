"""What staff did and looked at, for whoever has to answer for it later."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class AuditEntry:
    """One line, written for good: who did what to what, when (aware UTC), from where.

    `action` has three parts such as `account:login:failure`; `subject` names a case, conversation, order or account.
    """

    at: datetime
    actor: str
    action: str
    subject: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    address: str = ""
    id: int = 0
