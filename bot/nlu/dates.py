"""Recognises days. The value says what the words say; the caller, who knows the clock, makes a date of it.

2026-11-03       a day with its year           --11-03   a day of an unnamed year         ---05   a day of a month
0d -1d +2d       days from today                w5        a Friday                         -1w5   last week's Friday
-1w -2m          weeks or months from now       -1m18     the 18th of last month           -1y12  December of last year
双十一 国庆 …     a feast, by its name
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.nlu.numerals import whole_number
from bot.nlu.spans import Entity

_N = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_WITH_YEAR = re.compile(r"(?<!\d)(20\d\d)(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})[日号]?(?!\d)")
_MONTH_AND_DAY = re.compile(
    rf"(?P<last_year>去年)?(?:今年)?(?<![\d.])(?P<month>{_N})月份?(?:(?P<day>{_N})[日号]?)?(?![\d个])"
)
_DASHED = re.compile(
    r"(?<![\d./-])(?P<month>1[0-2]|0?[1-9])(?P<mark>[-/.])(?P<day>3[01]|[12]\d|0?[1-9])(?![\d./-])"
    r"(?P<after>号|日|晚|早|上午|下午|中午|凌晨|买|下单|签收|收到)?(?![天个件倍折%元块岁年斤米小分]|工作日)"
)
_DAY = re.compile(
    rf"(?<![路街道巷弄里区栋第工单大小\d十一二三四五六七八九-])(?P<last_month>上个?月)?(?P<day>{_N})[号日](?![码楼院门店线客电仓机库店铺柜商货款])"
)
_NEAR_DAYS = {
    "大前天": -3, "前天": -2, "前晚": -2, "昨天": -1, "昨晚": -1, "昨日": -1, "昨儿": -1, "昨夜": -1,
    "今天": 0, "今早": 0, "今晚": 0, "今日": 0, "今儿": 0, "明天": 1, "明早": 1, "明晚": 1, "后天": 2, "大后天": 3,
}  # fmt: skip
_NEAR = re.compile("|".join(sorted(_NEAR_DAYS, key=len, reverse=True)))
_WEEKS = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "下下": 2}
_WEEKDAY = re.compile(
    r"(?<![一二两三四五六七八九十\d每])(?:(?P<week>上上|下下|上|这|本|下)个?)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天])(?![天年月个])"
)
_LAST = re.compile(r"(?P<which>上上|上|下)个?(?P<unit>周|星期|礼拜|月)(?![一二三四五六日天\d末])")
_AGO = re.compile(r"(?P<number>\d{1,3}|[一二两三四五六七八九十]{1,3}|半)个?(?P<unit>天|周|星期|礼拜|月)(?:以|之)?前")
_FEASTS = re.compile(
    "双十一|双11|双十二|双12|国庆节?|中秋节?|春节|元旦|端午节?|五一|618(?=那|买|的时候|当天|下单|大促|期间)"
)


def dates(text: str) -> Iterator[Entity]:
    """Every day the message names."""
    for recognise in (_absolute, _by_month, _dashed, _by_day, _relative):
        yield from recognise(text)


def _absolute(text: str) -> Iterator[Entity]:
    for found in _WITH_YEAR.finditer(text):
        month, day = int(found[2]), int(found[3])
        if _valid(month, day):
            yield Entity("date", f"{found[1]}-{month:02}-{day:02}", *found.span())


def _by_month(text: str) -> Iterator[Entity]:
    for found in _MONTH_AND_DAY.finditer(text):
        month, day = whole_number(found["month"]), whole_number(found["day"] or "1")
        if month is None or day is None or not _valid(month, day):
            continue
        if found["last_year"]:
            yield Entity("date", f"-1y{month:02}" + (f"-{day:02}" if found["day"] else ""), *found.span())
        elif found["day"]:
            yield Entity("date", f"--{month:02}-{day:02}", *found.span())


def _dashed(text: str) -> Iterator[Entity]:
    for found in _DASHED.finditer(text):
        if found["mark"] != "." or found["after"]:
            day = Entity("date", f"--{int(found['month']):02}-{int(found['day']):02}", found.start(), found.end("day"))
            yield day


def _by_day(text: str) -> Iterator[Entity]:
    for found in _DAY.finditer(text):
        day = whole_number(found["day"])
        if day and day <= 31:
            yield Entity("date", f"-1m{day:02}" if found["last_month"] else f"---{day:02}", *found.span())


def _relative(text: str) -> Iterator[Entity]:
    for found in _NEAR.finditer(text):
        days = _NEAR_DAYS[found[0]]
        yield Entity("date", f"{days:+}d" if days else "0d", *found.span())
    for found in _WEEKDAY.finditer(text):
        weekday = "一二三四五六日".index(found["day"].replace("天", "日")) + 1
        week = f"{_WEEKS[found['week']]:+}".replace("+0", "0") if found["week"] else ""
        yield Entity("date", f"{week}w{weekday}", *found.span())
    for found in _LAST.finditer(text):
        unit = "m" if found["unit"] == "月" else "w"
        yield Entity("date", f"{_WEEKS[found['which']]:+}{unit}", *found.span())
    for found in _AGO.finditer(text):
        yield from _ago(found)
    for found in _FEASTS.finditer(text):
        yield Entity("date", found[0].replace("11", "十一").replace("12", "十二"), *found.span())


def _ago(found: re.Match[str]) -> Iterator[Entity]:
    number = whole_number(found["number"]) if found["number"] != "半" else None
    unit = found["unit"]
    if found["number"] == "半" and unit == "月":
        yield Entity("date", "-15d", *found.span())
    elif number and unit == "月":
        yield Entity("date", f"-{number}m", *found.span())
    elif number:
        yield Entity("date", f"-{number if unit == '天' else number * 7}d", *found.span())


def _valid(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31
