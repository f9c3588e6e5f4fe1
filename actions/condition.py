"""What a message says about the condition of the goods: as new, or not."""

from actions.phrases import says


def told(text: str) -> bool | None:
    """Whether the goods are as new, in so many words; None where nothing or both is said."""
    as_new, not_as_new = says("as_new", text), says("not_as_new", text)
    return as_new if as_new != not_as_new else None


def told_unasked(text: str) -> bool | None:
    """True where it is told beside something else that nothing was opened or used; only that is sure enough."""
    return True if says("as_new_beside", text) and told(text) else None
