"""How a look-up by order number gets slower as cases pile up: two chat servers, one with few and one with many."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bots import Bot, ours
from benchmarks.customers import visits
from benchmarks.past_cases import PastCase, fill, past_case
from benchmarks.progress import bar, say
from tests.postgres import temporary_database, temporary_postgres

FEW = 1_000
_ASKED_TWICE = 2


async def on_sqlite(folder: Path, many: int, repetitions: int) -> dict[str, Any]:
    """`few_ms`, `many_ms` and `times`: the median time of a status by order number with few and with many cases."""
    return await _compared(folder, [None, None], many, repetitions)


async def on_postgresql(folder: Path, many: int, repetitions: int) -> dict[str, Any]:
    """The same on a PostgreSQL server of its own."""
    with ExitStack() as stack:
        server = stack.enter_context(temporary_postgres())
        urls = [stack.enter_context(temporary_database(server)) for _ in range(2)]
        return await _compared(folder, urls, many, repetitions)


async def _compared(folder: Path, urls: Sequence[str | None], many: int, repetitions: int) -> dict[str, Any]:
    with ExitStack() as stack:
        shops = []
        for cases, url in zip((FEW, many), urls, strict=True):
            var = folder / f"{cases}-{'sqlite' if url is None else 'postgresql'}"
            var.mkdir(parents=True)
            say(f"  filing {cases:,} cases …")
            fill(var, cases, url)
            bot = ours(var, url)
            stack.enter_context(bot.started())
            shops.append((bot, cases))
        few, many_ms = await _looked_up(shops, repetitions)
    return {"few": FEW, "many": many, "few_ms": few, "many_ms": many_ms, "times": many_ms / few}


async def _looked_up(shops: Sequence[tuple[Bot, int]], repetitions: int) -> list[float]:
    """The median milliseconds in each shop, asked in turns about orders at random."""
    chance = random.Random(1)
    found: list[list[float]] = [[] for _ in shops]
    for number in bar(range(repetitions), "status by order number"):
        for times, (bot, cases) in zip(found, shops, strict=True):
            asked = await _asked(bot, past_case(chance.randint(1, cases)))
            times += asked if number else []
    return [median(times) * 1000 for times in found]


async def _asked(bot: Bot, case: PastCase) -> list[float]:
    """Seconds of each look-up of somebody who has just proven who they are."""
    async with visits() as visiting:
        customer = await visiting.customer(bot, case.order_no)
        question = f"{case.order_no} 到哪一步了"
        await customer.says(question)
        answer = await customer.says(case.tail)
        assert "RCX" in answer.text, answer.text
        return [(await customer.says(question)).seconds for _ in range(_ASKED_TWICE)]
