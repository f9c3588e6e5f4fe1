"""Changes files as things go wrong: bytes turned, parts cut, doubled, or put in from another file."""

from collections.abc import Sequence
from random import Random


def mutated(seeds: Sequence[bytes], chance: Random) -> bytes:
    """One of the files with one to eight changes."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 8)):
        _change(data, chance.choice(seeds), chance)
    return bytes(data)


def _change(data: bytearray, other: bytes, chance: Random) -> None:
    start, length = chance.randint(0, len(data)), chance.randint(1, 64)
    match chance.randint(0, 4):
        case 0 if data:
            data[min(start, len(data) - 1)] = chance.randrange(256)
        case 1:
            del data[start : start + length]
        case 2:
            data[start:start] = data[start : start + length]
        case 3:
            place = chance.randint(0, len(other))
            data[start : start + length] = other[place : place + length]
        case _:
            data[start : start + 4] = chance.choice([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"])
