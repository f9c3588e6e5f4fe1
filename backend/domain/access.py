"""Who of the staff may do what at the desk, and how long a log-in lasts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from backend.domain.case import Role
from backend.domain.work import Staff

SESSION_LASTS = timedelta(hours=12)
"""A log-in ends after one working day."""
SESSION_IDLES = timedelta(hours=2)
"""... and when nobody has used it for so long."""
SEEN_EVERY = timedelta(minutes=1)
"""The last use of a session is kept to this exactness: a page view need not write."""
MOST_FAILURES = 5
"""Wrong passwords in a row, after which an account is locked for `LOCKED_FOR`."""
LOCKED_FOR = timedelta(minutes=15)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
"""Characters; more would only give the hash work to do."""


class Permission(str, Enum):
    """Something that not every role may do. Moves of a case have their roles in the transition table."""

    TALK = "talk"
    TAKE_OVER_TALK = "take_over_talk"
    SEE_CASES = "see_cases"
    SEE_PERSONAL = "see_personal"
    SEE_REPORTS = "see_reports"
    SEE_PAYMENTS = "see_payments"
    SEE_RULES = "see_rules"
    CHANGE_RULES = "change_rules"
    IMPORT_ORDERS = "import_orders"
    MANAGE_STAFF = "manage_staff"
    MANAGE_REPLIES = "manage_replies"
    SEE_AUDIT = "see_audit"
    ERASE_PERSONAL = "erase_personal"


_P = Permission
_EVERYONE = frozenset({_P.SEE_CASES, _P.SEE_RULES})
_AGENT = _EVERYONE | {_P.TALK, _P.SEE_PERSONAL}
_SUPERVISOR = _AGENT | {_P.TAKE_OVER_TALK, _P.SEE_REPORTS, _P.MANAGE_REPLIES}
_MANAGER = _SUPERVISOR | {_P.CHANGE_RULES, _P.SEE_AUDIT, _P.SEE_PAYMENTS, _P.ERASE_PERSONAL}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: _AGENT,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.MANAGER: _MANAGER,
    Role.WAREHOUSE: _EVERYONE,
    Role.REPAIR: _EVERYONE,
    Role.FINANCE: _EVERYONE | {_P.SEE_REPORTS, _P.SEE_PERSONAL, _P.SEE_PAYMENTS},
    Role.ADMIN: _EVERYONE
    | {
        _P.SEE_REPORTS,
        _P.CHANGE_RULES,
        _P.IMPORT_ORDERS,
        _P.MANAGE_STAFF,
        _P.MANAGE_REPLIES,
        _P.SEE_AUDIT,
        _P.SEE_PERSONAL,
        _P.SEE_PAYMENTS,
        _P.ERASE_PERSONAL,
    },
}
"""What each role of the staff may do beside its moves on cases."""


def may(role: Role, permission: Permission) -> bool:
    """Whether a role has a permission; roles that are no staff have none."""
    return permission in PERMISSIONS.get(role, frozenset())


@dataclass(frozen=True)
class Account:
    """What a member of staff logs in with. `failures` counts wrong passwords in a row."""

    name: str
    password_hash: str
    failures: int = 0
    locked_until: datetime | None = None


@dataclass(frozen=True)
class StaffSession:
    """A log-in. `token_hash` is the SHA-256 of the token that the browser holds; `csrf` proves that a form is ours."""

    token_hash: str
    member: Staff
    csrf: str
    began_at: datetime
    seen_at: datetime
    address: str = ""
    revoked: bool = False

    def lives(self, now: datetime) -> bool:
        """Whether it still lets anybody in."""
        fresh = now - self.began_at < SESSION_LASTS and now - self.seen_at < SESSION_IDLES
        return fresh and not self.revoked and self.member.active
