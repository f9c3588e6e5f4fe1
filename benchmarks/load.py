"""Very many conversations at once over the real processes of one machine: `python -m benchmarks.load`, `make load`.

So many customers have the web chat open, read, think as people do and write, for some minutes; then twice as many.
Chat, desk and worker run as `make run` starts them, and the crowd is on the same machine. Afterwards the database is
asked whether every message was answered once and in order. Exit status 1 where it was not, or anything went wrong.
`--write` keeps the figures in `benchmarks/results/load.json` and the section "Load" of `docs/performance.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import aiohttp

from backend.bootstrap import Backend
from backend.services.conversations import open_conversation
from benchmarks.answered import Unanswered, asked_patience, unanswered
from benchmarks.bots import opened_backend, ours
from benchmarks.crowd import Tally, Visitor, percentiles, thoughts
from benchmarks.dialogues import busy_talk
from benchmarks.machine import circumstances
from benchmarks.page import put, rounded
from benchmarks.progress import say
from benchmarks.shop import stock_up
from bot.channels.webchat.sender import CHANNEL
from bot.channels.webchat.tokens import SessionTokens
from tests.postgres import temporary_database, temporary_postgres

RESULT = Path(__file__).parent / "results" / "load.json"
CONVERSATIONS, MINUTES, THINK = 500, 10.0, 30.0
Figures = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """How many customers, for how long, and how many seconds each thinks on average."""

    conversations: int
    minutes: float
    think: float

    @property
    def orders(self) -> int:
        """One is talked about for ten messages."""
        talks = self.minutes * 60 / self.think / len(busy_talk("")) + 2
        return int(talks) * self.conversations


def measured(plan: Plan, *, postgresql: bool) -> Figures:
    """One round: what customers lived through, what it took, and what the database says of it."""
    say(f"{plan.conversations} conversations at once for {plan.minutes:g} minutes …")
    with ExitStack() as stack:
        var = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="anxin-load-")))
        server = stack.enter_context(temporary_postgres()) if postgresql else None
        url = stack.enter_context(temporary_database(server)) if server is not None else None
        backend = stack.enter_context(opened_backend(var, url))
        talks = [open_conversation(backend.world, CHANNEL, f"crowd-{n}").id for n in range(plan.conversations)]
        orders = stock_up(backend.world, plan.orders)
        bot = ours(var, url, beside=True)
        running = stack.enter_context(bot.started())
        cpu, began = running.cpu(), time.monotonic()
        tally, visitors = asyncio.run(_crowd(plan, bot.url, backend, talks, orders))
        seconds = time.monotonic() - began
        used = (running.cpu() - cpu) / seconds
        said = {talk: visitor.said for talk, visitor in zip(talks, visitors, strict=True)}
        found = {**_figures(plan, tally, seconds), "cores_used": used, "asked_patience": asked_patience(backend.world)}
        return {**found, **vars(unanswered(backend.world, said))}


async def _crowd(
    plan: Plan, url: str, backend: Backend, talks: list[str], orders: list[str]
) -> tuple[Tally, list[Visitor]]:
    tokens, chance, tally = SessionTokens(backend.secret_key, backend.world.clock), random.Random(1), Tally()
    limits = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=limits, timeout=aiohttp.ClientTimeout(total=120)) as http:
        visitors = [Visitor(http, url, tokens.issue(talk), tally) for talk in talks]
        until = time.monotonic() + plan.minutes * 60
        await asyncio.gather(
            *(
                visitor.visit(_lines(orders[n :: plan.conversations]), thoughts(chance, plan.think), until)
                for n, visitor in enumerate(visitors)
            )
        )
    return tally, visitors


def _lines(orders: list[str]) -> Any:
    return cycle([line.ours for order_no in orders for line in busy_talk(order_no)])


def _figures(plan: Plan, tally: Tally, seconds: float) -> Figures:
    return {
        **vars(plan),
        "sent": tally.sent,
        "answered": len(tally.seconds),
        "answered_per_second": len(tally.seconds) / seconds,
        **percentiles(tally.seconds or [0.0]),
        "lost": tally.lost,
        "twice": tally.twice,
        "refused": sum(number for status, number in tally.statuses.items() if status != 202),
        "broken": sum(tally.broken.values()),
    }


def wrong(found: Figures) -> list[str]:
    """What should not have happened in a round, in words."""
    names = ("lost", "twice", "refused", "broken", *Unanswered.__dataclass_fields__)
    return [f"{name}: {found[name]}" for name in names if found[name]]


def table(found: Figures) -> str:
    """The rounds as Markdown."""
    rows = [
        (
            f"{each['conversations']:,}",
            f"{each['minutes']:g}",
            f"{each['sent']:,}",
            f"{each['answered_per_second']:.1f}",
            *(f"{each[name]:,.0f}" for name in ("p50_ms", "p95_ms", "p99_ms")),
            f"{each['asked_patience']:,}",
            f"{each['cores_used']:.2f}",
            ", ".join(wrong(each)) or "nothing",
        )
        for each in found["rounds"]
    ]
    head = (
        "conversations", "minutes", "messages", "answered a second", "p50 ms", "p95 ms", "p99 ms",
        "asked for patience", "cores used", "went wrong",
    )  # fmt: skip
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---:"] * len(head), *rows)]
    told = (
        f"Measured on {found['date'][:10]} on {found['machine']['cores']} cores, {found['database']}, customers think"
    )
    return "\n".join([f"{told} {found['rounds'][0]['think']:g} s on average.", "", *lines])


def write(found: Figures) -> None:
    """All of it, in place of what an earlier run has left."""
    RESULT.write_text(f"{json.dumps(found, ensure_ascii=False, indent=2)}\n", encoding="utf-8")
    put("load", table(found))


def main() -> int:
    """The command line; 0 when nothing went wrong."""
    options = _options()
    crowds = [options.conversations, *([] if options.once else [2 * options.conversations])]
    plans = [Plan(conversations, options.minutes, options.think) for conversations in crowds]
    rounds = [measured(plan, postgresql=options.postgresql) for plan in plans]
    database = "PostgreSQL" if options.postgresql else "SQLite"
    found = {"database": database, "rounds": rounded(rounds), **circumstances()}
    print(table(found))
    if options.write:
        write(found)
    return int(any(wrong(each) for each in rounds))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--think", type=float, default=THINK, help="seconds between an answer and the next message")
    parser.add_argument("--once", action="store_true", help="not with twice as many afterwards")
    parser.add_argument("--postgresql", action="store_true", help="over PostgreSQL instead of SQLite")
    parser.add_argument("--write", action="store_true", help="keep the figures")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
