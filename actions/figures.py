"""Numbers as they are written: a shop's own for its orders, and a telephone's last digits."""

import re
import unicodedata

from actions.phrases import caught
from backend.domain.filing import Question

_TAIL = re.compile(r"(?<![0-9A-Za-z_])(?<![0-9A-Za-z_]-)(?<!\d[.])(?:1\d{6})?(\d{4})(?!\d|[.]\d)")
"""Eleven digits of a mobile number or just the last four; no part of a shop's number such as a-1001, or of 1999.90."""
SHOP_NUMBER = re.compile(r"(?<![0-9A-Za-z_-])(?=[A-Za-z_-]*[0-9])[0-9A-Za-z][0-9A-Za-z_-]{2,39}(?![0-9A-Za-z_-])")
"""What the order feed takes for a number, as long as there is a digit in it: a-1001, DD_2024-88, 10023."""
_SHORTEST_NUMBER, _PHONE_LENGTH = 6, 11
"""Characters: fewer are no order number unless they are called one, as are those asked for with a telephone's."""
_LONGEST_BESIDE = 12
"""Characters: 订单 6688, 订单号 尾号6688."""
_AT_THE_END = re.compile(r"[\s,;](\d{4})\W*$")
_RIGHT_BEHIND = re.compile(r"[\s,;/]+(\d{4})(?=[\s,;/])")


def in_ascii(words: str) -> str:
    """With figures and letters of full width as those of half the width."""
    return unicodedata.normalize("NFKC", words)


def tail_in(text: str) -> str | None:
    """The last four digits of a telephone's number, if there is one, or four digits by themselves."""
    found = _TAIL.search(text)
    return found[1] if found else None


def tail_beside(number: str, words: str) -> str | None:
    """The four digits beside an order's number and little else, right behind it, or by themselves at the end."""
    words = _in_figures(words)
    beside = words.replace(number, " ").strip()
    found = _TAIL.search(beside) if len(beside) <= _LONGEST_BESIDE else _AT_THE_END.search(beside)
    found = found or _RIGHT_BEHIND.match(words.partition(number)[2])
    return found[1] if found else None


def _in_figures(words: str) -> str:
    """With four Chinese numerals as figures: 六六八八 beside a number, which alone is understood as figures already."""
    told = caught("four_numerals", words)
    return words.replace(told, "".join(f"{unicodedata.numeric(each):.0f}" for each in told)) if told else words


def looks_like_an_order(number: str, asked: Question | None) -> bool:
    """Whether a bare number is an order's; beside the question for a telephone's, no telephone's with a slip in it."""
    if asked is Question.ORDER_NO:
        return not number.isdecimal() or len(number) >= _SHORTEST_NUMBER
    if not number.isdecimal():
        return len(number) >= _SHORTEST_NUMBER
    return len(number) > _PHONE_LENGTH and not is_telephone_with_a_slip(number)


def is_telephone_with_a_slip(number: str) -> bool:
    """Whether a number has a digit or two more than a mobile telephone's, and begins like one."""
    return number.isdecimal() and number[0] == "1" and len(number) in (_PHONE_LENGTH + 1, _PHONE_LENGTH + 2)
