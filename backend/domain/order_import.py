"""What a shop's order file holds, and what an order in it is to those that are stored."""

from dataclasses import dataclass

from backend.domain.labelled import Labelled
from backend.domain.order import FeedOrder
from backend.errors import ImportRefused


class Standing(Labelled):
    """New, further along than the stored one, the same, or of other goods, money or buyer: that may never be."""

    NEW = "new", "新增"
    CHANGED = "changed", "更新"
    SAME = "same", "无变化"
    DIFFERENT = "different", "有冲突"


@dataclass(frozen=True)
class OrderFile:
    """Its orders that are right, what is wrong with the others, by line, and the columns that nobody reads."""

    orders: tuple[FeedOrder, ...]
    problems: tuple[ImportRefused, ...] = ()
    ignored: tuple[str, ...] = ()
