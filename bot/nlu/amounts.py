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
_SCALE = {"千": 1_000, "k": 1_000, "万": 10_000, "w": 10_000}
_PLAIN = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{1,2})?"
_WRITTEN = "[零一二两三四五六七八九十百千万]"
_MONEY = re.compile(
    rf"(?:(?:[¥$]|(?<![a-z])rmb|人民币) ?(?P<symbol>{_PLAIN}|{_WRITTEN}+)(?:元|块)?整?"
    rf"|(?<!\d)(?<!\d[.,])(?P<yuan>{_PLAIN}|{_WRITTEN}+)(?P<scale>[千万kw])?多?(?P<unit>块|元|圆|rmb)(?:钱)?"
    rf"(?:(?P<tenths>\d|{_DIGIT})(?:[毛角](?:(?P<fen>\d|{_DIGIT})分?)?|(?![\d个件条双天号月年]))|(?P<cents>\d\d)(?!\d))?"
    rf"|(?P<mao>\d|{_DIGIT})[毛角](?!衣|巾|病|线)(?:(?P<mao_fen>\d|{_DIGIT})分?(?![\d个件条双天]))?)",
    re.IGNORECASE,
)
_NOT_PIECES = (
    r"(?![\d.a-zA-Z%-]|[一二两三四五六七八九十百千万个件条双只瓶盒箱包天小年月日号次遍点分钟倍码斤台套本元块圆折成期回支张"
    r"送寸人楼层])"
)
_SPENT = re.compile(
    r"(?:付了|实付|付款|金额|价格|总价|花了|花费|原价|退我|退了?|少退|多付了?|差|差价|差额|运费|降了|降价|降到|便宜了?|贵了|多收了?我?|收了?我?|扣了?我?"
    r"|赔了?我?|补了?我?|券后|满|[只才]给|[只才]退了?|优惠券|红包|手续费|价钱|到手价?)"
    r"(?:是|为|填|少了|改成|要|:| )?(?P<number>\d{1,6}(?:\.\d{1,2})?|[一二两三四五六七八九十百千万]{2,})"
    r"(?P<scale>[kw])?" + _NOT_PIECES,
    re.IGNORECASE,
)
_OFF = re.compile(r"满\d+减(?P<number>\d+(?:\.\d{1,2})?)" + _NOT_PIECES)
# A bare number that is a price by what surrounds it: 3k买的, 一万二买的; 49.9两件.
_BOUGHT_FOR = re.compile(
    rf"(?<![\d.双])(?P<number>\d+(?:\.\d{{1,2}})?(?P<scale>[kw])|[一二两三四五六七八九][{'百千万'}]{_WRITTEN}*)"
    r"(?=多?(?:买的|买了|入手|拿下|左右的?(?:$|[,。!? ]))|$"
    r"|(?<=[百千万一二三四五六七八九])的(?!人|概率|可能|比例|时候|话))",
    re.IGNORECASE,
)
_PER_PIECE = re.compile(rf"(?<![\d.])(?P<number>\d+\.\d{{1,2}})(?={NUMERAL}[件个双盒瓶包条袋])")
# 现在399, 今天就199, 刚买299: only where the message speaks of prices.
_PRICED_NOW = re.compile(
    r"(?:现在|今天|今儿|刚才|刚|只要|卖|变成?|买)(?:的|时|时候|了)?(?:就|变|是|才|只要|卖|成)?(?P<number>\d{2,6}(?:\.\d{1,2})?)"
    + _NOT_PIECES
)
_ABOUT_PRICES = re.compile("价|降|便宜|贵|元|块|¥|优惠|打折|差额|保价")
_PIECE_OF_MONEY = re.compile(r"(?:[换补丢少缺发给]了?我?|进去|[凹掉碎破裂坏烂磕缺]了?)$")


def amounts(text: str) -> Iterator[Entity]:
    """Money named with its unit, or a bare number that is money by the words around it."""
    for found in _MONEY.finditer(text):
        fen = None if _counts_pieces(text, found) else _fen(found)
        if fen is not None:
            yield Entity("amount", str(fen), *found.span())
    patterns = [_SPENT, _OFF, _PER_PIECE, *([_PRICED_NOW] if _ABOUT_PRICES.search(text) else [])]
    for pattern in patterns:
        yield from _bare(pattern, text)
    yield from _bare(_BOUGHT_FOR, text)


def _bare(pattern: re.Pattern[str], text: str) -> Iterator[Entity]:
    for found in pattern.finditer(text):
        scale = found.groupdict().get("scale")
        fen = _yuan_to_fen(found["number"].rstrip("kKwW"), scale)
        if fen is not None:
            yield Entity(
                "amount", str(fen), found.start("number"), found.end("scale") if scale else found.end("number")
            )


def _counts_pieces(text: str, found: re.Match[str]) -> bool:
    """块 also counts pieces: 补一块 and 七块肥皂 are no money."""
    if found["unit"] != "块" or found["tenths"] or found["cents"] or found[0].endswith("钱"):
        return False
    if text.startswith(tuple(lexicon.read("measures")["pieces_of"]), found.end()):
        return True
    return found["yuan"] in ("一", "两", "二") and bool(_PIECE_OF_MONEY.search(text[: found.start()]))


def _fen(found: re.Match[str]) -> int | None:
    if found["symbol"]:
        return _yuan_to_fen(found["symbol"])
    if found["mao"]:
        return _small(found["mao"]) * 10 + _small(found["mao_fen"])
    base = _yuan_to_fen(found["yuan"], found["scale"])
    if base is None:
        return None
    return base + _small(found["tenths"]) * 10 + _small(found["fen"]) + int(found["cents"] or 0)


def _small(digit: str | None) -> int:
    return (whole_number(digit) or 0) if digit else 0


def _yuan_to_fen(number: str, scale: str | None = None) -> int | None:
    """Fen of yuan written in digits or in Chinese, times a thousand or ten thousand; None for no number."""
    factor = _SCALE[scale.lower()] if scale else 1
    if number[0].isdigit():
        return int(Decimal(number.replace(",", "")) * 100 * factor)
    yuan = whole_number(number)
    return None if yuan is None else yuan * 100 * factor


@lru_cache(maxsize=1)
def _pieces() -> re.Pattern[str]:
    table = lexicon.read("measures")
    never = "|".join(table["not_goods"])
    return re.compile(
        rf"(?:(?<![第每这那哪几上下前后\d.零一二两三四五六七八九十百千多-])|(?<=\.\d)(?={_DIGIT})|(?<=\.\d\d)(?={_DIGIT}))"
        rf"(?P<number>{NUMERAL})(?:大|小|整)?"
        rf"[{table['measures']}](?!{never})"
        r"|(?<![你我他她咱老])(?P<word>俩|仨)(?!色|样)"
    )


@lru_cache(maxsize=1)
def _filled() -> re.Pattern[str]:
    return re.compile(lexicon.read("measures")["filled_before"])


def quantities(text: str) -> Iterator[Entity]:
    """Numbers with a measure word that counts goods."""
    for found in _pieces().finditer(text):
        count = {"俩": 2, "仨": 3}.get(found["word"] or "") or whole_number(found["number"] or "")
        filled = count == 1 and _filled().search(text[: found.start()])
        if count and count < 10_000 and not filled:
            yield Entity("quantity", str(count), *found.span())
    for found in _MONEY.finditer(text):
        if _counts_pieces(text, found) and not re.search("[凹掉碎破裂坏烂磕缺去]了?$", text[: found.start()]):
            yield Entity("quantity", str(whole_number(found["yuan"])), *found.span())
