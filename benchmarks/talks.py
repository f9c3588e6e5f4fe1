"""How quickly bots answer: one form turn at a time, many conversations at once, and late in a long conversation.

Bots take turns within one run, so that whatever else the machine does falls on all of them. Times are the customer's:
from sending a message to having read the answer, HTTP on loopback included.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.bots import Bot
from benchmarks.customers import Customer, Visits, visits
from benchmarks.dialogues import QUESTIONS, busy_talk, file_case
from benchmarks.processes import Running
from benchmarks.progress import bar
from benchmarks.shop import photo_of

AT_ONCE = 32
EARLY, LATE = 5, 150
"""The turns of a long conversation that are compared; each stands for itself and the four before it."""
_AROUND = len(QUESTIONS)
Figures = dict[str, Any]


@dataclass(frozen=True)
class Party:
    """A bot that runs, with orders that nobody has talked to it about."""

    bot: Bot
    running: Running
    orders: list[str]


async def form_turns(parties: Sequence[Party], folder: Path, repetitions: int) -> dict[str, Figures]:
    """Filing a case through the form, one customer at a time: `p50_ms`, `p95_ms` of the turn that files, `steps`."""
    found: dict[str, dict[str, list[float]]] = {party.bot.name: defaultdict(list) for party in parties}
    async with visits() as visiting:
        for number in bar(range(repetitions + 1), "form turns"):
            photo = await asyncio.to_thread(photo_of, folder, number)
            for party in parties:
                customer = await visiting.customer(party.bot, f"form-{number}")
                answers = await file_case(customer, party.bot.name, party.orders.pop(), photo)
                for step, answer in answers.items() if number else ():  # the first one warms up
                    found[party.bot.name][step].append(answer.seconds * 1000)
    return {name: _form_figures(steps) for name, steps in found.items()}


def _form_figures(steps: Mapping[str, list[float]]) -> Figures:
    percentiles = quantiles(steps["filing"], n=100, method="inclusive")
    return {
        "filed": len(steps["filing"]),
        "p50_ms": percentiles[49],
        "p95_ms": percentiles[94],
        "steps_p50_ms": {step: median(times) for step, times in steps.items()},
    }


async def turns_a_second(parties: Sequence[Party], repetitions: int) -> dict[str, Figures]:
    """Ten text turns in each of 32 new conversations at once: `turns_per_second`, `cpu_ms_per_turn`, medians."""
    found: dict[str, list[tuple[float, float, list[float]]]] = defaultdict(list)
    for party in parties:
        await _rehearse(party)
    for number in bar(range(repetitions), f"{AT_ONCE} conversations"):
        for party in parties:
            found[party.bot.name].append(await _crowd(party, number))
    return {
        name: {
            "at_once": AT_ONCE,
            "turns_per_second": median(rate for rate, _, _ in runs),
            "cpu_ms_per_turn": median(cpu for _, cpu, _ in runs),
            "turn_p50_ms": median(seconds * 1000 for _, _, times in runs for seconds in times),
            "runs": [rate for rate, _, _ in runs],
        }
        for name, runs in found.items()
    }


async def _crowd(party: Party, number: int) -> tuple[float, float, list[float]]:
    """Turns a second, processor milliseconds a turn, and seconds of each turn."""
    async with visits() as visiting:
        customers = await _customers(party, visiting, f"crowd{number}", AT_ONCE)
        cpu, began = party.running.cpu(), time.perf_counter()
        talks = [_talk(customer, party.bot.name, party.orders.pop()) for customer in customers]
        times = [seconds for each in await asyncio.gather(*talks) for seconds in each]
        wall = time.perf_counter() - began
        return len(times) / wall, (party.running.cpu() - cpu) * 1000 / len(times), times


async def _rehearse(party: Party) -> None:
    """One talk alone: what is loaded at the first use is loaded, and customers know how many messages an answer has."""
    async with visits() as visiting:
        await _talk(await visiting.customer(party.bot, "rehearsal"), party.bot.name, party.orders.pop())


async def _talk(customer: Customer, bot: str, order_no: str) -> list[float]:
    return [(await customer.says(line.to(bot))).seconds for line in busy_talk(order_no)]


async def long_talks(parties: Sequence[Party], conversations: int) -> dict[str, Figures]:
    """Questions, 150 in each conversation, going round all of them: `turn_5_ms`, `turn_150_ms`, `curve_ms`."""
    async with visits() as visiting:
        talks = [(party, await _customers(party, visiting, "long", conversations)) for party in parties]
        curves: dict[str, list[float]] = defaultdict(list)
        for line in bar(list(islice(cycle(QUESTIONS), LATE)), "long conversations"):
            for party, customers in talks:
                answers = [await customer.says(line.to(party.bot.name)) for customer in customers]
                curves[party.bot.name].append(median(answer.seconds for answer in answers) * 1000)
    return {name: _long_figures(curve) for name, curve in curves.items()}


async def _customers(party: Party, visiting: Visits, kind: str, number: int) -> list[Customer]:
    return [await visiting.customer(party.bot, f"{kind}-{each}") for each in range(number)]


def _long_figures(curve: Sequence[float]) -> Figures:
    early, late = (median(curve[turn - _AROUND : turn]) for turn in (EARLY, LATE))
    return {"turn_5_ms": early, "turn_150_ms": late, "times": late / early, "curve_ms": list(curve)}
