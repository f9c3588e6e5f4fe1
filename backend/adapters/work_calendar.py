"""Which days are working days in China: published holidays with 调休, and the merchant's exceptions."""

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

import chinese_calendar

from backend.ports import Clock

log = logging.getLogger(__name__)

_SATURDAY = 5

REMEMBERED = timedelta(seconds=10)
"""So long a process may not know of a day that was just set."""

Overrides = Mapping[date, bool]


class RememberedDays:
    """The merchant's own days, read again when they are ten seconds old: a deadline asks for many days at once."""

    def __init__(self, read: Callable[[], Overrides], clock: Clock) -> None:
        self._read, self._clock = read, clock
        self._days: tuple[datetime, Overrides] | None = None

    def __call__(self) -> Overrides:
        now, known = self._clock.now(), self._days
        if known is None or now - known[0] >= REMEMBERED:
            self._days = known = (now, self._read())
        return known[1]


class ChineseWorkCalendar:
    """Keeps `ports.WorkCalendar`. An override says of one day whether it is worked, and wins over the
    calendar.
    """

    def __init__(self, overrides: Callable[[], Overrides]) -> None:
        self._overrides = overrides
        self._warned: set[int] = set()

    def is_workday(self, day: date) -> bool:
        """Whether the day is worked. In a year without published holidays that is Monday to Friday."""
        own = self._overrides().get(day)
        if own is not None:
            return own
        published = _published(day)
        if published is None:
            self._warn(day.year)
            return day.weekday() < _SATURDAY
        return published

    def covers(self, year: int) -> bool:
        """Whether the year's holidays are known to the calendar."""
        return _published(date(year, 1, 1)) is not None

    def _warn(self, year: int) -> None:
        if year not in self._warned:
            self._warned.add(year)
            log.warning(
                "The holidays of %d are not known: counting Monday to Friday. Upgrade chinesecalendar, "
                "or add that year's holidays and 调休 as rows (day, is_workday) of the table work_day.",
                year,
            )


@lru_cache(maxsize=1024)
def _published(day: date) -> bool | None:
    """Whether the day is worked by the published holidays; None where those of its year are not known."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None
