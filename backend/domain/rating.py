"""What a customer thinks of how a case was handled."""

from dataclasses import dataclass
from datetime import datetime

LEAST, MOST = 1, 5
"""The scale (rule book, `csat.scale`)."""


@dataclass(frozen=True)
class Rating:
    """A score from LEAST to MOST with the customer's words; once for a case.

    `staff_name` is who looked after the case when it was rated, None when only the bot and the clock did. `at` is
    aware UTC.
    """

    case_id: int
    conversation_id: str
    score: int
    comment: str
    staff_name: str | None
    at: datetime
