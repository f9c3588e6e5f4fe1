"""Counting days as the trade counts them: the first day is the day after, and working days ask a calendar.

A deadline is the last moment of its last day in the merchant's zone, given in aware UTC.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from backend.domain.rule_types import Clock, Unit

MERCHANT_ZONE = ZoneInfo("Asia/Shanghai")

IsWorkday = Callable[[date], bool]


def local_day(moment: datetime, zone: ZoneInfo = MERCHANT_ZONE) -> date:
    """The calendar day of an aware time in the merchant's zone. Raises ValueError for a naive time."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone has no day; give an aware one")
    return moment.astimezone(zone).date()


def end_of_day(day: date, zone: ZoneInfo = MERCHANT_ZONE) -> datetime:
    """The last moment of a day in the merchant's zone, in UTC."""
    return datetime.combine(day, time.max, tzinfo=zone).astimezone(timezone.utc)


def add_workdays(start: date, days: int, is_workday: IsWorkday) -> date:
    """The day on which the `days`-th working day after `start` falls; `start` itself for 0.

    Raises ValueError for a negative number.
    """
    if days < 0:
        raise ValueError(f"cannot count {days} working days")
    day = start
    while days:
        day += timedelta(days=1)
        days -= is_workday(day)
    return day


def day_deadline(start: datetime, days: int, zone: ZoneInfo = MERCHANT_ZONE) -> datetime:
    """The end of the `days`-th calendar day after `start`: signed on the 1st, seven days end with the 8th."""
    return end_of_day(local_day(start, zone) + timedelta(days=days), zone)


def workday_deadline(start: datetime, days: int, is_workday: IsWorkday, zone: ZoneInfo = MERCHANT_ZONE) -> datetime:
    """The end of the `days`-th working day after `start`."""
    return end_of_day(add_workdays(local_day(start, zone), days, is_workday), zone)


def clock_deadline(start: datetime, clock: Clock, is_workday: IsWorkday) -> datetime:
    """When a time limit of the rule book that begins at `start` is over."""
    if clock.unit is Unit.HOUR:
        return start + timedelta(hours=clock.amount)
    if clock.unit is Unit.DAY:
        return day_deadline(start, clock.amount)
    return workday_deadline(start, clock.amount, is_workday)
