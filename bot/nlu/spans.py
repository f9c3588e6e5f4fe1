"""A stretch of text that means something: what every recogniser yields."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entity:
    """`text[start:end]` of the normalised message; `value` is canonical, its form depends on `entity`."""

    entity: str
    value: str
    start: int
    end: int


def first_of_each(found: Iterable[Entity]) -> list[Entity]:
    """The earliest stretch of every meaning: whoever says 太小了，穿不上 says one thing."""
    kept: dict[tuple[str, str], Entity] = {}
    for span in sorted(found, key=lambda span: span.start):
        kept.setdefault((span.entity, span.value), span)
    return list(kept.values())


def without_overlap(found: Iterable[Entity], taken: Iterable[Entity] = ()) -> list[Entity]:
    """The longest stretches first, earlier ones on equal length; none touches another or one of `taken`."""
    kept: list[Entity] = []
    occupied = [(span.start, span.end) for span in taken]
    for span in sorted(found, key=lambda span: (span.start - span.end, span.start)):
        if all(span.end <= start or span.start >= end for start, end in occupied):
            kept.append(span)
            occupied.append((span.start, span.end))
    return sorted(kept, key=lambda span: span.start)
