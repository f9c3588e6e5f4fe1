"""What is done about a cause that repeats, and how its effect is measured (rule book 11, `improvement.actions`)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

LONGEST_COMPARED = timedelta(days=28)
"""Own number: so long before the action was begun is compared with so long after it was finished."""


@dataclass(frozen=True)
class Improvement:
    """An action against a reason with a product; of one pair only one is open at a time.

    `owner` is the member of staff who sees to it by `due` (a day of the merchant's zone); `closed_at` None while it
    is under way. Times are aware UTC.
    """

    id: int
    reason: str
    sku: str
    action: str
    owner: str
    due: date
    opened_by: str
    opened_at: datetime
    closed_by: str | None = None
    closed_at: datetime | None = None
    outcome: str = ""


@dataclass(frozen=True)
class Compared:
    """Two stretches of the same length: `before` an action was begun, `after` it was finished; each (since, until)."""

    before: tuple[datetime, datetime]
    after: tuple[datetime, datetime]


def compared(action: Improvement, now: datetime) -> Compared | None:
    """What the effect is measured over; None while nothing has passed since the action was finished.

    The length is 28 days, or what has passed since, whichever is shorter.
    """
    if action.closed_at is None or action.closed_at >= now:
        return None
    length = min(LONGEST_COMPARED, now - action.closed_at)
    return Compared((action.opened_at - length, action.opened_at), (action.closed_at, action.closed_at + length))
