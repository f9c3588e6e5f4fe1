"""What a message says of the freight that a customer has laid out: how much stands on the receipt."""

import re

from actions.reading import Said
from backend.domain.money import parse_yuan

_BARE = re.compile(r"\D*?([0-9]{1,4})(?:[.]([0-9]{1,2}))?\D*")
"""The one number of a message, up to 9999.99."""


def receipt_fen(heard: Said, *, asked: bool = False) -> int | None:
    """The amount on the receipt in fen: money that is named, or the one bare number where it was `asked` for.

    None where there is none, or several that differ.
    """
    if heard.minted:
        return None
    named = {int(each) for each in heard.values.get("amount", ()) if each.isdecimal()}
    if named:
        return named.pop() if len(named) == 1 else None
    return _bare(heard.text) if asked else None


def _bare(text: str) -> int | None:
    match = _BARE.fullmatch(text)
    return parse_yuan(f"{int(match[1])}.{match[2] or '':0<2}") if match else None
