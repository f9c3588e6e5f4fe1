"""Recognises which of several things is meant: the ordinal of one ("2" for 第二个), the `last`, or `all` of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.nlu.numerals import NUMERAL, whole_number
from bot.nlu.spans import Entity

ALL = "all"
LAST = "last"
_ORDINAL = re.compile(rf"第(?P<number>{NUMERAL})(?:[个件样款双条种项只]|(?![\d次天回遍章页批名季代]))")
_NUMBERED = re.compile(rf"(?<!\d)(?P<number>{NUMERAL})号(?:商品|货品|款)")
_LAST = re.compile("最后(?:面)?(?:那|这)?一?[个件样款双条只]")
_ALL = re.compile(
    r"(?:[两二三四五六七八九十几]|\d+)[个件样款双条种只]?(?:全|都)(?=要|退|换|修|补|不|坏|是|有|$)"
    r"|(?:全部|全都|统统|通通)(?:商品|东西|货)?|所有(?:的)?(?:商品|东西|货)"
    r"|(?<!每天)(?<!一直)都(?:要(?!求)|退|换|修|补|不要|不想要|坏|碎|破)|全(?:要|退|换|不要)|整单|一起(?:退|换)"
)


def choices(text: str) -> Iterator[Entity]:
    """Ordinals of goods, and words for the last or for all of them."""
    for pattern in (_ORDINAL, _NUMBERED):
        for found in pattern.finditer(text):
            number = whole_number(found["number"])
            if number:
                yield Entity("choice", str(number), *found.span())
    for found in _LAST.finditer(text):
        yield Entity("choice", LAST, *found.span())
    for found in _ALL.finditer(text):
        yield Entity("choice", ALL, *found.span())
