"""When people are at their desks: full hours of every day in the merchant's zone (rule book,
`calendar.agent_hours`).
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from backend.domain.workdays import MERCHANT_ZONE


@dataclass(frozen=True)
class AgentHours:
    """From `opens` to `closes`, hours of the day from 0 to 24; all times given and returned are aware."""

    opens: int
    closes: int
    zone: ZoneInfo = MERCHANT_ZONE

    def cover(self, moment: datetime) -> bool:
        """Whether people work at that moment."""
        return self.opens <= moment.astimezone(self.zone).hour < self.closes

    def next_moment(self, moment: datetime) -> datetime:
        """The moment itself when people work then, else when they begin next; in UTC."""
        if self.cover(moment):
            return moment.astimezone(timezone.utc)
        local = moment.astimezone(self.zone)
        day = local.date() if local.hour < self.opens else local.date() + timedelta(days=1)
        return datetime.combine(day, time(self.opens), tzinfo=self.zone).astimezone(timezone.utc)
