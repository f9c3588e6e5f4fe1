"""Money in integer fen: how it is written, how it is read, how a sum is shared without losing a fen."""

import re
from collections.abc import Sequence

_YUAN = re.compile(r"(0|[1-9][0-9]*)\.([0-9]{2})")


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals: 1234 is "12.34", -5 is "-0.05"."""
    whole, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{cents:02d}"


def price(fen: int) -> str:
    """Fen as people read an amount: 1234 is "¥12.34", -858 is "-¥8.58"."""
    return f"{'-' if fen < 0 else ''}¥{yuan(abs(fen))}"


def parse_yuan(text: str) -> int:
    """Yuan written with exactly two decimals, as fen: "12.34" is 1234. Raises ValueError for any other
    form.
    """
    match = _YUAN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an amount in yuan with two decimals, such as 12.34")
    return int(match[1]) * 100 + int(match[2])


def percent_of(fen: int, percent: int) -> int:
    """That many percent of an amount that is not negative, half a fen rounded up: 10 % of 99.99 is 10.00."""
    return (fen * percent + 50) // 100


def allocate(total_fen: int, weights: Sequence[int]) -> list[int]:
    """Share a total by weights, by largest remainder: the parts sum to the total, ties go to the earlier
    part.

    No part exceeds its own weight as long as the total does not exceed the sum of the weights. Raises
    ValueError for a negative total or weight, and where there is something to share but nothing to share it
    by.
    """
    if total_fen < 0 or any(weight < 0 for weight in weights):
        raise ValueError(f"cannot share {total_fen} by {list(weights)}: a total and its weights are never negative")
    whole = sum(weights)
    if whole == 0:
        return _share_nothing(total_fen, weights)
    parts = [total_fen * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total_fen * weights[i] % whole))
    for index in by_remainder[: total_fen - sum(parts)]:
        parts[index] += 1
    return parts


def _share_nothing(total_fen: int, weights: Sequence[int]) -> list[int]:
    if total_fen:
        raise ValueError(f"cannot share {total_fen} by weights that are all zero")
    return [0] * len(weights)
