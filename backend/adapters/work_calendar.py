"""Which days are working days in China: published holidays with 调休, and the merchant's exceptions."""

import logging
from collections.abc import Mapping
from datetime import date

import chinese_calendar

log = logging.getLogger(__name__)

_SATURDAY = 5


class ChineseWorkCalendar:
    """Keeps `ports.WorkCalendar`. An override says of one day whether it is worked, and wins over the
    calendar.
    """

    def __init__(self, overrides: Mapping[date, bool]) -> None:
        self._overrides = dict(overrides)
        self._warned: set[int] = set()

    def is_workday(self, day: date) -> bool:
        """Whether the day is worked. In a year without published holidays that is Monday to Friday."""
        if day in self._overrides:
            return self._overrides[day]
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            self._warn(day.year)
            return day.weekday() < _SATURDAY

    def covers(self, year: int) -> bool:
        """Whether the year's holidays are known to the calendar."""
        try:
            chinese_calendar.is_workday(date(year, 1, 1))
        except NotImplementedError:
            return False
        return True

    def _warn(self, year: int) -> None:
        if year not in self._warned:
            self._warned.add(year)
            log.warning(
                "The holidays of %d are not known: counting Monday to Friday. Upgrade chinesecalendar, "
                "or add that year's holidays and 调休 as rows (day, is_workday) of the table work_day.",
                year,
            )
