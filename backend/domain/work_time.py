"""How much time of working days passes, so that a clock can stand still and go on where it stopped."""

from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

from backend.domain.workdays import MERCHANT_ZONE, IsWorkday, local_day

ZERO = timedelta(0)


def work_time(start: datetime, end: datetime, is_workday: IsWorkday) -> timedelta:
    """The time between two aware moments that falls on working days; nothing when `end` is not after `start`."""
    total, moment = ZERO, start
    while moment < end:
        stop = min(_midnight_after(moment), end)
        if is_workday(local_day(moment)):
            total += stop - moment
        moment = stop
    return total


def after_work_time(start: datetime, amount: timedelta, is_workday: IsWorkday) -> datetime:
    """The moment (UTC) at which that much time of working days has passed since `start`."""
    moment, left = start, amount
    while True:
        midnight = _midnight_after(moment)
        if is_workday(local_day(moment)):
            if left <= midnight - moment:
                return (moment + left).astimezone(timezone.utc)
            left -= midnight - moment
        moment = midnight


def _midnight_after(moment: datetime) -> datetime:
    return _beginning(local_day(moment) + timedelta(days=1))


@lru_cache(maxsize=1024)
def _beginning(day: date) -> datetime:
    """When a day begins in the merchant's zone, in UTC."""
    return datetime.combine(day, time.min, tzinfo=MERCHANT_ZONE).astimezone(timezone.utc)
