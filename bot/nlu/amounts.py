"""Recognises money and numbers of pieces. An amount's value is whole fen, a quantity's a whole number, both as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from bot.nlu import lexicon
from bot.nlu.numerals import NUMERAL, whole_number
from bot.nlu.spans import Entity

_DIGIT = "[一二两三四五六七八九]"
_SCALE = {"千": 1_000, "万": 10_000, None: 1}
_MONEY = re.compile(
    rf"(?:[¥$] ?(?P<symbol>\d+(?:\.\d{{1,2}})?)(?:元|块)?"
    rf"|(?P<yuan>\d+(?:\.\d{{1,2}})?|[零一二两三四五六七八九十百千万]+)(?P<scale>[千万])?(?P<unit>块|元|圆)(?:钱)?"
    rf"(?:(?P<tenths>\d|{_DIGIT})(?:[毛角](?:(?P<fen>\d|{_DIGIT})分?)?|(?![\d个件条双天号月年]))|(?P<cents>\d\d)(?!\d))?"
    rf"|(?P<mao>\d|{_DIGIT})[毛角](?!衣|巾|病|线))"
)
_SPENT = re.compile(
    r"(?:付了|实付|付款|金额|价格|总价|花了|原价|退我|退了?|少退|多付了?|差|降了|降价|便宜了?|贵了|多收了?我?|收了?我|扣了?我?|赔我?|补我?|券后)"
    r"(?:是|为|填|少了|改成|:| )?(?P<number>\d{1,6}(?:\.\d{1,2})?|[一二两三四五六七八九十百千万]{2,})"
    r"(?![\d.a-zA-Z%-]|[一二两三四五六七八九十百千万个件条双只瓶盒箱包天小年月日号次遍点分钟倍码斤台套本元块圆折成期回支张])"
)
_PIECE_OF_MONEY = re.compile(r"[换补丢少缺发给]了?我?$")


def amounts(text: str) -> Iterator[Entity]:
    """Money named with its unit, or a bare number after a word of paying."""
    for found in _MONEY.finditer(text):
        fen = None if _counts_pieces(text, found) else _fen(found)
        if fen is not None:
            yield Entity("amount", str(fen), *found.span())
    for found in _SPENT.finditer(text):
        fen = _yuan_to_fen(found["number"])
        if fen is not None:
            yield Entity("amount", str(fen), *found.span("number"))


def _counts_pieces(text: str, found: re.Match[str]) -> bool:
    """块 also counts pieces: 补一块 is no money."""
    return (
        found["unit"] == "块"
        and found["yuan"] in ("一", "两", "二")
        and not found["tenths"]
        and not found[0].endswith("钱")
        and bool(_PIECE_OF_MONEY.search(text[: found.start()]))
    )


def _fen(found: re.Match[str]) -> int | None:
    if found["symbol"]:
        return _yuan_to_fen(found["symbol"])
    if found["mao"]:
        return (whole_number(found["mao"]) or 0) * 10
    base = _yuan_to_fen(found["yuan"])
    if base is None:
        return None
    small = (whole_number(found["tenths"] or "0") or 0) * 10 + (whole_number(found["fen"] or "0") or 0)
    return base * _SCALE[found["scale"]] + small + int(found["cents"] or 0)


def _yuan_to_fen(number: str) -> int | None:
    if number[0].isdigit():
        return int(Decimal(number) * 100)
    yuan = whole_number(number)
    return None if yuan is None else yuan * 100


@lru_cache(maxsize=1)
def _pieces() -> re.Pattern[str]:
    table = lexicon.read("measures")
    never = "|".join(table["not_goods"])
    return re.compile(
        rf"(?<![第每这那哪几上下前后\d.零一二两三四五六七八九十百千多-])(?P<number>{NUMERAL})(?:大|小|整)?"
        rf"[{table['measures']}](?!{never})"
        r"|(?<![你我他她咱老])(?P<word>俩|仨)"
    )


def quantities(text: str) -> Iterator[Entity]:
    """Numbers with a measure word that counts goods."""
    for found in _pieces().finditer(text):
        count = {"俩": 2, "仨": 3}.get(found["word"] or "") or whole_number(found["number"] or "")
        if count and count < 10_000:
            yield Entity("quantity", str(count), *found.span())
    for found in _MONEY.finditer(text):
        if _counts_pieces(text, found):
            yield Entity("quantity", str(whole_number(found["yuan"])), *found.span())
