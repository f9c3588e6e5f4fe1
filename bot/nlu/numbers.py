"""Recognises the numbers a case hangs on: case, order and waybill numbers, telephones.

Values: `case_no` like RC20261122000001, `order_no` and `tracking_no` upper-case without separators, `phone` eleven
digits or the last four.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from bot.nlu.spans import Entity

_CASE = re.compile(r"(?<![A-Za-z0-9])RC[ -]?(\d{8})[ -]?(\d{6})(?!\d)", re.IGNORECASE)
_MOBILE = re.compile(r"(?<![\dA-Za-z])(?:\+?86[ -]?)?(1[3-9]\d{9})(?![\dA-Za-z])")
_LAST_FOUR = re.compile(
    r"(?:(?<!订单)(?<!单号)(?<!运单)尾号|后四位|后4位|末四位|末尾四位|最后四位)(?:数字)?[是为:, ]{0,3}(\d{4})(?!\d)"
    r"|(?:手机|电话|号码)(?:号码?|尾数)?[是为:, ]{0,3}(\d{4})(?![\d])(?=\s*(?:结尾|$|[,。!? ]))"
    r"|(?<!\d)(\d{4})(?=\s*(?:结尾|是尾号))|(?<!\d)1\d\d(?:[*]+|[xX]{2,4})(\d{4})(?!\d)"
)
_BARE_FOUR = re.compile(r"^[^\w¥$]*(\d{4})\W*$")
# SF 12-15, YT 13-15, JD/JDV/JDX, JT 13, DPK and its like, KY: the letters belong to the number. ZTO, STO, YUNDA and
# EMS only name the carrier of a number of digits. Two letters, nine digits and CN for parcels abroad.
_WAYBILL = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:ZTO|STO|YUNDA|EMS)[ -]?(?P<digits>\d{8,18})"
    r"|(?:SF|YT|JD[A-Z]{0,2}|JT|YD|DPK|DPL|DBL|DB|KYE?|HT|BEST|UC)[ -]?\d{8,18}|[A-Z]{2}\d{9}CN)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_LONG = re.compile(r"(?<![A-Za-z0-9])(?<!\d\.)([A-Za-z]{1,6}-?)?(\d{8,24})(?![A-Za-z0-9]|\.\d)")
# A shop's own number, which only what stands before tells: 订单号 DD_2024-88, 查一下 a-1001. Three digits in a row, for
# 订单 iPhone15 is none.
_SHOP_ORDER = re.compile(
    r"(?:订单(?:编?号码?)?[是为:,在 ]{0,3}|(?:查询?|看)(?:一?下|查)?[这个一单 ]{0,3}"
    r"|(?<![递运流货件回])单号[是为: ]{0,3}(?![A-Za-z]{2,3}\d+(?![A-Za-z\d])))"
    r"((?=[0-9_-]*[A-Za-z])(?=[A-Za-z0-9_-]*\d{3})[A-Za-z0-9][A-Za-z0-9_-]{2,39})(?![A-Za-z0-9_-])"
)
# One of several that tell one another by beginning alike: DD2024ABC123 和 DD2024ABC124. Seven digits, for RTX4090Ti
# and RTX4080Ti are none.
_ONE_OF_SEVERAL = re.compile(
    r"(?<![A-Za-z0-9_-])(?=(?:[A-Za-z_-]*\d){7})([A-Za-z]{1,6})[A-Za-z0-9_-]{7,39}(?![A-Za-z0-9_-])"
)
_ORDER_LABEL = re.compile(
    r"(?:(?:订单|交易)(?:编?号码?)?|(?<![A-Za-z])order(?: ?(?:no[.]?|number|id|num))?)[是为:,在# ]{0,3}$", re.IGNORECASE
)
_WAYBILL_LABEL = re.compile(r"(?:快递|运单|物流|寄回|退货|退件)单?号?码?[是为:, ]{0,4}$")
_ANY_LABEL = re.compile(r"(?:单号|编号|号码|单子)[是为:,在这 ]{0,4}$")
_OTHER_LABEL = re.compile(r"(?:身份证|卡号|银行卡|序列号|账号|帐号|税号|[sS][nN]码?|编码)号?码?[是为:, ]{0,3}$")
_SENDING = re.compile(
    r"快递|物流|运单|寄|取走|拿走|发走|揽收|面单|顺丰|圆通|中通|申通|韵达|极兔|德邦|百世|邮政|ems|菜鸟|丰巢",
    re.IGNORECASE,
)


def numbers(text: str) -> Iterator[Entity]:
    """Every number of the four kinds; a number already read as one kind is not offered as another."""
    rest = text
    for recognise in (_cases, _waybills, _phones, _orders):
        for entity in recognise(rest):
            yield entity
            rest = rest[: entity.start] + " " * (entity.end - entity.start) + rest[entity.end :]


def _cases(text: str) -> list[Entity]:
    return [Entity("case_no", "RC" + found[1] + found[2], *found.span()) for found in _CASE.finditer(text)]


def _waybills(text: str) -> list[Entity]:
    found = []
    for number in _WAYBILL.finditer(text):
        kind = "order_no" if _ORDER_LABEL.search(text[: number.start()]) else "tracking_no"
        group = "digits" if number["digits"] and kind == "tracking_no" else 0
        found.append(Entity(kind, _plain(number[group]), *number.span(group)))
    return found


def _phones(text: str) -> list[Entity]:
    full = [
        Entity("phone", found[1], *found.span(1))
        for found in _MOBILE.finditer(text)
        if not _ORDER_LABEL.search(text[: found.start()])
    ]
    bare = _BARE_FOUR.match(text)
    if bare:
        return [Entity("phone", bare[1], *bare.span(1))]
    for found in _LAST_FOUR.finditer(text):
        group = found.lastindex or 1
        full.append(Entity("phone", found[group], *found.span(group)))
    return full


def _orders(text: str) -> list[Entity]:
    """Long numbers without a carrier's form: what stands before decides, then what the message is about."""
    named = [number.span(1) for number in _SHOP_ORDER.finditer(text)] or _alike(text)
    found = [Entity("order_no", _plain(text[start:end]), start, end) for start, end in named]
    for number in _LONG.finditer(text):
        if any(each.start <= number.start() < each.end for each in found):
            continue
        kind = _kind_of_long_number(text, number)
        if kind:
            found.append(Entity(kind, _plain(number[0]), *number.span()))
    return found


def _alike(text: str) -> list[tuple[int, int]]:
    """Where shops' own numbers stand that begin with the same letters, if there are several."""
    numbers = list(_ONE_OF_SEVERAL.finditer(text))
    letters = Counter(number[1].upper() for number in numbers)
    return [number.span() for number in numbers if letters[number[1].upper()] > 1]


def _kind_of_long_number(text: str, number: re.Match[str]) -> str | None:
    before = text[: number.start()]
    if _ORDER_LABEL.search(before):
        return "order_no"
    if _OTHER_LABEL.search(before):
        return None
    if number[1] and not _ANY_LABEL.search(before) and len(number[2]) < 10:
        return None
    if _WAYBILL_LABEL.search(before):
        return "tracking_no"
    if not 12 <= len(number[2]) <= 20 and not (number[1] or _ANY_LABEL.search(before)):
        return None
    about_sending = _SENDING.search(text) and "订单" not in text and not number[1]
    return "tracking_no" if about_sending else "order_no"


def _plain(number: str) -> str:
    return re.sub("[ _-]", "", number).upper()
