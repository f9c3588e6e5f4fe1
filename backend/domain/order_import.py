"""What an order in a file is to those that are stored."""

from backend.domain.labelled import Labelled


class Standing(Labelled):
    """New, further along than the stored one, the same, or of other goods, money or buyer: that may never be."""

    NEW = "new", "新增"
    CHANGED = "changed", "更新"
    SAME = "same", "无变化"
    DIFFERENT = "different", "有冲突"
