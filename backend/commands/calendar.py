"""`calendar set | show`: which days are worked, and the merchant's own exceptions."""

from argparse import Namespace
from collections.abc import Iterator
from datetime import date, timedelta

from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command
from backend.commands.opening import BadInput, opened
from backend.commands.reading import iso_day
from backend.settings import Settings

SATURDAY = 5
YEARS = range(2000, 2101)


def register(nouns: Commands) -> None:
    """Add the noun `calendar` with its verbs."""
    verbs = nouns.add_parser("calendar", help="工作日历").add_subparsers(required=True, metavar="VERB")
    change = add_command(verbs, "set", _set, help="指定某天是否上班，优先于国家日历")
    change.add_argument("day", metavar="DATE", help="如 2026-10-10")
    change.add_argument("kind", choices=("workday", "holiday"))
    change.add_argument("--note", default="", help="备注")
    add_command(verbs, "show", _show, help="查看一年中的放假与调休").add_argument("year", metavar="YEAR")


def _set(arguments: Namespace, settings: Settings) -> Answer:
    day, works = iso_day(arguments.day), arguments.kind == "workday"
    with opened(settings) as world, world.write() as work:
        work.work_days.put(day, works, arguments.note)
        work.commit()
    line = f"{day} 已设为{'工作日' if works else '休息日'}，十秒内生效。"
    return Answer({"date": day.isoformat(), "is_workday": works, "note": arguments.note}, [line])


def _show(arguments: Namespace, settings: Settings) -> Answer:
    year = _year(arguments.year)
    with opened(settings) as world, world.read() as work:
        own = {day for day in work.work_days.overrides() if day.year == year}
        worked = {day: world.calendar.is_workday(day) for day in _days(year)}
        covered = world.calendar.covers(year)
    exceptions = [day for day, works in worked.items() if day in own or works != (day.weekday() < SATURDAY)]
    data = {
        "year": year,
        "covered": covered,
        "workdays": sum(worked.values()),
        "exceptions": [{"date": day.isoformat(), "is_workday": worked[day], "own": day in own} for day in exceptions],
    }
    rows = [(str(day), "上班" if worked[day] else "放假", "本店" if day in own else "国家") for day in exceptions]
    head = f"{year} 年共 {data['workdays']} 个工作日。"
    return Answer(data, [head, *_warning(year, covered), *table(("日期", "安排", "来源"), rows)])


def _warning(year: int, covered: bool) -> list[str]:
    if covered:
        return []
    return [
        f"注意：{year} 年的放假安排未知，暂按周一至周五计算。请升级 chinesecalendar，"
        "或用 `calendar set DATE workday|holiday` 逐日设定。"
    ]


def _days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def _year(text: str) -> int:
    if not text.isdecimal() or int(text) not in YEARS:
        raise BadInput(f"{text} 不是年份；例如 2026")
    return int(text)
