"""When people are at their desks: full hours of a day in the merchant's zone (rule book, `calendar.agent_hours`), and
how much of such time passes, so that a clock stands still while nobody works.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from backend.domain.workdays import MERCHANT_ZONE, IsWorkday, local_day

_DAY = timedelta(days=1)


def every_day(_day: date) -> bool:
    """People work on all days."""
    return True


@dataclass(frozen=True)
class AgentHours:
    """From `opens` to `closes`, hours of the day from 0 to 24, on the days that `works_on` names.

    All times given and returned are aware.
    """

    opens: int
    closes: int
    zone: ZoneInfo = MERCHANT_ZONE
    works_on: IsWorkday = every_day

    def cover(self, moment: datetime) -> bool:
        """Whether people work at that moment."""
        local = moment.astimezone(self.zone)
        return self.opens <= local.hour < self.closes and self.works_on(local.date())

    def next_moment(self, moment: datetime) -> datetime:
        """The moment itself when people work then, else when they begin next; in UTC."""
        begins, _ = next(self._shifts(moment))
        return max(moment, begins).astimezone(timezone.utc)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time from one moment to another people work; nothing when `end` is not after `start`."""
        worked = timedelta(0)
        for begins, ends in self._shifts(start):
            begins = max(begins, start)
            if begins >= end:
                return worked
            worked += min(ends, end) - begins
        raise AssertionError("shifts never end")

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """The moment at which people have worked for so long since `start`; in UTC."""
        left = amount
        for begins, ends in self._shifts(start):
            begins = max(begins, start)
            if left <= ends - begins:
                return (begins + left).astimezone(timezone.utc)
            left -= ends - begins
        raise AssertionError("shifts never end")

    def _shifts(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """When people begin and stop, from the shift on that is not over at that moment; without end."""
        day = local_day(since, self.zone)
        while True:
            midnight = datetime.combine(day, time.min, tzinfo=self.zone)
            ends = midnight + timedelta(hours=self.closes)
            if self.works_on(day) and ends > since:
                yield midnight + timedelta(hours=self.opens), ends
            day += _DAY
