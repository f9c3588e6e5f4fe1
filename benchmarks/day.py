"""A shop's day as a crowd of conversations, simulated: when they come, how long messages wait for a chat process.

Nothing is measured here. Conversations come by chance at a rate; each is so many messages, with a pause for thinking
after every answer. Messages go round the chat processes; each answers one after the other, which is what its one core
comes to. Seeded, so that it gives the same figures every time.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import exp

from benchmarks.crowd import SPREAD

HOURS = (
    1.8, 1.0, 0.6, 0.4, 0.4, 0.6, 1.2, 2.4, 4.2, 6.4, 7.4, 6.6,
    5.4, 5.6, 6.6, 6.8, 6.2, 5.2, 4.8, 5.8, 7.2, 6.8, 4.4, 2.2,
)  # fmt: skip
"""Percent of a day's conversations by hour, from midnight: a morning, an afternoon and an evening. An assumption."""
FESTIVAL = 5.0
"""Times as many conversations on 11 November as on other days. An assumption."""
FESTIVAL_HOUR = 12.0
"""Percent of that day's conversations in its busiest hour, after midnight. An assumption."""
MESSAGES = 8.0
"""Of a customer in a conversation, on average. An assumption."""
THINK = 30.0
"""Seconds between an answer and the next message, on average. An assumption."""
UNEVEN = 0.5
"""Spread of the logarithm of what a turn takes: one that files takes twice as long as a question."""


@dataclass(frozen=True)
class Waits:
    """What became of a simulated stretch of time: messages, and milliseconds until they were answered."""

    messages: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


def busiest(conversations_a_day: float) -> float:
    """Conversations a second in the busiest hour of an ordinary day."""
    return conversations_a_day * max(HOURS) / 100 / 3600


def festival(conversations_a_day: float) -> float:
    """Conversations a second in the busiest hour of 11 November, where an ordinary day has so many."""
    return conversations_a_day * FESTIVAL * FESTIVAL_HOUR / 100 / 3600


def simulate(rate: float, turn_seconds: float, processes: int, *, minutes: float = 10, seed: int = 11) -> Waits:
    """So many minutes at a rate of conversations a second, after as many to get under way."""
    chance = random.Random(seed)
    end, due = 2 * minutes * 60, _arrivals(chance, rate, 2 * minutes * 60)
    free, number, waits = [0.0] * processes, 0, []
    while due and due[0] < end:
        came = heappop(due)
        number += 1
        place = number % processes
        free[place] = max(came, free[place]) + _about(chance, turn_seconds, UNEVEN)
        if came >= end / 2:
            waits.append(free[place] - came)
        if chance.random() > 1 / MESSAGES:
            heappush(due, free[place] + _about(chance, THINK, SPREAD))
    return _told(waits)


def _arrivals(chance: random.Random, rate: float, seconds: float) -> list[float]:
    """When conversations begin, in order, which a heap may be."""
    times, now = [], chance.expovariate(rate)
    while now < seconds:
        times.append(now)
        now += chance.expovariate(rate)
    return times


def _about(chance: random.Random, mean: float, spread: float) -> float:
    return mean * chance.lognormvariate(0, spread) / exp(spread**2 / 2)


def _told(waits: Sequence[float]) -> Waits:
    ordered = sorted(waits) or [0.0]
    p50, p95, p99 = (ordered[min(len(ordered) - 1, len(ordered) * each // 100)] * 1000 for each in (50, 95, 99))
    return Waits(len(waits), p50, p95, p99)
