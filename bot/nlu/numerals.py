"""Numbers written in digits or in Chinese, as exact integers."""

from __future__ import annotations

import cn2an

# One numeral as customers write it: 3, 12, 十二, 两百五. Use it inside larger patterns.
NUMERAL = r"(?:\d+|[零一二两三四五六七八九十百千万]+)"


def whole_number(text: str) -> int | None:
    """The value of a numeral; None for what only looks like one (百, 三二一)."""
    if text.isdecimal():
        return int(text)
    try:
        return int(cn2an.cn2an(text, "normal"))
    except ValueError:
        return None
